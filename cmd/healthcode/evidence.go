package main

import (
	"context"
	"errors"
	"time"

	"healthcode.example/gate/verdict"
	"healthcode.example/health"
)

type evidenceAddCommand struct {
	dataFlags
	Document  given  `required:"" placeholder:"TYPE:NUMBER" help:"A document of the person."`
	Kind      string `required:"" enum:"positive_test,release" help:"What happened: ${enum}."`
	At        given  `required:"" placeholder:"RFC3339" help:"When the sample was taken, or from when the release holds."`
	Source    given  `required:"" help:"Who answers for it: the laboratory or the authority."`
	Reference string `help:"The number under which the source has it."`
	JSON      bool   `help:"Write one JSON object."`
}

// Help gives the examples.
func (*evidenceAddCommand) Help() string {
	return `Evidence is the only thing that moves a colour, and the rules say how. A changed colour ends the person's codes at the next publication.

Examples:

    healthcode evidence add --document resident-id:990106197912081179 --kind positive_test --at 2026-03-02T08:00:00+08:00 --source "Laboratory 4"`
}

// Run records it and tells the decision.
func (e *evidenceAddCommand) Run(ctx context.Context, c *console) (err error) {
	happened, err := c.at(string(e.At))
	if err != nil {
		return err
	}
	now := c.now()
	o, err := openReadyWallets(ctx, c, e.dataFlags, now)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, o.close()) }()
	person, err := o.person(ctx, "--document", string(e.Document))
	if err != nil {
		return err
	}
	var decision health.Decision
	var changed bool
	err = o.publishing(ctx, now, func() error {
		decision, changed, err = o.wallet.AddEvidence(ctx, health.Evidence{
			Person: person.ID, Kind: health.EvidenceKind(e.Kind), At: happened, RecordedAt: now, Source: string(e.Source), Reference: e.Reference,
		})
		return err
	})
	if err != nil {
		return err
	}
	if e.JSON {
		return c.json(map[string]any{"person": person.ID, "colour": decision.Colour, "reason": decision.Reason, "rule": decision.Rule,
			"rules_version": decision.RulesVersion, "changed": changed, "decided": decision.At.UTC().Format(time.RFC3339)})
	}
	c.printf("colour    %s\nreason    %s\n          %s\n", c.paint(verdict.Style(decision.Colour), " "+decision.Colour.String()+" "), decision.Reason, decision.Text["en"])
	if changed && c.office != nil {
		c.printf("The person's codes so far have ended: a gate learns of it at its next update.\n")
	} else if changed {
		c.printf("The person's codes so far end with the next publication: healthcode bundle export --publish\n")
	} else {
		c.printf("Nothing has changed: the person's codes stay good.\n")
	}
	return nil
}
