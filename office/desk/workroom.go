package desk

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
	"healthcode.example/trust"
	"healthcode.example/trust/bundlefile"
)

// Workroom is the store with the issuer of a service, before it has published anything or while it does not serve. Unlike a Desk it makes no
// root and no key list: what it publishes has come from a ceremony.
type Workroom struct {
	Store  *bolt.Store
	Issuer *issuer.Issuer

	dir      string
	founding bool // a first publication may be made
	bare     bool // the root is not in its place yet
	master   []byte
	root     []byte
}

// RootError is of a root that is not the one of the directory.
type RootError struct{ text string }

func (e *RootError) Error() string { return e.text }

// OpenWorkroom opens the data directory, and begins one when first is the root that it is to stand on; without one, first is nil. A first that is not the
// directory's is a RootError, and one that cannot be believed a bundlefile.BadError.
func OpenWorkroom(ctx context.Context, c Config, first []byte) (*Workroom, error) {
	w := &Workroom{dir: c.Data}
	if err := w.begin(first); err != nil {
		return nil, err
	}
	if err := w.readRoot(first); err != nil {
		return nil, err
	}
	var err error
	w.master, err = c.Master()
	if errors.Is(err, datadir.ErrNoMaster) {
		if datadir.Exists(filepath.Join(w.dir, datadir.StoreFile)) {
			return nil, fmt.Errorf("%s holds a store but not the key it is sealed under: %w", w.dir, err)
		}
		w.master, err = datadir.NewMaster(c.Data, c.Rand)
	}
	if err != nil {
		return nil, err
	}
	w.Store, err = bolt.Open(filepath.Join(w.dir, datadir.StoreFile), bolt.Options{})
	if errors.Is(err, bolt.ErrInUse) {
		return nil, fmt.Errorf("a service or another command is at work on %s, and this needs the store for itself: end it (healthcode serve with Ctrl-C), do this again, and start it again", w.dir)
	}
	if err != nil {
		return nil, err
	}
	err = w.load(ctx, c)
	if err == nil && w.bare { // only now: a root that the store does not follow from would lie in its way from now on
		err = w.writeRoot()
	}
	if err != nil {
		return nil, errors.Join(err, w.Store.Close())
	}
	return w, nil
}

// begin marks the founding of a region where there is nothing yet and first names its root. A directory that has keys and no store is refused.
func (w *Workroom) begin(first []byte) (err error) {
	switch {
	case datadir.IsFounding(w.dir):
		w.founding = true
	case datadir.AnyFounded(w.dir):
		err = datadir.CheckFounded(w.dir)
	case first == nil:
		err = fmt.Errorf("%s is no data directory: name one with --data, or begin one with --root FILE, the first root of the region", w.dir)
	default:
		if _, err := trust.Pin(first); err != nil {
			return bundlefile.Bad("the root cannot be believed: %w", err)
		}
		w.founding, err = datadir.BeginFounding(w.dir)
	}
	return err
}

// load puts the issuer to work. A store that has published nothing is good for a founding only.
func (w *Workroom) load(ctx context.Context, c Config) (err error) {
	if w.Issuer, err = issuer.New(issuer.Config{Store: w.Store, Root: w.root, Master: w.master, Rand: c.Rand}); err != nil {
		return err
	}
	if err := w.Issuer.Refresh(ctx); err != nil {
		return err
	}
	switch published := w.Issuer.Bundle() != nil; {
	case !published && !w.founding:
		return datadir.NoPublication(w.dir)
	case published && w.founding:
		return datadir.EndFounding(w.dir)
	}
	return nil
}

// readRoot reads the root of the data directory. Where there is none, it is the given one.
func (w *Workroom) readRoot(first []byte) error {
	path := filepath.Join(w.dir, datadir.KeysDir, datadir.RootFile)
	root, err := datadir.ReadPrivate(path, datadir.MaxKeyFile)
	switch {
	case err == nil:
		w.root = root
		return w.sameRoot(first)
	case !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("the root: %w", err)
	case first == nil && datadir.Filled(filepath.Join(w.dir, datadir.StoreFile)):
		return fmt.Errorf("%s holds a store, and the first root of its region in %s is lost: give it with --root FILE; healthcode keys list takes it out of the last publication", w.dir, path)
	case first == nil:
		return fmt.Errorf("the founding of %s goes on with --root FILE, the first root of the region", w.dir)
	}
	if _, err := trust.Pin(first); err != nil {
		return bundlefile.Bad("the root cannot be believed: %w", err)
	}
	w.root, w.bare = first, true
	return nil
}

// sameRoot refuses a --root that is not the one of the directory.
func (w *Workroom) sameRoot(first []byte) error {
	if first == nil {
		return nil
	}
	given, err := trust.RootFingerprint(first)
	if err != nil {
		return bundlefile.Bad("the root cannot be believed: %w", err)
	}
	ours, err := trust.RootFingerprint(w.root)
	if err == nil && given != ours {
		err = &RootError{fmt.Sprintf("%s stands on the root %s, and --root is %s: name the directory of that region with --data", w.dir, ours, given)}
	}
	return err
}

// writeRoot puts the root in its place.
func (w *Workroom) writeRoot() error {
	if err := os.MkdirAll(filepath.Join(w.dir, datadir.KeysDir), 0o700); err != nil {
		return fmt.Errorf("make the data directory: %w", err)
	}
	return datadir.WritePrivate(filepath.Join(w.dir, datadir.KeysDir, datadir.RootFile), w.root)
}

// Close lets go of the store.
func (w *Workroom) Close() error { return w.Store.Close() }

// Publish publishes what a ceremony made and lets the keys sign whose time has come.
func (w *Workroom) Publish(ctx context.Context, roots [][]byte, keyList []byte, at time.Time) (p issuer.Publication, activated int, err error) {
	if err := w.Issuer.EnsureLists(ctx, at); err != nil {
		return p, 0, err
	}
	if p, err = w.Issuer.PublishKeyList(ctx, roots, keyList, at); err != nil {
		return p, 0, err
	}
	if err := datadir.EndFounding(w.dir); err != nil {
		return p, 0, err
	}
	active, err := w.Issuer.EnsureKeys(ctx, at)
	return p, len(active), err
}
