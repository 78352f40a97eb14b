// Package desk is where an authority issues: the store of a data directory with the issuer on it, and the ceremonies that a demonstration may hold by itself.
package desk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"healthcode.example/crypto/seal"
	"healthcode.example/issuer"
	"healthcode.example/office/datadir"
	"healthcode.example/store/bolt"
	"healthcode.example/trust"
)

// Desk is an issuing authority at work on its data directory. Only one process at a time has it open. What is exported does not change, and any number may
// use it at a time.
type Desk struct {
	Dir       string
	Authority *issuer.Authority // the offline roles; nil: they are held elsewhere
	Root      []byte
	Store     *bolt.Store
	Issuer    *issuer.Issuer
	Master    []byte

	founding   bool // a first publication may be made
	rand       io.Reader
	note       func(format string, args ...any)
	ceremonies sync.Mutex // one ceremony at a time: each builds on the key list before
}

// Config says where a desk is and what it is given.
type Config struct {
	Data   string
	Master func() ([]byte, error) // datadir.ErrNoMaster: there is none
	Region string                 // of a founding
	Rand   io.Reader
	Note   func(format string, args ...any) // tells the operator what is no error
}

// Open opens what has been founded before, and founds nothing. bolt.ErrInUse says that another process has it.
func Open(ctx context.Context, c Config, at time.Time) (*Desk, error) {
	if err := datadir.CheckFounded(c.Data); err != nil {
		return nil, err
	}
	master, err := c.Master()
	if err != nil {
		return nil, err
	}
	return enter(ctx, c, master, false, at)
}

// Found opens the desk. Where there is nothing at all, or a founding was interrupted, it founds it: each step can be interrupted and is then done by the
// next call. bolt.ErrInUse says that another process has it.
func Found(ctx context.Context, c Config, at time.Time) (*Desk, error) {
	founding, err := datadir.BeginFounding(c.Data)
	if err != nil {
		return nil, err
	}
	master, err := c.Master()
	if errors.Is(err, datadir.ErrNoMaster) {
		if datadir.Exists(filepath.Join(c.Data, datadir.KeysDir, datadir.AuthorityFile)) || !founding {
			return nil, fmt.Errorf("%s holds sealed keys but not the key they are sealed under: %w", c.Data, err)
		}
		master, err = datadir.NewMaster(c.Data, c.Rand)
	}
	if err != nil {
		return nil, err
	}
	if founding {
		if err := foundAuthority(c, master, at); err != nil {
			return nil, err
		}
	}
	return enter(ctx, c, master, founding, at)
}

// enter opens all parts, makes the first publication of a founding, and closes again what it had opened if one fails.
func enter(ctx context.Context, c Config, master []byte, founding bool, at time.Time) (*Desk, error) {
	d := &Desk{Dir: c.Data, Master: master, founding: founding, rand: c.Rand, note: c.Note}
	if err := d.readAuthority(master); err != nil {
		return nil, err
	}
	var err error
	if d.Store, err = bolt.Open(filepath.Join(d.Dir, datadir.StoreFile), bolt.Options{}); err != nil {
		return nil, err
	}
	if err = d.begin(ctx, at); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

// Close lets go of the store. Everything acknowledged is on the disk already.
func (d *Desk) Close() error { return d.Store.Close() }

// begin puts the issuer to work on the open store. It writes nothing unless it founds.
func (d *Desk) begin(ctx context.Context, at time.Time) (err error) {
	if err := d.readRoot(ctx); err != nil {
		return err
	}
	d.Issuer, err = issuer.New(issuer.Config{Store: d.Store, Root: d.Root, Master: d.Master, Rand: d.rand})
	if err != nil {
		return err
	}
	return d.firstPublication(ctx, at)
}

// Prepare makes the desk ready to write at the time: it refuses a clock that is behind, renews keys and key list before their end, makes the
// lists of the day and activates keys whose time has come.
func (d *Desk) Prepare(ctx context.Context, at time.Time) error {
	if err := d.checkClock(at); err != nil {
		return err
	}
	if err := d.renew(ctx, at); err != nil {
		return err
	}
	if err := d.Issuer.EnsureLists(ctx, at); err != nil {
		return err
	}
	_, err := d.Issuer.EnsureKeys(ctx, at)
	return err
}

// checkClock refuses a clock that is behind what has been published, before anything is written by it.
func (d *Desk) checkClock(at time.Time) error {
	if last := time.Unix(d.Issuer.Bundle().Snapshot().IssuedAt, 0).UTC(); at.Unix() < last.Unix() {
		return fmt.Errorf("nothing was changed: this clock says %s and the last publication is of %s: set the clock",
			at.UTC().Format(time.RFC3339), last.Format(time.RFC3339))
	}
	return nil
}

// readRoot reads the first root. One that was lost is taken out of the last publication: signing another would be a root that no gate believes.
func (d *Desk) readRoot(ctx context.Context) (err error) {
	path := filepath.Join(d.Dir, datadir.KeysDir, datadir.RootFile)
	d.Root, err = datadir.ReadPrivate(path, datadir.MaxKeyFile)
	if err == nil {
		return nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("the root: %w", err)
	}
	last, err := d.Store.Published(ctx)
	if err != nil {
		return fmt.Errorf("the root %s is lost and the last publication, which holds it, cannot be read: %w", path, err)
	}
	if d.Root, err = trust.FirstRoot(last.Bundle); err != nil {
		return fmt.Errorf("the root %s is lost, and it is not in the last publication: %w", path, err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("the root %s is lost, and its directory cannot be made again: %w", path, err)
	}
	if err := datadir.WritePrivate(path, d.Root); err != nil {
		return err
	}
	d.note("%s was lost: it was taken out of the last publication and put back. What else was in %s (the sealed roles of a demonstration, signed rules) comes from a copy of the directory\n",
		path, filepath.Dir(path))
	return nil
}

// readAuthority reads the offline roles where this machine has them.
func (d *Desk) readAuthority(master []byte) error {
	box, err := datadir.ReadPrivate(filepath.Join(d.Dir, datadir.KeysDir, datadir.AuthorityFile), datadir.MaxKeyFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // held elsewhere: ceremonies are not for this machine
	}
	if err != nil {
		return fmt.Errorf("the authority's keys: %w", err)
	}
	key, err := seal.NewKey(master, datadir.AuthorityFile)
	if err != nil {
		return err
	}
	b, err := key.Open(box, nil)
	if err != nil {
		return fmt.Errorf("the authority's keys in %s do not open under this master key: %w", d.Dir, err)
	}
	d.Authority, err = issuer.ParseAuthority(b)
	return err
}
