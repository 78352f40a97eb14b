package backups

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"healthcode.example/crypto/cose"
	"healthcode.example/issuer"
	"healthcode.example/office/datadir"
	"healthcode.example/store/bolt"
	"healthcode.example/trust"
)

// Restore is a restore on its way: the backup, opened beside the store that it will replace. Its steps are done in this order: Alone, Former,
// Newest, Open, anything on the Plan, Bring, CarryOut, Replace; Discard ends it whatever has happened. It is for one goroutine at a time.
type Restore struct {
	Data    string        // the data directory
	Config  issuer.Config // root, master key and randomness; its store is the temporary one, from Open on
	Apply   bool          // it is to be done, and not only planned
	Without bool          // it goes on although a store that is there cannot be read
	Note    func(format string, args ...any)

	Plan    *issuer.RestorePlan // from Open on
	Source  string              // where the newest bundle came from, from Newest on
	Busy    bool                // a service has the store that is there, so that nothing more than a plan can be made
	Brought []string            // what Bring took of the stores that are there, for people
	Begin   int                 // keys that begin to sign, from CarryOut on

	path   string // of the temporary store
	store  *bolt.Store
	beside []formerKeys // the stores that are there, newest first
	held   []func() error
}

// Open opens the backup into a new store beside the one that it will replace, and makes the plan. issuer.ErrForked is of published bundles that do not
// follow from each other.
func (w *Restore) Open(ctx context.Context, file string, published []byte, abandoned [][]byte, at time.Time) (err error) {
	var made time.Time
	if w.path, made, err = Unseal(w.Data, file, w.Config.Master); err != nil {
		return err
	}
	if w.store, err = bolt.Open(w.path, bolt.Options{}); err != nil {
		return err
	}
	w.Config.Store = w.store
	w.Plan, err = issuer.PlanRestore(ctx, w.Config, w.store, published, made, at, abandoned...)
	return err
}

// Key is a signing key out of the file of its custodian.
type Key struct {
	File       string // for errors
	Purpose    trust.Purpose
	Prefecture uint32
	Private    *cose.PrivateKey
}

// Bring takes the signing keys that came after the backup: those of the files, and of the stores that are there.
func (w *Restore) Bring(ctx context.Context, keys []Key) error {
	for _, key := range keys {
		if err := w.Plan.BringKey(ctx, key.Purpose, key.Prefecture, key.Private); err != nil {
			return fmt.Errorf("%s: %w", key.File, err)
		}
	}
	for _, former := range w.beside {
		if n := w.Plan.BringRecords(former.keys); n > 0 {
			w.Brought = append(w.Brought, fmt.Sprintf("%d that came after the backup are taken from %s", n, former.source))
		}
	}
	return nil
}

// CarryOut does all that a restore does, in the temporary store. Nobody sees anything of it before Replace.
func (w *Restore) CarryOut(ctx context.Context, acceptLost bool, at time.Time) (issuer.Publication, error) {
	made, err := w.Plan.Apply(ctx, acceptLost)
	if err != nil {
		return made, err
	}
	restored, err := issuer.New(w.Config)
	if err != nil {
		return made, err
	}
	begin, err := restored.EnsureKeys(ctx, at)
	w.Begin = len(begin)
	return made, err
}

// Alone keeps other restores out, and one that is applied every writer to the store that is there, from before it is read until it is replaced; and
// it removes what a restore left that was ended by force.
func (w *Restore) Alone() error {
	release, err := bolt.HoldAlone(filepath.Join(w.Data, datadir.KeysDir, datadir.RootFile))
	if errors.Is(err, bolt.ErrInUse) {
		return fmt.Errorf("another restore is at work on %s: let it end", w.Data)
	}
	if err != nil {
		return err
	}
	w.held = append(w.held, release)
	if w.Apply {
		release, err := bolt.Hold(filepath.Join(w.Data, datadir.StoreFile))
		switch {
		case err == nil:
			w.held = append(w.held, release)
		case errors.Is(err, bolt.ErrInUse):
			return fmt.Errorf("%w: end the service first", err)
		case !errors.Is(err, fs.ErrNotExist):
			return err
		}
	}
	return w.sweep()
}

// sweep removes the temporary stores of former restores.
func (w *Restore) sweep() error {
	left, err := fs.Glob(os.DirFS(w.Data), tempStore)
	if err != nil {
		return err
	}
	for _, name := range left {
		path := filepath.Join(w.Data, name)
		if err := os.Remove(path); err != nil {
			return fmt.Errorf("remove what a former restore left: %w", err)
		}
		w.Note("removed %s, which a restore left that did not end\n", path)
	}
	return nil
}

// Replace puts the temporary store in its place.
func (w *Restore) Replace(at time.Time) error {
	if err := w.store.Close(); err != nil {
		return err
	}
	w.store = nil
	aside, err := bolt.Replace(filepath.Join(w.Data, datadir.StoreFile), w.path, at)
	if errors.Is(err, bolt.ErrInUse) {
		return fmt.Errorf("%w: end the service first", err)
	}
	if aside != "" {
		w.Note("the store that was there is now %s\n", aside)
	}
	if err == nil {
		w.path = ""
	}
	return err
}

// Discard removes what a dry run or a failure leaves, and lets others in again.
func (w *Restore) Discard() error {
	var err error
	defer func() {
		for _, release := range w.held {
			_ = release() // of a lock: the end of the process gives it back too
		}
	}()
	if w.store != nil {
		err = w.store.Close()
	}
	if w.path != "" {
		err = errors.Join(err, os.Remove(w.path))
	}
	return err
}
