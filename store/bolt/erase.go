package bolt

import (
	"context"

	"healthcode.example/health"
	"healthcode.example/wallet"
)

// Erase implements wallet.Records.
func (s *Store) Erase(ctx context.Context, person health.PersonID, by wallet.Actor, dry bool, at int64, judge func(wallet.Dossier) (wallet.Erased, error)) (wallet.Changes, error) {
	e := wallet.Event{At: at, By: by}
	return s.change(ctx, dry, func(t *txn) (changes wallet.Changes, err error) {
		d, err := t.dossier(person)
		if err != nil {
			return changes, err
		}
		erased, err := judge(d)
		if err != nil {
			return changes, err
		}
		related, err := t.related(person)
		if err != nil {
			return changes, err
		}
		if err := t.replaceLookups(person, erased.Lookups, nil); err != nil {
			return changes, err
		}
		if err := t.endEverything(person, e, t.revokeGuardian, &changes); err != nil {
			return changes, err
		}
		changes.Devices, changes.Guardians, changes.Dependants = len(d.Devices), len(d.Guardians), len(d.Dependants)
		changes.Evidence, changes.Decisions, changes.Events = len(d.Evidence), len(d.Decisions), len(d.Events)
		if err := t.barGuardian(d.Dependants, erased.Lookups); err != nil {
			return changes, err
		}
		if err := t.markRevoked(d, erased.KeepAway); err != nil {
			return changes, err
		}
		if err := t.forget(d); err != nil {
			return changes, err
		}
		for _, other := range related {
			if err := t.replaceInLog(other, person, health.PersonID{}); err != nil {
				return changes, err
			}
			if err := t.replaceHand(other, person, health.PersonID{}); err != nil {
				return changes, err
			}
		}
		return changes, t.override(erased.Override)
	})
}

// forget removes all that lies under the person's identifier. Everything in it
// has ended before.
func (t *txn) forget(d wallet.Dossier) error {
	person := d.Person.ID
	for _, device := range d.Devices {
		if err := t.delete(bucketDevices, device.ID[:]); err != nil {
			return err
		}
	}
	for _, g := range append(d.Guardians, d.Dependants...) {
		if err := t.delete(bucketGuardianships, join(g.Guardian[:], g.Member[:])); err != nil {
			return err
		}
		if err := t.delete(bucketFormerGuards, join(g.Member[:], g.Guardian[:])); err != nil {
			return err
		}
	}
	for _, bucket := range [][]byte{bucketPeople, bucketPrints, bucketDecisions, bucketDeceased, bucketAgreements} {
		if err := t.delete(bucket, person[:]); err != nil {
			return err
		}
	}
	for _, bucket := range [][]byte{bucketFormerDevices, bucketEvidence, bucketDecisionLog, bucketEvents, bucketBars} {
		if err := t.deleteAll(bucket, person); err != nil {
			return err
		}
	}
	return nil
}

// deleteAll deletes every key that begins with the person.
func (t *txn) deleteAll(bucket []byte, person health.PersonID) error {
	for _, suffix := range t.suffixes(bucket, person[:]) {
		if err := t.delete(bucket, join(person[:], suffix)); err != nil {
			return err
		}
	}
	return nil
}

// related are those in whose logs the person can be named: guardians and
// dependants, and the other guardians of the dependants, present and former.
func (t *txn) related(person health.PersonID) (all []health.PersonID, err error) {
	seen := map[health.PersonID]bool{person: true}
	add := func(ids ...health.PersonID) {
		for _, id := range ids {
			if !seen[id] {
				seen[id] = true
				all = append(all, id)
			}
		}
	}
	over, err := t.everyGuardian(person)
	if err != nil {
		return nil, err
	}
	for _, g := range over {
		add(g.Guardian)
	}
	of, err := t.everyDependant(person)
	if err != nil {
		return nil, err
	}
	for _, g := range of {
		add(g.Member)
		others, err := t.everyGuardian(g.Member)
		if err != nil {
			return nil, err
		}
		for _, o := range others {
			add(o.Guardian)
		}
	}
	return all, nil
}

// replaceInLog names another person where the log of somebody names was. With
// nobody in the place of was, what is about was alone goes, and of the rest
// only the name.
func (t *txn) replaceInLog(of, was, now health.PersonID) error {
	all, err := t.log(of)
	if err != nil {
		return err
	}
	for _, e := range all {
		if e.Member != was && e.Other != was {
			continue
		}
		if e.Member == was && now.IsZero() {
			if err := t.delete(bucketEvents, join(of[:], number(e.Number))); err != nil {
				return err
			}
			continue
		}
		if e.Member == was {
			e.Member = now
		}
		if e.Other == was {
			e.Other = now
		}
		if err := t.putEvent(of, e.Number, e); err != nil {
			return err
		}
	}
	return nil
}
