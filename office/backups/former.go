package backups

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"healthcode.example/issuer"
	"healthcode.example/office/datadir"
	"healthcode.example/store/bolt"
)

// formerKeys are the signing keys of a store that is there.
type formerKeys struct {
	source string
	keys   []issuer.KeyRecord
}

// Former gives the last publication of the store that is to be replaced and of every one that a former restore has set aside: they may
// have published more than any bundle that the operator gives. One that cannot be read stops the restore, unless it is to go on without.
// Their signing keys are noted, the newest store's first: a ceremony may have brought some after the backup.
func (w *Restore) Former(ctx context.Context) ([]issuer.Candidate, error) {
	target := filepath.Join(w.Data, datadir.StoreFile)
	paths, err := bolt.SetAside(target)
	if err != nil {
		return nil, err
	}
	if datadir.Exists(target) {
		paths = append(paths, target)
	}
	slices.Reverse(paths)
	var found []issuer.Candidate
	for _, path := range paths {
		p, keys, err := bolt.ReadFormer(ctx, path)
		switch {
		case err == nil:
			found = append(found, issuer.Candidate{Source: path, Bundle: p.Bundle, Store: true})
			w.beside = append(w.beside, formerKeys{path, keys})
		case errors.Is(err, issuer.ErrNotFound): // it has published nothing
		case errors.Is(err, bolt.ErrInUse) && (w.Apply || path != target):
			return nil, fmt.Errorf("%w: end the service first", err)
		case errors.Is(err, bolt.ErrInUse):
			w.Busy = true
			w.Note("%v: what it has published last is not in this plan\n", err)
		default:
			if err := w.without(path, err); err != nil {
				return nil, err
			}
		}
	}
	return found, nil
}

// without says what it means that a store's last publication is not known, and refuses unless the operator goes on without it.
func (w *Restore) without(path string, why error) error {
	const means = "if it has published more than the newest bundle of --published, revocations since then come back to life, " +
		"versions repeat, and gates that have the newer ones refuse every later bundle"
	if !w.Without {
		return fmt.Errorf("what %s has published last cannot be read: %s. Collect the newest bundle from the service's address, the gates and the partners; "+
			"then go on with --without-old-store: %w", path, means, why)
	}
	w.Note("WARNING: what %s has published last is not known (%v): %s\n", path, why, means)
	return nil
}

// Newest takes the bundle that the others lead up to, which come from outside and from Former; without any it is nil. Those from outside must be
// readable. issuer.Newest says which errors there are besides.
func (w *Restore) Newest(given []issuer.Candidate, at time.Time) ([]byte, error) {
	newest, err := issuer.Newest(w.Config.Root, given, at, func(c issuer.Candidate, why error) error {
		if c.Store {
			return w.without(c.Source, why)
		}
		return fmt.Errorf("%s: %w", c.Source, why)
	})
	w.Source = newest.Source
	return newest.Bundle, err
}
