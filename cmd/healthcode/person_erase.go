package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"healthcode.example/wallet"
)

type personEraseCommand struct {
	personFlags
	forceFlags
}

// forceFlags let the authority do what is otherwise refused.
type forceFlags struct {
	Force  bool   `help:"Do it also while evidence about the person counts. It is kept among the overrides, with --reason."`
	Reason string `placeholder:"WORD" help:"Why it is forced: 1 to 40 of a-z, 0-9, _ and -, naming nobody, such as court_order-2026-17."`
}

// check wants a reason with force and none without.
func (f *forceFlags) check() error {
	if f.Force != (f.Reason != "") {
		return usage("--force and --reason go together: say why it is forced, in a word or by a file number")
	}
	return nil
}

// Help gives the examples.
func (*personEraseCommand) Help() string {
	return `Everything that names the person goes for good, from other people's histories too; the report says what stays. Dependants lose their codes on the person's devices. Without
--yes nothing is changed. While evidence gives a colour, or still could, it is refused: without the evidence the next log-in would be green. --force with --reason
does it all the same, say by order of a court; healthcode person overrides lists what was forced.

Examples:

    healthcode person erase --document resident-id:990106194401303151
    healthcode person erase --document resident-id:990106194401303151 --yes
    healthcode person erase --document resident-id:990106194401303151 --force --reason court_order-2026-17 --yes`
}

// Run erases, or says what that would do.
func (p *personEraseCommand) Run(ctx context.Context, c *console) error {
	if err := p.check(); err != nil {
		return err
	}
	var report wallet.ErasureReport
	err := p.withPerson(ctx, c, func(o *office, person wallet.Person, at time.Time) (err error) {
		erasure := wallet.Erasure{Person: person.ID, Dry: p.dry(), Force: p.Force, Reason: p.Reason}
		report, err = o.wallet.Erase(ctx, erasure, wallet.ByAuthority, at)
		return err
	})
	if err != nil {
		return countingAdvice(err)
	}
	if p.Force {
		c.notef("warning: with the record its evidence goes: whoever logs in with the document afterwards is a newcomer without a colour\n")
	}
	if err := p.tell(c, "The erasure", report.Changes, map[string]any{"stays": report.Stays}); err != nil || p.JSON {
		return err
	}
	c.printf("What stays:\n")
	for _, sentence := range report.Stays {
		c.printf("  %s\n", sentence["en"])
	}
	return nil
}

// countingAdvice says how the authority goes on where evidence counts.
func countingAdvice(err error) error {
	var counting *wallet.CountingError
	if !errors.As(err, &counting) {
		return err
	}
	return fmt.Errorf("%w: record the release with healthcode evidence add, or give --force with --reason: then whoever logs in with the document afterwards has no colour", err)
}
