package bolt

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

// bbolt shows a transaction to new readers as soon as its meta page is written
// to the mapped file, before that page is synced to disk. A handle read in
// between could go out in a code, be lost with the power and later be given to
// somebody else. So a reader that meets a transaction not yet synced waits for
// it: one sync at most.
//
// When a write or a sync fails nobody knows what is on the disk, and bbolt's
// view of its free pages can differ from the file's. The store then takes no
// more writes until it is opened anew, and readers go on only on what was
// synced before.

type durable struct {
	mu      sync.Mutex
	changed *sync.Cond
	txid    int // the last transaction that is on disk
	err     error
}

// init takes the file as it was opened, after a sync.
func (d *durable) init(db *bbolt.DB) error {
	d.changed = sync.NewCond(&d.mu)
	tx, err := db.Begin(false)
	if err != nil {
		return err
	}
	d.txid = tx.ID()
	return tx.Rollback()
}

// commit commits tx and tells the readers.
func (d *durable) commit(tx *bbolt.Tx) error {
	id := tx.ID()
	err := guarded(tx.Commit)
	if err != nil {
		// A commit that failed by a panic still holds the lock of the writer, for which Close would wait for ever. What the file held
		// before is untouched: its meta page is written last.
		_ = guarded(tx.Rollback)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if err != nil {
		d.err = fmt.Errorf("the store could not write and takes no more writes until it is opened again: mend the disk (is it full?) and restart: %w", err)
	} else {
		d.txid = id
	}
	d.changed.Broadcast()
	return d.err
}

func (d *durable) broken() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.err
}

// await returns when the transaction is on disk, or the error for which it may
// never be.
func (d *durable) await(txid int) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	for d.txid < txid && d.err == nil {
		d.changed.Wait()
	}
	if d.txid < txid {
		return d.err
	}
	return nil
}

// view runs read in a read-only transaction of which everything is on disk.
func (s *Store) view(ctx context.Context, read func(*txn) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	tx, err := s.db.Begin(false)
	if errors.Is(err, bolterrors.ErrDatabaseNotOpen) {
		return ErrClosed
	}
	if err != nil {
		return fmt.Errorf("begin to read: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // of a read-only transaction this only releases it
	if err := s.durable.await(tx.ID()); err != nil {
		return err
	}
	return guarded(func() error { return read(&txn{Tx: tx}) })
}
