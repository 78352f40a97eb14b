package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"healthcode.example/crypto/seal"
	"healthcode.example/health"
	"healthcode.example/issuer"
	"healthcode.example/store/bolt"
	"healthcode.example/wallet"
)

// dataFlags say where an issuing office keeps what it has.
type dataFlags struct {
	Data      string `default:"./data" placeholder:"DIR" help:"The data directory."`
	MasterKey string `placeholder:"FILE" help:"The file of the master key; without it $HEALTHCODE_MASTER_KEY, or master.key in the data directory."`
}

// Files below the data directory. Directories are of mode 0700, files of mode 0600.
const (
	keysDir       = "keys"
	authorityFile = "authority.sealed" // the offline roles of a demonstration, sealed under the master key
	rootFile      = "root.cose"        // the first root, signed: public
	storeFile     = "store.db"
)

// maxKeyFile bounds each file in DATA/keys.
const maxKeyFile = 1 << 20

// office is an issuing authority at work on its data directory: what serve, import, issue and their like share. Only one process at a time has
// it open.
type office struct {
	dir       string
	authority *issuer.Authority
	root      []byte
	store     *bolt.Store
	issuer    *issuer.Issuer
	wallet    *wallet.Service
	rules     *health.RuleSet
}

// openOffice opens what an earlier command founded.
func openOffice(ctx context.Context, c *console, flags dataFlags, at time.Time) (*office, error) {
	if _, err := os.Stat(filepath.Join(flags.Data, keysDir, rootFile)); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s is no data directory: name one with --data, or let \"healthcode serve\" make one", flags.Data)
	}
	return enterOffice(ctx, c, flags, at)
}

// foundOffice opens the office, and makes whatever of it is not there yet. Each step can be interrupted and is then done by the next call.
func foundOffice(ctx context.Context, c *console, flags dataFlags, at time.Time) (*office, error) {
	for _, dir := range []string{flags.Data, filepath.Join(flags.Data, keysDir)} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, fmt.Errorf("make the data directory: %w", err)
		}
	}
	master, err := flags.masterKey()
	if errors.Is(err, errNoMaster) {
		if _, old := os.Stat(filepath.Join(flags.Data, keysDir, authorityFile)); old == nil {
			return nil, fmt.Errorf("%s holds sealed keys but not the key they are sealed under: %w", flags.Data, err)
		}
		master, err = flags.newMasterKey(c.rand)
	}
	if err != nil {
		return nil, err
	}
	if err := foundAuthority(c, flags.Data, master, at); err != nil {
		return nil, err
	}
	return enterOffice(ctx, c, flags, at)
}

// enterOffice opens all parts, makes the first publication where there is none, and closes again what it had opened if one fails.
func enterOffice(ctx context.Context, c *console, flags dataFlags, at time.Time) (*office, error) {
	master, err := flags.masterKey()
	if err != nil {
		return nil, err
	}
	o := &office{dir: flags.Data}
	if err := o.readKeys(master); err != nil {
		return nil, err
	}
	o.store, err = bolt.Open(filepath.Join(o.dir, storeFile), bolt.Options{})
	if errors.Is(err, bolt.ErrInUse) {
		return nil, fmt.Errorf("%w (if \"healthcode serve\" runs on %s, end it with Ctrl-C first)", err, flags.Data)
	}
	if err != nil {
		return nil, err
	}
	if err := o.begin(ctx, c, master, at); err != nil {
		return nil, errors.Join(err, o.store.Close())
	}
	return o, nil
}

// begin puts the parts to work on the open store.
func (o *office) begin(ctx context.Context, c *console, master []byte, at time.Time) (err error) {
	o.issuer, err = issuer.New(issuer.Config{Store: o.store, Root: o.root, Master: master, Rand: c.rand})
	if err != nil {
		return err
	}
	if err := o.firstPublication(ctx, c, at); err != nil {
		return err
	}
	if err := o.issuer.EnsureLists(ctx, at); err != nil {
		return err
	}
	if _, err := o.issuer.EnsureKeys(ctx, at); err != nil {
		return err
	}
	if o.rules, err = o.loadRules(at); err != nil {
		return err
	}
	vault, err := wallet.NewVault(master)
	if err != nil {
		return err
	}
	o.wallet, err = wallet.New(wallet.Config{Store: o.store, Issuer: o.issuer, Rules: o.rules, Vault: vault, Rand: c.rand, GuardianNames: true})
	return err
}

// close lets go of the store. Everything acknowledged is on the disk already.
func (o *office) close() error { return o.store.Close() }

// readKeys reads the root, and the offline roles where this machine has them.
func (o *office) readKeys(master []byte) (err error) {
	o.root, err = readPrivate(filepath.Join(o.dir, keysDir, rootFile), maxKeyFile)
	if err != nil {
		return fmt.Errorf("the root: %w", err)
	}
	box, err := readPrivate(filepath.Join(o.dir, keysDir, authorityFile), maxKeyFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // held elsewhere: ceremonies are not for this machine
	}
	if err != nil {
		return fmt.Errorf("the authority's keys: %w", err)
	}
	key, err := seal.NewKey(master, authorityFile)
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
