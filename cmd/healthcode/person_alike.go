package main

import (
	"context"
	"errors"

	"healthcode.example/wallet"
)

type personAlikeCommand struct {
	dataFlags
	JSON bool `help:"Write one JSON object."`
}

// Help gives the examples.
func (*personAlikeCommand) Help() string {
	return `Two documents of one person that no register links are two records, each with the colour of its own evidence: somebody who is red by the one is green by the other.
Records of one name and birth date are listed here, without either. They may be two people: look at both before you merge them. person:IDENTIFIER stands for a document
in every command.

Examples:

    healthcode person alike
    healthcode person merge --document person:06eap… --other person:06eaq… --yes`
}

// listedAlike is one record of a group.
type listedAlike struct {
	Person    string                `json:"person"`
	Documents []wallet.DocumentType `json:"documents"`
	Colour    string                `json:"colour"`
	Counting  bool                  `json:"counting"`
}

// Run lists them.
func (p *personAlikeCommand) Run(ctx context.Context, c *console) (err error) {
	at := c.now()
	o, err := openWallets(ctx, c, p.dataFlags, at)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, o.close()) }()
	found, err := o.wallet.Alike(ctx, at)
	if err != nil {
		return err
	}
	groups := make([][]listedAlike, 0, len(found))
	for _, group := range found {
		var lines []listedAlike
		for _, a := range group {
			lines = append(lines, listedAlike{Person: a.Person.String(), Documents: a.Types, Colour: a.Colour.String(), Counting: a.Counting})
		}
		groups = append(groups, lines)
	}
	if p.JSON {
		return c.json(map[string]any{"groups": groups})
	}
	if len(groups) == 0 {
		c.printf("No two records are alike.\n")
	}
	for i, group := range groups {
		c.printf("group %d\n", i+1)
		for _, a := range group {
			c.printf("  person:%s  %s  %v\n", a.Person, a.Colour, a.Documents)
		}
	}
	return nil
}
