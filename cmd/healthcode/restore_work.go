package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"healthcode.example/issuer"
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
	unread  bool         // the store that is there cannot be read
	beside  []formerKeys // the stores that are there, newest first
	brought []string     // what of them was taken, for people
	begin   int          // keys that begin to sign
}

// plan opens the backup into a new store beside the one that it will replace, and makes the plan.
func (w *restoring) plan(ctx context.Context, file string, published []byte, at time.Time) (err error) {
	var made time.Time
	if w.path, made, err = unsealBackup(w.dir, file, w.config.Master); err != nil {
		return err
	}
	if w.store, err = bolt.Open(w.path, bolt.Options{}); err != nil {
		return err
	}
	w.config.Store = w.store
	w.restore, err = issuer.PlanRestore(ctx, w.config, w.store, published, made, at)
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

// replace puts the temporary store in its place.
func (w *restoring) replace(at time.Time) error {
	target := filepath.Join(w.dir, storeFile)
	if !w.unread { // a damaged one may still be open here
		if err := bolt.Free(target); err != nil {
			return fmt.Errorf("%w: end the service first", err)
		}
	}
	if err := w.store.Close(); err != nil {
		return err
	}
	w.store = nil
	aside, err := bolt.Replace(target, w.path, at)
	if aside != "" {
		w.c.notef("the store that was there is now %s\n", aside)
	}
	if err == nil {
		w.path = ""
	}
	return err
}

// discard removes what a dry run or a failure leaves.
func (w *restoring) discard() error {
	var err error
	if w.store != nil {
		err = w.store.Close()
	}
	if w.path != "" {
		err = errors.Join(err, os.Remove(w.path))
	}
	return err
}
