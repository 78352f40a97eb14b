package main

import (
	"context"
	"errors"
	"time"

	"healthcode.example/credential"
	"healthcode.example/health"
	"healthcode.example/wallet"
)

// guardianFlags name the other person of a guardianship; --document is the member.
type guardianFlags struct {
	personFlags
	Guardian given `required:"" placeholder:"TYPE:NUMBER" help:"A document of the guardian, or the identifier that person guardians shows."`
}

type personBindCommand struct {
	guardianFlags
	Relation string `default:"child" enum:"child,parent,spouse,grandparent,ward" help:"What the member is to the guardian: ${enum} (default ${default}). Under 18 child or ward; from 18 on anything but child."`
	Evidence string `required:"" placeholder:"WORD" help:"What proved it, naming nobody, such as court_order-2026-17: 1 to 40 of a-z, 0-9, _ and -."`
}

// Help gives the examples.
func (*personBindCommand) Help() string {
	return `The guardian's devices have the member's codes from the next refresh on; both, and the other guardians, read it in their histories. So the authority also makes
a guardianship again that it has revoked. Over a member under 18 it ends by itself at the 18th birthday; over an adult it has no end. Without --yes nothing is changed.

Examples:

    healthcode person bind --document resident-id:99010620170909124X --guardian resident-id:990106198405172038 --evidence court_order-2026-17 --yes`
}

// Run binds, or says that it would.
func (p *personBindCommand) Run(ctx context.Context, c *console) error {
	relation, err := credential.ParseRelation(p.Relation)
	if err != nil {
		return usage("--relation: %w", err)
	}
	err = p.withGuardian(ctx, c, func(o *office, guardian, member health.PersonID, at time.Time) error {
		if p.dry() {
			return o.wallet.CheckGuardian(ctx, guardian, member, relation, p.Evidence, at)
		}
		return o.wallet.AddGuardian(ctx, guardian, member, relation, p.Evidence, at)
	})
	if err != nil {
		return err
	}
	return p.tell(c, "The guardianship", wallet.Changes{Guardians: 1}, nil)
}

type personUnbindCommand struct {
	guardianFlags
	Reason string `required:"" placeholder:"WORD" help:"Why, naming nobody, such as court_order-2026-17. Member and guardians read it."`
}

// Help gives the examples.
func (*personUnbindCommand) Help() string {
	return `The guardian sees and holds nothing of the member any more, and cannot claim the member again: only the authority makes the guardianship anew. A paper code of the
member that the guardian has made or drawn ends too; the member's codes on other guardians' devices stay. Of a member under 14 the log-ins and own devices
end, since nobody can tell who holds them. Without --yes nothing is changed.

Examples:

    healthcode person guardians --document resident-id:99010620170909124X
    healthcode person unbind --document resident-id:99010620170909124X --guardian resident-id:990106198405172038 --reason court_order-2026-17 --yes`
}

// Run ends the guardianship, or says what that would do.
func (p *personUnbindCommand) Run(ctx context.Context, c *console) error {
	if !wallet.ValidReason(p.Reason) {
		return usage("--reason: %w", wallet.ErrReason)
	}
	var changes wallet.Changes
	err := p.withGuardian(ctx, c, func(o *office, guardian, member health.PersonID, at time.Time) (err error) {
		changes, err = o.wallet.Revoke(ctx, wallet.GuardianEnd{Guardian: guardian, Member: member, By: wallet.ByAuthority, Reason: p.Reason, Dry: p.dry()}, at)
		return err
	})
	if err != nil {
		return err
	}
	return p.tell(c, "The end of the guardianship", changes, nil)
}

type personEndPaperCommand struct {
	personFlags
	Reason string `default:"lost" placeholder:"WORD" help:"Why, naming nobody (default ${default}). The person reads it."`
}

// Help gives the examples.
func (*personEndPaperCommand) Help() string {
	return `The person's paper code ends, as when it was lost or stolen; a new one is made with "healthcode issue", at a counter or in the wallet. Without --yes nothing is changed.

Examples:

    healthcode person end-paper --document resident-id:990106194401303151
    healthcode person end-paper --document resident-id:990106194401303151 --reason stolen --yes`
}

