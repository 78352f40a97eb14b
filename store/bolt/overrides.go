package bolt

import (
	"context"
	"encoding/binary"
	"errors"

	"healthcode.example/wallet"
)

type overrideRecord struct {
	At      int64              `cbor:"1,keyasint"`
	By      wallet.Actor       `cbor:"2,keyasint"`
	Act     wallet.OverrideAct `cbor:"3,keyasint"`
	Reason  string             `cbor:"4,keyasint"`
	Outcome string             `cbor:"5,keyasint"`
}

// override keeps one; nil is none.
func (t *txn) override(o *wallet.Override) error {
	if o == nil {
		return nil
	}
	r := overrideRecord{At: o.At, By: o.By, Act: o.Act, Reason: o.Reason, Outcome: o.Outcome}
	return t.putRecord(bucketOverrides, number(t.next(bucketOverrides, nil)), r)
}

// Overrides implements wallet.Records.
func (s *Store) Overrides(ctx context.Context, before uint64, limit int) (all []wallet.Override, err error) {
	if limit < 1 {
		return nil, errors.New("list overrides: ask for at least one")
	}
	err = s.view(ctx, func(t *txn) error {
		all = nil
		return t.backwards(bucketOverrides, nil, before, limit, func(k, v []byte) error {
			var r overrideRecord
			if err := decode(bucketOverrides, v, &r); err != nil {
				return err
			}
			all = append(all, wallet.Override{Number: binary.BigEndian.Uint64(k), At: r.At, By: r.By, Act: r.Act, Reason: r.Reason, Outcome: r.Outcome})
			return nil
		})
	})
	return all, err
}
