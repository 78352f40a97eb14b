package wallet

import (
	"fmt"
	"slices"
	"time"

	"healthcode.example/credential"
	"healthcode.example/health"
	"healthcode.example/issuer"
	"healthcode.example/wallet/refresh"
)

// HouseholdCode is one code of several people, each with a status reference of
// their own, or why there is none.
type HouseholdCode struct {
	People []health.PersonID  // in the order of the code's members: as the set named them
	Salts  []*credential.Salt // of each member's document digest, nil without one
	Err    error              // not nil: no code could be made of this set; Code and Salts are nil
	Code   []byte             // COSE_Sign1
}

// households makes a code of each set. Whom a code of their own was refused has
// a place in none.
func (s *Service) households(r RefreshRequest, view FamilyView, codes []MemberCode, guardian string, at time.Time) ([]HouseholdCode, error) {
	if err := refresh.CheckSets(r.Sets); err != nil {
		return nil, err
	}
	var all []HouseholdCode
	for _, set := range r.Sets {
		h := HouseholdCode{People: set}
		req := issuer.Request{Kind: credential.Household, Holder: r.Holder, ReadAt: at}
		for i, id := range set {
			place := slices.IndexFunc(codes, func(c MemberCode) bool { return c.Person.ID == id })
			if place < 0 {
				return nil, ErrNoMember
			}
			if err := codes[place].Err; err != nil {
				h.Err = err
				break
			}
			if err := s.join(&req, &h, r, codes[place].Member, holdingOf(view, id), guardian, at); err != nil {
				h.Err = err
				break
			}
			if i == 0 {
				req.Prefecture = codes[place].Person.Region
			}
		}
		if h.Err == nil {
			h.Code, h.Err = s.Issuer.Issue(req, at)
		}
		if h.Err != nil {
			h.Code, h.Salts, h.Err = nil, nil, fmt.Errorf("make the code of a household of %d: %w", len(set), h.Err)
		}
		all = append(all, h)
	}
	return all, nil
}

// join puts one more member into a household's code, which ends no later than
// the first of its guardianships.
func (s *Service) join(req *issuer.Request, h *HouseholdCode, r RefreshRequest, m Member, view MemberView, guardian string, at time.Time) error {
	subject, salt, err := s.phoneSubject(r, view, m.Person, guardian, at)
	if err != nil {
		return err
	}
	req.Subjects, h.Salts = append(req.Subjects, subject), append(h.Salts, salt)
	if end := m.Guardianship.end(); !end.IsZero() && (req.NotAfter.IsZero() || end.Before(req.NotAfter)) {
		req.NotAfter = end
	}
	return nil
}

// holdingOf is the member as the store had it.
func holdingOf(view FamilyView, id health.PersonID) MemberView {
	i := slices.IndexFunc(view.Members, func(m MemberView) bool { return m.Person.ID == id })
	if i < 0 {
		return MemberView{}
	}
	return view.Members[i]
}