// Run ends the paper code, or says that it would.
func (p *personEndPaperCommand) Run(ctx context.Context, c *console) error {
	if !wallet.ValidReason(p.Reason) {
		return usage("--reason: %w", wallet.ErrReason)
	}
	var changes wallet.Changes
	err := p.withPerson(ctx, c, func(o *office, person wallet.Person, at time.Time) (err error) {
		changes, err = o.wallet.EndPaper(ctx, wallet.PrintEnd{Member: person.ID, By: wallet.Acting{Office: wallet.ByAuthority}, Reason: p.Reason, Dry: p.dry()}, at)
		return err
	})
	if err != nil {
		return err
	}
	return p.tell(c, "The end of the paper code", changes, nil)
}

type personGuardiansCommand struct {
	dataFlags
	Document given `required:"" placeholder:"TYPE:NUMBER" help:"A document of the person."`
	JSON     bool  `help:"Write one JSON object."`
}

// Help gives the examples.
func (*personGuardiansCommand) Help() string {
	return `Who holds the person's codes, and who held them: identifier, masked name, what the person is to them, and what proved it.

Examples:

    healthcode person guardians --document resident-id:99010620170909124X`
}

// Run lists them.
func (p *personGuardiansCommand) Run(ctx context.Context, c *console) (err error) {
	at := c.now()
	o, err := openWallets(ctx, c, p.dataFlags, at)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, o.close()) }()
	person, err := o.person(ctx, "--document", string(p.Document))
	if err != nil {
		return err
	}
	all, err := o.wallet.EveryGuardian(ctx, person.ID)
	if err != nil {
		return err
	}
	listed := make([]listedGuardian, 0, len(all))
	for _, g := range all {
		listed = append(listed, listedGuardian{
			Guardian: g.Guardian.String(), Name: g.Name, Relation: g.Relation.String(), Evidence: g.Evidence, Since: utc(g.Since),
			Until: utcOrNone(g.NotAfter), Ended: utcOrNone(g.Ended), EndedBy: string(g.EndedBy), Reason: g.Reason,
		})
	}
	if p.JSON {
		return c.json(map[string]any{"guardians": listed})
	}
	if len(listed) == 0 {
		c.printf("Nobody is or was guardian of this person.\n")
	}
	for _, g := range listed {
		g.print(c)
	}
	return nil
}

// listedGuardian is one line of person guardians.
type listedGuardian struct {
	Guardian string     `json:"guardian"`
	Name     string     `json:"name"` // masked
	Relation string     `json:"relation"`
	Evidence string     `json:"evidence"`
	Since    time.Time  `json:"since"`
	Until    *time.Time `json:"until,omitempty"` // of the member's majority
	Ended    *time.Time `json:"ended,omitempty"`
	EndedBy  string     `json:"ended_by,omitempty"`
	Reason   string     `json:"reason,omitempty"`
}

func (g *listedGuardian) print(c *console) {
	c.printf("%s  %s  %s  %s  since %s", g.Guardian, g.Name, g.Relation, g.Evidence, g.Since.Format(time.RFC3339))
	switch {
	case g.Ended != nil:
		c.printf("  ended %s", g.Ended.Format(time.RFC3339))
	case g.Until != nil:
		c.printf("  until %s", g.Until.Format(time.RFC3339))
	}
	if g.EndedBy != "" {
		c.printf("  by %s", g.EndedBy)
	}
	if g.Reason != "" {
		c.printf("  %s", g.Reason)
	}
	c.printf("\n")
}

// utcOrNone is nil for 0.
func utcOrNone(at int64) *time.Time {
	if at == 0 {
		return nil
	}
	t := utc(at)
	return &t
}

// withGuardian finds both people.
func (p *guardianFlags) withGuardian(ctx context.Context, c *console, do func(o *office, guardian, member health.PersonID, at time.Time) error) error {
	return p.withPerson(ctx, c, func(o *office, member wallet.Person, at time.Time) error {
		if id, err := health.ParsePersonID(string(p.Guardian)); err == nil {
			return do(o, id, member.ID, at)
		}
		guardian, err := o.person(ctx, "--guardian", string(p.Guardian))
		if err != nil {
			return err
		}
		return do(o, guardian.ID, member.ID, at)
	})
}
