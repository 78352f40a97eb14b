package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"healthcode.example/crypto/cose"
	"healthcode.example/issuer"
	"healthcode.example/office/desk"
	"healthcode.example/trust"
)

type keysPublishCommand struct {
	dataFlags
	Purpose    string `enum:",phone,paper,notice,rules,log,venue,snapshot" default:"" help:"What the key is to sign: phone, paper, notice, rules, log, venue or snapshot."`
	Prefecture uint32 `placeholder:"CODE" help:"The prefecture it signs for, GB/T 2260; without it, the whole region."`
	Algorithm  string `default:"Ed25519" enum:"Ed25519,ES256" help:"${enum}."`
	JSON       bool   `help:"Write one JSON object."`
	signedFlags
}

// Help gives the examples.
func (*keysPublishCommand) Help() string {
	return `A key may sign when every gate can know it, so its use begins a bundle's hard age from now. Activate it then, and retire the former one.
A prefecture that has no keys yet gets a standby too. With the files of a ceremony (healthcode keys propose, sign) it publishes what they hold.
The service must not run meanwhile; gates learn of it at their next update.

Examples:

    healthcode keys publish --purpose paper
    healthcode keys publish --purpose phone --prefecture 440300 --algorithm ES256
    healthcode keys publish --out bundle.ykb keys-2.alice keys-2.bob`
}

// Run makes and publishes the key.
func (k *keysPublishCommand) Run(ctx context.Context, c *console) (err error) {
	if len(k.Proposals) > 0 {
		return k.publish(ctx, c, k.dataFlags, k.JSON)
	}
	if k.Purpose == "" {
		return usage("give the files of a signed proposal, or --purpose for a key that this machine makes and publishes by itself")
	}
	at := c.now()
	o, err := openOffice(ctx, c, k.dataFlags, at)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, o.close()) }()
	if err := o.Prepare(ctx, at); err != nil {
		return err
	}
	made, err := k.make(c, o, at)
	if err != nil {
		return err
	}
	var change issuer.Change
	for _, key := range made {
		change.Add = append(change.Add, key.Entry)
	}
	if _, err := o.Plan(change, at); err != nil { // before a private key is stored for nothing
		return err
	}
	for _, key := range made {
		if _, err := o.Issuer.AddKey(ctx, key.Entry.Purpose, key.Entry.Prefecture, key.Private); err != nil {
			return err
		}
	}
	list, err := o.Ceremony(ctx, change, at)
	if err != nil {
		return err
	}
	id, from := made[0].Entry.Key.ID(), utc(made[0].Entry.UseFrom)
	if k.JSON {
		return c.json(map[string]any{"key_list": list.Version, "kid": id.String(), "use_from": from})
	}
	c.printf("%s is published in key list %d and may sign from %s on: healthcode keys activate %s\n", id, list.Version, stamp(from), id)
	return nil
}

// make generates the key, and a standby where a new place has none.
func (k *keysPublishCommand) make(c *console, o *office, at time.Time) ([]issuer.NewKey, error) {
	purpose, err := trust.ParsePurpose(k.Purpose)
	if err != nil {
		return nil, usage("%w", err)
	}
	alg := cose.Ed25519
	if k.Algorithm == cose.ES256.String() {
		alg = cose.ES256
	}
	list := o.Issuer.Bundle().KeyList()
	states := []trust.KeyState{trust.Published}
	if !hasStandby(list, purpose, k.Prefecture) {
		states = append(states, trust.Standby)
	}
	from := at.Add(list.Policy.HardAge + time.Minute).Truncate(time.Minute)
	var out []issuer.NewKey
	for _, state := range states {
		key, err := issuer.GenerateKey(issuer.KeyPlan{Purpose: purpose, Prefecture: k.Prefecture, Algorithm: alg, State: state,
			UseFrom: from.Unix(), UseUntil: from.AddDate(desk.KeyYears, 0, 0).Unix()}, list.Policy, c.rand)
		if err != nil {
			return nil, fmt.Errorf("make a key: %w", err)
		}
		out = append(out, key)
	}
	return out, nil
}

func hasStandby(list *trust.KeyList, purpose trust.Purpose, prefecture uint32) bool {
	for _, k := range list.Keys {
		if k.Purpose == purpose && k.Prefecture == prefecture && k.State == trust.Standby {
			return true
		}
	}
	return false
}
