package wallet

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"slices"
	"time"
)

// prove returns whom the claim proves the guardian to be one of. Every doubt is
// ErrNotProven; another error says that the register could not answer, or sent
// what cannot be about somebody proven. It asks the register once, or not at
// all by way of a proof, and does the same work on every answer.
func (s *Service) prove(ctx context.Context, guardian Person, c Claim, at time.Time) (Person, error) {
	switch c.Way {
	case WayFace, WayMemberConsent:
		return s.proveSelf(ctx, guardian, c, at)
	case WayHousehold:
		return s.proveByRegister(guardian, c, at, func(d Document) (RegisterEntry, error) {
			return s.Register.Household(ctx, d, c.Document)
		})
	case WayBirthCertificate:
		return s.proveByRegister(guardian, c, at, func(d Document) (RegisterEntry, error) {
			return s.Register.Parent(ctx, d, c.Document)
		})
	}
	return Person{}, ErrNotProven
}

// proveByRegister asks with the guardian's first document that a register of
// residents knows people by: it depends on the guardian alone.
func (s *Service) proveByRegister(guardian Person, c Claim, at time.Time, ask func(Document) (RegisterEntry, error)) (Person, error) {
	entry, err := ask(residentDocument(guardian))
	if errors.Is(err, ErrNotShown) {
		return Person{}, ErrNotProven
	}
	if err != nil {
		return Person{}, fmt.Errorf("%w: %w", ErrRegisterDown, err)
	}
	if !entry.Birth.Valid() || !entry.Birth.Minor(at) || slices.ContainsFunc(entry.Documents, func(d Document) bool {
		return slices.ContainsFunc(guardian.Documents, d.Same) // oneself
	}) {
		return Person{}, ErrNotProven
	}
	return entry.person(c.Document, at)
}

// proveSelf judges the member's own check. Without the check nothing else is
// looked at, so that a number alone meets the same answer whoever has it.
func (s *Service) proveSelf(ctx context.Context, guardian Person, c Claim, at time.Time) (Person, error) {
	if c.Proof == nil {
		return Person{}, ErrNotProven
	}
	id := *c.Proof
	age := at.Sub(id.At)
	proven, asked := s.Vault.Lookup(id.Document), s.Vault.Lookup(c.Document)
	switch {
	case subtle.ConstantTimeCompare(proven[:], asked[:]) != 1,
		age > proofAge || age < -time.Minute,
		s.Login.Admit(id) != nil,
		c.Way == WayFace && !slices.Contains(id.Methods, MethodFace),
		slices.ContainsFunc(guardian.Documents, id.Document.Same):
		return Person{}, ErrNotProven
	}
	p, err := s.FindPerson(ctx, id.Document)
	if errors.Is(err, ErrNoPerson) {
		p, err = s.describe(ctx, id, at)
	}
	if err != nil {
		return Person{}, err
	}
	if p.Birth.Minor(at) == (c.Way == WayMemberConsent) || !id.Birth.IsZero() && id.Birth != p.Birth {
		return Person{}, ErrNotProven
	}
	return p, nil
}
