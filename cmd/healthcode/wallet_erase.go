package main

import (
	"context"
	"fmt"

	"healthcode.example/api"
	"healthcode.example/wallet"
)

type walletEraseCommand struct {
	recordFlags
	Yes bool `help:"Do it. Nothing brings the record back."`
}

// Help gives the examples.
func (*walletEraseCommand) Help() string {
	return `Without --yes nothing is removed. With it the log-in must be at most 10 minutes old. As long as evidence gives a colour nothing is erased: the refusal tells how it ends.
From the 14th birthday on everybody asks for themselves; before, the only guardian does.

Examples:

    healthcode wallet erase
    healthcode wallet login && healthcode wallet erase --yes
    healthcode wallet erase 2          # a child of whom you are the only guardian`
}

// Run tells what an erasure removes and what stays, and with --yes does it.
func (e *walletEraseCommand) Run(ctx context.Context, c *console) error {
	file, err := e.open()
	if err != nil {
		return err
	}
	member := ""
	if e.Member != "self" { // oneself needs no code in the file
		ids, err := membersOf(file, "member", e.Member, c.now())
		if err != nil {
			return err
		}
		member = ids[0].String()
	}
	client, err := walletClient(file)
	if err != nil {
		return err
	}
	report, err := client.Erase(ctx, member, e.Yes)
	if err != nil {
		return e.refused(c, err)
	}
	e.tell(c, report)
	if report.Dry || member != "" {
		return nil
	}
	account := file.Account()
	account.Session = ""
	file.SetAccount(account)
	return e.save(file, c.rand)
}

// refused says why, and what to do, in the language of the person.
func (e *walletEraseCommand) refused(c *console, err error) error {
	p := api.ProblemOf(err)
	if p == nil {
		return err
	}
	switch p.Code {
	case api.CodeEvidenceCounts:
		c.notef("%s\n%s\n\n", p.Text[e.Language], p.Release[e.Language])
	case api.CodeFreshLogin:
		return fmt.Errorf("%w: healthcode wallet login", err)
	}
	return walletProblem(err)
}

// tell writes what went or would go, and what stays.
func (e *walletEraseCommand) tell(c *console, report wallet.ErasureReport) {
	if report.Dry {
		c.printf("Nothing has been removed yet. An erasure removes the record, and ends every code and every guardianship of it. What stays:\n")
	} else {
		c.printf("The record is gone. What stays:\n")
	}
	for _, text := range report.Stays {
		c.printf("- %s\n", text[e.Language])
	}
	if report.Dry {
		c.printf("\nTo do it: %s wallet erase --yes\n", c.program)
	}
}
