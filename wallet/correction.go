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
	Former    Document   // the one in whose place Number comes, among those that the record has when it is corrected
	Number    Document
	Renewed   bool // Former was the person's and goes on leading to them; otherwise it never was
	Birth     Date
	Region    uint32
	Dry       bool   // change nothing, and say what would be
	Force     bool   // take a document away also while evidence counts: then Reason is kept among the overrides
	Reason    string // 1 to 40 of a-z, 0-9, _ and -; naming nobody; needed with Force
}

// Correct mends a record. Every code of the person ends, since it says what was
// wrong; the next refresh has the mended ones. ErrNoPerson; ErrDuplicate when a
// document is somebody else's, who may be the same person: then Merge.
//
// Sessions end with a birth date that was wrong, since a child's needs a
// guardian, and with a document that is taken away: it is another person's, or
// nobody's, and they may have been begun with it. Its bearer's next log-in
// makes a record of their own, so that it is refused while evidence counts
// (*CountingError) unless it is forced: a number that was replaced stays.
func (s *Service) Correct(ctx context.Context, person health.PersonID, c Correction, by Actor, at time.Time) (Changes, error) {
	if c.Force && !reasonForm.MatchString(c.Reason) {
		return Changes{}, fmt.Errorf("correct the record of %s: %w", person, ErrReason)
	}
	changes, err := s.Store.Correct(ctx, person, by, c.Dry, at.Unix(), func(d Dossier) (Corrected, error) {
		p, err := s.Vault.OpenPerson(d.Person)
		if err != nil {
			return Corrected{}, err
		}
		corrected, err := s.correct(p, c, at)
		if err != nil || len(corrected.Remove) == 0 {
			return corrected, err
		}
		if counting := s.counting(d, at); counting != nil {
			if !c.Force {
				return Corrected{}, counting
			}
			corrected.Override = &Override{At: at.Unix(), By: by, Act: OverrideCorrection, Reason: c.Reason, Outcome: counting.Reason}
		}
		return corrected, nil
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
		Marks: s.storedMarks,
	}
	corrected.Remove = s.lookupsOnlyIn(p.Documents, next.Documents)
	corrected.Add = s.lookupsOnlyIn(next.Documents, p.Documents)
	corrected.LogOut = len(corrected.Remove) > 0 || next.Birth != p.Birth
	corrected.Sealed, err = s.Vault.SealPerson(s.Rand, next)
	return corrected, err
}

// lookupsOnlyIn are those of the first documents that lead nowhere from the others.
func (s *Service) lookupsOnlyIn(documents, others []Document) (only []Lookup) {
	for _, d := range documents {
		if !slices.ContainsFunc(others, d.Same) {
			only = append(only, s.Vault.Lookup(d))
		}
	}
	return only
}

// apply gives the mended person and the names of the fields that differ.
func (c Correction) apply(p Person) (next Person, changed []string, err error) {
	next = p
	if c.Name != "" {
		if next.Name, err = CleanName(c.Name); err != nil {
			return p, nil, err
		}
	}
	if next.Documents, err = c.documents(p); err != nil {
		return p, nil, err
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
		if slices.ContainsFunc(next.Documents[:i], d.Same) {
			return p, nil, errors.New("a document is given twice: give each once")
		}
	}
	changed = differing(p, next)
	if len(next.Documents) > MaxDocuments {
		return p, nil, fmt.Errorf("a person has at most %d documents: leave out those that are over", MaxDocuments)
	}
	return next, changed, nil
}

// documents are those that the mended person has.
func (c Correction) documents(p Person) ([]Document, error) {
	documents := slices.Clone(p.Documents)
	if len(c.Documents) > 0 {
		documents = slices.Clone(c.Documents)
	}
	if c.Number == (Document{}) {
		return documents, nil
	}
	if !slices.ContainsFunc(p.Documents, c.Former.Same) {
		return nil, errors.New("the record has no such document: name one that leads to it")
	}
	if c.Renewed {
		return p.Renew(c.Former, c.Number), nil
	}
	return p.Replace(c.Former, c.Number), nil
}

// differing names the fields that differ.
func differing(p, next Person) (changed []string) {
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
	return changed
}
