package wallet

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"healthcode.example/health"
)

// person makes a record of the entry, without an identifier yet. asked is the
// document by which it was found: it becomes one of the record's. ErrIncomplete
// when name, birth date or region is missing; any other error says that the
// register or the provider sent what cannot be.
func (e RegisterEntry) person(asked Document, at time.Time) (Person, error) {
	if e.Name == "" || e.Birth.IsZero() || e.Region == 0 {
		return Person{}, ErrIncomplete
	}
	name, err := CleanName(e.Name)
	if err != nil {
		return Person{}, fmt.Errorf("the person's entry: %w", err)
	}
	p := Person{Name: name, Birth: e.Birth, Region: e.Region}
	for _, d := range append([]Document{asked}, e.Documents...) {
		d, err := ParseDocument(string(d.Type), d.Number)
		if err != nil {
			return Person{}, fmt.Errorf("the person's entry: %w", err)
		}
		if !slices.ContainsFunc(p.Documents, d.Same) {
			p.Documents = append(p.Documents, d)
		}
	}
	if len(p.Documents) > MaxDocuments {
		return Person{}, fmt.Errorf("the person's entry has more than %d documents: have the register correct it", MaxDocuments)
	}
	if !p.Birth.Valid() {
		return Person{}, fmt.Errorf("the person's entry: there is no such birth date: have the register correct it")
	}
	if p.Region < 100000 || p.Region > 999999 {
		return Person{}, fmt.Errorf("the person's entry: the region is not 6 digits of GB/T 2260: have the register correct it")
	}
	if _, problem := p.check(at); problem != "" {
		return Person{}, fmt.Errorf("the person's entry: %s", problem)
	}
	return p, nil
}

// Enter stores somebody whom the authority describes, as for a log-in of whom
// neither provider nor register tells enough. With dry nobody is stored, and the
// identifier is zero. ErrDuplicate when one of the documents is somebody's;
// ErrIncomplete.
func (s *Service) Enter(ctx context.Context, e RegisterEntry, dry bool, at time.Time) (health.PersonID, error) {
	id, err := s.enterDescribed(ctx, e, dry, at)
	if err != nil {
		return health.PersonID{}, fmt.Errorf("enter a person: %w", err)
	}
	return id, nil
}

func (s *Service) enterDescribed(ctx context.Context, e RegisterEntry, dry bool, at time.Time) (health.PersonID, error) {
	if len(e.Documents) == 0 {
		return health.PersonID{}, errors.New("a document is needed: give one")
	}
	first, err := ParseDocument(string(e.Documents[0].Type), e.Documents[0].Number)
	if err != nil {
		return health.PersonID{}, err
	}
	p, err := e.person(first, at)
	if err != nil {
		return health.PersonID{}, err
	}
	if _, err := s.findAny(ctx, p.Documents); !errors.Is(err, ErrNoPerson) {
		return health.PersonID{}, cmp.Or(err, ErrDuplicate)
	}
	if dry {
		return health.PersonID{}, nil
	}
	return s.enter(ctx, p, nil, nil, at)
}
