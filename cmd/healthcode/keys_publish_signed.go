package main

import (
	"context"
	"errors"
	"fmt"

	"healthcode.example/issuer/ceremony"
	"healthcode.example/office/datadir"
	"healthcode.example/office/desk"
)

// signedFlags bring a key list, or a root, that people have signed elsewhere.
type signedFlags struct {
	Root      string   `placeholder:"FILE" help:"With a proposal: the first root of the region, to begin a data directory with."`
	Out       string   `placeholder:"FILE" help:"With a proposal: write the new bundle to a file too, for the gates."`
	Proposals []string `arg:"" optional:"" name:"proposal" placeholder:"FILE" help:"The signed proposal of a key list or of a root, or the copies that were signed."`
}

// publish publishes what the ceremony made. It needs no key of a person: the signatures are in the files.
func (k *signedFlags) publish(ctx context.Context, c *console, flags dataFlags, asJSON bool) (err error) {
	if err := datadir.CheckOutput(k.Out); err != nil { // before anything is published
		return err
	}
	p, err := readProposals(k.Proposals)
	if err != nil {
		return err
	}
	signed, err := p.Signed()
	if err != nil {
		return err
	}
	var first []byte
	if k.Root != "" {
		if first, err = readPublic(k.Root, maxRoot); err != nil {
			return err
		}
	}
	w, err := desk.OpenWorkroom(ctx, flags.desk(c), first)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	roots, err := chain(w, p)
	if err != nil {
		return err
	}
	if p.Root() != nil {
		if w.Issuer.Bundle() == nil {
			return usage("nothing has been published yet: publish the first key list, which brings the root along")
		}
		signed = w.Issuer.Bundle().SignedKeyList()
	}
	return k.finish(ctx, c, w, roots, signed, asJSON)
}

// finish publishes, and tells what is in force now.
func (k *signedFlags) finish(ctx context.Context, c *console, w *desk.Workroom, roots [][]byte, keyList []byte, asJSON bool) error {
	made, activated, err := w.Publish(ctx, roots, keyList, c.now())
	if err != nil {
		return err
	}
	if k.Out != "" {
		if err := c.files.Save(k.Out, made.Bundle); err != nil {
			return err
		}
	}
	b := w.Issuer.Bundle()
	absent := []string{}
	for _, key := range w.Issuer.Absent(c.now()) {
		absent = append(absent, key.Key.ID().String())
		c.notef("WARNING: key list %d lets %s sign for %s%s, and this service holds no key that does: bring it from the file of its custodian with healthcode keys import, before the service starts\n",
			b.KeyList().Version, key.Key.ID(), key.Purpose, ofPlace(key))
	}
	if asJSON {
		return c.json(map[string]any{"version": made.Version, "root": b.Root().Version, "key_list": b.KeyList().Version, "activated": activated, "absent": absent})
	}
	c.printf("publication %d: root %d, key list %d; %d keys begin to sign\ngates learn of it with their next bundle\n", made.Version, b.Root().Version, b.KeyList().Version, activated)
	return nil
}

// chain is the roots for the publication. A key list that was proposed before a new root was published goes with the newer chain.
func chain(w *desk.Workroom, p *ceremony.Proposal) ([][]byte, error) {
	roots, err := p.Roots()
	if err != nil {
		return nil, err
	}
	if b := w.Issuer.Bundle(); b != nil && len(b.SignedRoots()) > len(roots) {
		if p.Root() != nil {
			return nil, fmt.Errorf("root %d is older than what is published", p.Root().Version)
		}
		roots = b.SignedRoots()
	}
	return roots, nil
}
