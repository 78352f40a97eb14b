package bolt

import (
	"context"
	"fmt"
	"io"

	"healthcode.example/issuer"
	"healthcode.example/trust"
)

var _ issuer.Restorer = (*Store)(nil)

// Backup writes the whole store as it is at one moment: a file that Open
// takes. Others read and write on meanwhile; the file grows as long as it
// lasts, since nothing that the snapshot still needs is overwritten.
func (s *Store) Backup(ctx context.Context, w io.Writer) error {
	return s.view(ctx, func(t *txn) error {
		if _, err := t.WriteTo(&contextWriter{ctx, w}); err != nil {
			return fmt.Errorf("back up the store: %w", err)
		}
		return nil
	})
}

// contextWriter ends a long copy when its context does.
type contextWriter struct {
	ctx context.Context
	to  io.Writer
}

func (w *contextWriter) Write(b []byte) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	return w.to.Write(b)
}

// Holdings implements issuer.Restorer.
func (s *Store) Holdings(ctx context.Context, yield func(issuer.Holding) error) error {
	return s.view(ctx, func(t *txn) error {
		n := 0
		return t.scan(bucketHoldings, nil, func(key, value []byte) error {
			if n++; n%4096 == 0 && ctx.Err() != nil {
				return ctx.Err()
			}
			h, err := parseHolding(key, value)
			if err != nil {
				return err
			}
			return yield(h)
		})
	})
}

// Restore implements issuer.Restorer.
func (s *Store) Restore(ctx context.Context, r issuer.Restoration) error {
	return s.update(ctx, func(t *txn) error {
		if err := t.judgeRestoration(r); err != nil {
			return err
		}
		if err := t.revokeDoubtful(r); err != nil {
			return err
		}
		for _, v := range r.Revoked {
			if err := t.putRevocation(v, v.Handle); err != nil {
				return err
			}
		}
		for _, k := range r.Lists {
			if err := t.putList(k); err != nil {
				return err
			}
		}
		for _, k := range r.Keys {
			if err := t.bringKey(k); err != nil {
				return err
			}
		}
		// The ceiling comes first, since the renewed holdings take handles below it.
		if err := t.putPublication(r.Publication); err != nil {
			return err
		}
		if err := t.put(bucketMeta, metaNext, number(r.From)); err != nil {
			return err
		}
		for _, h := range r.Renew {
			if err := t.renew(h, r.At); err != nil {
				return err
			}
		}
		return t.endEverySession()
	})
}

// bringKey inserts a key that is not there.
func (t *txn) bringKey(k issuer.KeyRecord) error {
	if t.has(bucketKeys, k.ID[:]) {
		return nil
	}
	return t.putRecord(bucketKeys, k.ID[:], keyRecord{Purpose: k.Purpose, Prefecture: k.Prefecture, Sealed: k.Sealed})
}

// judgeRestoration refuses what was planned for another state of the store.
func (t *txn) judgeRestoration(r issuer.Restoration) error {
	if err := t.judgePublication(r.Prev, r.Publication); err != nil {
		return err
	}
	next, _, err := t.counter()
	switch {
	case err != nil:
		return err
	case next != r.Next:
		return issuer.ErrConflict
	case r.From < next:
		return fmt.Errorf("restore: the counter stands at %d and would go back to %d", next, r.From)
	case r.Publication.Ceiling < r.From+uint64(len(r.Renew)):
		return fmt.Errorf("restore: %d handles from %d on are above the ceiling %d", len(r.Renew), r.From, r.Publication.Ceiling)
	}
	for _, h := range r.Renew {
		stored, err := t.holding(h.Person, h.Purpose, h.Device)
		if err != nil {
			return err
		}
		if stored != h {
			return issuer.ErrConflict
		}
	}
	return nil
}

// revokeDoubtful revokes every handle that may have been given since the
// backup, as one record a purpose however many they are.
func (t *txn) revokeDoubtful(r issuer.Restoration) error {
	if r.Next == r.From {
		return nil
	}
	for _, purpose := range []trust.Purpose{trust.Phone, trust.Paper} {
		v := issuer.Revocation{Purpose: purpose, Handle: r.Next, Since: r.Since, At: max(r.At, r.Since)}
		if err := t.putRevocation(v, r.From-1); err != nil {
			return err
		}
	}
	return nil
}

// putRevocation stores the handles from v's to last.
func (t *txn) putRevocation(v issuer.Revocation, last uint64) error {
	value := number(uint64(v.Since))
	if last != v.Handle {
		value = join(value, number(last))
	}
	return t.put(bucketRevocations, join([]byte{byte(v.Purpose)}, number(uint64(v.At)), number(v.Handle)), value)
}
