package main

import (
	"context"
	"fmt"
	"time"

	"healthcode.example/credential"
	"healthcode.example/health"
	"healthcode.example/wallet"
)

// guardianFlags name the other person of a guardianship; --document is the member.
type guardianFlags struct {
	personFlags
	Guardian given `required:"" placeholder:"TYPE:NUMBER" help:"A document of the guardian."`
}

type personBindCommand struct {
	guardianFlags
	Relation string `default:"child" enum:"child,parent,spouse,grandparent,ward" help:"What the member is to the guardian: ${enum} (default ${default})."`
	Evidence string `required:"" placeholder:"WORD" help:"What proved it, naming nobody, such as court_order-2026-17."`
}

// Help gives the examples.
func (*personBindCommand) Help() string {
	return `The guardian's devices have the member's codes from the next refresh on; both, and the other guardians, read it in their histories. So the authority also makes
a guardianship again that it has revoked. Without --yes nothing is changed.

Examples:

    healthcode person bind --document resident-id:990106201806070024 --guardian resident-id:990106198405172038 --evidence court_order-2026-17 --yes`
}

// Run binds, or says that it would.
func (p *personBindCommand) Run(ctx context.Context, c *console) error {
	relation := credential.Relation(0)
	for r := range credential.Relation(32) {
		if r.Valid() && r.String() == p.Relation {
			relation = r
		}
	}
	err := p.withGuardian(ctx, c, func(o *office, guardian, member health.PersonID, at time.Time) error {
		if p.dry() {
			return nil
		}
		return o.wallet.AddGuardian(wallet.As(ctx, wallet.ByAuthority), guardian, member, relation, p.Evidence, at)
	})
	if err != nil {
		return err
	}
	return p.tell(c, "The guardianship", wallet.Changes{Guardians: 1}, nil)
}

type personUnbindCommand struct{ guardianFlags }

// Help gives the examples.
func (*personUnbindCommand) Help() string {
	return `The guardian sees and holds nothing of the member any more, and cannot claim the member again: only the authority makes the guardianship anew. The member's codes on
other guardians' devices stay. Of a member under 14 the log-ins and own devices end too, since nobody can tell who holds them. Without --yes nothing is changed.

Examples:

    healthcode person unbind --document resident-id:990106201806070024 --guardian resident-id:990106198405172038 --yes`
}

// Run ends the guardianship, or says that it would.
func (p *personUnbindCommand) Run(ctx context.Context, c *console) error {
	err := p.withGuardian(ctx, c, func(o *office, guardian, member health.PersonID, at time.Time) error {
		all, err := o.wallet.Guardians(ctx, member, at)
		if err != nil {
			return err
		}
		for _, g := range all {
			if g.Guardian != guardian {
				continue
			}
			if p.dry() {
				return nil
			}
			return o.wallet.EndGuardian(wallet.As(ctx, wallet.ByAuthority), guardian, member, at)
		}
		return fmt.Errorf("end a guardianship: %w", wallet.ErrNoGuardian)
	})
	if err != nil {
		return err
	}
	return p.tell(c, "The end of the guardianship", wallet.Changes{Guardians: 1}, nil)
}

// withGuardian finds both people.
func (p *guardianFlags) withGuardian(ctx context.Context, c *console, do func(o *office, guardian, member health.PersonID, at time.Time) error) error {
	return p.withPerson(ctx, c, func(o *office, member wallet.Person, at time.Time) error {
		guardian, err := o.person(ctx, string(p.Guardian))
		if err != nil {
			return err
		}
		return do(o, guardian.ID, member.ID, at)
	})
}
