package main

import (
	"context"
	"errors"
	"time"

	"healthcode.example/wallet"
)

type personOverridesCommand struct {
	dataFlags
	JSON bool `help:"Write one JSON object."`
}

// Help gives the examples.
func (*personOverridesCommand) Help() string {
	return `What was forced against a refusal, the newest first: when, what, why, and what evidence was passed over. It names nobody.

Examples:

    healthcode person overrides`
}

// mostOverrides is how many are listed.
const mostOverrides = 1000

// listedOverride is one line.
type listedOverride struct {
	Number  uint64    `json:"number"`
	At      time.Time `json:"at"`
	By      string    `json:"by"`
	Act     string    `json:"act"`
	Reason  string    `json:"reason"`
	Outcome string    `json:"outcome"`
}

// Run lists them.
func (p *personOverridesCommand) Run(ctx context.Context, c *console) (err error) {
	at := c.now()
	o, err := openOffice(ctx, c, p.dataFlags, at)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, o.close()) }()
	var all []wallet.Override
	if all, err = o.Store.Overrides(ctx, 0, mostOverrides); err != nil {
		return err
	}
	lines := make([]listedOverride, 0, len(all))
	for _, x := range all {
		lines = append(lines, listedOverride{Number: x.Number, At: utc(x.At), By: string(x.By), Act: string(x.Act), Reason: x.Reason, Outcome: x.Outcome})
	}
	if p.JSON {
		return c.json(map[string]any{"overrides": lines})
	}
	if len(lines) == 0 {
		c.printf("Nothing was forced.\n")
	}
	for _, l := range lines {
		c.printf("%s  %s  %s  against %s  for %s\n", l.At.Format(time.RFC3339), l.By, l.Act, l.Outcome, l.Reason)
	}
	return nil
}
