package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"text/tabwriter"
	"time"
)

type drillCommand struct {
	People int           `default:"1000000" help:"How many people the province of the drill has, each with a phone."`
	Sample time.Duration `default:"30s" help:"For how long re-issuing is measured; 0 serves everybody."`
	Dir    string        `placeholder:"DIR" help:"Where the province is made, and removed afterwards; without it the directory for temporary files."`
	JSON   bool          `help:"Write one JSON object."`
}

// Help gives the examples.
func (*drillCommand) Help() string {
	return `Plays the day on which the key of all phone codes was stolen, on a province of invented people, with real ceremonies and a real store: nothing of
a running service is touched. What it measures is the machine's time; the hours that people need to meet come on top.

Examples:

    healthcode drill
    healthcode drill --people 20000 --sample 0 --json`
}

// drillStep is one line of the report.
type drillStep struct {
	What    string  `json:"what"`
	Seconds float64 `json:"seconds"`
	Result  string  `json:"result"`
}

// drillReport is what the drill found.
type drillReport struct {
	People  int         `json:"people"`
	Steps   []drillStep `json:"steps"`
	Rate    float64     `json:"codes_per_second"`
	Minutes float64     `json:"minutes_until_all_could_be_served"`
}

// step does something and notes how long it took.
func (r *drillReport) step(c *console, what string, do func() (string, error)) error {
	begun := c.now()
	result, err := do()
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	s := drillStep{What: what, Seconds: c.now().Sub(begun).Seconds(), Result: result}
	r.Steps = append(r.Steps, s)
	c.notef("%8.2f s  %s: %s\n", s.Seconds, s.What, s.Result)
	return nil
}

// Run plays the drill and tells what it found.
func (d *drillCommand) Run(ctx context.Context, c *console) (err error) {
	if d.People < 1 || d.People > 50_000_000 {
		return usage("--people must be between 1 and 50 million")
	}
	dir, err := os.MkdirTemp(d.Dir, "healthcode-drill-")
	if err != nil {
		return fmt.Errorf("make a place for the drill: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	report := &drillReport{People: d.People}
	if err := d.play(ctx, c, dir, report); err != nil {
		return fmt.Errorf("the drill failed: %w", err)
	}
	if d.JSON {
		return c.json(report)
	}
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintf(w, "STEP\tSECONDS\tRESULT\n")
	for n, s := range report.Steps {
		_, _ = fmt.Fprintf(w, "%d. %s\t%.2f\t%s\n", n+1, s.What, s.Seconds, s.Result)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	c.printf("\n%d people could have new codes after %.1f minutes, at %.0f a second on this machine.\n", d.People, report.Minutes, report.Rate)
	return nil
}

// play goes through the day.
func (d *drillCommand) play(ctx context.Context, c *console, dir string, report *drillReport) (err error) {
	p, err := newDrillProvince(ctx, c, dir, d.People)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.store.Close()) }()
	day := []struct {
		what string
		do   func() (string, error)
	}{
		{"the province before: people, phones, keys", func() (string, error) { return p.settle(ctx, d.People) }},
		{"codes in people's hands", func() (string, error) { return p.before(ctx) }},
		{"the theft is noticed: a compromise is proposed", p.propose},
		{"two list signers sign copies, which are put together", p.signers},
		{"the server publishes; the standby begins to sign", func() (string, error) { return p.publish(ctx) }},
		{"a checkpoint updates, and judges old and forged codes", p.judge},
		{"phones fetch new codes", func() (string, error) { return p.reissue(ctx, d, report) }},
	}
	for _, s := range day {
		if err := report.step(c, s.what, s.do); err != nil {
			return err
		}
	}
	return nil
}
