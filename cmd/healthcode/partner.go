package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"healthcode.example/gate/verdict"
	"healthcode.example/issuer"
	"healthcode.example/issuer/ceremony"
	"healthcode.example/trust"
)

// partnerCommands change which other regions count here. Each is a ceremony over the key list.
type partnerCommands struct {
	Add    partnerAddCommand    `cmd:"" help:"Let the codes of another region count here, from its root or its key set."`
	List   partnerListCommand   `cmd:"" help:"List the regions whose codes count here, and on which terms."`
	Remove partnerRemoveCommand `cmd:"" help:"Let the codes of another region count here no more."`
}

// partnerFlags say where the key list is, and where its change goes.
type partnerFlags struct {
	dataFlags
	believeFlags
	Bundle given `placeholder:"FILE" help:"Change the key list of our newest bundle in this file, and not that of the data directory; with --out."`
	Out    given `placeholder:"FILE" help:"Write a proposal for the list signers to sign (healthcode keys sign), and publish nothing."`
	Days   int   `placeholder:"N" help:"For how many days the new key list is good; without it as long as the former one was."`
	Yes    bool  `help:"Publish, where this machine holds the roles as in a demonstration. Without it the change is only shown."`
}

// current is the bundle in force: that of a file, or of the data directory.
func (f *partnerFlags) current(ctx context.Context, c *console, at time.Time) (b *trust.Bundle, err error) {
	if f.Bundle != "" {
		return f.believe(string(f.Bundle), at)
	}
	o, err := openOffice(ctx, c, f.dataFlags, at)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, o.close()) }()
	return o.Issuer.Bundle(), nil
}

// change makes the proposal that edit describes, shows it, and does with it what the flags say.
func (f *partnerFlags) change(ctx context.Context, c *console, edit func(list *trust.KeyList) ([]trust.Partner, error)) error {
	if f.Bundle != "" && f.Out == "" {
		return usage("--bundle is for a machine away from the service, which can only write a proposal: give --out FILE")
	}
	if f.Out != "" && f.Yes {
		return usage("--out writes a proposal and --yes publishes: give one of them")
	}
	at := c.now().Truncate(time.Second)
	b, err := f.current(ctx, c, at)
	if err != nil {
		return err
	}
	if err := checkClock(b, at); err != nil {
		return err
	}
	partners, err := edit(b.KeyList())
	if err != nil {
		return err
	}
	change := issuer.Change{Partners: &partners, Expires: listEnd(b.KeyList(), f.Days, at)}
	p, err := ceremony.ProposeKeys(b.SignedRoots(), b.SignedKeyList(), change, at)
	if err != nil {
		return err
	}
	if f.Out != "" {
		return writeProposal(c, string(f.Out), p)
	}
	c.printf("%s\n", strings.Join(p.Changes(), "\n"))
	if !f.Yes {
		c.printf("\nnothing was changed: --yes publishes this where this machine holds the roles; --out FILE writes a proposal for the list signers\n")
		return nil
	}
	return f.publish(ctx, c, change, at)
}

// publish holds the ceremony with the roles of a demonstration.
func (f *partnerFlags) publish(ctx context.Context, c *console, change issuer.Change, at time.Time) (err error) {
	o, err := openOffice(ctx, c, f.dataFlags, at)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, o.close()) }()
	if o.Authority == nil {
		return fmt.Errorf("the list signers' keys are not on this machine: write a proposal with --out FILE, and let them sign it")
	}
	list, err := o.Ceremony(ctx, change, at)
	if err != nil {
		return err
	}
	c.printf("\nkey list %d is published; gates learn of it with their next bundle (healthcode bundle export)\n", list.Version)
	return nil
}

type partnerRemoveCommand struct {
	partnerFlags
	Name string `arg:"" help:"The name of the entry, as healthcode partner list has it."`
}

// Help gives the examples.
func (*partnerRemoveCommand) Help() string {
	return `Examples:

    healthcode partner remove "Macao"
    healthcode partner remove --yes "Macao"
    healthcode partner remove --bundle bundle.ykb --root root.cose --out keys-4.proposal "Macao"`
}

