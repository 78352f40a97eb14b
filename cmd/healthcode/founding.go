package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"healthcode.example/crypto/cose"
	"healthcode.example/crypto/seal"
	"healthcode.example/health"
	"healthcode.example/issuer"
	"healthcode.example/office/datadir"
	"healthcode.example/trust"
)

// demoRegion is where the demonstration plays.
const demoRegion = "CN-GD"

// Lives of what a founding signs.
const (
	rootYears    = 5
	keyListYears = 1
)

// foundAuthority makes the offline roles and the first root, unless they are there. All roles lie on one machine, so the root is marked DEMO.
func foundAuthority(c *console, flags dataFlags, master []byte, at time.Time) error {
	dir := flags.Data
	sealed, root := filepath.Join(dir, datadir.KeysDir, datadir.AuthorityFile), filepath.Join(dir, datadir.KeysDir, datadir.RootFile)
	if _, err := os.Stat(root); err == nil {
		return nil
	}
	key, err := seal.NewKey(master, datadir.AuthorityFile)
	if err != nil {
		return err
	}
	var authority *issuer.Authority
	box, err := datadir.ReadPrivate(sealed, datadir.MaxKeyFile)
	switch {
	case err == nil: // an earlier founding was interrupted before it signed the root
		b, err := key.Open(box, nil)
		if err != nil {
			return fmt.Errorf("the authority's keys in %s do not open under this master key: %w", dir, err)
		}
		if authority, err = issuer.ParseAuthority(b); err != nil {
			return err
		}
	case errors.Is(err, fs.ErrNotExist):
		if authority, err = newAuthority(c, flags.founded(), key, sealed); err != nil {
			return err
		}
	default:
		return fmt.Errorf("the authority's keys: %w", err)
	}
	signed, err := authority.FirstRoot(true, at.AddDate(rootYears, 0, 0))
	if err != nil {
		return err
	}
	return datadir.WritePrivate(root, signed)
}

func newAuthority(c *console, region string, key *seal.Key, path string) (*issuer.Authority, error) {
	authority, err := issuer.NewAuthority(region, c.rand)
	if err != nil {
		return nil, err
	}
	b, err := authority.Bytes()
	if err != nil {
		return nil, err
	}
	box, err := key.Seal(c.rand, b, nil)
	if err != nil {
		return nil, err
	}
	return authority, datadir.WritePrivate(path, box)
}

// firstPublication publishes the first key list, unless something has been published. Keys that an interrupted founding left in the store are
// in no key list, so they never sign.
func (o *office) firstPublication(ctx context.Context, c *console, at time.Time) error {
	_, err := o.store.Published(ctx)
	if !errors.Is(err, issuer.ErrNotFound) {
		if err == nil {
			err = o.issuer.Refresh(ctx)
		}
		if err == nil {
			err = datadir.EndFounding(o.dir)
		}
		return err
	}
	if !o.founding {
		return datadir.NoPublication(o.dir)
	}
	if o.authority == nil {
		return fmt.Errorf("nothing has been published and the authority's keys are not on this machine: bring a signed key list")
	}
	keys, err := issuer.DemoKeys(cose.Ed25519, trust.DefaultPolicy(), at, c.rand)
	if err != nil {
		return err
	}
	entries := make([]trust.IssuerKey, 0, len(keys))
	for _, k := range keys {
		if _, err := o.issuer.AddKey(ctx, k.Entry.Purpose, k.Entry.Prefecture, k.Private); err != nil {
			return err
		}
		entries = append(entries, k.Entry)
	}
	if err := o.issuer.EnsureLists(ctx, at); err != nil {
		return err
	}
	list, err := issuer.FirstKeyList(o.authority.Region, trust.DefaultPolicy(), entries, at, at.AddDate(keyListYears, 0, 0))
	if err != nil {
		return err
	}
	signed, err := o.authority.SignKeyList(list)
	if err != nil {
		return err
	}
	if _, err := o.issuer.PublishKeyList(ctx, [][]byte{o.root}, signed, at); err != nil {
		return err
	}
	return datadir.EndFounding(o.dir)
}

// ceremony changes the key list, with the offline roles that a demonstration has on this machine, and publishes the result.
func (o *office) ceremony(ctx context.Context, change issuer.Change, at time.Time) (*trust.KeyList, error) {
	o.ceremonies.Lock()
	defer o.ceremonies.Unlock()
	return o.hold(ctx, change, at)
}

// hold is a ceremony for whoever has locked the others out.
func (o *office) hold(ctx context.Context, change issuer.Change, at time.Time) (*trust.KeyList, error) {
	next, err := o.plan(change, at)
	if err != nil {
		return nil, err
	}
	signed, err := o.authority.SignKeyList(next)
	if err != nil {
		return nil, err
	}
	if _, err := o.issuer.PublishKeyList(ctx, nil, signed, at); err != nil {
		return nil, err
	}
	_, err = o.issuer.EnsureKeys(ctx, at)
	return next, err
}

var errNoAuthority = errors.New("the authority's keys are not on this machine: hold the ceremony where they are (healthcode keys propose writes the proposal for the list signers)")

// plan is a ceremony that is not held.
func (o *office) plan(change issuer.Change, at time.Time) (*trust.KeyList, error) {
	if o.authority == nil {
		return nil, errNoAuthority
	}
	if change.Expires.IsZero() {
		change.Expires = at.AddDate(keyListYears, 0, 0)
	}
	return issuer.NextKeyList(o.issuer.Bundle().KeyList(), change, at)
}

// rulesName is the file of a signed rule set: one for each key, since a new key signs them anew.
func rulesName(id cose.KeyID) string { return "rules-" + id.String() + ".cose" }

// loadRules reads the rules that the active rules key signed. A key that has just become active signs the default rules.
func (o *office) loadRules(at time.Time) (*health.RuleSet, error) {
	signer, err := o.issuer.Signer(trust.Rules, 0, at)
	if err != nil {
		return nil, fmt.Errorf("the rules: %w", err)
	}
	path := filepath.Join(o.dir, datadir.KeysDir, rulesName(signer.Public().ID()))
	signed, err := datadir.ReadPrivate(path, datadir.MaxKeyFile)
	if errors.Is(err, fs.ErrNotExist) {
		if signed, err = health.SignRules(health.DefaultRules(o.issuer.Bundle().Root().Region), signer); err == nil {
			err = datadir.WritePrivate(path, signed)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("the rules in %s: %w", path, err)
	}
	rules, err := issuer.LoadRules(o.issuer.Bundle(), signed, at)
	if err != nil {
		return nil, fmt.Errorf("the rules in %s cannot be used: %w: put a copy back in their place; without the file the default rules are signed anew", path, err)
	}
	return rules, nil
}
