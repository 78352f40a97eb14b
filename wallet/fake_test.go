package wallet

import (
	"bytes"
	"context"
	"crypto/rand"
	"testing"
	"time"

	"healthcode.example/credential"
	"healthcode.example/health"
	"healthcode.example/issuer"
)

// noon is the time of every test that does not say another.
var noon = time.Date(2022, 3, 1, 12, 0, 0, 0, credential.Zone)

// peopleOnly is a store that keeps people in maps, as much as an import needs.
type peopleOnly struct {
	Store
	people map[health.PersonID]NewPerson
	found  map[Lookup]health.PersonID
	calls  int
}

func newPeopleOnly() *peopleOnly {
	return &peopleOnly{people: map[health.PersonID]NewPerson{}, found: map[Lookup]health.PersonID{}}
}

func (s *peopleOnly) AddPeople(ctx context.Context, _ Actor, people []NewPerson) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.calls++
	var e PeopleError
	for i, p := range people {
		for _, l := range p.Lookups {
			if _, ok := s.found[l]; ok {
				e.Faults = append(e.Faults, PersonFault{Index: i, Err: ErrDuplicate})
			}
		}
	}
	if len(e.Faults) > 0 {
		return &e
	}
	for _, p := range people {
		s.people[p.ID] = p
		for _, l := range p.Lookups {
			s.found[l] = p.ID
		}
	}
	return nil
}

func (s *peopleOnly) Person(ctx context.Context, id health.PersonID) (StoredPerson, error) {
	p, ok := s.people[id]
	if !ok {
		return StoredPerson{}, ErrNoPerson
	}
	return StoredPerson{ID: id, Sealed: p.Sealed}, nil
}

func (s *peopleOnly) FindPerson(ctx context.Context, l Lookup) (health.PersonID, error) {
	id, ok := s.found[l]
	if !ok {
		return id, ErrNoPerson
	}
	return id, nil
}

type noIssuer struct{}

func (noIssuer) Issue(issuer.Request, time.Time) ([]byte, error) { return nil, ErrNoDevice }

func testVault(t *testing.T) *Vault {
	t.Helper()
	v, err := NewVault(bytes.Repeat([]byte{7}, 32))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func testService(t *testing.T) (*Service, *peopleOnly) {
	t.Helper()
	store := newPeopleOnly()
	s, err := New(Config{
		Store: store, Issuer: noIssuer{}, Rules: health.DefaultRules("CN-GD"), Vault: testVault(t), Rand: rand.Reader,
	})
	if err != nil {
		t.Fatal(err)
	}
	return s, store
}
