package bolt

import (
	"bytes"
	"context"
	"errors"
	"slices"

	"healthcode.example/health"
	"healthcode.example/issuer"
	"healthcode.example/trust"
	"healthcode.example/wallet"
)

// Dossier implements wallet.Records.
func (s *Store) Dossier(ctx context.Context, person health.PersonID) (d wallet.Dossier, err error) {
	err = s.view(ctx, func(t *txn) error {
		d, err = t.dossier(person)
		return err
	})
	return d, err
}

func (t *txn) dossier(person health.PersonID) (d wallet.Dossier, err error) {
	if d.Person, err = t.person(person); err != nil {
		return d, err
	}
	var errs [9]error
	d.Devices, errs[0] = t.everyDevice(person)
	d.Guardians, errs[1] = t.everyGuardian(person)
	d.Dependants, errs[2] = t.everyDependant(person)
	d.Holdings, errs[3] = t.holdings(person)
	d.Evidence, errs[4] = t.evidence(person)
	d.Decisions, errs[5] = t.decisions(person)
	d.Events, errs[6] = t.log(person)
	d.Sessions, errs[7] = t.sessions(person)
	d.Barred, errs[8] = t.barredBy(person)
	if err := errors.Join(errs[:]...); err != nil {
		return d, err
	}
	var accepted acceptanceRecord
	if _, err := t.getRecord(bucketAgreements, person[:], &accepted); err != nil {
		return d, err
	}
	d.Agreement = wallet.Acceptance(accepted)
	var r printRecord
	found, err := t.getRecord(bucketPrints, person[:], &r)
	if found && err == nil {
		p := r.print()
		d.Print = &p
	}
	return d, err
}

// everyDevice returns the person's devices, ended or not, ordered by ID.
func (t *txn) everyDevice(person health.PersonID) (all []wallet.Device, err error) {
	ids := append(t.suffixes(bucketPersonDevices, person[:]), t.suffixes(bucketFormerDevices, person[:])...)
	slices.SortFunc(ids, bytes.Compare)
	for _, id := range ids {
		d, err := t.device(issuer.DeviceID(id))
		if err != nil {
			return nil, err
		}
		all = append(all, d)
	}
	return all, nil
}

// everyGuardian returns the guardianships over the person, ended or not.
func (t *txn) everyGuardian(person health.PersonID) (all []wallet.Guardianship, err error) {
	ids := append(t.suffixes(bucketMemberGuards, person[:]), t.suffixes(bucketFormerGuards, person[:])...)
	slices.SortFunc(ids, bytes.Compare)
	for _, id := range ids {
		g, found, err := t.guardianship(health.PersonID(id), person)
		if err != nil || !found {
			return nil, errors.Join(err, ErrDamaged)
		}
		all = append(all, g)
	}
	return all, nil
}

// everyDependant returns the guardianships of the person, ended or not.
func (t *txn) everyDependant(person health.PersonID) (all []wallet.Guardianship, err error) {
	err = t.scan(bucketGuardianships, person[:], func(key, value []byte) error {
		g, err := parseGuardianship(key, value)
		all = append(all, g)
		return err
	})
	return all, err
}

// log returns all events of the person, oldest first.
func (t *txn) log(person health.PersonID) (all []wallet.Event, err error) {
	err = t.scan(bucketEvents, person[:], func(key, value []byte) error {
		e, err := parseEvent(key, value)
		all = append(all, e)
		return err
	})
	return all, err
}

// printInForce says whether a print is good under the holding for paper.
func (t *txn) printInForce(person health.PersonID) (holding issuer.Holding, inForce bool, err error) {
	holding, err = t.holding(person, trust.Paper, noDevice)
	if err != nil || holding.Handle == 0 {
		return holding, false, err
	}
	var r printRecord
	found, err := t.getRecord(bucketPrints, person[:], &r)
	return holding, found && r.Handle == holding.Handle, err
}

// errDry ends a transaction that was to change nothing, after it has counted.
var errDry = errors.New("this was a dry run")

// change runs a change of a whole record. A dry one is done and taken back.
func (s *Store) change(ctx context.Context, dry bool, run func(*txn) (wallet.Changes, error)) (c wallet.Changes, err error) {
	write := s.update
	if dry {
		write = s.tryOut
	}
	err = write(ctx, func(t *txn) error {
		before := t.revoked
		if c, err = run(t); err != nil {
			return err
		}
		c.Codes = t.revoked - before
		if dry {
			return errDry
		}
		return nil
	})
	if err != nil && !(dry && errors.Is(err, errDry)) {
		return wallet.Changes{}, err
	}
	return c, nil
}

// tellAll appends the event to the logs of the person and of the guardians in
// force.
func (t *txn) tellAll(person health.PersonID, e wallet.Event) error {
	if err := t.event(person, e); err != nil {
		return err
	}
	for _, id := range t.suffixes(bucketMemberGuards, person[:]) {
		g, found, err := t.guardianship(health.PersonID(id), person)
		if err != nil {
			return err
		}
		if !found || !g.InForce(e.At) {
			continue
		}
		e.Member = person
		if err := t.event(g.Guardian, e); err != nil {
			return err
		}
	}
	return nil
}
