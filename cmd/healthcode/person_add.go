package main

import (
	"context"
	"errors"

	"healthcode.example/wallet"
)

type personAddCommand struct {
	dataFlags
	Document []given `required:"" placeholder:"TYPE:NUMBER" help:"A document of the person; once for each. The first one speaks for the person."`
	Name     given   `required:"" help:"The name, as in the document."`
	Birth    given   `placeholder:"YYYY-MM-DD" help:"The birth date; a resident ID says it itself."`
	Region   given   `required:"" placeholder:"CODE" help:"The region, 6 digits of GB/T 2260."`
	DryRun   bool    `help:"Store nothing, and say whether it could be: so it is without --yes too."`
	Yes      bool    `help:"Do it."`
	JSON     bool    `help:"Write one JSON object."`
}

// Help gives the examples.
func (*personAddCommand) Help() string {
	return `For somebody of whom neither the identity provider nor the register tells enough, so that their log-in is refused. Many people come in with "healthcode import". Without
--yes nothing is changed.

Examples:

    healthcode person add --document passport:E99000001 --name 'Maria da Silva' --birth 1987-08-19 --region 440402
    healthcode person add --document resident-id:990106194401303151 --name 陈国强 --region 440106 --yes`
}

// Run enters the person, or says whether that could be.
func (p *personAddCommand) Run(ctx context.Context, c *console) (err error) {
	entry, err := p.entry()
	if err != nil {
		return err
	}
	at, dry := c.now(), p.DryRun || !p.Yes
	o, err := openReadyWallets(ctx, c, p.dataFlags, at)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, o.close()) }()
	person, err := o.wallet.Enter(ctx, entry, dry, at)
	if err != nil {
		return err
	}
	switch {
	case p.JSON && dry:
		return c.json(map[string]any{"done": false})
	case p.JSON:
		return c.json(map[string]any{"done": true, "person": person.String()})
	case dry:
		c.printf("The person can be entered. Nothing was changed: say --yes to do it.\n")
	default:
		c.printf("person    %s\n", person)
	}
	return nil
}

// parseRegion reads --region.
func parseRegion(text given) (uint32, error) {
	region, ok := wallet.ParseRegion(string(text))
	if !ok {
		return 0, usage("--region must be 6 digits of GB/T 2260, such as 440300")
	}
	return region, nil
}

// entry reads the flags.
func (p *personAddCommand) entry() (e wallet.RegisterEntry, err error) {
	e.Name = string(p.Name)
	for _, text := range p.Document {
		d, err := parseDocument("--document", string(text))
		if err != nil {
			return e, err
		}
		if birth, ok := d.Birth(); ok {
			e.Birth = birth
		}
		e.Documents = append(e.Documents, d)
	}
	if p.Birth != "" {
		if e.Birth, err = wallet.ParseDate(string(p.Birth)); err != nil {
			return e, usage("--birth: %w", err)
		}
	}
	if e.Birth.IsZero() {
		return e, usage("--birth is needed: only a resident ID says it itself")
	}
	e.Region, err = parseRegion(p.Region)
	return e, err
}
