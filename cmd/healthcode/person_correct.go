package main

import (
	"context"
	"time"

	"healthcode.example/wallet"
)

type personCorrectCommand struct {
	personFlags
	Name given `help:"The name as it should be."`
	forceFlags
	Number  given `placeholder:"TYPE:NUMBER" help:"The document that should stand in the place of --document."`
	Renewed bool  `help:"--document was the person's and is replaced by --number: it goes on leading to the record. Without it the number was never theirs."`
	Birth   given `placeholder:"YYYY-MM-DD" help:"The birth date as it should be."`
	Region  given `placeholder:"CODE" help:"The region as it should be, 6 digits of GB/T 2260."`
}

// Help gives the examples.
func (*personCorrectCommand) Help() string {
	return `Every code of the person ends, since it says what was wrong; the phone's next refresh has the mended ones. Without --yes nothing is changed.

A number that was never the person's is taken away, and every session ends: whoever bears it has a record of their own from the next log-in on. While evidence
about the person counts that is refused, unless it is forced with a reason. A document that was renewed stays (--renewed), so that the former number is nobody else.

Examples:

    healthcode person correct --document resident-id:990106194401303151 --name 陈秀英
    healthcode person correct --document passport:E99000001 --number passport:E99000002 --yes
    healthcode person correct --document passport:E99000001 --number passport:E99000002 --renewed --yes`
}

// Run corrects, or says what that would do.
func (p *personCorrectCommand) Run(ctx context.Context, c *console) error {
	correction, err := p.correction()
	if err == nil {
		err = p.check()
	}
	if err != nil {
		return err
	}
	var changes wallet.Changes
	err = p.withPerson(ctx, c, func(o *office, person wallet.Person, at time.Time) (err error) {
		changes, err = o.wallet.Correct(ctx, person.ID, correction, wallet.ByAuthority, at)
		return err
	})
	if err != nil {
		return countingAdvice(err)
	}
	return p.tell(c, "The correction", changes, nil)
}

// correction reads the flags.
func (p *personCorrectCommand) correction() (correction wallet.Correction, err error) {
	if p.Name == "" && p.Number == "" && p.Birth == "" && p.Region == "" {
		return correction, usage("say what is wrong: --name, --number, --birth or --region")
	}
	if p.Renewed && p.Number == "" {
		return correction, usage("--renewed goes with --number")
	}
	correction = wallet.Correction{Name: string(p.Name), Dry: p.dry(), Force: p.Force, Reason: p.Reason}
	if p.Number != "" { // in the place of the document that names the person
		correction.Renewed = p.Renewed
		if correction.Former, err = parseDocument("--document", string(p.Document)); err != nil {
			return correction, err
		}
		if correction.Number, err = parseDocument("--number", string(p.Number)); err != nil {
			return correction, err
		}
	}
	if p.Birth != "" {
		if correction.Birth, err = wallet.ParseDate(string(p.Birth)); err != nil {
			return correction, usage("--birth: %w", err)
		}
	}
	if p.Region != "" {
		if correction.Region, err = parseRegion(p.Region); err != nil {
			return correction, err
		}
	}
	return correction, nil
}
