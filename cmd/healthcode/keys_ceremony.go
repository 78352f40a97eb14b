package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"healthcode.example/crypto/cose"
	"healthcode.example/issuer"
	"healthcode.example/office/datadir"
	"healthcode.example/office/desk"
	"healthcode.example/trust"
)

// ceremonyFlags are those of retire and compromise.
type ceremonyFlags struct {
	dataFlags
	DryRun bool   `help:"Tell what would be, and change nothing."`
	JSON   bool   `help:"Write one JSON object."`
	Key    string `arg:"" placeholder:"KID" help:"The key, 16 hexadecimal digits."`
}

type keysRetireCommand struct{ ceremonyFlags }

// Help gives the examples.
func (*keysRetireCommand) Help() string {
	return `Examples:

    healthcode keys retire --dry-run 49a69fd68a0e4594`
}

// Run retires the key, unless its place would then have nobody to sign.
func (k *keysRetireCommand) Run(ctx context.Context, c *console) error {
	return k.hold(ctx, c, "retire", func(old cose.KeyID) issuer.Change { return issuer.Change{Retire: []cose.KeyID{old}} })
}

type keysCompromiseCommand struct {
	ceremonyFlags
	Yes bool `help:"Do not ask."`
}

// Help gives the examples.
func (*keysCompromiseCommand) Help() string {
	return `Every code under the key is refused at each gate from its next update on, whenever it was issued; holders must fetch new ones. There is no
way back. The standby of the key signs from now on, and a new standby is made.

Examples:

    healthcode keys compromise --dry-run 49a69fd68a0e4594
    healthcode keys compromise --yes 49a69fd68a0e4594`
}

// Run asks, and then compromises the key.
func (k *keysCompromiseCommand) Run(ctx context.Context, c *console) error {
	if _, err := cose.ParseKeyID(k.Key); err != nil {
		return usage("%w", err)
	}
	if datadir.AnyFounded(k.Data) && !datadir.Exists(filepath.Join(k.Data, datadir.KeysDir, datadir.AuthorityFile)) { // before anybody says yes to what cannot be done
		return fmt.Errorf("compromise %s: %w", k.Key, desk.ErrNoAuthority)
	}
	if !k.Yes && !k.DryRun && c.office == nil { // a service's command was asked for where it was given
		c.notef("Every code under %s will be refused, for ever. Type yes to go on: ", k.Key)
		answer, _ := bufio.NewReader(c.in).ReadString('\n') // no answer is not yes
		if strings.TrimSpace(answer) != "yes" {
			return usage("nothing was changed: the answer was not yes (in a script, give --yes)")
		}
	}
	return k.hold(ctx, c, "compromise", func(lost cose.KeyID) issuer.Change { return issuer.Change{Compromise: []cose.KeyID{lost}} })
}

// hold holds the ceremony that change describes, or tells what it would bring.
func (f *ceremonyFlags) hold(ctx context.Context, c *console, verb string, change func(cose.KeyID) issuer.Change) (err error) {
	id, err := cose.ParseKeyID(f.Key)
	if err != nil {
		return usage("%w", err)
	}
	at := c.now()
	o, err := openOffice(ctx, c, f.dataFlags, at)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, o.close()) }()
	if !f.DryRun {
		if err := o.Prepare(ctx, at); err != nil {
			return err
		}
	}
	entry := o.Issuer.Bundle().KeyList().Find(id)
	if entry == nil {
		return fmt.Errorf("%s %s: the key list has no such key: see healthcode keys list", verb, id)
	}
	what := change(id)
	if len(what.Compromise) > 0 && entry.State == trust.Compromised {
		return f.already(ctx, c, o, id)
	}
	standbys, err := o.newStandbys(c, entry, what, at)
	if err != nil {
		return err
	}
	for _, standby := range standbys {
		what.Add = append(what.Add, standby.Entry)
	}
	next, err := o.Plan(what, at)
	if err != nil {
		return err
	}
	if err := stillSigned(next, entry, at); err != nil {
		return fmt.Errorf("%s %s: %w", verb, id, err)
	}
	if !f.DryRun {
		for _, standby := range standbys {
			if _, err := o.Issuer.AddKey(ctx, standby.Entry.Purpose, standby.Entry.Prefecture, standby.Private); err != nil {
				return err
			}
		}
		if next, err = o.Ceremony(ctx, what, at); err != nil {
			return err
		}
	}
	keys, err := o.keys(ctx, next)
	if err != nil {
		return err
	}
	if f.JSON {
		return c.json(map[string]any{"key_list": next.Version, "dry_run": f.DryRun, "keys": keys})
	}
	if f.DryRun {
		c.printf("nothing was changed; the key list would be:\n\n")
	} else {
		c.printf("key list %d is published at %s; gates learn of it at their next update (healthcode bundle export)\n", next.Version, stamp(utc(next.IssuedAt)))
		if known := utc(next.IssuedAt).Add(next.Policy.HardAge); len(what.Compromise) > 0 {
			c.printf("the key that takes over signs at once; a gate that has not updated may not know it, and cannot say on its codes, until %s at the latest\n", stamp(known))
		}
		c.printf("\n")
	}
	return printListed(c, keys)
}

// already answers a compromise that has been declared before.
func (f *ceremonyFlags) already(ctx context.Context, c *console, o *office, id cose.KeyID) error {
	list := o.Issuer.Bundle().KeyList()
	keys, err := o.keys(ctx, list)
	if err != nil {
		return err
	}
	if f.JSON {
		return c.json(map[string]any{"key_list": list.Version, "dry_run": f.DryRun, "changed": false, "keys": keys})
	}
	c.printf("%s is compromised already: nothing was changed\n\n", id)
	return printListed(c, keys)
}

// newStandbys makes keys for the place whose key a compromise takes away: a standby for the one that is called up, and one more to be called up
// where none stands by. Their use may begin at once, since a standby signs only when it is called up.
func (o *office) newStandbys(c *console, lost *trust.IssuerKey, change issuer.Change, at time.Time) ([]issuer.NewKey, error) {
	if len(change.Compromise) == 0 || lost.State != trust.Published && lost.State != trust.Standby {
		return nil, nil
	}
	list := o.Issuer.Bundle().KeyList()
	ready := slices.ContainsFunc(list.Keys, func(k trust.IssuerKey) bool {
		return k.Purpose == lost.Purpose && k.Prefecture == lost.Prefecture && k.Key.ID() != lost.Key.ID() &&
			(k.State == trust.Standby || k.State == trust.Published) && k.UseFrom <= at.Unix() && at.Unix() < k.UseUntil
	})
	count := 1
	if !ready {
		count = 2
	}
	minute := at.Unix() - at.Unix()%60
	var out []issuer.NewKey
	for range count {
		key, err := issuer.GenerateKey(issuer.KeyPlan{
			Purpose: lost.Purpose, Prefecture: lost.Prefecture, Algorithm: lost.Key.Algorithm(), State: trust.Standby, UseFrom: minute, UseUntil: time.Unix(minute, 0).AddDate(desk.KeyYears, 0, 0).Unix(),
		}, list.Policy, c.rand)
		if err != nil {
			return nil, err
		}
		out = append(out, key)
	}
	return out, nil
}

// stillSigned wants somebody who may sign in the place of a key that ends.
func stillSigned(next *trust.KeyList, ended *trust.IssuerKey, at time.Time) error {
	for _, k := range next.Keys {
		if k.Purpose == ended.Purpose && k.Prefecture == ended.Prefecture && k.State == trust.Published && k.UseFrom <= at.Unix() && at.Unix() < k.UseUntil {
			return nil
		}
	}
	return fmt.Errorf("no other published key could sign for %s codes then: healthcode keys publish makes another, activate that first", ended.Purpose)
}
