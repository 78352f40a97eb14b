package main

import (
	"context"
	"time"

	"healthcode.example/wallet"
)

type personDeceasedCommand struct {
	personFlags
	Undo   bool   `help:"Take a death back that was recorded by mistake, with --reason."`
	Reason string `placeholder:"WORD" help:"Why it is taken back: 1 to 40 of a-z, 0-9, _ and -, naming nobody. It stands in the person's history."`
}

// Help gives the examples.
func (*personDeceasedCommand) Help() string {
	return `Codes, devices, paper and guardianships both ways end; there is no log-in and no new code. The record stays until it is erased. Without --yes nothing is changed.

With --undo a mistake is taken back: the person logs in and registers devices again, the guardianships that the death ended are in force again, and whatever codes come
then are new ones. Every code from before stays ended.

Examples:

    healthcode person deceased --document resident-id:990106194401303151
    healthcode person deceased --document resident-id:990106194401303151 --yes
    healthcode person deceased --document resident-id:990106194401303151 --undo --reason clerical_error --yes`
}

// Run records the death, or says what that would do.
func (p *personDeceasedCommand) Run(ctx context.Context, c *console) error {
	if p.Undo != (p.Reason != "") {
		return usage("--undo and --reason go together: say in a word why the death is taken back")
	}
	what := "The record of the death"
	var changes wallet.Changes
	err := p.withPerson(ctx, c, func(o *office, person wallet.Person, at time.Time) (err error) {
		if p.Undo {
			what = "Taking the death back"
			changes, err = o.wallet.Revive(ctx, person.ID, p.Reason, p.dry(), wallet.ByAuthority, at)
			return err
		}
		changes, err = o.wallet.Deceased(ctx, person.ID, p.dry(), wallet.ByAuthority, at)
		return err
	})
	if err != nil {
		return err
	}
	return p.tell(c, what, changes, nil)
}
