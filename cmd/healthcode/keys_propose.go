package main

import (
	"fmt"
	"time"

	"healthcode.example/crypto/cose"
	"healthcode.example/issuer"
	"healthcode.example/issuer/ceremony"
	"healthcode.example/trust"
	"healthcode.example/trust/bundlefile"
)

type keysProposeCommand struct {
	believeFlags
	policyChange
	Bundle     string   `placeholder:"FILE" help:"The newest bundle, whose key list is changed; without it the first key list is proposed, under --root FILE."`
	NewRoot    string   `placeholder:"FILE" help:"The finished proposal of a newer root, under which this key list shall be the first."`
	Add        []string `placeholder:"FILE" help:"The public half of a new key, by healthcode keys new; once for each."`
	Retire     []string `placeholder:"KID" help:"A key that signs no more; what it signed stays good."`
	Compromise []string `placeholder:"KID" help:"A key under which everything is refused from now on; its standby takes over."`
	Forged     []string `placeholder:"FILE" help:"A forged bundle as it was found at a gate: the key that signed its snapshot is condemned, so that gates which took it let go of it. One that holds no gate of ours back from --bundle is refused."`
	Days       int      `placeholder:"N" help:"For how many days the key list is good; without it as long as the former one was, and 180 for the first."`
	Out        string   `required:"" placeholder:"FILE" help:"Where the proposal goes."`
}

// Help gives the examples.
func (*keysProposeCommand) Help() string {
	return `It needs no key and no network: the bundle may come on a USB stick. A compromise that would leave a place without a standby needs a new one.
Where list keys were stolen and gates took what the thieves signed: a new root with new list signers first, then this with --new-root and --forged.

Examples:

    healthcode keys propose --root root.cose --add phone.pub --add phone-spare.pub --add paper.pub --add paper-spare.pub --out keys-1.proposal
    healthcode keys propose --bundle bundle.ykb --root root.cose --compromise 49a69fd68a0e4594 --add phone-spare2.pub --out keys-2.proposal
    healthcode keys propose --bundle bundle.ykb --root root.cose --hard-age 16h --soft-age 4h --out keys-2.proposal
    healthcode keys propose --bundle bundle.ykb --root root.cose --new-root root-2.proposal --out keys-3.proposal
    healthcode keys propose --bundle bundle.ykb --root root.cose --new-root root-2.proposal --forged gate.ykb --out keys-3.proposal`
}

// Run proposes the key list.
func (k *keysProposeCommand) Run(c *console) error {
	at := c.now().Truncate(time.Second)
	var change issuer.Change
	for _, path := range k.Add {
		f, err := readPublicHalf(path)
		if err != nil {
			return err
		}
		if f.Entry == nil {
			return usage("--add %s: this is a signer's own key, not one made by healthcode keys new", path)
		}
		change.Add = append(change.Add, *f.Entry)
	}
	var err error
	if change.Retire, err = parseKeyIDs(k.Retire); err != nil {
		return err
	}
	if change.Compromise, err = parseKeyIDs(k.Compromise); err != nil {
		return err
	}
	p, err := k.propose(c, change, at)
	if err != nil {
		return err
	}
	return writeProposal(c, k.Out, p)
}

func parseKeyIDs(texts []string) ([]cose.KeyID, error) {
	var ids []cose.KeyID
	for _, text := range texts {
		id, err := cose.ParseKeyID(text)
		if err != nil {
			return nil, usage("%w", err)
		}
		ids = append(ids, id)
	}
	return ids, nil
}

func (k *keysProposeCommand) propose(c *console, change issuer.Change, at time.Time) (*ceremony.Proposal, error) {
	if k.Bundle != "" {
		b, err := k.believe(k.Bundle, at)
		if err != nil {
			return nil, err
		}
		if err := checkClock(b, at); err != nil {
			return nil, err
		}
		roots, err := k.newerRoots(b.SignedRoots())
		if err != nil {
			return nil, err
		}
		change.Expires = listEnd(b.KeyList(), k.Days, at)
		change.Policy = k.change(b.KeyList().Policy)
		if part := b.Expired(at); part != "" {
			change.NoneInForce = true
			c.notef("the %s of --bundle has expired, so no gate decides by it and keys that are added may be used at once: make sure that it is the newest publication\n", part)
		}
		if err := k.condemn(c, &change, b); err != nil {
			return nil, err
		}
		return ceremony.ProposeKeys(roots, b.SignedKeyList(), change, at)
	}
	if len(k.Forged) > 0 {
		return nil, usage("--forged condemns a key in the place of gates that have a bundle: give your own newest --bundle too")
	}
	if k.Root == "" {
		return nil, usage("give the newest --bundle, or for the first key list the root with --root FILE")
	}
	root, err := readPublic(string(k.Root), maxRoot)
	if err != nil {
		return nil, fmt.Errorf("the root: %w", err)
	}
	policy := trust.DefaultPolicy()
	if changed := k.change(policy); changed != nil {
		policy = *changed
	}
	return ceremony.ProposeFirstKeyList([][]byte{root}, policy, change.Add, at, listEnd(nil, k.Days, at))
}

// firstListDays is the life of a first key list.
const firstListDays = 180

// listEnd is when a new key list ends: after so many days, or without a number after as long a life as the former one had, so that no change of
// something else shortens it unseen.
func listEnd(former *trust.KeyList, days int, at time.Time) time.Time {
	switch {
	case days > 0:
		return at.AddDate(0, 0, days)
	case former == nil:
		return at.AddDate(0, 0, firstListDays)
	}
	return at.Add(time.Duration(former.ExpiresAt-former.IssuedAt) * time.Second)
}

// condemn names the keys of the thieves.
func (k *keysProposeCommand) condemn(c *console, change *issuer.Change, ours *trust.Bundle) error {
	for _, path := range k.Forged {
		raw, err := bundlefile.Load(path)
		if err != nil {
			return badBundle("--forged: the bundle cannot be read: %w", err)
		}
		before := len(change.Compromise)
		if err := change.CondemnForger(ours, raw); err != nil {
			return badBundle("--forged %s: %w", path, err)
		}
		for _, id := range change.Compromise[before:] {
			if ours.KeyList().Find(id) != nil {
				c.notef("--forged %s: its snapshot is signed by %s, which is our own: this is right only if that key was stolen; a publication of ours after --bundle looks the same, and then that is the newest\n", path, id)
			}
		}
	}
	return nil
}

// newerRoots is the chain with the root that is not published yet.
func (k *keysProposeCommand) newerRoots(published [][]byte) ([][]byte, error) {
	if k.NewRoot == "" {
		return published, nil
	}
	p, err := readProposals([]string{k.NewRoot})
	if err != nil {
		return nil, err
	}
	return p.Roots()
}
