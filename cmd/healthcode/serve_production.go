package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"time"

	"healthcode.example/office/datadir"
	"healthcode.example/office/desk"
)

// openProduction opens the office of a region that a ceremony has founded. It makes nothing: what is missing is said, with the step of the
// ceremony that brings it.
func openProduction(ctx context.Context, c *console, flags dataFlags, at time.Time) (*office, error) {
	if sealed := filepath.Join(flags.Data, datadir.KeysDir, datadir.AuthorityFile); datadir.Exists(sealed) {
		return nil, fmt.Errorf("%s holds keys of the root and of the key list, as a demonstration does: a service for people must not have them; "+
			"found its region by a ceremony, in a data directory of its own", sealed)
	}
	if !datadir.AnyFounded(flags.Data) {
		return nil, fmt.Errorf("%s is no data directory, and --no-demo founds none: healthcode root init and keys propose make the root and the key list by ceremony, "+
			"healthcode keys import --root root.cose and keys publish bring them here", flags.Data)
	}
	if err := datadir.CheckFounded(flags.Data); err != nil {
		return nil, err
	}
	if err := checkProduction(ctx, c, flags); err != nil {
		return nil, err
	}
	return openOffice(ctx, c, flags, at)
}

// checkProduction looks at the data directory before anything in it is used.
func checkProduction(ctx context.Context, c *console, flags dataFlags) (err error) {
	w, err := desk.OpenWorkroom(ctx, flags.desk(c), nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	if err := w.Issuer.CheckRoles(ctx, false); err != nil {
		return err
	}
	if w.Issuer.Bundle() == nil {
		return fmt.Errorf("%s has a root and no key list yet: publish the one that the ceremony signed with healthcode keys publish", flags.Data)
	}
	return nil
}

// greetProduction says where it runs.
func (s *serveCommand) greetProduction(c *console, address net.Addr, o *office) {
	base := "http://" + address.String()
	list := o.Issuer.Bundle().KeyList()
	c.printf("healthcode serves %s from %s.\n\n", list.Region, s.Data)
	c.printf("  %s                                    what there is\n", base)
	c.printf("  %s/.well-known/healthcode/bundle      what a gate believes, published every %v\n\n", base, s.Publish)
	c.printf("root %s\nkey list %d is good until %s: the next comes by ceremony (healthcode keys propose, sign, publish)\n", o.Issuer.Bundle().Fingerprint(), list.Version, stamp(utc(list.ExpiresAt)))
	if o.people == nil {
		c.printf("No log-in is set up (--login): codes are made with healthcode issue.")
	} else {
		c.printf("People log in at %s/v1/login.", s.origin(address))
	}
	c.printf(" Put a TLS proxy in front.\n\nCtrl-C stops it.\n")
}
