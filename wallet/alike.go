package wallet

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"time"

	"healthcode.example/credential"
	"healthcode.example/health"
	"healthcode.example/issuer"
)

// Alike is a record that has name and birth date in common with another, and
// may be of the same person under another document. It names nobody.
type Alike struct {
	Person   health.PersonID
	Types    []DocumentType
	Colour   credential.Colour
	Counting bool // evidence gives the colour, or could
}

// alikeBatch is how many records one reading brings.
const alikeBatch = 1000

// Alike finds records that may be of one person: those of one name and birth
// date, each group in the order of its identifiers. It is for the authority,
// who decides and merges; two people can be alike. It reads everybody once and
// holds 48 bytes for each.
func (s *Service) Alike(ctx context.Context, at time.Time) (groups [][]Alike, err error) {
	first := make(map[[16]byte]health.PersonID)
	found := make(map[health.PersonID][]health.PersonID)
	err = s.everybody(ctx, func(p Person) {
		sum := sha256.Sum256([]byte(p.Birth.String() + "\x00" + p.Name))
		key := [16]byte(sum[:16])
		if other, known := first[key]; known {
			found[other] = append(found[other], p.ID)
			return
		}
		first[key] = p.ID
	})
	if err != nil {
		return nil, fmt.Errorf("find records that are alike: %w", err)
	}
	for id, others := range found {
		var group []Alike
		for _, id := range append([]health.PersonID{id}, others...) {
			one, err := s.alike(ctx, id, at)
			if errors.Is(err, ErrNoPerson) {
				continue
			}
			if err != nil {
				return nil, fmt.Errorf("find records that are alike: %w", err)
			}
			group = append(group, one)
		}
		if len(group) > 1 {
			groups = append(groups, group)
		}
	}
	slices.SortFunc(groups, func(x, y []Alike) int { return cmp.Compare(x[0].Person.String(), y[0].Person.String()) })
	return groups, nil
}

// everybody opens each living person's record, in the order of identifiers.
func (s *Service) everybody(ctx context.Context, each func(Person)) error {
	for after := (health.PersonID{}); ; {
		ids, err := s.Store.PeopleAfter(ctx, after, alikeBatch)
		if err != nil || len(ids) == 0 {
			return err
		}
		for _, id := range ids {
			p, err := s.Person(ctx, id)
			if errors.Is(err, ErrNoPerson) {
				continue // merged or erased meanwhile
			}
			if err != nil {
				return err
			}
			if p.Deceased == 0 {
				each(p)
			}
		}
		after = ids[len(ids)-1]
	}
}

// alike describes one record.
func (s *Service) alike(ctx context.Context, id health.PersonID, at time.Time) (a Alike, err error) {
	d, err := s.Store.Dossier(ctx, id)
	if err != nil {
		return a, err
	}
	p, err := s.Vault.OpenPerson(d.Person)
	if err != nil {
		return a, err
	}
	view, err := s.Store.Family(ctx, id, issuer.DeviceID{})
	if err != nil {
		return a, err
	}
	a = Alike{Person: id, Colour: s.decision(view.Members[0], at).Colour, Counting: s.counting(d, at) != nil}
	for _, document := range p.Documents {
		a.Types = append(a.Types, document.Type)
	}
	return a, nil
}
