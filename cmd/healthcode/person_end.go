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
