package wallet

import (
	"context"
	"fmt"
	"time"

	"healthcode.example/credential"
	"healthcode.example/health"
)

// RelationFits says whether the member of a guardianship can be that to the
// guardian: somebody under 18 a child or a ward, somebody of age anything but a
// child, since no end is set to what is over an adult.
func RelationFits(r credential.Relation, minor bool) bool {
	if minor {
		return r == credential.Child || r == credential.OtherWard
	}
	return r.Valid() && r != credential.Child
}

// AddGuardian lets guardian's devices have member's codes, for the authority.
// The guardian must be of age (ErrMinorGuardian) and the relation one that a
// claim could prove (ErrRelation). Over a minor it ends by itself at the 18th
// birthday. evidence is the registry word of what proved it. What was revoked is
// made again.
func (s *Service) AddGuardian(ctx context.Context, guardian, member health.PersonID, relation credential.Relation, evidence string, at time.Time) error {
	g, marks, err := s.guardianshipBy(ctx, guardian, member, relation, evidence, at)
	if err == nil {
		err = s.Store.BindGuardian(ctx, g, ByAuthority, marks...)
	}
	if err != nil {
		return fmt.Errorf("add guardian %s of %s: %w", guardian, member, err)
	}
	return nil
}

// CheckGuardian says what AddGuardian would refuse of the two people and the
// relation, and changes nothing.
func (s *Service) CheckGuardian(ctx context.Context, guardian, member health.PersonID, relation credential.Relation, evidence string, at time.Time) error {
	if _, _, err := s.guardianshipBy(ctx, guardian, member, relation, evidence, at); err != nil {
		return fmt.Errorf("check guardian %s of %s: %w", guardian, member, err)
	}
	return nil
}

// guardianshipBy is what the authority would make, with the marks that it lifts.
func (s *Service) guardianshipBy(ctx context.Context, guardian, member health.PersonID, relation credential.Relation, evidence string, at time.Time) (made Guardianship, marks []Mark, err error) {
	switch {
	case !relation.Valid():
		return made, nil, fmt.Errorf("the relation is none of child, parent, spouse, grandparent and ward: give one")
	case !ValidReason(evidence):
		return made, nil, fmt.Errorf("the evidence is not 1 to 40 of a-z, 0-9, _ and -: say by a word or a file number what proved the guardianship, and name nobody")
	case guardian == member:
		return made, nil, fmt.Errorf("nobody is their own guardian: give another person")
	}
	g, err := s.Person(ctx, guardian)
	if err != nil {
		return made, nil, err
	}
	m, err := s.Person(ctx, member)
	if err != nil {
		return made, nil, err
	}
	switch {
	case g.Birth.Minor(at):
		return made, nil, ErrMinorGuardian
	case !RelationFits(relation, m.Birth.Minor(at)):
		return made, nil, ErrRelation
	}
	return Guardianship{
		Guardian: guardian, Member: member, Relation: relation, Evidence: evidence,
		Since: at.Unix(), NotAfter: majority(m.Birth, at),
	}, s.marks(m, g), nil
}
