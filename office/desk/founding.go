package desk

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

// DemoRegion is where the demonstration plays.
const DemoRegion = "CN-GD"

// Lives of what a founding signs.
const (
	KeyYears     = 2 // a signing key
	rootYears    = 5
	keyListYears = 1
)

// foundAuthority makes the offline roles and the first root, unless they are there. All roles lie on one machine, so the root is marked DEMO.
func foundAuthority(c Config, master []byte, at time.Time) error {
	dir := c.Data
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
		if authority, err = newAuthority(c, key, sealed); err != nil {
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

func newAuthority(c Config, key *seal.Key, path string) (*issuer.Authority, error) {
	authority, err := issuer.NewAuthority(c.Region, c.Rand)
	if err != nil {
		return nil, err
	}
	b, err := authority.Bytes()
	if err != nil {
		return nil, err
	}
	box, err := key.Seal(c.Rand, b, nil)
	if err != nil {
		return nil, err
	}
	return authority, datadir.WritePrivate(path, box)
}

// firstPublication publishes the first key list, unless something has been published. Keys that an interrupted founding left in the store are
// in no key list, so they never sign.
func (d *Desk) firstPublication(ctx context.Context, at time.Time) error {
	_, err := d.Store.Published(ctx)
	if !errors.Is(err, issuer.ErrNotFound) {
		if err == nil {
			err = d.Issuer.Refresh(ctx)
		}
		if err == nil {
			err = datadir.EndFounding(d.Dir)
		}
		return err
	}
	if !d.founding {
		return datadir.NoPublication(d.Dir)
	}
	if d.Authority == nil {
		return fmt.Errorf("nothing has been published and the authority's keys are not on this machine: bring a signed key list")
	}
	keys, err := issuer.DemoKeys(cose.Ed25519, trust.DefaultPolicy(), at, d.rand)
	if err != nil {
		return err
	}
	entries := make([]trust.IssuerKey, 0, len(keys))
	for _, k := range keys {
		if _, err := d.Issuer.AddKey(ctx, k.Entry.Purpose, k.Entry.Prefecture, k.Private); err != nil {
			return err
		}
		entries = append(entries, k.Entry)
	}
	if err := d.Issuer.EnsureLists(ctx, at); err != nil {
		return err
	}
	list, err := issuer.FirstKeyList(d.Authority.Region, trust.DefaultPolicy(), entries, at, at.AddDate(keyListYears, 0, 0))
	if err != nil {
		return err
	}
	signed, err := d.Authority.SignKeyList(list)
	if err != nil {
		return err
	}
	if _, err := d.Issuer.PublishKeyList(ctx, [][]byte{d.Root}, signed, at); err != nil {
		return err
	}
	return datadir.EndFounding(d.Dir)
}

// Ceremony changes the key list, with the offline roles that a demonstration has on this machine, and publishes the result.
func (d *Desk) Ceremony(ctx context.Context, change issuer.Change, at time.Time) (*trust.KeyList, error) {
	d.ceremonies.Lock()
	defer d.ceremonies.Unlock()
	return d.hold(ctx, change, at)
}

// hold is a ceremony for whoever has locked the others out.
func (d *Desk) hold(ctx context.Context, change issuer.Change, at time.Time) (*trust.KeyList, error) {
	next, err := d.Plan(change, at)
	if err != nil {
		return nil, err
	}
	signed, err := d.Authority.SignKeyList(next)
	if err != nil {
		return nil, err
	}
	if _, err := d.Issuer.PublishKeyList(ctx, nil, signed, at); err != nil {
		return nil, err
	}
	_, err = d.Issuer.EnsureKeys(ctx, at)
	return next, err
}

// ErrNoAuthority is of a ceremony for which the offline roles are not here.
var ErrNoAuthority = errors.New("the authority's keys are not on this machine: hold the ceremony where they are (healthcode keys propose writes the proposal for the list signers)")

// Plan is a ceremony that is not held.
func (d *Desk) Plan(change issuer.Change, at time.Time) (*trust.KeyList, error) {
	if d.Authority == nil {
		return nil, ErrNoAuthority
	}
	if change.Expires.IsZero() {
		change.Expires = at.AddDate(keyListYears, 0, 0)
	}
	return issuer.NextKeyList(d.Issuer.Bundle().KeyList(), change, at)
}

// rulesName is the file of a signed rule set: one for each key, since a new key signs them anew.
func rulesName(id cose.KeyID) string { return "rules-" + id.String() + ".cose" }

// Rules reads the rules that the active rules key signed. A key that has just become active signs the default rules.
func (d *Desk) Rules(at time.Time) (*health.RuleSet, error) {
	signer, err := d.Issuer.Signer(trust.Rules, 0, at)
	if err != nil {
		return nil, fmt.Errorf("the rules: %w", err)
	}
	path := filepath.Join(d.Dir, datadir.KeysDir, rulesName(signer.Public().ID()))
	signed, err := datadir.ReadPrivate(path, datadir.MaxKeyFile)
	if errors.Is(err, fs.ErrNotExist) {
		if signed, err = health.SignRules(health.DefaultRules(d.Issuer.Bundle().Root().Region), signer); err == nil {
			err = datadir.WritePrivate(path, signed)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("the rules in %s: %w", path, err)
	}
	rules, err := issuer.LoadRules(d.Issuer.Bundle(), signed, at)
	if err != nil {
		return nil, fmt.Errorf("the rules in %s cannot be used: %w: put a copy back in their place; without the file the default rules are signed anew", path, err)
	}
	return rules, nil
}
