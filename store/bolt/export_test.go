package bolt

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
)

// Audit is the audit, for the tests outside.
func (s *Store) Audit() error { return s.audit() }

// OpenPinned opens a store whose writer stays on one thread.
func OpenPinned(path string) (*Store, error) { return Open(path, Options{pinned: true}) }

// Named says in which buckets the bytes stand, in a key or in a value.
func (s *Store) Named(what []byte) (where []string) {
	_ = s.view(context.Background(), func(t *txn) error {
		for _, bucket := range buckets {
			t.each(bucket, func(k, v []byte) {
				if bytes.Contains(k, what) || bytes.Contains(v, what) {
					where = append(where, string(bucket))
				}
			})
		}
		return nil
	})
	return where
}

// Content is a digest of all keys and values.
func (s *Store) Content() (sum [32]byte) {
	h := sha256.New()
	_ = s.view(context.Background(), func(t *txn) error {
		for _, bucket := range buckets {
			t.each(bucket, func(k, v []byte) { _, _ = fmt.Fprintf(h, "%s %x %x\n", bucket, k, v) })
		}
		return nil
	})
	return [32]byte(h.Sum(nil))
}
