package bolt

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"

	"healthcode.example/crypto/cose"
	"healthcode.example/issuer"
	"healthcode.example/trust"
)

// The bundle lies beside the record, as megabytes need no second decoding.
type publicationRecord struct {
	Version uint64               `cbor:"1,keyasint"`
	Ceiling uint64               `cbor:"2,keyasint"`
	At      int64                `cbor:"3,keyasint"`
	Keys    []publishedKeyRecord `cbor:"4,keyasint"`
}

type publishedKeyRecord struct {
	ID    cose.KeyID `cbor:"1,keyasint"`
	Since int64      `cbor:"2,keyasint"`
}

var (
	publicationLast   = []byte("record")
	publicationBundle = []byte("bundle")
)

// Publish implements issuer.Publications.
func (s *Store) Publish(ctx context.Context, prev uint64, p issuer.Publication) error {
	return s.update(ctx, func(t *txn) error {
		if err := t.judgePublication(prev, p); err != nil {
			return err
		}
		return t.putPublication(p)
	})
}

// judgePublication refuses one that does not follow from what is stored.
func (t *txn) judgePublication(prev uint64, p issuer.Publication) error {
	var last publicationRecord
	if _, err := t.getRecord(bucketPublication, publicationLast, &last); err != nil {
		return err
	}
	_, ceiling, err := t.counter()
	switch {
	case err != nil:
		return err
	case last.Version != prev:
		return issuer.ErrConflict
	case p.Version <= prev:
		return fmt.Errorf("publish version %d after %d: a publication never goes back", p.Version, prev)
	case p.Ceiling < ceiling:
		return fmt.Errorf("publish a handle ceiling of %d after %d: a publication never goes back", p.Ceiling, ceiling)
	}
	return nil
}

// putPublication stores p and raises the ceiling.
func (t *txn) putPublication(p issuer.Publication) error {
	r := publicationRecord{Version: p.Version, Ceiling: p.Ceiling, At: p.At}
	for _, k := range p.Keys {
		r.Keys = append(r.Keys, publishedKeyRecord(k))
	}
	if err := t.putRecord(bucketPublication, publicationLast, r); err != nil {
		return err
	}
	if err := t.put(bucketPublication, publicationBundle, p.Bundle); err != nil {
		return err
	}
	return t.put(bucketMeta, metaCeiling, number(p.Ceiling))
}

// Published implements issuer.Publications.
func (s *Store) Published(ctx context.Context) (p issuer.Publication, err error) {
	err = s.view(ctx, func(t *txn) error {
		var r publicationRecord
		found, err := t.getRecord(bucketPublication, publicationLast, &r)
		if err != nil {
			return err
		}
		if !found {
			return issuer.ErrNotFound
		}
		p = issuer.Publication{
			Version: r.Version, Ceiling: r.Ceiling, At: r.At,
			Bundle: bytes.Clone(t.get(bucketPublication, publicationBundle)),
		}
		for _, k := range r.Keys {
			p.Keys = append(p.Keys, issuer.PublishedKey(k))
		}
		return nil
	})
	return p, err
}

// Revocations implements issuer.Publications.
func (s *Store) Revocations(ctx context.Context, yield func(issuer.Revocation) error) error {
	return s.view(ctx, func(t *txn) error {
		n := 0
		return t.scan(bucketRevocations, nil, func(key, value []byte) error {
			first, last, err := parseRevocation(key, value)
			if err != nil {
				return err
			}
			for r := first; r.Handle <= last; r.Handle++ {
				if n++; n%4096 == 0 && ctx.Err() != nil {
					return ctx.Err()
				}
				if err := yield(r); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

// parseRevocation reads one handle, or with a value of 16 bytes all from the
// key's to the value's last: what a restore revokes at once (restore.go).
func parseRevocation(key, value []byte) (first issuer.Revocation, last uint64, err error) {
	if len(key) != 17 || len(value) != 8 && len(value) != 16 {
		return first, 0, fmt.Errorf("read a revocation: %w", errDamaged)
	}
	first = issuer.Revocation{
		Purpose: trust.Purpose(key[0]),
		At:      int64(binary.BigEndian.Uint64(key[1:9])),
		Handle:  binary.BigEndian.Uint64(key[9:]),
		Since:   int64(binary.BigEndian.Uint64(value)),
	}
	last = first.Handle
	if len(value) == 16 {
		last = binary.BigEndian.Uint64(value[8:])
	}
	return first, last, nil
}

// Counter implements issuer.Publications.
func (s *Store) Counter(ctx context.Context) (next, ceiling uint64, err error) {
	err = s.view(ctx, func(t *txn) error {
		next, ceiling, err = t.counter()
		return err
	})
	return next, ceiling, err
}
