package wallet

import (
	"context"
	"errors"
	"fmt"
	"time"

	"healthcode.example/credential"
	"healthcode.example/health"
)

// GuardianView is one guardian as the member and the other guardians may see
// them.
type GuardianView struct {
	Guardian health.PersonID
	Name     string              // masked
	Relation credential.Relation // what the member is to the guardian
	Evidence string              // what proved it
	Consent  string              // version of the consent given for a member under 14, empty for none
	Since    int64               // unix seconds
	NotAfter int64               // unix seconds of the member's majority, 0 for an adult member
	Ended    int64               // unix seconds, 0 while not ended
	EndedBy  Actor               // who revoked it, empty for nobody
	Reason   string              // why, empty for no reason given
	ByDeath  bool                // it ended with a recorded death, the undoing of which brings it back unless it is revoked
}

// InForce says whether the guardianship holds at the time, unix seconds.
func (v GuardianView) InForce(at int64) bool {
	return Guardianship{Ended: v.Ended, NotAfter: v.NotAfter}.InForce(at)
}

// Guardians returns whoever has a guardianship over the member in force.
func (s *Service) Guardians(ctx context.Context, member health.PersonID, at time.Time) ([]GuardianView, error) {
	all, err := s.Store.Guardians(ctx, member)
	if err != nil {
		return nil, fmt.Errorf("list the guardians of %s: %w", member, err)
	}
	return s.guardianViews(ctx, member, all, func(g Guardianship) bool { return g.InForce(at.Unix()) })
}

// EveryGuardian returns whoever has or had a guardianship over the member, for
// the authority. ErrNoPerson.
func (s *Service) EveryGuardian(ctx context.Context, member health.PersonID) ([]GuardianView, error) {
	d, err := s.Store.Dossier(ctx, member)
	if err != nil {
		return nil, fmt.Errorf("list the guardians of %s: %w", member, err)
	}
	return s.guardianViews(ctx, member, d.Guardians, func(Guardianship) bool { return true })
}

func (s *Service) guardianViews(ctx context.Context, member health.PersonID, all []Guardianship, shown func(Guardianship) bool) (views []GuardianView, err error) {
	for _, g := range all {
		if !shown(g) {
			continue
		}
		p, err := s.Person(ctx, g.Guardian)
		if err != nil {
			return nil, fmt.Errorf("list the guardians of %s: %w", member, err)
		}
		views = append(views, GuardianView{
			Guardian: g.Guardian, Name: credential.MaskName(p.Name), Relation: g.Relation, Evidence: g.Evidence, Consent: g.Consent,
			Since: g.Since, NotAfter: g.NotAfter, Ended: g.Ended, EndedBy: g.EndedBy, Reason: g.Reason, ByDeath: g.ByDeath,
		})
	}
	return views, nil
}

// Revoke ends a guardianship for the authority, which says why. The member's
// codes on that guardian's devices end, and a paper code that the guardian has
// made or drawn; those on other guardians' devices stay. Member, guardian and
// the other guardians read it with the reason. One that a death has ended is
// revoked too, and an undoing of the death does not bring it back. ErrReason;
// ErrNoGuardian when there is neither.
func (s *Service) Revoke(ctx context.Context, end GuardianEnd, at time.Time) (Changes, error) {
	var changes Changes
	err := ErrReason
	if ValidReason(end.Reason) {
		changes, err = s.Store.EndGuardian(ctx, end, at.Unix())
	}
	if err == nil && changes.Guardians == 0 {
		err = ErrNoGuardian
	}
	if err != nil {
		return Changes{}, fmt.Errorf("revoke guardian %s of %s: %w", end.Guardian, end.Member, err)
	}
	return changes, nil
}

// EndGuardian is Revoke without a reason and without an error where the
// guardianship has ended before.
func (s *Service) EndGuardian(ctx context.Context, guardian, member health.PersonID, at time.Time) error {
	end := GuardianEnd{Guardian: guardian, Member: member, By: ByAuthority}
	if _, err := s.Store.EndGuardian(ctx, end, at.Unix()); err != nil {
		return fmt.Errorf("end guardian %s of %s: %w", guardian, member, err)
	}
	return nil
}

// EndGuardianBy ends the guardianship for its guardian, or for the member from
// the 14th birthday on; the authority uses Revoke. ErrNoGuardian for anybody
// else, and when there is none that has not ended.
func (s *Service) EndGuardianBy(ctx context.Context, by, guardian, member health.PersonID, at time.Time) error {
	err := s.mayEndGuardian(ctx, by, guardian, member, at)
	if err == nil {
		actor := ByGuardian
		if by == member {
			actor = BySelf
		}
		var changes Changes
		changes, err = s.Store.EndGuardian(ctx, GuardianEnd{Guardian: guardian, Member: member, By: actor}, at.Unix())
		if err == nil && changes.Guardians == 0 {
			err = ErrNoGuardian
		}
	}
	if err != nil {
		return fmt.Errorf("end guardian %s of %s: %w", guardian, member, err)
	}
	return nil
}

func (s *Service) mayEndGuardian(ctx context.Context, by, guardian, member health.PersonID, at time.Time) error {
	switch by {
	case guardian:
		return nil
	case member:
	default:
		return ErrNoGuardian
	}
	p, err := s.Person(ctx, member)
	if errors.Is(err, ErrNoPerson) || err == nil && p.Birth.UnderFourteen(at) {
		return ErrNoGuardian
	}
	return err
}

// GiveConsent records the guardian's separate consent for a member who came to
// them without one, such as by an import. ErrConsent when the version is not
// the one in force; ErrNoGuardian.
func (s *Service) GiveConsent(ctx context.Context, guardian, member health.PersonID, version string, at time.Time) error {
	err := s.checkConsent(version)
	if err == nil {
		err = s.Store.GiveConsent(ctx, guardian, member, version, at.Unix())
	}
	if err != nil {
		return fmt.Errorf("record the consent of guardian %s for %s: %w", guardian, member, err)
	}
	return nil
}
