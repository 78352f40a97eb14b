package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"healthcode.example/api/login"
	"healthcode.example/api/register"
	"healthcode.example/office/datadir"
	"healthcode.example/office/desk"
	"healthcode.example/store/bolt"
	"healthcode.example/wallet"
	"healthcode.example/wallet/demo"
)

// dataFlags say where an issuing office keeps what it has.
type dataFlags struct {
	Data      string `default:"./data" placeholder:"DIR" help:"The data directory."`
	MasterKey string `placeholder:"FILE" help:"The file of the master key; without it $HEALTHCODE_MASTER_KEY, or master.key in the data directory."`

	region string // of a founding; empty: desk.DemoRegion, or whatever was founded
}

// masterKey finds the master key.
func (d *dataFlags) masterKey() ([]byte, error) { return datadir.Master(d.Data, d.MasterKey) }

// office is an authority at its desk with the wallets of its people: what serve, import, issue and their like share.
type office struct {
	*desk.Desk
	wallet *wallet.Service // nil until serveWallets
	people *login.Settings // how people log in; nil: as the wallet does without
	lent   bool            // by a service that goes on with it
}

// desk says where the office works.
func (d *dataFlags) desk(c *console) desk.Config {
	return desk.Config{Data: d.Data, Master: d.masterKey, Region: d.founded(), Rand: c.rand, Note: c.notef}
}

// openOffice opens what an earlier command founded, and founds nothing.
func openOffice(ctx context.Context, c *console, flags dataFlags, at time.Time) (*office, error) {
	return enterOffice(ctx, c, flags, at, desk.Open)
}

// openWallets opens the office and its wallets, to look at what is there.
func openWallets(ctx context.Context, c *console, flags dataFlags, at time.Time) (*office, error) {
	return withWallets(ctx, c, flags, at, func(o *office) error { return o.serveWallets(c, at) })
}

// openReadyWallets opens the office and its wallets, ready to be written to.
func openReadyWallets(ctx context.Context, c *console, flags dataFlags, at time.Time) (*office, error) {
	return withWallets(ctx, c, flags, at, func(o *office) error { return o.prepareWallets(ctx, c, at) })
}

// withWallets opens the office, lets the wallets begin, and closes it again if they cannot.
func withWallets(ctx context.Context, c *console, flags dataFlags, at time.Time, begin func(*office) error) (*office, error) {
	o, err := openOffice(ctx, c, flags, at)
	if err != nil {
		return nil, err
	}
	if err := begin(o); err != nil {
		return nil, errors.Join(err, o.close())
	}
	return o, nil
}

// foundOffice opens the office. Where there is nothing at all, or a founding was interrupted, it founds it.
func foundOffice(ctx context.Context, c *console, flags dataFlags, at time.Time) (*office, error) {
	return enterOffice(ctx, c, flags, at, desk.Found)
}

// enterOffice opens the desk, or takes the one of the service that runs the command. A service that has the store does the command in its turn.
func enterOffice(ctx context.Context, c *console, flags dataFlags, at time.Time, open func(context.Context, desk.Config, time.Time) (*desk.Desk, error)) (*office, error) {
	if c.office != nil {
		return c.office.lend(), nil
	}
	d, err := open(ctx, flags.desk(c), at)
	if errors.Is(err, bolt.ErrInUse) {
		if done, err := forward(ctx, c, flags.Data); done {
			return nil, err // the service has done the command, and this is how it ended
		}
		return nil, fmt.Errorf("%w (if \"healthcode serve\" runs on %s, end it with Ctrl-C first)", err, flags.Data)
	}
	if err != nil {
		return nil, err
	}
	o := &office{Desk: d}
	if err := o.isRegion(flags); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return o, nil
}

// serveWallets puts the part to work that needs the rules: who only publishes or looks after keys needs no rules key.
func (o *office) serveWallets(c *console, at time.Time) error {
	if o.wallet != nil {
		return nil
	}
	rules, err := o.Rules(at)
	if err != nil {
		return err
	}
	vault, err := wallet.NewVault(o.Master)
	if err != nil {
		return err
	}
	config := wallet.Config{
		Store: o.Store, Issuer: o.Issuer, Rules: rules, Vault: vault, Rand: c.rand, GuardianNames: true, Agreement: agreement, Consent: consent,
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
	case o.Authority != nil: // a demonstration
		if config.Register, err = demo.Register(); err != nil {
			return err
		}
	}
	o.wallet, err = wallet.New(config)
	return err
}

// prepareWallets is prepare and serveWallets.
func (o *office) prepareWallets(ctx context.Context, c *console, at time.Time) error {
	if err := o.Prepare(ctx, at); err != nil {
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
	return o.Close()
}
