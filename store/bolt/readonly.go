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

// ReadPublished gives the last publication of the store at path and changes
// nothing in the file, not even by opening it: issuer.ErrNotFound when it has
// none, ErrInUse while another process writes to it. A file that is damaged is
// an error; it may then stay open until the process ends.
func ReadPublished(ctx context.Context, path string) (issuer.Publication, error) {
	p, err := readPublished(ctx, path)
	if err != nil {
		return issuer.Publication{}, fmt.Errorf("read the store %s: %w", path, err)
	}
	return p, nil
}

func readPublished(ctx context.Context, path string) (p issuer.Publication, err error) {
	if _, err := os.Stat(path); err != nil {
		return p, err
	}
	if err := checkMode(path); err != nil {
		return p, err
	}
	if err := checkSize(path); err != nil {
		return p, err
	}
	db, file, err := openFile(path, bbolt.Options{ReadOnly: true, Timeout: time.Second})
	if errors.Is(err, bolterrors.ErrTimeout) {
		return p, ErrInUse
	}
	if err != nil {
		return p, err
	}
	if err := checkPages(file); err != nil {
		return p, errors.Join(err, db.Close())
	}
	s := &Store{db: db}
	err = guarded(func() error { return db.View(wholeSchema) })
	if err == nil {
		if err = s.durable.init(db); err == nil {
			p, err = s.Published(ctx)
		}
	}
	if errors.Is(err, ErrDamaged) {
		return p, err // closing could wait for the transaction that failed
	}
	return p, errors.Join(err, db.Close())
}

// wholeSchema says whether the file has this program's schema and buckets.
func wholeSchema(tx *bbolt.Tx) error {
	meta := tx.Bucket(bucketMeta)
	if meta == nil || tx.Bucket(bucketPublication) == nil {
		return errors.New("the file is no store")
	}
	return checkSchema(meta.Get(metaSchema))
}
