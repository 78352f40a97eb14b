package bolt

import (
	"bytes"
	"context"

	"healthcode.example/wallet"
)

// markRecord is what is kept of a revoked guardianship under a keyed hash of
// the two's documents, from the erasure of the member on.
type markRecord struct {
	By    wallet.Actor `cbor:"1,keyasint"` // who revoked it
	Until int64        `cbor:"2,keyasint"` // unix seconds
	Group wallet.Mark  `cbor:"3,keyasint"` // one of those that were made together
}

// markRevoked keeps what says that guardians of the member, whose record is
// about to go, were revoked: of those who have a record, and of those of whom
// there is only a bar.
func (t *txn) markRevoked(d wallet.Dossier, keep func(wallet.KeptAway) (wallet.KeptMarks, error)) error {
	if keep == nil {
		return nil
	}
	for _, g := range d.Guardians {
		if !g.Revoked() {
			continue
		}
		guardian, err := t.person(g.Guardian)
		if err != nil {
			return err
		}
		if err := t.keepMarks(wallet.KeptAway{Guardian: guardian, By: g.EndedBy}, keep); err != nil {
			return err
		}
	}
	for _, l := range t.suffixes(bucketBars, d.Person.ID[:]) {
		var r barRecord
		if _, err := t.getRecord(bucketBars, join(d.Person.ID[:], l), &r); err != nil {
			return err
		}
		if len(l) != len(wallet.Lookup{}) {
			return ErrDamaged
		}
		if err := t.keepMarks(wallet.KeptAway{Lookup: wallet.Lookup(l), By: r.By}, keep); err != nil {
			return err
		}
	}
	return nil
}

// keepMarks stores those of one revocation.
func (t *txn) keepMarks(k wallet.KeptAway, keep func(wallet.KeptAway) (wallet.KeptMarks, error)) error {
	kept, err := keep(k)
	if err != nil {
		return err
	}
	for _, m := range kept.Marks {
		if err := t.dropMark(m[:]); err != nil { // an erasure of before has made it
			return err
		}
		r := markRecord{By: k.By, Until: kept.Until, Group: kept.Marks[0]}
		if err := t.putRecord(bucketMarks, m[:], r); err != nil {
			return err
		}
		if err := t.put(bucketMarkGroups, join(r.Group[:], m[:]), mark); err != nil {
			return err
		}
	}
	return nil
}

// marked asks the marks whether they bar the guardianship, and says who revoked
// what the first one of those that do is of.
func (t *txn) marked(g wallet.Guardianship, by wallet.Actor, marks []wallet.Mark) (revoked wallet.Actor, err error) {
	for _, m := range marks {
		var r markRecord
		found, err := t.getRecord(bucketMarks, m[:], &r)
		if err != nil {
			return "", err
		}
		if !found || r.Until <= g.Since {
			continue
		}
		if err := (wallet.Guardianship{EndedBy: r.By}).Bars(g, by); err != nil {
			return r.By, err
		}
	}
	return "", nil
}

// liftMarks drops these and all that were made together with one of them.
func (t *txn) liftMarks(marks []wallet.Mark) error {
	for _, m := range marks {
		var r markRecord
		found, err := t.getRecord(bucketMarks, m[:], &r)
		if err != nil {
			return err
		}
		if !found {
			continue
		}
		for _, other := range t.suffixes(bucketMarkGroups, r.Group[:]) {
			if err := t.dropMark(other); err != nil {
				return err
			}
		}
	}
	return nil
}

// dropMark deletes one, if there is one.
func (t *txn) dropMark(m []byte) error {
	var r markRecord
	found, err := t.getRecord(bucketMarks, m, &r)
	if err != nil || !found {
		return err
	}
	if err := t.delete(bucketMarkGroups, join(r.Group[:], m)); err != nil {
		return err
	}
	return t.delete(bucketMarks, m)
}

// SweepMarks implements wallet.Records. It looks in a transaction that only
// reads first: mostly there is nothing to be dropped.
func (s *Store) SweepMarks(ctx context.Context, at int64) (dropped int, err error) {
	var over [][]byte
	err = s.view(ctx, func(t *txn) error {
		over = nil
		return t.scan(bucketMarks, nil, func(m, value []byte) error {
			var r markRecord
			if err := decode(bucketMarks, value, &r); err != nil {
				return err
			}
			if r.Until <= at {
				over = append(over, bytes.Clone(m))
			}
			return nil
		})
	})
	if err != nil || len(over) == 0 {
		return 0, err
	}
	err = s.update(ctx, func(t *txn) error {
		dropped = 0
		for _, m := range over {
			var r markRecord
			found, err := t.getRecord(bucketMarks, m, &r)
			if err != nil {
				return err
			}
			if !found || r.Until > at { // made anew meanwhile
				continue
			}
			if err := t.dropMark(m); err != nil {
				return err
			}
			dropped++
		}
		return nil
	})
	return dropped, err
}
