package bolt

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"healthcode.example/issuer"
)

// ReadFormer gives the last publication of the store at path and its signing
// keys, as ReadOnly reads them: issuer.ErrNotFound when it has published
// nothing.
func ReadFormer(ctx context.Context, path string) (p issuer.Publication, keys []issuer.KeyRecord, err error) {
	err = ReadOnly(path, func(s *Store) (err error) {
		if p, err = s.Published(ctx); err == nil {
			keys, err = s.Keys(ctx)
		}
		return err
	})
	return p, keys, err
}

// ReadOnly lets read have the store at path and changes nothing in the file,
// not even by opening it; the methods of s that write must not be called, nor
// Close. ErrInUse, before read is called, while another process writes to it. A
// file that is damaged is an error.
func ReadOnly(path string, read func(s *Store) error) error {
	if err := readOnly(path, read); err != nil {
		return fmt.Errorf("read the store %s: %w", path, err)
	}
	return nil
}

func readOnly(path string, read func(s *Store) error) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if info.Size() == 0 { // bbolt would begin a store in it
		return errors.New("the file is empty, so it is no store")
	}
	if err := checkMode(path); err != nil {
		return err
	}
	if err := checkSize(path); err != nil {
		return err
	}
	db, file, err := openFile(path, bbolt.Options{ReadOnly: true, Timeout: time.Second})
	if errors.Is(err, bolterrors.ErrTimeout) {
		return ErrInUse
	}
	if err != nil {
		return err
	}
	if err := checkPages(file); err != nil {
		return errors.Join(err, db.Close())
	}
	s := &Store{db: db}
	err = guarded(func() error { return db.View(wholeSchema) })
	if err == nil {
		if err = s.durable.init(db); err == nil {
			err = read(s)
		}
	}
	if errors.Is(err, ErrDamaged) {
		letGo(file) // closing could wait for the transaction that failed
		return err
	}
	return errors.Join(err, db.Close())
}

// wholeSchema says whether the file has this program's schema and buckets.
func wholeSchema(tx *bbolt.Tx) error {
	meta := tx.Bucket(bucketMeta)
	if meta == nil || tx.Bucket(bucketPublication) == nil {
		return errors.New("the file is no store")
	}
	return checkSchema(meta.Get(metaSchema))
}
