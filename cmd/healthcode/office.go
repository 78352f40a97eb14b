package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"healthcode.example/api/login"
	"healthcode.example/api/register"
	"healthcode.example/crypto/seal"
	"healthcode.example/issuer"
	"healthcode.example/office/datadir"
	"healthcode.example/store/bolt"
	"healthcode.example/trust"
	"healthcode.example/wallet"
	"healthcode.example/wallet/demo"
)

// dataFlags say where an issuing office keeps what it has.
type dataFlags struct {
	Data      string `default:"./data" placeholder:"DIR" help:"The data directory."`
	MasterKey string `placeholder:"FILE" help:"The file of the master key; without it $HEALTHCODE_MASTER_KEY, or master.key in the data directory."`

	region string // of a founding; empty: demoRegion, or whatever was founded
}

// masterKey finds the master key.
func (d *dataFlags) masterKey() ([]byte, error) { return datadir.Master(d.Data, d.MasterKey) }

// office is an issuing authority at work on its data directory: what serve, import, issue and their like share. Only one process at a time has
// it open.
type office struct {
	dir       string
	authority *issuer.Authority
	root      []byte
	founding  bool // a first publication may be made
	store     *bolt.Store
	issuer    *issuer.Issuer
	wallet    *wallet.Service // nil until serveWallets
	master    []byte
	people    *login.Settings // how people log in; nil: as the wallet does without

	lent       bool        // by a service that goes on with it
	ceremonies *sync.Mutex // one ceremony at a time: each builds on the key list before
}

// openOffice opens what an earlier command founded, and founds nothing.
func openOffice(ctx context.Context, c *console, flags dataFlags, at time.Time) (*office, error) {
	if c.office != nil {
		return c.office.lend(), nil
	}
	if err := datadir.CheckFounded(flags.Data); err != nil {
		return nil, err
	}
	master, err := flags.masterKey()
	if err != nil {
		return nil, err
	}
	return enterOffice(ctx, c, flags, master, false, at)
}

// foundOffice opens the office. Where there is nothing at all, or a founding was interrupted, it founds it: each step can be interrupted and is
// then done by the next call.
func foundOffice(ctx context.Context, c *console, flags dataFlags, at time.Time) (*office, error) {
	if c.office != nil {
		return c.office.lend(), nil
	}
	founding, err := datadir.BeginFounding(flags.Data)
	if err != nil {
		return nil, err
	}
	master, err := flags.masterKey()
	if errors.Is(err, datadir.ErrNoMaster) {
		if datadir.Exists(filepath.Join(flags.Data, datadir.KeysDir, datadir.AuthorityFile)) || !founding {
			return nil, fmt.Errorf("%s holds sealed keys but not the key they are sealed under: %w", flags.Data, err)
		}
		master, err = datadir.NewMaster(flags.Data, c.rand)
	}
	if err != nil {
		return nil, err
	}
	if founding {
		if err := foundAuthority(c, flags, master, at); err != nil {
			return nil, err
		}
	}
	return enterOffice(ctx, c, flags, master, founding, at)
}

// enterOffice opens all parts, makes the first publication of a founding, and closes again what it had opened if one fails.
func enterOffice(ctx context.Context, c *console, flags dataFlags, master []byte, founding bool, at time.Time) (*office, error) {
	o := &office{dir: flags.Data, founding: founding, master: master, ceremonies: new(sync.Mutex)}
	if err := o.readAuthority(master); err != nil {
		return nil, err
	}
	var err error
	o.store, err = bolt.Open(filepath.Join(o.dir, datadir.StoreFile), bolt.Options{})
	if errors.Is(err, bolt.ErrInUse) {
		if done, err := forward(ctx, c, flags.Data); done {
			return nil, err // the service has done the command, and this is how it ended
		}
		return nil, fmt.Errorf("%w (if \"healthcode serve\" runs on %s, end it with Ctrl-C first)", err, flags.Data)
	}
	if err != nil {
		return nil, err
	}
	if err = o.begin(ctx, c, at); err == nil {
		err = o.isRegion(flags)
	}
	if err != nil {
		return nil, errors.Join(err, o.store.Close())
	}
	return o, nil
}

// begin puts the issuer to work on the open store. It writes nothing unless it founds.
func (o *office) begin(ctx context.Context, c *console, at time.Time) (err error) {
	if err := o.readRoot(ctx, c); err != nil {
		return err
	}
	o.issuer, err = issuer.New(issuer.Config{Store: o.store, Root: o.root, Master: o.master, Rand: c.rand})
	if err != nil {
		return err
	}
	return o.firstPublication(ctx, c, at)
}

