package wallet

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"healthcode.example/health"
)

// ErrBirthsDiffer keeps two people from being taken for one.
var ErrBirthsDiffer = errors.New("the two records have different birth dates: correct the wrong one first, or force it when you are certain that they are one person")

// Merger names two records of one person, who was entered under two documents.
type Merger struct {
	Keep, Gone health.PersonID // name, birth date and region stay Keep's
	Force      bool            // also when the birth dates differ
	Dry        bool            // change nothing, and say what would be
}

// MergeReport says what a merge did, or would do.
type MergeReport struct {
	Changes
	Documents int             `json:"documents"` // that Keep has afterwards
	Decision  health.Decision `json:"-"`         // of the evidence of both
}

// Merge joins two records of one person. Keep has all afterwards: documents,
// devices, guardianships both ways, evidence and what happened. The colour is
// decided anew from the evidence of both. Every code of both ends, and nobody
// else's; the next refresh has the fresh ones. ErrNoPerson, ErrBirthsDiffer;
// ErrTooMany when a device or a guardianship must be ended first.
func (s *Service) Merge(ctx context.Context, m Merger, by Actor, at time.Time) (MergeReport, error) {
	if m.Keep == m.Gone {
		return MergeReport{}, fmt.Errorf("merge records: both documents lead to the record %s already", m.Keep)
	}
	var report MergeReport
	join := func(keep, gone StoredPerson) (joined Joined, err error) {
		joined, report.Documents, err = s.combine(m, keep, gone)
		return joined, err
	}
	decide := func(all []health.Evidence) health.Decision {
		d := s.Rules.Decide(m.Keep, all, at)
		if len(all) > 0 || report.Decision.Person.IsZero() { // the default is asked for too
			report.Decision = d
		}
		return d
	}
	var err error
	report.Changes, err = s.Store.Merge(ctx, m.Keep, m.Gone, by, m.Dry, at.Unix(), join, decide)
	if err != nil {
		return MergeReport{}, fmt.Errorf("merge record %s into %s: %w", m.Gone, m.Keep, err)
	}
	return report, nil
}

// combine makes the record of both.
func (s *Service) combine(m Merger, keep, gone StoredPerson) (joined Joined, documents int, err error) {
	k, err := s.Vault.OpenPerson(keep)
	if err != nil {
		return joined, 0, err
	}
	g, err := s.Vault.OpenPerson(gone)
	if err != nil {
		return joined, 0, err
	}
	if k.Birth != g.Birth && !m.Force {
		return joined, 0, ErrBirthsDiffer
	}
	joined.Lookups = s.lookupsOf(g)
	k.Documents = append(slices.Clone(k.Documents), g.Documents...)
	if len(k.Documents) > MaxDocuments {
		return joined, 0, fmt.Errorf("together they have %d documents and a person has at most %d: correct one first", len(k.Documents), MaxDocuments)
	}
	joined.Majority = k.Birth.Majority().Unix()
	joined.Marks = s.storedMarks
	joined.Sealed, err = s.Vault.SealPerson(s.Rand, k)
	return joined, len(k.Documents), err
}
