package main

import (
	"fmt"
	"io"
	"os"

	"healthcode.example/issuer/ceremony"
	"healthcode.example/trust"
)

// readPublic reads a file of at most limit bytes.
func readPublic(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // only read
	b, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(b)) > limit {
		return nil, fmt.Errorf("%s is larger than %d bytes: this is not the file", path, limit)
	}
	return b, nil
}

// readProposals reads one proposal, or several copies of it that different people signed, and puts them together.
func readProposals(paths []string) (*ceremony.Proposal, error) {
	var all *ceremony.Proposal
	for _, path := range paths {
		b, err := readPublic(path, trust.MaxBundle)
		if err != nil {
			return nil, err
		}
		p, err := ceremony.ParseProposal(b)
		if err != nil {
			if _, isKey := ceremony.ParseKeyFile(b); isKey == nil {
				return nil, usage("%s is a key and no proposal: give the file that healthcode root or keys propose wrote", path)
			}
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		if all == nil {
			all = p
		} else if all, err = all.Merge(p); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	return all, nil
}

// writeProposal writes it, whole or not at all, and shows it.
func writeProposal(c *console, path string, p *ceremony.Proposal) error {
	b, err := p.Bytes()
	if err != nil {
		return err
	}
	if err := c.files.Save(path, b); err != nil {
		return err
	}
	return showProposal(c, p, "\n"+path+" is written; "+nextStep(p)+"\n")
}

func showProposal(c *console, p *ceremony.Proposal, after string) error {
	text, err := p.Text()
	if err != nil {
		return err
	}
	c.printf("%s%s", text, after)
	return nil
}

// nextStep says what has to be done with a proposal.
func nextStep(p *ceremony.Proposal) string {
	of, finish := "keys", "it can be published: healthcode keys publish"
	if p.Root() != nil {
		of, finish = "root", "it is complete: healthcode root finish"
	}
	if p.Complete() {
		return finish
	}
	return "next: somebody who has not signed runs healthcode " + of + " sign"
}

// readRoots reads the signed roots, from the first on.
func readRoots(paths []string) ([][]byte, error) {
	var roots [][]byte
	for _, path := range paths {
		b, err := readPublic(path, maxRoot)
		if err != nil {
			return nil, err
		}
		roots = append(roots, b)
	}
	return roots, nil
}

type proposalSignCommand struct {
	passphraseFlags
	Key       string   `required:"" placeholder:"FILE" help:"The signer's own key file."`
	Root      given    `placeholder:"FILE|FINGERPRINT" help:"The root in force by the signer's own copy: the proposal must follow from it."`
	Yes       bool     `help:"Do not ask."`
	Out       string   `placeholder:"FILE" help:"Where the signed proposal goes; without it, in place of the first one that was read."`
	Proposals []string `arg:"" name:"proposal" placeholder:"FILE" help:"The proposal, or several copies that others have signed."`
}

// Help gives the examples.
func (*proposalSignCommand) Help() string {
	return `Everything that would change is shown first. Read it, compare the fingerprint with the other signers by voice, and only then sign.

Examples:

    healthcode root sign --key me.key root-2.proposal
    healthcode keys sign --key me.key --root root.cose keys-7.proposal`
}

// Run shows the proposal, asks, and signs it.
func (s *proposalSignCommand) Run(c *console) error {
	p, err := readProposals(s.Proposals)
	if err != nil {
		return err
	}
	if err := s.checkRoot(p); err != nil {
		return err
	}
	key, err := readKeyFile(s.Key)
	if err != nil {
		return err
	}
	if err := showProposal(c, p, "\n"); err != nil {
		return err
	}
	if err := confirmed(c, s.Yes, fmt.Sprintf("Sign this with %s?", key.Key.ID())); err != nil {
		return err
	}
	if p, err = s.sign(c, p, key); err != nil {
		return err
	}
	out := s.Out
	if out == "" {
		out = s.Proposals[0]
	}
	b, err := p.Bytes()
	if err != nil {
		return err
	}
	if err := c.files.Save(out, b); err != nil {
		return err
	}
	c.printf("signed with %s; %s holds it; %s\n", key.Key.ID(), out, nextStep(p))
	return nil
}

// sign unlocks the key for this one signature.
func (s *proposalSignCommand) sign(c *console, p *ceremony.Proposal, key *ceremony.KeyFile) (*ceremony.Proposal, error) {
	passphrase, err := s.passphrase(c, false)
	if err != nil {
		return nil, err
	}
	private, err := key.Unlock(passphrase)
	if err != nil {
		return nil, err
	}
	return p.Sign(private)
}

// checkRoot compares what the proposal follows with the signer's own copy.
func (s *proposalSignCommand) checkRoot(p *ceremony.Proposal) error {
	if s.Root == "" {
		return nil
	}
	want, ok := trust.NormalFingerprint(string(s.Root))
	if !ok {
		b, err := readPublic(string(s.Root), maxRoot)
		if err != nil {
			return usage("--root %s is neither a file nor a fingerprint: %w", s.Root, err)
		}
		if want, err = trust.RootFingerprint(b); err != nil {
			return badBundle("--root %s: %w", s.Root, err)
		}
	}
	got, err := p.RootFingerprint()
	if err != nil {
		return err
	}
	if got == "" {
		return usage("this is a first root, which follows from none: leave --root out, and compare the fingerprint of what is signed with the other signers by voice")
	}
	if got != want {
		return badBundle("the proposal follows from the root %s, and yours is %s: do not sign, and ask who made it", got, want)
	}
	return nil
}

type proposalInspectCommand struct {
	JSON      bool     `help:"Write one JSON object."`
	Proposals []string `arg:"" name:"file" placeholder:"FILE" help:"A proposal, or several copies that were signed; or a signed root."`
}

// Help gives the examples.
func (*proposalInspectCommand) Help() string {
	return `What changes, who has signed, who is missing, and the fingerprint: to be read, printed and kept with the minutes of the ceremony.

Examples:

    healthcode root inspect root-2.proposal
    healthcode keys inspect keys-7.alice keys-7.bob | lpr`
}

// quorumReport is one role in JSON.
type quorumReport struct {
	Role      string   `json:"role"`
	Threshold int      `json:"threshold"`
	Signed    []string `json:"signed"`
	Missing   []string `json:"missing"`
}

// Run shows the file.
func (i *proposalInspectCommand) Run(c *console) error {
	if b, err := readPublic(i.Proposals[0], trust.MaxBundle); err == nil {
		if root, err := trust.ReadRoot(b); err == nil {
			return i.showRoot(c, root, b)
		}
	}
	p, err := readProposals(i.Proposals)
	if err != nil {
		return err
	}
	if !i.JSON {
		return showProposal(c, p, "\n"+nextStep(p)+"\n")
	}
	var quorums []quorumReport
	for _, q := range p.Quorums() {
		report := quorumReport{Role: q.Role, Threshold: q.Threshold, Signed: []string{}, Missing: []string{}}
		for _, id := range q.Signed {
			report.Signed = append(report.Signed, id.String())
		}
		for _, id := range q.Missing {
			report.Missing = append(report.Missing, id.String())
		}
		quorums = append(quorums, report)
	}
	return c.json(map[string]any{"fingerprint": p.Fingerprint(), "complete": p.Complete(), "changes": p.Changes(), "quorums": quorums})
}

// showRoot shows a finished root.
func (i *proposalInspectCommand) showRoot(c *console, root *trust.Root, signed []byte) error {
	fingerprint, err := trust.RootFingerprint(signed)
	if err != nil {
		return err
	}
	_, pinErr := trust.Pin(signed)
	if i.JSON {
		return c.json(map[string]any{
			"version": root.Version, "region": root.Region, "demo": root.Demo, "expires": utc(root.ExpiresAt),
			"fingerprint": fingerprint, "signed": pinErr == nil,
		})
	}
	c.printf("root %d of %s, good until %s%s\n", root.Version, root.Region, stamp(utc(root.ExpiresAt)), map[bool]string{true: ", marked DEMO"}[root.Demo])
	c.printf("roots: %d of %d keys must sign; key lists: %d of %d\n", root.Threshold, len(root.RootKeys), root.ListThreshold, len(root.ListKeys))
	if pinErr != nil {
		c.printf("NOT GOOD: %v\n", pinErr)
	}
	c.printf("fingerprint\n    %s\n", ceremony.Spaced(fingerprint))
	return nil
}
