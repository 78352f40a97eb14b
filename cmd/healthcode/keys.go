package main

import (
	"context"
	"errors"
	"fmt"
	"text/tabwriter"

	"healthcode.example/crypto/cose"
	"healthcode.example/issuer"
	"healthcode.example/trust"
)

// keysCommands are the ceremonies and the list of their outcome.
type keysCommands struct {
	List       keysListCommand       `cmd:"" help:"List the keys of the region, and which of them sign."`
	Publish    keysPublishCommand    `cmd:"" help:"Publish what a ceremony has signed, or make a key for the coming time and publish it."`
	Activate   keysActivateCommand   `cmd:"" help:"Let a published key sign for its purpose from now on."`
	Retire     keysRetireCommand     `cmd:"" help:"Let a key sign no more; what it signed stays good."`
	Compromise keysCompromiseCommand `cmd:"" help:"Refuse everything under a stolen key; its standby takes over."`

	New     keysNewCommand         `cmd:"" help:"Make a signing key, locked by a passphrase, for a ceremony to publish."`
	Import  keysImportCommand      `cmd:"" help:"Bring a signing key into the service."`
	Propose keysProposeCommand     `cmd:"" help:"Propose a key list, for its signers to sign offline."`
	Sign    proposalSignCommand    `cmd:"" help:"Read a proposed key list, and sign it."`
	Inspect proposalInspectCommand `cmd:"" help:"Show a proposal: what changes, who signed, who is missing."`
}

type keysListCommand struct {
	dataFlags
	JSON bool `help:"Write one JSON object."`
}

// listedKey is one line of the list.
type listedKey struct {
	keyReport
	Held   bool `json:"held"`   // the private half is in this store
	Active bool `json:"active"` // it signs
}

// Help gives the examples.
func (*keysListCommand) Help() string {
	return `Examples:

    healthcode keys list
    healthcode keys list --json --data /srv/healthcode`
}

// Run lists the keys of the published key list.
func (k *keysListCommand) Run(ctx context.Context, c *console) (err error) {
	o, err := openOffice(ctx, c, k.dataFlags, c.now())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, o.close()) }()
	keys, err := o.keys(ctx, o.Issuer.Bundle().KeyList())
	if err != nil {
		return err
	}
	if k.JSON {
		return c.json(map[string]any{"key_list": o.Issuer.Bundle().KeyList().Version, "keys": keys})
	}
	return printListed(c, keys)
}

// keys joins a key list with what the store holds.
func (o *office) keys(ctx context.Context, list *trust.KeyList) ([]listedKey, error) {
	records, err := o.Store.Keys(ctx)
	if err != nil {
		return nil, err
	}
	held := make(map[cose.KeyID]issuer.KeyRecord, len(records))
	for _, r := range records {
		held[r.ID] = r
	}
	out := make([]listedKey, 0, len(list.Keys))
	for i := range list.Keys {
		record, ok := held[list.Keys[i].Key.ID()]
		out = append(out, listedKey{newKeyReport(&list.Keys[i]), ok, record.Active})
	}
	return out, nil
}

func printListed(c *console, keys []listedKey) error {
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintf(w, "KEY\tPURPOSE\tSTATE\tSIGNS\tALGORITHM\tUSE FROM\tUNTIL\tVERIFY UNTIL\tWHERE\n")
	for _, k := range keys {
		signs := "-"
		switch {
		case k.Active && k.State == trust.Published.String():
			signs = "yes"
		case !k.Held && (k.State == trust.Published.String() || k.State == trust.Standby.String()): // others are deleted: they never sign again
			signs = "not here"
		}
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", k.ID, k.Purpose, k.State, signs, k.Algorithm,
			stamp(k.UseFrom), stamp(k.UseUntil), stamp(k.VerifyUntil), where(k.Prefecture))
	}
	return w.Flush()
}