// prepare makes the office ready to write at the time: it refuses a clock that is behind, renews keys and key list before their end, makes the
// lists of the day and activates keys whose time has come.
func (o *office) prepare(ctx context.Context, c *console, at time.Time) error {
	if err := o.checkClock(at); err != nil {
		return err
	}
	if err := o.renew(ctx, c, at); err != nil {
		return err
	}
	if err := o.issuer.EnsureLists(ctx, at); err != nil {
		return err
	}
	_, err := o.issuer.EnsureKeys(ctx, at)
	return err
}

// checkClock refuses a clock that is behind what has been published, before anything is written by it.
func (o *office) checkClock(at time.Time) error {
	if last := utc(o.issuer.Bundle().Snapshot().IssuedAt); at.Unix() < last.Unix() {
		return fmt.Errorf("nothing was changed: this clock says %s and the last publication is of %s: set the clock",
			at.UTC().Format(time.RFC3339), last.Format(time.RFC3339))
	}
	return nil
}

// serveWallets puts the part to work that needs the rules: who only publishes or looks after keys needs no rules key.
func (o *office) serveWallets(c *console, at time.Time) error {
	if o.wallet != nil {
		return nil
	}
	rules, err := o.loadRules(at)
	if err != nil {
		return err
	}
	vault, err := wallet.NewVault(o.master)
	if err != nil {
		return err
	}
	config := wallet.Config{
		Store: o.store, Issuer: o.issuer, Rules: rules, Vault: vault, Rand: c.rand, GuardianNames: true, Agreement: agreement, Consent: consent,
	}
	if o.people != nil {
		o.people.Configure(&config)
	}
	switch {
	case o.people != nil && o.people.Register != nil:
		config.Register, err = register.New(register.Config{Base: o.people.Register.Address, Token: o.people.Register.Token})
		if err != nil {
			return err
		}
	case o.authority != nil: // a demonstration
		if config.Register, err = demo.Register(); err != nil {
			return err
		}
	}
	o.wallet, err = wallet.New(config)
	return err
}

// prepareWallets is prepare and serveWallets.
func (o *office) prepareWallets(ctx context.Context, c *console, at time.Time) error {
	if err := o.prepare(ctx, c, at); err != nil {
		return err
	}
	return o.serveWallets(c, at)
}

// lend gives the open office to a command of another process.
func (o *office) lend() *office {
	lent := *o
	lent.lent = true
	return &lent
}

// close lets go of the store, unless it is lent. Everything acknowledged is on the disk already.
func (o *office) close() error {
	if o.lent {
		return nil
	}
	return o.store.Close()
}

// readRoot reads the first root. One that was lost is taken out of the last publication: signing another would be a root that no gate believes.
func (o *office) readRoot(ctx context.Context, c *console) (err error) {
	path := filepath.Join(o.dir, datadir.KeysDir, datadir.RootFile)
	o.root, err = datadir.ReadPrivate(path, datadir.MaxKeyFile)
	if err == nil {
		return nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("the root: %w", err)
	}
	last, err := o.store.Published(ctx)
	if err != nil {
		return fmt.Errorf("the root %s is lost and the last publication, which holds it, cannot be read: %w", path, err)
	}
	if o.root, err = trust.FirstRoot(last.Bundle); err != nil {
		return fmt.Errorf("the root %s is lost, and it is not in the last publication: %w", path, err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("the root %s is lost, and its directory cannot be made again: %w", path, err)
	}
	if err := datadir.WritePrivate(path, o.root); err != nil {
		return err
	}
	c.notef("%s was lost: it was taken out of the last publication and put back. What else was in %s (the sealed roles of a demonstration, signed rules) comes from a copy of the directory\n",
		path, filepath.Dir(path))
	return nil
}

// readAuthority reads the offline roles where this machine has them.
func (o *office) readAuthority(master []byte) error {
	box, err := datadir.ReadPrivate(filepath.Join(o.dir, datadir.KeysDir, datadir.AuthorityFile), datadir.MaxKeyFile)
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
		return fmt.Errorf("the authority's keys in %s do not open under this master key: %w", o.dir, err)
	}
	o.authority, err = issuer.ParseAuthority(b)
	return err
}
