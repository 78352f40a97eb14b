package main

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"healthcode.example/credential"
	"healthcode.example/wallet"
)

type personShowCommand struct {
	dataFlags
	Document given  `required:"" placeholder:"TYPE:NUMBER" help:"A document of the person."`
	Export   string `placeholder:"FILE" help:"Write everything that is kept about the person as JSON, and record that it was taken; - is standard output."`
	JSON     bool   `help:"Write one JSON object."`
}

// Help gives the examples.
func (*personShowCommand) Help() string {
	return `What is shown names nobody in full. An export does, and stands in the person's history.

Examples:

    healthcode person show --document resident-id:990106194401303151
    healthcode person show --document resident-id:990106194401303151 --export elder.json`
}

// Run shows the histories, or exports everything.
func (p *personShowCommand) Run(ctx context.Context, c *console) (err error) {
	at := c.now()
	o, err := openWallets(ctx, c, p.dataFlags, at)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, o.close()) }()
	person, err := o.person(ctx, "--document", string(p.Document))
	if err != nil {
		return err
	}
	if p.Export != "" {
		all, err := o.wallet.Export(ctx, wallet.Acting{Office: wallet.ByAuthority}, person.ID, at)
		if err != nil {
			return err
		}
		b, err := json.MarshalIndent(all, "", "  ")
		if err != nil {
			return err
		}
		return c.write(p.Export, append(b, '\n'))
	}
	h, err := o.wallet.History(ctx, person.ID, person.ID, at)
	if err != nil {
		return err
	}
	if p.JSON {
		return c.json(h)
	}
	c.printf("person    %s\nname      %s\n", person.ID, credential.MaskName(person.Name))
	c.printf("office    %s (names the person in other people's histories, as staff)\n", o.wallet.Office(person.ID))
	for _, d := range person.Documents {
		c.printf("document  %s\n", d.Type)
	}
	for _, part := range h.Parts {
		c.showHistory(part)
	}
	return nil
}

// showHistory writes one kind; one without entries is left out.
func (c *console) showHistory(part wallet.HistoryPart) {
	if len(part.Entries) == 0 {
		return
	}
	c.printf("\n%s\n", part.Title["en"])
	for _, e := range part.Entries {
		c.printf("  %s  %s", utc(e.At).Format(time.RFC3339), e.Word)
		for _, word := range []string{e.Colour, e.Detail, string(e.By), e.Who, e.About} {
			if word != "" {
				c.printf("  %s", word)
			}
		}
		if e.Until != 0 {
			c.printf("  until %s", utc(e.Until).Format(time.RFC3339))
		}
		c.printf("\n")
	}
	if part.More {
		c.printf("  older ones are in the export\n")
	}
}
