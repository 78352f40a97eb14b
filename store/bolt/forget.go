package bolt

import (
	"context"
	"fmt"
)

// ForgetRegion takes the publication, the ceiling, the signing keys and the
// list keys out of the store and leaves people, devices, holdings, prints,
// evidence, revocations and the handle counter: a drill founds a COPY of a
// store again with keys of its own. In a region's own store it would end the
// region. One transaction.
func (s *Store) ForgetRegion(ctx context.Context) error {
	return s.update(ctx, func(t *txn) error {
		for _, name := range [][]byte{bucketPublication, bucketKeys, bucketLists} {
			t.writes++
			if err := t.DeleteBucket(name); err != nil {
				return fmt.Errorf("forget the region: %w", err)
			}
			if _, err := t.CreateBucket(name); err != nil {
				return fmt.Errorf("forget the region: %w", err)
			}
		}
		return t.delete(bucketMeta, metaCeiling)
	})
}
