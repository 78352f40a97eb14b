package wallet

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"healthcode.example/credential"
	"healthcode.example/crypto/cose"
	"healthcode.example/health"
	"healthcode.example/issuer"
)

// Member is one person of a family with the decision in force.
type Member struct {
	Person       Person
	Guardianship *Guardianship // nil for oneself
	Decision     health.Decision
}

// Family returns the person, first, and everybody under a guardianship of
// theirs that is in force. It writes nothing. ErrNoPerson.
func (s *Service) Family(ctx context.Context, person health.PersonID, at time.Time) ([]Member, error) {
	view, err := s.Store.Family(ctx, person, issuer.DeviceID{})
	if err != nil {
		return nil, fmt.Errorf("read the family of %s: %w", person, err)
	}
	var family []Member
	for _, m := range view.Members {
		if m.Guardianship != nil && !m.Guardianship.InForce(at.Unix()) {
			continue
		}
		p, err := s.Vault.OpenPerson(m.Person)
		if err != nil {
			return nil, err
		}
		family = append(family, Member{Person: p, Guardianship: m.Guardianship, Decision: s.decision(m, at)})
	}
	return family, nil
}

// RefreshRequest asks for the codes of a family.
type RefreshRequest struct {
	Person   health.PersonID
	Device   issuer.DeviceID           // in use and of this person
	Holder   *cose.PublicKey           // P-256, made by the wallet for this refresh only
	Document bool                      // add document digests; the salts come back
	Types    []credential.DocumentType // of which document each shall be, see refresh.Request
	Sets     [][]health.PersonID       // each of them, 2 to 10 people of the family, gets one code for all
}

// MemberCode is a fresh code of one member, or why there is none.
type MemberCode struct {
	Member
	Err  error            // not nil: no code could be made for this member; Code and Salt are nil, and Person may hold the identifier only
	Code []byte           // COSE_Sign1; credential.Text writes it
	Salt *credential.Salt // of the code's document digest; nil without one. The holder keeps it and shows it to a gate that asks.
	// Document is the type of the document that the digest is of; empty without one.
	Document DocumentType
}

// Refresh issues a code for the person and for every member in force, all bound
// to one holder key. It reads once and writes nothing, so a province may call
// it at the same minute. A member who has come of age is not among them.
//
// A member for whom no code can be made, the person included, stands in its
// place with Err and takes nobody else's code away; so does a set of which no
// code can be made (ErrNoMember: somebody else is in it). When there is no code
// for anybody the first such error is returned. ErrNoPerson, ErrNoDevice, and
// the issuer's errors.
func (s *Service) Refresh(ctx context.Context, r RefreshRequest, at time.Time) (Fetched, error) {
	if r.Holder == nil || r.Holder.Algorithm() != cose.ES256 {
		return Fetched{}, errors.New("refresh codes: the holder key must be a P-256 key")
	}
	if r.Device == (issuer.DeviceID{}) {
		return Fetched{}, fmt.Errorf("refresh codes: %w", ErrNoDevice)
	}
	view, err := s.Store.Family(ctx, r.Person, r.Device)
	if err != nil {
		return Fetched{}, fmt.Errorf("refresh the codes of %s: %w", r.Person, err)
	}
	guardian, codes := s.memberCodes(r, view, at)
	if err := allFailed(codes); err != nil {
		return Fetched{}, err
	}
	households, err := s.households(r, view, codes, guardian, at)
	if err != nil {
		return Fetched{}, fmt.Errorf("refresh the codes of %s: %w", r.Person, err)
	}
	return Fetched{Codes: codes, Households: households}, nil
}

// Fetched is what a refresh brings: a code of each member, the person first,
// and one for each set that was asked for, in that order.
type Fetched struct {
	Codes      []MemberCode
	Households []HouseholdCode
}

// memberCodes makes the code of everybody who has a holding on the device.
// guardian is the masked name that dependants' codes carry.
func (s *Service) memberCodes(r RefreshRequest, view FamilyView, at time.Time) (guardian string, codes []MemberCode) {
	codes = make([]MemberCode, 0, len(view.Members))
	for i, m := range view.Members {
		if m.Holding.Handle == 0 || m.Guardianship != nil && !m.Guardianship.InForce(at.Unix()) {
			continue
		}
		p, err := s.Vault.OpenPerson(m.Person)
		if err != nil {
			failed := Member{Person: Person{ID: m.Person.ID}, Guardianship: m.Guardianship, Decision: s.decision(m, at)}
			codes = append(codes, MemberCode{Member: failed, Err: err})
			continue
		}
		if i == 0 && s.GuardianNames {
			guardian = credential.MaskName(p.Name)
		}
		code, err := s.refreshOne(r, m, p, guardian, at)
		if err != nil {
			code = MemberCode{Member: code.Member, Err: fmt.Errorf("refresh the code of %s: %w", m.Person.ID, err)}
		}
		codes = append(codes, code)
	}
	return guardian, codes
}

// allFailed is the first member's error when there is no code at all.
func allFailed(codes []MemberCode) error {
	for _, c := range codes {
		if c.Err == nil {
			return nil
		}
	}
	if len(codes) == 0 {
		return nil
	}
	return codes[0].Err
}

// refreshOne issues the code of one member.
func (s *Service) refreshOne(r RefreshRequest, m MemberView, p Person, guardian string, at time.Time) (MemberCode, error) {
	got := MemberCode{Member: Member{Person: p, Guardianship: m.Guardianship, Decision: s.decision(m, at)}}
	subject, digest, err := s.phoneSubject(r, m, p, guardian, at)
	if err != nil {
		return got, err
	}
	got.Salt, got.Document = digest.salt, digest.document
	got.Code, err = s.Issuer.Issue(issuer.Request{
		Kind: credential.Phone, Holder: r.Holder, Prefecture: p.Region, ReadAt: at,
		NotAfter: m.Guardianship.end(), Subjects: []issuer.Subject{subject},
	}, at)
	return got, err
}

// offered is the document that the digest in a code is of, and its salt; zero
// for a code without a digest.
type offered struct {
	salt     *credential.Salt
	document DocumentType
}

// phoneSubject is what a code on a telephone says of one person, with the salt
// of the digest in it when one was asked for.
func (s *Service) phoneSubject(r RefreshRequest, m MemberView, p Person, guardian string, at time.Time) (issuer.Subject, offered, error) {
	subject := s.subject(p, m, at)
	if g := m.Guardianship; g != nil {
		subject.Relation = g.Relation
		subject.Guardian = guardian
	}
	if !r.Document || len(p.Documents) == 0 {
		return subject, offered{}, nil
	}
	salt := new(credential.Salt)
	if _, err := io.ReadFull(s.Rand, salt[:]); err != nil {
		return subject, offered{}, fmt.Errorf("read random bytes: %w", err)
	}
	d := p.documentOf(r.Types)
	subject.Digest = credential.DocumentDigest(*salt, string(d.Type), d.Number)
	return subject, offered{salt, d.Type}, nil
}

// subject is what a code says of the person.
func (s *Service) subject(p Person, m MemberView, at time.Time) issuer.Subject {
	subject := issuer.Subject{Name: credential.MaskName(p.Name), Decision: s.decision(m, at), Holding: m.Holding}
	if s.Hints {
		subject.Hint = uint8(p.Birth.Day)
	}
	return subject
}
