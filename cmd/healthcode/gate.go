package main

import (
	"context"
	"time"

	"healthcode.example/gate"
)

type gateCommand struct {
	gateFlags
	Ask      bool  `help:"Draw a challenge before each code, which the holder's wallet must answer; it is drawn anew before its 60 seconds are over."`
	Document given `placeholder:"TYPE:NUMBER" help:"Ask whether each code belongs to this document."`
	JSON     bool  `help:"Write one JSON object a line, verdicts and challenges alike."`
}

// Help gives the examples.
func (*gateCommand) Help() string {
	return `Reads one code a line from standard input, as a scanner types them, and answers each at once, until the input or Ctrl-C ends it. The gate remembers
what it has seen for two minutes: the same presentation a second time is already shown. A line with a question mark alone draws a challenge, good for
60 seconds, as --ask does before every code: its symbol is shown to the holder, whose wallet answers it. With --ask the symbol is drawn anew every
50 seconds, and an answer to the one before still counts until its minute is over.

A part of a SMART Health Card that stands on several symbols is no code yet: the gate says which part it was and waits a minute for the others, in any
order, until something else is shown; then it answers the whole. With --json such a part has "part", "of" and "missing" and no verdict.

When the bundle's file or one of a partner is replaced, the next code is judged by the new one. A file that cannot be read or believed replaces nothing;
it is named once and tried again.

Examples:

    scanner | healthcode gate --bundle gate.ykb --root root.cose
    scanner | healthcode gate --bundle gate.ykb --root root.cose --ask --document resident-id:990106194401303151`
}

// Run answers codes until the input or the context ends: both are how a gate is closed.
func (g *gateCommand) Run(ctx context.Context, c *console) error {
	p, err := g.open(c)
	if err != nil {
		return err
	}
	ticker := time.NewTicker(gate.LookEvery)
	defer ticker.Stop()
	return p.Work(ctx, c.in, ticker.C)
}

// open reads what the gate believes.
func (g *gateCommand) open(c *console) (*gate.Post, error) {
	config := gate.Config{Ask: g.Ask, Screen: gate.Terminal(c.out, c.colour), Note: c.notef, Now: c.now, Rand: c.rand}
	if g.JSON {
		config.Screen = gate.JSON(c.out)
	}
	if g.Document != "" {
		d, err := parseDocument("--document", string(g.Document))
		if err != nil {
			return nil, err
		}
		config.Document = &d
	}
	var err error
	if config.Files, err = g.files(); err != nil {
		return nil, err
	}
	return gate.Open(config)
}
