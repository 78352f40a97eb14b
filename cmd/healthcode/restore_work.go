package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"healthcode.example/issuer"
	"healthcode.example/office/datadir"
	"healthcode.example/store/bolt"
)

// restoring is a restore on its way: the backup, opened beside the store that it will replace.
type restoring struct {
	c       *console
	dir     string
	config  issuer.Config // its store is the temporary one
	path    string        // of the temporary store
	store   *bolt.Store
	restore *issuer.RestorePlan
	newest  string       // where the newest bundle came from
	busy    bool         // a service has the store that is there
	beside  []formerKeys // the stores that are there, newest first
	brought []string     // what of them was taken, for people
	begin   int          // keys that begin to sign
	held    []func() error
}

// plan opens the backup into a new store beside the one that it will replace, and makes the plan.
func (w *restoring) plan(ctx context.Context, file string, published []byte, abandoned [][]byte, at time.Time) (err error) {
	var made time.Time
	if w.path, made, err = unsealBackup(w.dir, file, w.config.Master); err != nil {
		return err
	}
	if w.store, err = bolt.Open(w.path, bolt.Options{}); err != nil {
		return err
	}
	w.config.Store = w.store
	w.restore, err = issuer.PlanRestore(ctx, w.config, w.store, published, made, at, abandoned...)
	if errors.Is(err, issuer.ErrForked) {
		return badBundle("%w", err)
	}
	return err
}

// carryOut does all that a restore does, in the temporary store. Nobody sees anything of it before replace.
func (w *restoring) carryOut(ctx context.Context, acceptLost bool, at time.Time) (issuer.Publication, error) {
	made, err := w.restore.Apply(ctx, acceptLost)
	if err != nil {
		return made, err
	}
	restored, err := issuer.New(w.config)
	if err != nil {
		return made, err
	}
	begin, err := restored.EnsureKeys(ctx, at)
	w.begin = len(begin)
	return made, err
}

// alone keeps other restores out, and with --apply every writer to the store that is there, from before it is read until it is replaced; and
// it removes what a restore left that was ended by force.
func (w *restoring) alone(apply bool) error {
	release, err := bolt.HoldAlone(filepath.Join(w.dir, datadir.KeysDir, datadir.RootFile))
	if errors.Is(err, bolt.ErrInUse) {
		return fmt.Errorf("another restore is at work on %s: let it end", w.dir)
	}
	if err != nil {
		return err
	}
	w.held = append(w.held, release)
	if apply {
		release, err := bolt.Hold(filepath.Join(w.dir, datadir.StoreFile))
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
func (w *restoring) sweep() error {
	left, err := fs.Glob(os.DirFS(w.dir), tempStore)
	if err != nil {
		return err
	}
	for _, name := range left {
		path := filepath.Join(w.dir, name)
		if err := os.Remove(path); err != nil {
			return fmt.Errorf("remove what a former restore left: %w", err)
		}
		w.c.notef("removed %s, which a restore left that did not end\n", path)
	}
	return nil
}

// replace puts the temporary store in its place.
func (w *restoring) replace(at time.Time) error {
	if err := w.store.Close(); err != nil {
		return err
	}
	w.store = nil
	aside, err := bolt.Replace(filepath.Join(w.dir, datadir.StoreFile), w.path, at)
	if errors.Is(err, bolt.ErrInUse) {
		return fmt.Errorf("%w: end the service first", err)
	}
	if aside != "" {
		w.c.notef("the store that was there is now %s\n", aside)
	}
	if err == nil {
		w.path = ""
	}
	return err
}

// discard removes what a dry run or a failure leaves, and lets others in again.
func (w *restoring) discard() error {
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
