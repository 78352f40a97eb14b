package bolt

import (
	"context"
	"fmt"

	"healthcode.example/crypto/cose"
	"healthcode.example/issuer"
	"healthcode.example/trust"
)

type keyRecord struct {
	Purpose    trust.Purpose `cbor:"1,keyasint"`
	Prefecture uint32        `cbor:"2,keyasint"`
	Active     bool          `cbor:"3,keyasint"`
	Sealed     []byte        `cbor:"4,keyasint"`
}

// PutKey implements issuer.Keys.
func (s *Store) PutKey(ctx context.Context, k issuer.KeyRecord) error {
	if k.Active {
		return fmt.Errorf("put key %s: a new key is not active: activate it afterwards", k.ID)
	}
	return s.update(ctx, func(t *txn) error {
		if t.has(bucketKeys, k.ID[:]) {
			return issuer.ErrExists
		}
		return t.putRecord(bucketKeys, k.ID[:], keyRecord{Purpose: k.Purpose, Prefecture: k.Prefecture, Sealed: k.Sealed})
	})
}

// Keys implements issuer.Keys.
func (s *Store) Keys(ctx context.Context) (all []issuer.KeyRecord, err error) {
	err = s.view(ctx, func(t *txn) error {
		all, err = t.keys()
		return err
	})
	return all, err
}

func (t *txn) keys() (all []issuer.KeyRecord, err error) {
	err = t.scan(bucketKeys, nil, func(key, value []byte) error {
		var r keyRecord
		if err := decode(bucketKeys, value, &r); err != nil {
			return err
		}
		if len(key) != 8 {
			return fmt.Errorf("read a key: %w", errDamaged)
		}
		all = append(all, issuer.KeyRecord{
			ID: cose.KeyID(key), Purpose: r.Purpose, Prefecture: r.Prefecture, Active: r.Active, Sealed: r.Sealed,
		})
		return nil
	})
	return all, err
}

// Activate implements issuer.Keys.
func (s *Store) Activate(ctx context.Context, purpose trust.Purpose, prefecture uint32, id, was cose.KeyID) error {
	none := cose.KeyID{}
	return s.update(ctx, func(t *txn) error {
		all, err := t.keys()
		if err != nil {
			return err
		}
		var active cose.KeyID
		found := id == none
		records := make(map[cose.KeyID]keyRecord)
		for _, k := range all {
			if k.Purpose != purpose || k.Prefecture != prefecture {
				continue
			}
			found = found || k.ID == id
			records[k.ID] = keyRecord{Purpose: k.Purpose, Prefecture: k.Prefecture, Sealed: k.Sealed}
			if k.Active {
				active = k.ID
			}
		}
		switch {
		case !found:
			return issuer.ErrNotFound
		case active != was:
			return issuer.ErrConflict
		}
		return t.activate(records, id, was)
	})
}

// activate writes the two records that change.
func (t *txn) activate(records map[cose.KeyID]keyRecord, id, was cose.KeyID) error {
	none := cose.KeyID{}
	if was != none {
		if err := t.putRecord(bucketKeys, was[:], records[was]); err != nil {
			return err
		}
	}
	if id == none {
		return nil
	}
	r := records[id]
	r.Active = true
	return t.putRecord(bucketKeys, id[:], r)
}

// DropKey implements issuer.Keys.
func (s *Store) DropKey(ctx context.Context, id cose.KeyID) error {
	return s.update(ctx, func(t *txn) error {
		var r keyRecord
		switch found, err := t.getRecord(bucketKeys, id[:], &r); {
		case err != nil || !found:
			return err
		case r.Active:
			return issuer.ErrConflict
		}
		return t.delete(bucketKeys, id[:])
	})
}
