package main

import (
	"fmt"
	"time"

	"healthcode.example/issuer/ceremony"
	"healthcode.example/trust"
)

// rootCommands are the ceremony of the root, which is held on machines without a network.
type rootCommands struct {
	Init    rootInitCommand        `cmd:"" help:"Propose the first root of a region."`
	Rotate  rootRotateCommand      `cmd:"" help:"Propose the root after the one in force."`
	Sign    proposalSignCommand    `cmd:"" help:"Read a proposed root, and sign it."`
	Inspect proposalInspectCommand `cmd:"" help:"Show a root or a proposal: who signed, who is missing, the fingerprint."`
	Finish  rootFinishCommand      `cmd:"" help:"Put the signed copies together into a root."`
}

// roleFlags name the holders of the two roles.
type roleFlags struct {
	RootKey       []string `placeholder:"FILE" help:"The public half of a root signer's key; once for each."`
	RootThreshold int      `default:"0" placeholder:"N" help:"How many of the root signers must sign."`
	ListKey       []string `placeholder:"FILE" help:"The public half of a key-list signer's key; once for each."`
	ListThreshold int      `default:"0" placeholder:"N" help:"How many of the key-list signers must sign."`
	Years         int      `default:"5" help:"For how many years the root is good."`
	Out           string   `required:"" placeholder:"FILE" help:"Where the proposal goes."`
}

// role reads the keys of one role; nil when none are named.
func role(paths []string, threshold int) (*ceremony.Role, error) {
	if len(paths) == 0 {
		return nil, nil
	}
	keys, err := readKeyFiles(paths)
	if err != nil {
		return nil, err
	}
	return &ceremony.Role{Threshold: threshold, Keys: keys}, nil
}

func (f *roleFlags) roles() (root, list *ceremony.Role, err error) {
	if root, err = role(f.RootKey, f.RootThreshold); err != nil {
		return nil, nil, err
	}
	list, err = role(f.ListKey, f.ListThreshold)
	return root, list, err
}

type rootInitCommand struct {
	roleFlags
	Region string `required:"" placeholder:"ISO3166-2" help:"The region, such as CN-GD."`
	Demo   bool   `help:"Mark the root DEMO, for a rehearsal: no production verifier takes it."`
}

// Help gives the examples.
func (*rootInitCommand) Help() string {
	return `Examples:

    healthcode root init --region CN-GD --root-key a.pub --root-key b.pub --root-key c.pub --root-threshold 2 \
        --list-key d.pub --list-key e.pub --list-key f.pub --list-threshold 2 --out root-1.proposal`
}

// Run proposes the root.
func (r *rootInitCommand) Run(c *console) error {
	root, list, err := r.roles()
	if err != nil {
		return err
	}
	if root == nil || list == nil {
		return usage("name the signers of both roles: --root-key and --list-key, once for each person")
	}
	p, err := ceremony.ProposeFirstRoot(ceremony.NewRoot{
		Region: r.Region, Demo: r.Demo, Expires: c.now().AddDate(r.Years, 0, 0).Truncate(time.Second), Root: *root, List: *list,
	})
	if err != nil {
		return err
	}
	return writeProposal(c, r.Out, p)
}

type rootRotateCommand struct {
	roleFlags
	Root []string `required:"" placeholder:"FILE" help:"The signed roots from the first to the one in force, once for each."`
}

// Help gives the examples.
func (*rootRotateCommand) Help() string {
	return `A role of which no key is named stays as it is. The thresholds of the old and of the new root must both sign.

Examples:

    healthcode root rotate --root root-1.cose --list-key d.pub --list-key g.pub --list-threshold 2 --out root-2.proposal`
}

// Run proposes the next root.
func (r *rootRotateCommand) Run(c *console) error {
	roots, err := readRoots(r.Root)
	if err != nil {
		return err
	}
	root, list, err := r.roles()
	if err != nil {
		return err
	}
	p, err := ceremony.ProposeNextRoot(roots, ceremony.RootChange{Expires: c.now().AddDate(r.Years, 0, 0).Truncate(time.Second), Root: root, List: list})
	if err != nil {
		return err
	}
	return writeProposal(c, r.Out, p)
}

type rootFinishCommand struct {
	Out       string   `required:"" placeholder:"FILE" help:"Where the signed root goes: public, and to be pinned by its fingerprint."`
	Proposals []string `arg:"" name:"proposal" placeholder:"FILE" help:"The proposal, or the copies that were signed."`
}

// Help gives the examples.
func (*rootFinishCommand) Help() string {
	return `Examples:

    healthcode root finish --out root-1.cose root-1.alice root-1.bob`
}

// Run writes the signed root.
func (r *rootFinishCommand) Run(c *console) error {
	p, err := readProposals(r.Proposals)
	if err != nil {
		return err
	}
	if p.Root() == nil {
		return usage("this proposes a key list: healthcode keys publish brings it to the service")
	}
	signed, err := p.Signed()
	if err != nil {
		return err
	}
	roots, err := p.Roots()
	if err != nil {
		return err
	}
	if _, err := trust.Chain(roots); err != nil {
		return fmt.Errorf("the root does not hold: %w", err)
	}
	if err := c.files.Save(r.Out, signed); err != nil {
		return err
	}
	c.printf("%s: root %d of %s\nfingerprint\n    %s\n", r.Out, p.Root().Version, p.Root().Region, ceremony.Spaced(p.Fingerprint()))
	return nil
}
