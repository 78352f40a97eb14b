package main

import (
	"context"
	"fmt"

	"healthcode.example/api"
	"healthcode.example/wallet"
	"healthcode.example/wallet/holder"
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
	client, who, err := e.whom(ctx, c)
	if err != nil {
		return err
	}
	member := ""
	if who.Relation != 0 {
		member = who.ID.String()
	}
	report, err := client.Erase(ctx, member, e.Yes)
	if err != nil {
		return e.refused(c, err)
	}
	e.tell(c, who, report)
	if report.Dry || member != "" {
		return nil
	}
	return e.change(ctx, c, func(file *holder.File) error {
		file.Forget() // its codes have ended, and whoever logs in next is somebody new
		return nil
	})
}

// whom gives the member to be erased; without a relation it is oneself, which needs no code in the file.
func (e *walletEraseCommand) whom(ctx context.Context, c *console) (client *api.Client, who holder.Member, err error) {
	if e.Member == "self" {
		_, client, err = e.connect()
		return client, who, err
	}
	return e.find(ctx, c, e.Member)
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

// tell writes what went or would go, whose it is, and what stays.
func (e *walletEraseCommand) tell(c *console, who holder.Member, report wallet.ErasureReport) {
	whose := "your own record"
	if who.Relation != 0 {
		whose = "the record of " + who.Name
	}
	if report.Dry {
		c.printf("Nothing has been removed yet. An erasure of %s removes it, and ends every code and every guardianship of it. What stays:\n", whose)
	} else {
		c.printf("The record is gone: %s. What stays:\n", whose)
	}
	for _, text := range report.Stays {
		c.printf("- %s\n", text[e.Language])
	}
	if report.Dry {
		c.printf("\nTo do it: %s wallet erase%s --yes\n", c.program, e.again())
	}
}

// again is what names the same record in the same wallet once more: the bare command would erase somebody else.
func (e *walletEraseCommand) again() string {
	if e.Member == "self" {
		return e.named()
	}
	return " " + shellWord(e.Member) + e.named()
}
