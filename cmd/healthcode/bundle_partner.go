package main

import (
	"context"
	"time"

	"healthcode.example/gate/verdict"
	"healthcode.example/office/datadir"
	"healthcode.example/trust"
	"healthcode.example/trust/bundlefile"
	"healthcode.example/verifier"
)

type bundlePartnerCommand struct {
	Bundle given `required:"" placeholder:"FILE" help:"The gate's own bundle, whose key list names the partner. The partner's is kept in a directory beside it."`
	believeFlags
	At     given  `placeholder:"RFC3339" help:"The gate's time; without it, now."`
	JSON   bool   `help:"Write one JSON object."`
	Source string `arg:"" help:"The partner's newest bundle: a file, an http or https address, or - for standard input."`
}

// Help gives the examples.
func (*bundlePartnerCommand) Help() string {
	return `From then on healthcode verify with the same --bundle looks up the status of the partner's codes by itself. The kept file is replaced whole or
not at all, and never by an older version, an expired one or one of another root than our key list pins.
Exit code: 0 the newest is kept; 2 it is kept, but this machine's clock is behind the gate's own bundle, so that the gate can say nothing; 1 the new one may not replace what is there, 64 wrong usage, 65 a bundle that cannot be read or believed.

Examples:

    healthcode bundle partner --bundle gate.ykb --root 5f2c…90 /media/usb/macao.ykb
    healthcode bundle partner --bundle gate.ykb --root root.cose https://codes.example.mo/.well-known/healthcode/bundle`
}

// Run keeps the bundle.
func (p *bundlePartnerCommand) Run(ctx context.Context, c *console) error {
	at, err := c.at(string(p.At))
	if err != nil {
		return err
	}
	if err := datadir.CheckOutput(string(p.Bundle)); err != nil {
		return err
	}
	ours, err := p.believe(string(p.Bundle), at)
	if err != nil {
		return err
	}
	got, err := readBundle(ctx, c, p.Source)
	if err != nil {
		return err
	}
	now, changed, err := bundlefile.UpdatePartner(string(p.Bundle), ours, got, at, func(theirs *trust.Bundle) error {
		_, err := verifier.New(ours, verifier.Policy{Demo: p.Demo}).WithPartner(theirs)
		if err != nil {
			return badBundle("%s: %w", p.Source, err)
		}
		return nil
	})
	if err != nil {
		return stays(bundlefile.PartnerDir(string(p.Bundle)), err)
	}
	if p.JSON {
		err = c.json(map[string]any{"region": now.Root().Region, "version": now.Version(), "issued": utc(now.Snapshot().IssuedAt), "changed": changed,
			"expired": now.Expired(at), "ahead_s": seconds(now.Behind(at)), "clock_behind_s": seconds(ours.Behind(at))})
	} else {
		tellPartner(c, ours, now, changed, at)
	}
	if err == nil && ours.Behind(at) > 0 {
		return &exitError{code: exitCannotSay}
	}
	return err
}

func tellPartner(c *console, ours, now *trust.Bundle, changed bool, at time.Time) {
	word := "is the newest already"
	if changed {
		word = "is kept now"
	}
	c.printf("the bundle of %s %s: version %d, %s\n", now.Root().Region, word, now.Version(), published(now, at))
	if part := now.Expired(at); part != "" {
		c.printf("its %s has expired: the status of its codes is unknown until a newer one comes\n", part)
	}
	if trouble := clockBehind(ours, at); trouble != "" {
		c.printf("%s; until then this gate can say nothing\n", trouble)
	} else if ahead := now.Behind(at); ahead > 0 {
		c.printf("it is %s ahead of this machine's clock (%s): one of the two clocks is wrong, and until that is mended the status of its codes is unknown\n", verdict.Age(ahead), stamp(at))
	}
}
