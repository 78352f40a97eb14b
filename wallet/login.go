package wallet

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"healthcode.example/health"
)

// LogIn begins a session for whom an identity provider has proved. The token
// comes back once and is kept nowhere; no other session ends. Somebody whose
// document nobody stored has is found by another one of theirs, where the
// register knows one that somebody stored has, and their record then has this
// one too; or else they are entered, with what the register says or the
// verified claims. agreement is the version that the person has just accepted,
// empty for none.
//
// *MethodError when the way of logging in does not suffice for the document;
// ErrAgreement when the agreement in force was never accepted: nobody is
// entered then, so that it can be shown and the log-in repeated with it;
// ErrTooYoung, ErrDeceased, ErrIncomplete, *EntryError, ErrOtherPerson,
// ErrTwoRecords, ErrRegisterDown.
func (s *Service) LogIn(ctx context.Context, id Identity, agreement string, at time.Time) (token string, ses Session, err error) {
	token, ses, err = s.logIn(ctx, id, agreement, at)
	if err != nil {
		return "", Session{}, fmt.Errorf("log in: %w", err)
	}
	return token, ses, nil
}

func (s *Service) logIn(ctx context.Context, id Identity, agreement string, at time.Time) (string, Session, error) {
	var err error
	if id.Document, err = ParseDocument(string(id.Document.Type), id.Document.Number); err != nil {
		return "", Session{}, fmt.Errorf("the identity provider's document: %w", err)
	}
	if err := s.Login.Admit(id); err != nil {
		return "", Session{}, err
	}
	p, err := s.admit(ctx, id, agreement, at)
	if err != nil {
		return "", Session{}, err
	}
	token, hash, err := newToken(s.Rand)
	if err != nil {
		return "", Session{}, err
	}
	ses := Session{
		Hash: hash, Person: p.ID, Since: at.Unix(), Seen: at.Unix(), Guarded: p.Birth.UnderFourteen(at),
		Methods: slices.Clone(id.Methods), Roles: slices.Clone(id.Roles),
	}
	if err := s.Store.AddSession(ctx, ses, s.accepted(agreement)); err != nil {
		return "", Session{}, err
	}
	return token, ses, nil
}

// accepted is the version to be recorded: only the one in force can be accepted.
func (s *Service) accepted(agreement string) string {
	if agreement != s.Agreement.Version {
		return ""
	}
	return agreement
}

// admit finds the identity's person, or enters them, and says whether they may
// have a session now.
func (s *Service) admit(ctx context.Context, id Identity, agreement string, at time.Time) (Person, error) {
	p, err := s.FindPerson(ctx, id.Document)
	if errors.Is(err, ErrNoPerson) {
		p, err = s.meet(ctx, id, agreement, at)
	}
	if err != nil {
		return Person{}, err
	}
	if err := s.mayBe(ctx, p, id.Birth, at); err != nil {
		return Person{}, err
	}
	return p, s.agreed(ctx, p.ID, agreement)
}

// meet finds whoever is not known by the document that they bring, or enters
// them.
func (s *Service) meet(ctx context.Context, id Identity, agreement string, at time.Time) (Person, error) {
	shown, err := s.describe(ctx, id, at)
	if err != nil {
		return Person{}, err
	}
	for range 2 { // once more when a log-in at the same moment was quicker
		known, err := s.findAny(ctx, shown.Documents)
		var p Person
		switch {
		case errors.Is(err, ErrNoPerson):
			p, err = s.enterNew(ctx, shown, agreement, at)
		case err == nil:
			if p, err = s.addDocument(ctx, known, shown, id.Document, BySelf, at); err == nil {
				err = s.link(ctx, known, shown, at)
			}
		}
		if !errors.Is(err, ErrDuplicate) {
			return p, err
		}
	}
	return Person{}, ErrDuplicate
}

// addDocument lets the document lead to a record that the register says is the
// same person's. A record that is full stays as it is.
func (s *Service) addDocument(ctx context.Context, known health.PersonID, shown Person, d Document, by Actor, at time.Time) (Person, error) {
	add := AddedDocument{Lookup: s.Vault.Lookup(d), Type: d.Type, Marks: s.storedMarks}
	err := s.Store.AddDocument(ctx, known, add, by, at.Unix(), func(stored StoredPerson) ([]byte, error) {
		p, err := s.Vault.OpenPerson(stored)
		if err != nil {
			return nil, err
		}
		if p.Birth != shown.Birth {
			return nil, ErrOtherPerson // a wrong line of the register must not open somebody else's record
		}
		if len(p.Documents) >= MaxDocuments {
			return nil, ErrTooMany
		}
		p.Documents = append(p.Documents, d)
		return s.Vault.SealPerson(s.Rand, p)
	})
	if err != nil && !errors.Is(err, ErrTooMany) {
		return Person{}, err
	}
	return s.Person(ctx, known)
}

