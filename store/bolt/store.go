// Package bolt keeps everything in one file with bbolt: the store that needs
// no set-up. It implements wallet.Store and issuer.Store for one process; the
// file is locked against a second one.
//
// Writers are grouped: whoever waits while a transaction is being synced to
// disk goes into the next one together (queue.go). Readers see nothing that a
// loss of power could still undo (durable.go). Private content comes sealed
// from above and is opaque here.
package bolt

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"healthcode.example/issuer"
	"healthcode.example/wallet"
)

var (
	_ wallet.Store = (*Store)(nil)
	_ issuer.Store = (*Store)(nil)
)

// ErrInUse says that another process has the file open.
var ErrInUse = errors.New("it is in use by another process: stop that one or choose another file")

// Options are what the operator may choose.
type Options struct {
	// LockTimeout is how long Open waits for another process to let go of the
	// file. Zero is one second.
	LockTimeout time.Duration

	// pinned keeps the writer on one thread of the system, for the tests that
	// let the n-th write of a thread fail.
	pinned bool
}

// Store is an open file. It is safe for concurrent use.
type Store struct {
	db      *bbolt.DB
	queue   queue
	durable durable
	stopped chan struct{} // closed when the writer has ended
}

// Open opens the file at path, or makes it with mode 0600. It refuses a file
// that others than its owner may read or write, one of a newer schema, and one
// that another process has open; each error says how to mend it.
func Open(path string, o Options) (*Store, error) {
	if o.LockTimeout <= 0 {
		o.LockTimeout = time.Second
	}
	if err := checkMode(path); err != nil {
		return nil, err
	}
	if err := checkSize(path); err != nil {
		return nil, fmt.Errorf("open the store %s: %w", path, err)
	}
	db, file, err := openFile(path, bbolt.Options{
		Timeout:      o.LockTimeout,
		FreelistType: bbolt.FreelistMapType, // does not slow down when large parts of the file are free
	})
	switch {
	case errors.Is(err, bolterrors.ErrTimeout):
		return nil, fmt.Errorf("open the store %s: %w", path, ErrInUse)
	case errors.Is(err, bolterrors.ErrInvalid), errors.Is(err, bolterrors.ErrChecksum), errors.Is(err, bolterrors.ErrVersionMismatch):
		return nil, fmt.Errorf("open the store %s: %w: the file is no store or is damaged: restore it from a backup or choose another file", path, err)
	case err != nil:
		return nil, fmt.Errorf("open the store %s: %w", path, err)
	}
	if err := checkPages(file); err != nil {
		return nil, errors.Join(fmt.Errorf("open the store %s: %w", path, err), db.Close())
	}
	var s *Store
	err = guarded(func() (err error) {
		s, err = start(db, path, o)
		return err
	})
	if errors.Is(err, ErrDamaged) {
		letGo(file) // closing could wait for the transaction that failed
		return nil, fmt.Errorf("open the store %s: %w", path, err)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open the store %s: %w", path, err), db.Close())
	}
	return s, nil
}

// openFile lets bbolt open and lock the file, and gives the file beside it.
func openFile(path string, o bbolt.Options) (db *bbolt.DB, file *os.File, err error) {
	o.NoStatistics = true
	o.OpenFile = func(name string, flag int, mode os.FileMode) (_ *os.File, err error) {
		file, err = os.OpenFile(name, flag, mode)
		return file, err
	}
	err = guarded(func() (err error) {
		db, err = bbolt.Open(path, 0o600, &o)
		return err
	})
	if errors.Is(err, ErrDamaged) && file != nil {
		letGo(file)
	}
	if err == nil {
		if err = stillAt(path, file); err != nil {
			err = errors.Join(err, db.Close())
		}
	}
	return db, file, err
}

// stillAt says whether the locked file is the one at path: a restore may have
// put another there while this process waited for the lock, and whoever went on
// with the former would fork the history.
func stillAt(path string, file *os.File) error {
	locked, err := file.Stat()
	if err != nil {
		return err
	}
	there, err := os.Stat(path)
	if err == nil && !os.SameFile(locked, there) {
		err = errors.New("another store was put in its place meanwhile: try again")
	}
	return err
}

// letGo gives up the lock on a damaged store that bbolt cannot close any more.
// Its mapping stays until the process ends.
func letGo(file *os.File) { _ = file.Close() }

// start brings the file to this schema and begins to write.
func start(db *bbolt.DB, path string, o Options) (*Store, error) {
	if err := prepare(db); err != nil {
		return nil, err
	}
	if err := syncFolder(filepath.Dir(path)); err != nil {
		return nil, err
	}
	// What a killed process wrote may be in the file and not yet on the disk.
	if err := db.Sync(); err != nil {
		return nil, fmt.Errorf("sync to disk: %w", err)
	}
	s := &Store{db: db, stopped: make(chan struct{})}
	s.queue.init()
	if err := s.durable.init(db); err != nil {
		return nil, err
	}
	go s.write(o.pinned)
	return s, nil
}

// syncFolder puts the entry of a new file on the disk, without which a loss of
// power could take the whole file. Windows does it by itself.
func syncFolder(path string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	folder, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("sync the folder to disk: %w", err)
	}
	if err := errors.Join(folder.Sync(), folder.Close()); err != nil {
		return fmt.Errorf("sync the folder to disk: %w", err)
	}
	return nil
}

// checkMode refuses an existing file that is open to others. Windows has no
// such bits.
func checkMode(path string) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("open the store: %w", err)
	case !info.Mode().IsRegular():
		return fmt.Errorf("open the store %s: it is not a regular file: choose another path", path)
	case runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0:
		return fmt.Errorf("open the store %s: its mode %04o lets others at it: run chmod 600 on it", path, info.Mode().Perm())
	}
	return nil
}

// Close takes no new work, finishes what was accepted and closes the file. A
// second call returns nil.
func (s *Store) Close() error {
	if !s.queue.close() {
		return nil
	}
	<-s.stopped
	if err := s.db.Close(); err != nil {
		return fmt.Errorf("close the store: %w", err)
	}
	return nil
}

// Err is nil while the store takes writes, and otherwise why it does not: a
// write failed and the file must be opened anew. Readiness checks ask it.
func (s *Store) Err() error { return s.durable.broken() }
