package wallet

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// knownByAll returns whoever has proved a claim with every document that the
// register says is theirs, and lets those lead to the record: what was revoked
// under one document is revoked under the others. The register is asked for
// nobody but the guardian and only after the proof, so that a claim that proves
// nothing costs what it did.
//
// ErrTwoRecords where one of the documents is another record's, whose
// guardianships nobody joins but the authority; ErrRegisterDown. What the
// register does not link stays two people.
func (s *Service) knownByAll(ctx context.Context, guardian Person, at time.Time) (Person, error) {
	if s.Register == nil {
		return guardian, nil
	}
	known := residentDocument(guardian)
	entry, err := s.Register.Person(ctx, known)
	if errors.Is(err, ErrNotShown) {
		return guardian, nil
	}
	if err != nil {
		return guardian, fmt.Errorf("%w: %w", ErrRegisterDown, err)
	}
	shown, err := entry.person(known, at)
	var wrong *EntryError
	if errors.Is(err, ErrIncomplete) || errors.As(err, &wrong) || err == nil && shown.Birth != guardian.Birth {
		return guardian, nil // a line that may be wrong links nothing
	}
	if err != nil {
		return guardian, err
	}
	all := allOf(guardian.Documents, shown.Documents)
	if _, err := s.findAny(ctx, all); err != nil {
		return guardian, err
	}
	if err := s.link(ctx, guardian.ID, shown, at); err != nil {
		return guardian, err
	}
	guardian.Documents = all
	return guardian, nil
}

// residentDocument is the document by which a register of residents knows the
// person, as far as there is one: it depends on the person alone.
func residentDocument(p Person) Document {
	if i := slices.IndexFunc(p.Documents, func(d Document) bool { return d.Type == ResidentID }); i >= 0 {
		return p.Documents[i]
	}
	return p.Documents[0]
}

// allOf joins two lists of documents of one person.
func allOf(have, more []Document) []Document {
	all := slices.Clone(have)
	for _, d := range more {
		if !slices.ContainsFunc(all, d.Same) {
			all = append(all, d)
		}
	}
	return all
}

// revokedAlike says why g, a claim of somebody by their name and birth date
// alike to a guardian who was revoked, is not made: two documents that no
// register links are two records, and of one household nobody else is likely to
// be born on that day under that name. The authority can make it.
func (s *Service) revokedAlike(ctx context.Context, g Guardianship, guardian Person) error {
	d, err := s.Store.Dossier(ctx, g.Member)
	if err != nil {
		return err
	}
	for _, former := range d.Guardians {
		barred := former.Bars(g, ByGuardian)
		if former.Guardian == g.Guardian || former.Ended == 0 || barred == nil {
			continue
		}
		p, err := s.Person(ctx, former.Guardian)
		if err != nil {
			return err
		}
		if p.Name == guardian.Name && p.Birth == guardian.Birth {
			return barred
		}
	}
	return nil
}