// link lets all that the register says are the person's documents lead to the
// record: whoever is found by another one is that person too. One that is
// another record's stays there until the authority merges the two, and a
// register that differs from the record on the birth date links nothing.
func (s *Service) link(ctx context.Context, known health.PersonID, shown Person, at time.Time) error {
	for _, d := range shown.Documents {
		_, err := s.addDocument(ctx, known, shown, d, BySystem, at)
		switch {
		case errors.Is(err, ErrOtherPerson):
			return nil
		case err != nil && !errors.Is(err, ErrDuplicate):
			return err
		}
	}
	return nil
}

// agreed says whether the agreement in force is accepted, now or before.
func (s *Service) agreed(ctx context.Context, person health.PersonID, agreement string) error {
	if s.Agreement.Version == "" || agreement == s.Agreement.Version {
		return nil
	}
	before, err := s.Store.Agreement(ctx, person)
	if err == nil && before.Version != s.Agreement.Version {
		err = ErrAgreement
	}
	return err
}

// mayBe says whether somebody born on birth, zero where nobody says, may have a
// session as the person: a number that was entered by mistake may be theirs.
func (s *Service) mayBe(ctx context.Context, p Person, birth Date, at time.Time) error {
	if !birth.IsZero() && birth != p.Birth {
		return ErrOtherPerson
	}
	return s.mayHaveSession(ctx, p, at)
}

// mayHaveSession refuses the deceased and those under 14 of whom no guardian
// has consented.
func (s *Service) mayHaveSession(ctx context.Context, p Person, at time.Time) error {
	if p.Deceased != 0 {
		return ErrDeceased
	}
	if !p.Birth.UnderFourteen(at) {
		return nil
	}
	guardians, err := s.Store.Guardians(ctx, p.ID)
	if err != nil {
		return err
	}
	for _, g := range guardians {
		if g.Consent != "" && g.InForce(at.Unix()) {
			return nil
		}
	}
	return ErrTooYoung
}

// enterNew stores a person whom nobody knew. What can refuse them comes first,
// so that nothing of them is kept then.
func (s *Service) enterNew(ctx context.Context, p Person, agreement string, at time.Time) (_ Person, err error) {
	if s.Agreement.Version != "" && agreement != s.Agreement.Version {
		return Person{}, ErrAgreement
	}
	if p.Birth.UnderFourteen(at) {
		return Person{}, ErrTooYoung // a guardian's claim would have stored them
	}
	p.ID, err = s.enter(ctx, p, nil, nil, at)
	return p, err
}

// describe makes a record from the register's entry or, when it shows none,
// from the verified claims.
func (s *Service) describe(ctx context.Context, id Identity, at time.Time) (Person, error) {
	if s.Register != nil {
		entry, err := s.Register.Person(ctx, id.Document)
		if err == nil {
			return entry.person(id.Document, at)
		}
		if !errors.Is(err, ErrNotShown) {
			return Person{}, fmt.Errorf("%w: %w", ErrRegisterDown, err)
		}
	}
	claims := RegisterEntry{Name: id.Name, Documents: []Document{id.Document}, Birth: id.Birth, Region: id.Region}
	if birth, ok := id.Document.Birth(); ok && claims.Birth.IsZero() {
		claims.Birth = birth
	}
	return claims.person(id.Document, at)
}

// enter seals and stores a person, with a guardianship when one is given, whose
// Member it fills in and whose marks are asked. ErrDuplicate when one of the
// documents is stored.
func (s *Service) enter(ctx context.Context, p Person, g *Guardianship, marks []Mark, at time.Time) (health.PersonID, error) {
	var err error
	if p.ID, err = health.NewPersonID(at, s.Rand); err != nil {
		return health.PersonID{}, err
	}
	sealed, err := s.Vault.SealPerson(s.Rand, p)
	if err != nil {
		return health.PersonID{}, err
	}
	n := NewPerson{ID: p.ID, Sealed: sealed, Lookups: s.lookupsOf(p)}
	if g != nil {
		bound := *g
		bound.Member = p.ID
		n.Guardianship = &bound
		n.Marks = marks
	}
	return p.ID, s.Store.AddPeople(ctx, ByGuardian, []NewPerson{n}) // where a guardianship comes with the person, a guardian has claimed it
}

// findAny finds who has one of the documents, which are one person's; ErrNoPerson. Where they lead to two records it is nobody's choice which one
// counts, since a colour may stand on the other: ErrTwoRecords.
func (s *Service) findAny(ctx context.Context, documents []Document) (found health.PersonID, err error) {
	for _, d := range documents {
		id, err := s.Store.FindPerson(ctx, s.Vault.Lookup(d))
		switch {
		case errors.Is(err, ErrNoPerson):
		case err != nil:
			return found, err
		case found != health.PersonID{} && id != found:
			return found, ErrTwoRecords
		default:
			found = id
		}
	}
	if found == (health.PersonID{}) {
		return found, ErrNoPerson
	}
	return found, nil
}
