package main

import (
	"context"
	"time"

	"healthcode.example/gate/verdict"
	"healthcode.example/wallet"
)

type personMergeCommand struct {
	personFlags
	Other given `required:"" placeholder:"TYPE:NUMBER" help:"A document of the other record, which is joined to the first and is no more."`
	Force bool  `help:"Also where the two records have different birth dates."`
}

// Help gives the examples.
func (*personMergeCommand) Help() string {
	return `Name, birth date and region stay those of --document. Devices, guardianships both ways, evidence and history of --other come to it, and the colour is decided
anew from all evidence. Every code of both ends, and nothing parts the two again. Without --yes nothing is changed.

Examples:

    healthcode person merge --document resident-id:990106197912081179 --other home-return-permit:H99000001
    healthcode person merge --document resident-id:990106197912081179 --other home-return-permit:H99000001 --yes`
}

// Run merges, or says what that would do.
func (p *personMergeCommand) Run(ctx context.Context, c *console) error {
	var report wallet.MergeReport
	err := p.withPerson(ctx, c, func(o *office, keep wallet.Person, at time.Time) error {
		gone, err := o.person(ctx, "--other", string(p.Other))
		if err != nil {
			return err
		}
		report, err = o.wallet.Merge(ctx, wallet.Merger{Keep: keep.ID, Gone: gone.ID, Force: p.Force, Dry: p.dry()}, wallet.ByAuthority, at)
		return err
	})
	if err != nil {
		return err
	}
	d := report.Decision
	if !p.JSON {
		c.printf("colour    %s\nreason    %s\n", c.paint(verdict.Style(d.Colour), " "+d.Colour.String()+" "), d.Reason)
	}
	return p.tell(c, "The merge", report.Changes, map[string]any{"documents": report.Documents, "colour": d.Colour, "reason": d.Reason})
}
