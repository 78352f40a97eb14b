package bolt

import (
	"context"
	"fmt"
	"slices"

	"healthcode.example/health"
	"healthcode.example/issuer"
	"healthcode.example/trust"
	"healthcode.example/wallet"
)

// Correct implements wallet.Records.
func (s *Store) Correct(ctx context.Context, person health.PersonID, by wallet.Actor, dry bool, at int64, correct func(wallet.Dossier) (wallet.Corrected, error)) (wallet.Changes, error) {
	return s.change(ctx, dry, func(t *txn) (changes wallet.Changes, err error) {
		d, err := t.dossier(person)
		if err != nil {
			return changes, err
		}
		c, err := correct(d)
		if err != nil {
			return changes, err
		}
		if err := t.replaceLookups(person, c.Remove, c.Add); err != nil {
			return changes, err
		}
		if err := t.put(bucketPeople, person[:], c.Sealed); err != nil {
			return changes, err
		}
		if err := t.override(c.Override); err != nil {
			return changes, err
		}
		e := wallet.Event{At: at, Kind: wallet.EventCorrected, By: by, Detail: c.Fields}
		if err := t.tellAll(person, e); err != nil {
			return changes, err
		}
		if c.LogOut {
			if err := t.endSessions(person, nobodys, wallet.Event{At: at, By: by}); err != nil {
				return changes, err
			}
		}
		if err := t.ageGuardianships(person, c.Majority, wallet.Event{At: at, By: by}, &changes); err != nil {
			return changes, err
		}
		if len(c.Add) > 0 {
			if err := t.endKeptAway(person, c.Marks, wallet.Event{At: at, By: by}, &changes); err != nil {
				return changes, err
			}
		}
		if c.Named {
			if err := t.renewDependants(person, at); err != nil {
				return changes, err
			}
		}
		return changes, t.renewAll(person, wallet.Event{At: at, By: by}, &changes)
	})
}

// replaceLookups judges before it writes.
func (t *txn) replaceLookups(person health.PersonID, remove, add []wallet.Lookup) error {
	for _, l := range add {
		if t.has(bucketLookups, l[:]) && !slices.Contains(remove, l) {
			return wallet.ErrDuplicate
		}
	}
	for _, l := range remove {
		if string(t.get(bucketLookups, l[:])) != string(person[:]) {
			return fmt.Errorf("a document of person %s is not found from its number: %w", person, ErrDamaged)
		}
	}
	for _, l := range remove {
		if err := t.delete(bucketLookups, l[:]); err != nil {
			return err
		}
	}
	for _, l := range add {
		if err := t.put(bucketLookups, l[:], person[:]); err != nil {
			return err
		}
	}
	return nil
}

// ageGuardianships brings them to another birth date: who is of age is nobody's
// child any more, and who is a minor is nobody's guardian and nobody's spouse,
// parent or grandparent.
func (t *txn) ageGuardianships(person health.PersonID, majority int64, e wallet.Event, changes *wallet.Changes) error {
	e.Kind = wallet.EventGuardianEnded
	all, err := t.everyGuardian(person)
	if err != nil {
		return err
	}
	for _, g := range all {
		minor := e.At < majority
		switch {
		case g.Ended != 0 || g.NotAfter == 0 && !minor || g.NotAfter == majority:
			continue
		case minor && wallet.RelationFits(g.Relation, true):
			g.NotAfter = majority
			if err := t.putGuardianship(g); err != nil {
				return err
			}
			continue
		}
		if err := t.revokeGuardian(g, e, changes); err != nil {
			return err
		}
		changes.Guardians++
	}
	if e.At >= majority {
		return nil
	}
	all, err = t.guardianships(person)
	if err != nil {
		return err
	}
	for _, g := range all {
		if err := t.revokeGuardian(g, e, changes); err != nil {
			return err
		}
		changes.Dependants++
	}
	return nil
}

// revokeGuardian ends a guardianship that has not been ended, and a paper code
// that the guardian has in hand.
func (t *txn) revokeGuardian(g wallet.Guardianship, e wallet.Event, changes *wallet.Changes) error {
	if err := t.endAndTell(g, e, changes); err != nil {
		return err
	}
	return t.endPaperOf(g, e, changes)
}

// revokeEnded lets a guardianship that a death has ended be one that was
// revoked, so that an undoing of the death does not bring it back, and ends what
// the death left in the guardian's hands.
func (t *txn) revokeEnded(g wallet.Guardianship, e wallet.Event, changes *wallet.Changes) error {
	g.ByDeath = false
	if err := t.putGuardianship(g); err != nil {
		return err
	}
	told := e
	told.Kind = wallet.EventGuardianEnded
	if err := t.guardianEvent(g, told); err != nil {
		return err
	}
	return t.endPaperOf(g, e, changes)
}

// endAndTell ends a guardianship that has not been ended. A member under 14 has
// sessions and devices only by it.
func (t *txn) endAndTell(g wallet.Guardianship, e wallet.Event, changes *wallet.Changes) error {
	if err := t.endGuardian(g, e.At); err != nil {
		return err
	}
	told := e
	told.Kind = wallet.EventGuardianEnded
	if err := t.guardianEvent(g, told); err != nil || !g.UnderFourteen(e.At) {
		return err
	}
	if err := t.endSessions(g.Member, nobodys, e); err != nil {
		return err
	}
	ended, err := t.endDevices(g.Member, nil, e)
	changes.Devices += ended
	return err
}

// renewAll ends every code of the person: fresh handles on devices, and no
// paper.
func (t *txn) renewAll(person health.PersonID, e wallet.Event, changes *wallet.Changes) error {
	holdings, err := t.holdings(person)
	if err != nil {
		return err
	}
	for _, h := range holdings {
		if h.Purpose == trust.Paper {
			err = t.endPaper(person, e, changes)
		} else {
			err = t.renew(h, e.At)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// endPaper ends the person's holding for paper, if there is one.
func (t *txn) endPaper(person health.PersonID, e wallet.Event, changes *wallet.Changes) error {
	h, inForce, err := t.printInForce(person)
	if err != nil {
		return err
	}
	if inForce {
		changes.Prints++
	}
	if h.Handle == 0 {
		return nil
	}
	return t.endPrint(h, e)
}

// renewDependants ends the dependants' codes on the person's devices.
func (t *txn) renewDependants(person health.PersonID, at int64) error {
	for _, device := range t.suffixes(bucketPersonDevices, person[:]) {
		for _, member := range t.suffixes(bucketDeviceHoldings, device) {
			if health.PersonID(member) == person {
				continue
			}
			h, err := t.holding(health.PersonID(member), trust.Phone, issuer.DeviceID(device))
			if err != nil {
				return err
			}
			if err := t.renew(h, at); err != nil {
				return err
			}
		}
	}
	return nil
}
