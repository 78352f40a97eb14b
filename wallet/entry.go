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

// EntryError says that the register or the identity provider sent what cannot be
// of anybody, such as a birth date that is not the one in the number.
type EntryError struct {
	Problem string // without name, number or date
}

// Error says it.
func (e *EntryError) Error() string { return "the person's entry: " + e.Problem }

// person makes a record of the entry, without an identifier yet. asked is the
// document by which it was found: it becomes one of the record's. ErrIncomplete
// when name, birth date or region is missing; *EntryError.
func (e RegisterEntry) person(asked Document, at time.Time) (Person, error) {
	if e.Name == "" || e.Birth.IsZero() || e.Region == 0 {
		return Person{}, ErrIncomplete
	}
	name, err := CleanName(e.Name)
	if err != nil {
		return Person{}, &EntryError{err.Error()}
	}
	p := Person{Name: name, Birth: e.Birth, Region: e.Region}
	for _, d := range append([]Document{asked}, e.Documents...) {
		d, err := ParseDocument(string(d.Type), d.Number)
		if err != nil {
			return Person{}, &EntryError{err.Error()}
		}
		if !slices.ContainsFunc(p.Documents, d.Same) {
			p.Documents = append(p.Documents, d)
		}
	}
	if len(p.Documents) > MaxDocuments {
		return Person{}, &EntryError{fmt.Sprintf("there are more than %d documents: have the register correct it", MaxDocuments)}
	}
	if !p.Birth.Valid() {
		return Person{}, &EntryError{"there is no such birth date: have the register correct it"}
	}
	if p.Region < 100000 || p.Region > 999999 {
		return Person{}, &EntryError{"the region is not 6 digits of GB/T 2260: have the register correct it"}
	}
	if _, problem := p.check(at); problem != "" {
		return Person{}, &EntryError{problem}
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
