package bolt

import (
	"context"

	"healthcode.example/health"
	"healthcode.example/wallet"
)

// Decease implements wallet.Records.
func (s *Store) Decease(ctx context.Context, person health.PersonID, by wallet.Actor, dry bool, at int64) (wallet.Changes, error) {
	e := wallet.Event{At: at, By: by}
	return s.change(ctx, dry, func(t *txn) (changes wallet.Changes, err error) {
		stored, err := t.person(person)
		if err != nil || stored.Deceased != 0 {
			return changes, err
		}
		told := e
		told.Kind = wallet.EventDeceased
		if err := t.tellAll(person, told); err != nil {
			return changes, err
		}
		if err := t.endEverything(person, e, t.endAndTell, &changes); err != nil {
			return changes, err
		}
		return changes, t.put(bucketDeceased, person[:], number(uint64(max(at, 1))))
	})
}

// ending is how a guardianship ends: endAndTell, which leaves a paper code to
// the family of a guardian who has died, or revokeGuardian.
type ending func(wallet.Guardianship, wallet.Event, *wallet.Changes) error

// endEverything ends the person's sessions, devices, print, guardianships both ways and
// every code.
func (t *txn) endEverything(person health.PersonID, e wallet.Event, end ending, changes *wallet.Changes) error {
	if err := t.endSessions(person, nobodys, e); err != nil {
		return err
	}
	var err error
	if changes.Devices, err = t.endDevices(person, nil, e); err != nil {
		return err
	}
	if err := t.endGuardianships(person, e, end, changes); err != nil {
		return err
	}
	if err := t.endPaper(person, e, changes); err != nil {
		return err
	}
	holdings, err := t.holdings(person)
	if err != nil {
		return err
	}
	for _, h := range holdings {
		if err := t.end(h, e.At); err != nil {
			return err
		}
	}
	return nil
}

// endGuardianships ends those over the person and those of the person.
func (t *txn) endGuardianships(person health.PersonID, e wallet.Event, end ending, changes *wallet.Changes) error {
	over, err := t.everyGuardian(person)
	if err != nil {
		return err
	}
	of, err := t.guardianships(person)
	if err != nil {
		return err
	}
	for _, g := range append(over, of...) {
		if g.Ended != 0 {
			continue
		}
		g.ByDeath = true
		if err := end(g, e, changes); err != nil {
			return err
		}
		if g.Member == person {
			changes.Guardians++
		} else {
			changes.Dependants++
		}
	}
	return nil
}