// Run takes the entry out.
func (r *partnerRemoveCommand) Run(ctx context.Context, c *console) error {
	return r.change(ctx, c, func(list *trust.KeyList) ([]trust.Partner, error) {
		rest := []trust.Partner{}
		for _, p := range list.Partners {
			if p.Name != r.Name {
				rest = append(rest, p)
			}
		}
		if len(rest) == len(list.Partners) {
			return nil, fmt.Errorf("no partner is named %q: see healthcode partner list", r.Name)
		}
		return rest, nil
	})
}

type partnerListCommand struct {
	dataFlags
	believeFlags
	Bundle given `placeholder:"FILE" help:"List those of a bundle, and not those of the data directory."`
	JSON   bool  `help:"Write one JSON object."`
}

// Help gives the examples.
func (*partnerListCommand) Help() string {
	return `Examples:

    healthcode partner list
    healthcode partner list --bundle bundle.ykb --root root.cose --json`
}

// partnerReport is one entry in JSON; ages are in seconds, as in the other reports.
type partnerReport struct {
	Name       string    `json:"name"`
	Issuers    []string  `json:"issuers"`
	Formats    []string  `json:"formats"`
	Root       string    `json:"root,omitempty"`
	Keys       []string  `json:"keys,omitempty"`
	Kinds      []string  `json:"kinds"`
	Colours    [3]string `json:"colours"` // what their green, yellow, red are here
	UnknownAge int64     `json:"unknown_age_s,omitempty"`
	RefreshAge int64     `json:"refresh_age_s,omitempty"`
	TestAge    int64     `json:"test_age_s,omitempty"`
	EndOfDay   bool      `json:"end_of_day,omitempty"`
	Gates      []string  `json:"gates,omitempty"` // empty: all
}

// Run lists the partners of the key list in force.
func (l *partnerListCommand) Run(ctx context.Context, c *console) error {
	at := c.now()
	b, err := (&partnerFlags{dataFlags: l.dataFlags, believeFlags: l.believeFlags, Bundle: l.Bundle}).current(ctx, c, at)
	if err != nil {
		return err
	}
	reports := []partnerReport{}
	for i := range b.KeyList().Partners {
		reports = append(reports, newPartnerReport(&b.KeyList().Partners[i]))
	}
	if l.JSON {
		return c.json(map[string]any{"key_list": b.KeyList().Version, "partners": reports})
	}
	if len(reports) == 0 {
		c.printf("key list %d names no partner: only codes of %s count\n", b.KeyList().Version, b.KeyList().Region)
		return nil
	}
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintf(w, "NAME\tSPEAKS FOR\tFORMATS\tSTATUS\tKEYS\tKINDS\tUNKNOWN\tREFRESH\tTEST\tEND OF DAY\tGATES\n")
	for _, p := range reports {
		status := "unknown: no root"
		if p.Root != "" {
			status = "by bundle of root " + p.Root[:16]
		}
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%d\t%s\t%s\t%s\t%s\t%v\t%s\n", p.Name, strings.Join(p.Issuers, ","), strings.Join(p.Formats, ","), status, len(p.Keys),
			strings.Join(p.Kinds, ","), limit(p.UnknownAge), limit(p.RefreshAge), limit(p.TestAge), p.EndOfDay, cmp.Or(strings.Join(p.Gates, ","), "all"))
	}
	return w.Flush()
}

func newPartnerReport(p *trust.Partner) partnerReport {
	r := partnerReport{
		Name: p.Name, Issuers: p.Issuers, Formats: p.Formats, Root: p.Fingerprint(), EndOfDay: p.Policy.EndOfDay, Gates: p.Policy.Gates,
		UnknownAge: int64(p.Policy.UnknownAge / time.Second), RefreshAge: int64(p.Policy.RefreshAge / time.Second), TestAge: int64(p.Policy.TestAge / time.Second),
	}
	for i := range p.Keys {
		r.Keys = append(r.Keys, p.Keys[i].Key.ID().String())
	}
	for _, k := range p.Policy.Kinds {
		r.Kinds = append(r.Kinds, k.String())
	}
	for i, colour := range colours {
		r.Colours[i] = p.Policy.Colours.Of(colour).String()
	}
	return r
}

func limit(seconds int64) string {
	if seconds == 0 {
		return "-"
	}
	return verdict.Age(time.Duration(seconds) * time.Second)
}
