package wallet

import (
	"context"
	"fmt"
	"time"

	"healthcode.example/credential"
	"healthcode.example/health"
	"healthcode.example/issuer"
)

// NewPrint makes a paper code for the member and ends the former one. by is the
// member or a guardian in force. The code is COSE_Sign1; credential.Text writes
// it. It holds the colour of the very moment: a change that comes after it ends
// it.
func (s *Service) NewPrint(ctx context.Context, by, member health.PersonID, at time.Time) (code []byte, err error) {
	err = s.Store.NewPrint(ctx, by, member, at.Unix(), func(m MemberView) ([]byte, error) {
		p, err := s.Vault.OpenPerson(m.Person)
		if err != nil {
			return nil, err
		}
		code, err = s.Issuer.Issue(issuer.Request{
			Kind: credential.Paper, Prefecture: p.Region, ReadAt: at,
			Subjects: []issuer.Subject{s.subject(p, m, at)},
		}, at)
		if err != nil {
			return nil, err
		}
		return s.Vault.SealPrint(s.Rand, member, m.Holding.Handle, code)
	})
	if err != nil {
		return nil, fmt.Errorf("make a print for %s: %w", member, err)
	}
	return code, nil
}

// Print returns the member's paper code as it was made, to be drawn again.
// ErrNoPrint; ErrEnded when it no longer holds, with the remedy in its text.
func (s *Service) Print(ctx context.Context, by, member health.PersonID, at time.Time) (code []byte, err error) {
	p, err := s.Store.Print(ctx, by, member, at.Unix())
	if err != nil {
		return nil, fmt.Errorf("draw the print of %s again: %w", member, err)
	}
	return s.Vault.OpenPrint(member, p)
}

// EndPrint ends the member's paper code, for one that was lost.
func (s *Service) EndPrint(ctx context.Context, member health.PersonID, at time.Time) error {
	if err := s.Store.EndPrint(ctx, member, at.Unix()); err != nil {
		return fmt.Errorf("end the print of %s: %w", member, err)
	}
	return nil
}
