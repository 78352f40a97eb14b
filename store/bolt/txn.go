package bolt

import (
	"bytes"
	"encoding/binary"
	"fmt"

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

// next is the number to follow the last one under the prefix.
func (t *txn) next(bucket, prefix []byte) uint64 {
	c := t.Bucket(bucket).Cursor()
	after := join(prefix, number(1<<64-1))
	k, _ := c.Seek(after)
	if k == nil {
		k, _ = c.Last()
	} else {
		k, _ = c.Prev()
	}
	if len(k) != len(prefix)+8 || !bytes.HasPrefix(k, prefix) {
		return 1
	}
	return binary.BigEndian.Uint64(k[len(prefix):]) + 1
}

// number is 8 bytes, big endian.
func number(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

// join makes a key of its parts.
func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }
