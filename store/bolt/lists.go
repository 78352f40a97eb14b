package bolt

import (
	"context"
	"encoding/binary"
	"fmt"
	"time"

	"healthcode.example/credential"
	"healthcode.example/issuer"
	"healthcode.example/trust"
)

type listRecord struct {
	Width   uint8  `cbor:"1,keyasint"`
	Sealed  []byte `cbor:"2,keyasint"`
	Carried bool   `cbor:"3,keyasint,omitempty"`
}

func listKey(purpose trust.Purpose, day uint32) []byte {
	return binary.BigEndian.AppendUint32([]byte{byte(purpose)}, day)
}

// AddList implements issuer.Lists.
func (s *Store) AddList(ctx context.Context, k issuer.ListKey) (kept issuer.ListKey, err error) {
	err = s.update(ctx, func(t *txn) error {
		key := listKey(k.Purpose, k.Day)
		var r listRecord
		switch found, err := t.getRecord(bucketLists, key, &r); {
		case err != nil:
			return err
		case found:
			kept = issuer.ListKey{Purpose: k.Purpose, Day: k.Day, Width: r.Width, Sealed: r.Sealed, Carried: r.Carried}
			return nil
		}
		kept = k
		return t.putList(k)
	})
	return kept, err
}

func (t *txn) putList(k issuer.ListKey) error {
	return t.putRecord(bucketLists, listKey(k.Purpose, k.Day), listRecord{Width: k.Width, Sealed: k.Sealed, Carried: k.Carried})
}

// Lists implements issuer.Lists.
func (s *Store) Lists(ctx context.Context) (all []issuer.ListKey, err error) {
	err = s.view(ctx, func(t *txn) error {
		return t.scan(bucketLists, nil, func(key, value []byte) error {
			if len(key) != 5 {
				return fmt.Errorf("read a list: %w", errDamaged)
			}
			var r listRecord
			if err := decode(bucketLists, value, &r); err != nil {
				return err
			}
			all = append(all, issuer.ListKey{
				Purpose: trust.Purpose(key[0]), Day: binary.BigEndian.Uint32(key[1:]), Width: r.Width, Sealed: r.Sealed, Carried: r.Carried,
			})
			return nil
		})
	})
	return all, err
}

// DropLists implements issuer.Lists.
func (s *Store) DropLists(ctx context.Context, before map[trust.Purpose]uint32) error {
	return s.update(ctx, func(t *txn) error {
		for purpose, day := range before {
			for _, key := range t.below(bucketLists, purpose, func(key []byte) bool {
				return binary.BigEndian.Uint32(key[1:]) < day
			}) {
				if err := t.delete(bucketLists, key); err != nil {
					return err
				}
			}
			for _, key := range t.below(bucketRevocations, purpose, func(key []byte) bool {
				return lastDay(int64(binary.BigEndian.Uint64(key[1:]))) < day
			}) {
				if err := t.delete(bucketRevocations, key); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// lastDay is the last day whose list can hold a handle that ended at.
func lastDay(at int64) uint32 { return credential.ListDay(at + int64(issuer.Lag/time.Second)) }

// below collects the purpose's first keys, as long as old says so: they lie in
// the order of time.
func (t *txn) below(bucket []byte, purpose trust.Purpose, old func(key []byte) bool) [][]byte {
	var keys [][]byte
	c := t.Bucket(bucket).Cursor()
	for k, _ := c.Seek([]byte{byte(purpose)}); len(k) > 0 && k[0] == byte(purpose) && old(k); k, _ = c.Next() {
		keys = append(keys, append([]byte(nil), k...))
	}
	return keys
}
