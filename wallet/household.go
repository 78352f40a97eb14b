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
	// Documents are the types of the documents that the digests are of; an empty
	// one without a digest.
	Documents []DocumentType
	Err       error  // not nil: no code could be made of this set; Code and Salts are nil
	Code      []byte // COSE_Sign1
}

// households makes a code of each set. A set that names somebody who has no
// place here (ErrNoMember), or to whom a code of their own was refused, has that
// error in its place: it takes away neither the members' own codes nor the other
// sets. Only sets that are none at all fail the whole.
func (s *Service) households(r RefreshRequest, view FamilyView, codes []MemberCode, guardian string, at time.Time) ([]HouseholdCode, error) {
	if err := refresh.CheckSets(r.Sets); err != nil {
		return nil, err
	}
	all := make([]HouseholdCode, 0, len(r.Sets))
	for _, set := range r.Sets {
		h, err := s.household(set, r, view, codes, guardian, at)
		if err != nil {
			h = HouseholdCode{Err: fmt.Errorf("make the code of a household of %d: %w", len(set), err)}
		}
		h.People = set
		all = append(all, h)
	}
	return all, nil
}

// household makes the code of one set.
func (s *Service) household(set []health.PersonID, r RefreshRequest, view FamilyView, codes []MemberCode, guardian string, at time.Time) (h HouseholdCode, err error) {
	req := issuer.Request{Kind: credential.Household, Holder: r.Holder, ReadAt: at}
	for i, id := range set {
		place := slices.IndexFunc(codes, func(c MemberCode) bool { return c.Person.ID == id })
		if place < 0 {
			return h, ErrNoMember
		}
		if err := codes[place].Err; err != nil {
			return h, err
		}
		if err := s.join(&req, &h, r, codes[place].Member, holdingOf(view, id), guardian, at); err != nil {
			return h, err
		}
		if i == 0 {
			req.Prefecture = codes[place].Person.Region
		}
	}
	h.Code, err = s.Issuer.Issue(req, at)
	return h, err
}

// join puts one more member into a household's code, which ends no later than
// the first of its guardianships.
func (s *Service) join(req *issuer.Request, h *HouseholdCode, r RefreshRequest, m Member, view MemberView, guardian string, at time.Time) error {
	subject, digest, err := s.phoneSubject(r, view, m.Person, guardian, at)
	if err != nil {
		return err
	}
	req.Subjects = append(req.Subjects, subject)
	h.Salts, h.Documents = append(h.Salts, digest.salt), append(h.Documents, digest.document)
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
