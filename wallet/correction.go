package wallet

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"healthcode.example/health"
)

// Correction is what is wrong in a record. A zero field stays as it is.
type Correction struct {
	Name      string
	Documents []Document // all that the person has, in place of those before; the first one speaks for the person
	Birth     Date
	Region    uint32
	Dry       bool // change nothing, and say what would be
}

// Correct mends a record. Every code of the person ends, since it says what was
// wrong; the next refresh has the mended ones. ErrNoPerson; ErrDuplicate when a
// document is somebody else's, who may be the same person: then Merge.
func (s *Service) Correct(ctx context.Context, person health.PersonID, c Correction, by Actor, at time.Time) (Changes, error) {
	changes, err := s.Store.Correct(As(ctx, by), person, c.Dry, at.Unix(), func(stored StoredPerson) (Corrected, error) {
		p, err := s.Vault.OpenPerson(stored)
		if err != nil {
			return Corrected{}, err
		}
		return s.correct(p, c, at)
	})
	if err != nil {
		return Changes{}, fmt.Errorf("correct the record of %s: %w", person, err)
	}
	return changes, nil
}

var errNothingToCorrect = errors.New("the record says so already: name what is wrong")

// correct makes the new record.
func (s *Service) correct(p Person, c Correction, at time.Time) (Corrected, error) {
	next, changed, err := c.apply(p)
	if err != nil {
		return Corrected{}, err
	}
	if len(changed) == 0 {
		return Corrected{}, errNothingToCorrect
	}
	if _, problem := next.check(at); problem != "" {
		return Corrected{}, errors.New(problem)
	}
	corrected := Corrected{
		Majority: next.Birth.Majority().Unix(), Named: next.Name != p.Name, Fields: strings.Join(changed, ","),
	}
	for _, d := range p.Documents {
		if !slices.Contains(next.Documents, d) {
			corrected.Remove = append(corrected.Remove, s.Vault.Lookup(d))
		}
	}
	for _, d := range next.Documents {
		if !slices.Contains(p.Documents, d) {
			corrected.Add = append(corrected.Add, s.Vault.Lookup(d))
		}
	}
	corrected.Sealed, err = s.Vault.SealPerson(s.Rand, next)
	return corrected, err
}

// apply gives the mended person and the names of the fields that differ.
func (c Correction) apply(p Person) (next Person, changed []string, err error) {
	next = p
	if c.Name != "" {
		if next.Name, err = CleanName(c.Name); err != nil {
			return p, nil, err
		}
	}
	if len(c.Documents) > 0 {
		next.Documents = slices.Clone(c.Documents)
	}
	if !c.Birth.IsZero() {
		next.Birth = c.Birth
	}
	if c.Region != 0 && (c.Region < 100_000 || c.Region > 999_999) {
		return p, nil, errors.New("the region is not 6 digits of GB/T 2260: give such as 440300")
	}
	if c.Region != 0 {
		next.Region = c.Region
	}
	for i, d := range next.Documents {
		if slices.Contains(next.Documents[:i], d) {
			return p, nil, errors.New("a document is given twice: give each once")
		}
	}
	for _, field := range []struct {
		name    string
		differs bool
	}{
		{"name", next.Name != p.Name}, {"documents", !slices.Equal(next.Documents, p.Documents)},
		{"birth", next.Birth != p.Birth}, {"region", next.Region != p.Region},
	} {
		if field.differs {
			changed = append(changed, field.name)
		}
	}
	if len(next.Documents) > MaxDocuments {
		return p, nil, fmt.Errorf("a person has at most %d documents: leave out those that are over", MaxDocuments)
	}
	return next, changed, nil
}
