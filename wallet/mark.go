package wallet

import (
	"context"
	"fmt"
	"time"
)

// Mark is what stays of a revoked guardianship when the member's record is
// erased: a keyed hash of a document of the member and one of the guardian,
// Vault.mark. It leads to nobody. Whoever holds the key and names both documents
// can ask for it, and nobody can list whose it is.
type Mark [32]byte

// markLife is how long a mark stays after an erasure at the least, of what the
// authority revoked: the general limitation period of the Civil Code, article 188.
const markLife = 3 // years

// KeptAway is somebody who was revoked as guardian of whoever is erased: by
// their record, or by a document where that record was erased before.
type KeptAway struct {
	Guardian StoredPerson // zero where the record is erased
	Lookup   Lookup       // of one document then
	By       Actor        // who revoked
}

// KeptMarks are what stays of it: nothing without Marks.
type KeptMarks struct {
	Marks []Mark // one for each pair of documents
	Until int64  // unix seconds from which on they say nothing
}

// mark is the keyed hash of the pair, under a key of its own: it cannot be
// compared with a Lookup.
func (v *Vault) mark(member, guardian Lookup) Mark {
	return v.marks.Lookup(string(member[:]), string(guardian[:]))
}

// marks are those of every pair of the two's documents.
func (s *Service) marks(member, guardian Person) (all []Mark) {
	return s.pairs(s.lookupsOf(member), s.lookupsOf(guardian))
}

// storedMarks are those of two records.
func (s *Service) storedMarks(member, guardian StoredPerson) ([]Mark, error) {
	m, err := s.Vault.OpenPerson(member)
	if err != nil {
		return nil, err
	}
	g, err := s.Vault.OpenPerson(guardian)
	if err != nil {
		return nil, err
	}
	return s.marks(m, g), nil
}

func (s *Service) pairs(member, guardian []Lookup) (all []Mark) {
	for _, m := range member {
		for _, g := range guardian {
			all = append(all, s.Vault.mark(m, g))
		}
	}
	return all
}

// lookupsOf are those of all documents of the person.
func (s *Service) lookupsOf(p Person) (all []Lookup) {
	for _, d := range p.Documents {
		all = append(all, s.Vault.Lookup(d))
	}
	return all
}

// keepAway makes the marks that outlive the member's record. What the member
// ended needs none for an adult: nothing but the member's own check makes such a
// guardianship, and that is what lifts the revocation.
func (s *Service) keepAway(member Person, k KeptAway, at time.Time) (kept KeptMarks, err error) {
	if member.Birth.Minor(at) {
		kept.Until = member.Birth.Majority().Unix()
	}
	if k.By != BySelf {
		kept.Until = max(kept.Until, at.AddDate(markLife, 0, 0).Unix())
	}
	if kept.Until == 0 {
		return kept, nil
	}
	guardian := []Lookup{k.Lookup}
	if !k.Guardian.ID.IsZero() {
		p, err := s.Vault.OpenPerson(k.Guardian)
		if err != nil {
			return kept, err
		}
		guardian = s.lookupsOf(p)
	}
	kept.Marks = s.pairs(s.lookupsOf(member), guardian)
	return kept, nil
}

// Sweep takes out of the store what is over at the time: sessions, as
// SweepSessions does, and marks of revoked guardianships. It says how many
// sessions there were.
func (s *Service) Sweep(ctx context.Context, at time.Time) (sessions int, err error) {
	if sessions, err = s.SweepSessions(ctx, at); err != nil {
		return sessions, err
	}
	if _, err := s.Store.SweepMarks(ctx, at.Unix()); err != nil {
		return sessions, fmt.Errorf("sweep the marks of revoked guardianships: %w", err)
	}
	return sessions, nil
}
