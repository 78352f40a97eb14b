package bolt

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"

	"go.etcd.io/bbolt"

	"healthcode.example/crypto/cose"
)

// txn is a bbolt transaction that counts its writes, so that the queue knows
// whether a failed operation left anything behind, and the handles that it
// ends.
type txn struct {
	*bbolt.Tx
	writes  int
	revoked int
}

// get returns the value, valid until the transaction ends or writes to the
// bucket; nil when there is none.
func (t *txn) get(bucket, key []byte) []byte { return t.Bucket(bucket).Get(key) }

func (t *txn) has(bucket, key []byte) bool { return t.get(bucket, key) != nil }

// put stores key and value; both are copied or kept as they are until the
// transaction ends, so the caller must not change value before that.
func (t *txn) put(bucket, key, value []byte) error {
	t.writes++
	if err := t.Bucket(bucket).Put(key, value); err != nil {
		return fmt.Errorf("write to %s: %w", bucket, err)
	}
	return nil
}

func (t *txn) delete(bucket, key []byte) error {
	t.writes++
	if err := t.Bucket(bucket).Delete(key); err != nil {
		return fmt.Errorf("delete from %s: %w", bucket, err)
	}
	return nil
}

// putRecord stores v as deterministic CBOR.
func (t *txn) putRecord(bucket, key []byte, v any) error {
	value, err := cose.Marshal(v)
	if err != nil {
		return fmt.Errorf("write to %s: %w", bucket, err)
	}
	return t.put(bucket, key, value)
}

// getRecord decodes a record into v; false when there is none.
func (t *txn) getRecord(bucket, key []byte, v any) (bool, error) {
	value := t.get(bucket, key)
	if value == nil {
		return false, nil
	}
	return true, decode(bucket, value, v)
}

func decode(bucket, value []byte, v any) error {
	if err := cose.Unmarshal(value, v); err != nil {
		return fmt.Errorf("read from %s: %w: %w", bucket, ErrDamaged, err)
	}
	return nil
}

// scan calls each for every key that begins with prefix, in order. each must
// not write to the bucket: bbolt's cursors lose their place.
func (t *txn) scan(bucket, prefix []byte, each func(key, value []byte) error) error {
	c := t.Bucket(bucket).Cursor()
	for k, v := c.Seek(prefix); k != nil && bytes.HasPrefix(k, prefix); k, v = c.Next() {
		if err := each(k, v); err != nil {
			return err
		}
	}
	return nil
}

// suffixes collects what follows prefix in the keys that begin with it.
func (t *txn) suffixes(bucket, prefix []byte) [][]byte {
	var found [][]byte
	c := t.Bucket(bucket).Cursor()
	for k, _ := c.Seek(prefix); k != nil && bytes.HasPrefix(k, prefix); k, _ = c.Next() {
		found = append(found, bytes.Clone(k[len(prefix):]))
	}
	return found
}

// backwards calls each for at most limit of the numbered keys under the prefix,
// the newest first: those below before, or all when it is 0. each must not write
// to the bucket.
func (t *txn) backwards(bucket, prefix []byte, before uint64, limit int, each func(key, value []byte) error) error {
	if before == 0 {
		before = math.MaxUint64
	}
	c := t.Bucket(bucket).Cursor()
	step := c.Prev
	if k, _ := c.Seek(join(prefix, number(before))); k == nil { // behind them all
		step = c.Last
	}
	k, v := step()
	for n := 0; n < limit && k != nil && bytes.HasPrefix(k, prefix); n++ {
		if err := each(k, v); err != nil {
			return err
		}
		k, v = c.Prev()
	}
	return nil
}

// next is the number to follow the last one under the prefix.
func (t *txn) next(bucket, prefix []byte) uint64 {
	last := uint64(0)
	_ = t.backwards(bucket, prefix, 0, 1, func(k, _ []byte) error { // which gives no error of its own
		if len(k) == len(prefix)+8 {
			last = binary.BigEndian.Uint64(k[len(prefix):])
		}
		return nil
	})
	return last + 1
}

// number is 8 bytes, big endian.
func number(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

// join makes a key of its parts.
func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }
