package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"healthcode.example/crypto/cose"
	"healthcode.example/issuer"
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
	if !k.Yes && !k.DryRun {
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
	entry := o.issuer.Bundle().KeyList().Find(id)
	if entry == nil {
		return fmt.Errorf("%s %s: the key list has no such key: see healthcode keys list", verb, id)
	}
	what := change(id)
	standby, err := o.newStandby(c, entry, what, at)
	if err != nil {
		return err
	}
	if standby != nil {
		what.Add = []trust.IssuerKey{standby.Entry}
	}
	next, err := o.plan(what, at)
	if err != nil {
		return err
	}
	if err := stillSigned(next, entry, at); err != nil {
		return fmt.Errorf("%s %s: %w", verb, id, err)
	}
	if !f.DryRun {
		if standby != nil {
			if _, err := o.issuer.AddKey(ctx, standby.Entry.Purpose, standby.Entry.Prefecture, standby.Private); err != nil {
				return err
			}
		}
		if next, err = o.ceremony(ctx, what, at); err != nil {
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
		c.printf("key list %d is published; gates learn of it at their next update (healthcode bundle export)\n\n", next.Version)
	}
	return printListed(c, keys)
}

// newStandby makes a key for the place whose standby a compromise calls up or takes away; nil where none is called up.
func (o *office) newStandby(c *console, lost *trust.IssuerKey, change issuer.Change, at time.Time) (*issuer.NewKey, error) {
	if len(change.Compromise) == 0 || lost.State != trust.Published && lost.State != trust.Standby {
		return nil, nil
	}
	minute := at.Unix() - at.Unix()%60
	key, err := issuer.GenerateKey(issuer.KeyPlan{
		Purpose: lost.Purpose, Prefecture: lost.Prefecture, Algorithm: lost.Key.Algorithm(), State: trust.Standby, UseFrom: minute, UseUntil: time.Unix(minute, 0).AddDate(keyYears, 0, 0).Unix(),
	}, o.issuer.Bundle().KeyList().Policy, c.rand)
	return &key, err
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
