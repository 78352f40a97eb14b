package main

import (
	"context"
	"time"

	"healthcode.example/wallet"
)

type personDeceasedCommand struct{ personFlags }

// Help gives the examples.
func (*personDeceasedCommand) Help() string {
	return `Codes, devices, paper and guardianships both ways end for good; there is no log-in and no new code. The record stays until it is erased. Without --yes nothing is
changed.

Examples:

    healthcode person deceased --document resident-id:990106194401303151
    healthcode person deceased --document resident-id:990106194401303151 --yes`
}

// Run records the death, or says what that would do.
func (p *personDeceasedCommand) Run(ctx context.Context, c *console) error {
	var changes wallet.Changes
	err := p.withPerson(ctx, c, func(o *office, person wallet.Person, at time.Time) (err error) {
		changes, err = o.wallet.Deceased(ctx, person.ID, p.dry(), wallet.ByAuthority, at)
		return err
	})
	if err != nil {
		return err
	}
	return p.tell(c, "The record of the death", changes, nil)
}

type personEraseCommand struct{ personFlags }

// Help gives the examples.
func (*personEraseCommand) Help() string {
	return `Everything that names the person goes, from other people's histories too; the report says what stays. Dependants lose their codes on the person's devices. Without
--yes nothing is changed.

Examples:

    healthcode person erase --document resident-id:990106194401303151
    healthcode person erase --document resident-id:990106194401303151 --yes`
}

// Run erases, or says what that would do.
func (p *personEraseCommand) Run(ctx context.Context, c *console) error {
	var report wallet.ErasureReport
	err := p.withPerson(ctx, c, func(o *office, person wallet.Person, at time.Time) (err error) {
		report, err = o.wallet.Erase(ctx, person.ID, p.dry(), at)
		return err
	})
	if err != nil {
		return err
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
