package bolt

import (
	"context"

	"healthcode.example/health"
	"healthcode.example/wallet"
)

// Revive implements wallet.Records.
func (s *Store) Revive(ctx context.Context, person health.PersonID, by wallet.Actor, reason string, dry bool, at int64) (wallet.Changes, error) {
	e := wallet.Event{At: at, By: by}
	return s.change(ctx, dry, func(t *txn) (changes wallet.Changes, err error) {
		stored, err := t.person(person)
		if err != nil || stored.Deceased == 0 {
			return changes, err
		}
		if err := t.delete(bucketDeceased, person[:]); err != nil {
			return changes, err
		}
		if err := t.resumeGuardianships(person, e, &changes); err != nil {
			return changes, err
		}
		e.Kind, e.Detail = wallet.EventRevived, reason
		return changes, t.tellAll(person, e)
	})
}

// resumeGuardianships brings those back that a death ended, over the person and
// of the person.
func (t *txn) resumeGuardianships(person health.PersonID, e wallet.Event, changes *wallet.Changes) error {
	over, err := t.everyGuardian(person)
	if err != nil {
		return err
	}
	of, err := t.everyDependant(person)
	if err != nil {
		return err
	}
	for _, g := range append(over, of...) {
		resumed, err := t.resume(g, e)
		if err != nil {
			return err
		}
		switch {
		case !resumed:
		case g.Member == person:
			changes.Guardians++
		default:
			changes.Dependants++
		}
	}
	return nil
}

// resume brings one back, unless something stands against it.
func (t *txn) resume(g wallet.Guardianship, e wallet.Event) (bool, error) {
	if !g.ByDeath || g.Ended == 0 || g.NotAfter != 0 && e.At >= g.NotAfter || t.has(bucketDeceased, g.Guardian[:]) || t.has(bucketDeceased, g.Member[:]) {
		return false, nil
	}
	g.Since, g.Ended, g.ByDeath = e.At, 0, false
	dependants, err := t.dependants(g.Guardian, e.At)
	if err != nil {
		return false, err
	}
	guardians, err := t.guardiansInForce(g.Member, e.At)
	if err != nil || dependants >= wallet.MaxDependants || guardians >= wallet.MaxGuardians {
		return false, err
	}
	if err := t.bindGuardian(g); err != nil {
		return false, err
	}
	e.Kind = wallet.EventGuardianAdded
	return true, t.guardianEvent(g, e)
}
