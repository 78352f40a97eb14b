package wallet

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"healthcode.example/credential"
	"healthcode.example/health"
	"healthcode.example/issuer"
)

// Way is how a guardianship is proved.
type Way string

// The ways that exist.
const (
	WayFace             Way = "face"              // the child's number and the child's own face check
	WayHousehold        Way = "household"         // the register shows both in one household of the province
	WayBirthCertificate Way = "birth_certificate" // the register shows the guardian as a parent
	WayMemberConsent    Way = "member_consent"    // an adult's own log-in, for elders and others
)

// Evidence of guardianships that were claimed.
const (
	FaceCheck         = "face_check"
	HouseholdRegister = "household_register"
	CertificateParent = "birth_certificate"
	ConsentOfMember   = "member_consent"
)

var evidenceOf = map[Way]string{
	WayFace: FaceCheck, WayHousehold: HouseholdRegister, WayBirthCertificate: CertificateParent, WayMemberConsent: ConsentOfMember,
}

// Claim asks for a guardianship.
type Claim struct {
	Guardian health.PersonID
	Way      Way
	Document Document            // the member's; a birth certificate for WayBirthCertificate
	Relation credential.Relation // what the member is to the guardian
	Proof    *Identity           // the member's own check, at most proofAge old, for WayFace and WayMemberConsent
	Consent  string              // version of the guardian's consent, for a member under 14
}

// proofAge is how old a member's own check may be.
const proofAge = 10 * time.Minute

// ClaimMember binds the member to the guardian when the way proves it, and
// enters a member whom nobody knew in the same transaction. The other guardians
// are told.
//
// Whatever could tell something about the number is the one error ErrNotProven,
// after the same work: the store is not asked about the number before the
// guardianship is proven, and the register's answers cost the same. The other
// errors are about the guardian or about what is proven: ErrClaims when the
// guardian has failed too often, ErrWay, ErrMinorGuardian, ErrNoRegister,
// ErrRegisterDown (which counts against nobody), ErrTooMany, ErrGuardianExists,
// ErrRevokedByAuthority, ErrRevokedByMember, ErrConsent, ErrIncomplete,
// ErrOtherPerson, *EntryError.
//
// A context that ends after the claim has begun to be proved does not stop it:
// whoever hangs up has the same claim counted, or bound, as whoever waits.
func (s *Service) ClaimMember(ctx context.Context, c Claim, at time.Time) (Member, error) {
	m, err := s.claimMember(ctx, c, at)
	if err != nil {
		return Member{}, fmt.Errorf("claim a member for %s: %w", c.Guardian, err)
	}
	return m, nil
}

func (s *Service) claimMember(ctx context.Context, c Claim, at time.Time) (Member, error) {
	var err error
	if c.Document, err = ParseDocument(string(c.Document.Type), c.Document.Number); err != nil {
		return Member{}, err
	}
	if err := c.check(); err != nil {
		return Member{}, err
	}
	guardian, err := s.mayClaim(ctx, c, at)
	if err != nil {
		return Member{}, err
	}
	claimant := s.Vault.Lookup(residentDocument(guardian)) // whom an erasure, and a log-in by another document, does not make another
	if err := s.claims.begin(claimant, at); err != nil {
		return Member{}, err
	}
	// From here on it is told and counted as it ends, also when nobody waits for it any more.
	ctx = context.WithoutCancel(ctx)
	p, err := s.prove(ctx, guardian, c, at)
	if errors.Is(err, ErrNotProven) {
		return Member{}, err
	}
	s.claims.forgive(claimant, at)
	if err != nil {
		return Member{}, err
	}
	if guardian, err = s.knownByAll(ctx, guardian, at); err != nil {
		return Member{}, err
	}
	m, err := s.bindProven(ctx, c, guardian, p, at)
	if revoked(err) { // who was revoked and goes on trying is counted as who proves nothing
		_ = s.claims.begin(claimant, at) // at the limit it is the next one that is refused
	}
	return m, err
}

// revoked says whether a claim was refused since the guardianship was revoked.
func revoked(err error) bool {
	return errors.Is(err, ErrRevokedByAuthority) || errors.Is(err, ErrRevokedByMember)
}

// tellRefused lets the member read that somebody who was revoked has claimed
// again. They are named when the two have a guardianship on record: an erasure
// finds them by it.
func (s *Service) tellRefused(ctx context.Context, g Guardianship) error {
	d, err := s.Store.Dossier(ctx, g.Member)
	if err != nil {
		return err
	}
	e := Event{At: g.Since, Kind: EventGuardianRefused, By: ByGuardian, Detail: g.Evidence}
	if slices.ContainsFunc(d.Guardians, func(former Guardianship) bool { return former.Guardian == g.Guardian }) {
		e.Other = g.Guardian
	}
	return s.Store.AddEvent(ctx, g.Member, e)
}

// CheckClaim says what is wrong with a claim that waits for the member's own
// check, before the member is asked to prove anything: what the guardian can
// mend, and nothing but the claim itself is looked at. ErrWay; ErrConsent for the
// face of somebody who is under 14 by the document's number, or by a document
// whose number does not say.
func (s *Service) CheckClaim(c Claim, at time.Time) error {
	err := c.check()
	if birth, ok := c.Document.Birth(); err == nil && c.Way == WayFace && (!ok || birth.UnderFourteen(at)) {
		err = s.checkConsent(c.Consent)
	}
	if err != nil {
		return fmt.Errorf("check a claim of %s: %w", c.Guardian, err)
	}
	return nil
}

// check says what is wrong with a claim whoever it is about.
func (c *Claim) check() error {
	switch {
	case len(c.Consent) > MaxVersion:
		return ErrConsent
	case c.Way == WayMemberConsent:
		if RelationFits(c.Relation, false) {
			return nil
		}
	case c.Way == WayBirthCertificate:
		if c.Relation == credential.Child && c.Document.Type == BirthCertificate {
			return nil
		}
	case c.Way == WayFace || c.Way == WayHousehold:
		if RelationFits(c.Relation, true) {
			return nil
		}
	}
	return ErrWay
}

// mayClaim asks what is about the guardian alone, and returns them.
func (s *Service) mayClaim(ctx context.Context, c Claim, at time.Time) (Person, error) {
	view, err := s.Store.Family(ctx, c.Guardian, issuer.DeviceID{})
	if err != nil {
		return Person{}, err
	}
	members := 0
	for _, m := range view.Members[1:] {
		if m.Guardianship.InForce(at.Unix()) {
			members++
		}
	}
	guardian, err := s.Vault.OpenPerson(view.Members[0].Person)
	switch {
	case err != nil:
		return Person{}, err
	case guardian.Birth.Minor(at):
		return Person{}, ErrMinorGuardian
	case members >= MaxDependants:
		return Person{}, ErrTooMany
	case s.Register == nil && (c.Way == WayHousehold || c.Way == WayBirthCertificate):
		return Person{}, ErrNoRegister
	}
	return guardian, nil
}

// bindProven stores the guardianship over p, who may be stored or not.
func (s *Service) bindProven(ctx context.Context, c Claim, guardian, p Person, at time.Time) (Member, error) {
	for range 2 { // once more when somebody else enters the person in between
		id, err := s.findAny(ctx, p.Documents)
		if errors.Is(err, ErrNoPerson) {
			g, err := s.guardianshipOf(c, p, at)
			if err != nil {
				return Member{}, err
			}
			if id, err = s.enter(ctx, p, &g, s.marks(p, guardian), at); err == nil {
				return s.familyMember(ctx, c.Guardian, id, at)
			}
			if errors.Is(err, ErrDuplicate) {
				continue
			}
			return Member{}, err
		}
		if err != nil {
			return Member{}, err
		}
		m, err := s.bindStored(ctx, c, guardian, id, p, at)
		if err == nil {
			err = s.link(ctx, id, p, at)
		}
		return m, err
	}
	return Member{}, ErrDuplicate
}

// bindStored binds somebody who is stored and was born when the claim's proof,
// which shows p, says: a number that was entered by mistake may lead to somebody
// else.
func (s *Service) bindStored(ctx context.Context, c Claim, guardian Person, id health.PersonID, p Person, at time.Time) (Member, error) {
	stored, err := s.Person(ctx, id)
	if err != nil {
		return Member{}, err
	}
	if id == c.Guardian || stored.Birth.Minor(at) == (c.Way == WayMemberConsent) {
		return Member{}, ErrNotProven
	}
	if p.Birth != stored.Birth {
		return Member{}, ErrOtherPerson
	}
	g, err := s.guardianshipOf(c, stored, at)
	if err != nil {
		return Member{}, err
	}
	g.Member = id
	if err = s.revokedAlike(ctx, g, guardian); err == nil {
		stored.Documents = allOf(stored.Documents, p.Documents)
		err = s.Store.BindGuardian(ctx, g, ByGuardian, s.marks(stored, guardian)...)
	}
	if revoked(err) {
		err = errors.Join(err, s.tellRefused(ctx, g))
	}
	if err != nil {
		return Member{}, err
	}
	return s.familyMember(ctx, c.Guardian, id, at)
}

// guardianshipOf is what is recorded of a proven claim; ErrConsent.
func (s *Service) guardianshipOf(c Claim, p Person, at time.Time) (Guardianship, error) {
	g := Guardianship{
		Guardian: c.Guardian, Relation: c.Relation, Evidence: evidenceOf[c.Way],
		Since: at.Unix(), NotAfter: majority(p.Birth, at),
	}
	if c.Proof != nil {
		g.Provider = clipWord(c.Proof.Provider)
	}
	if p.Birth.UnderFourteen(at) {
		if err := s.checkConsent(c.Consent); err != nil {
			return Guardianship{}, err
		}
		g.Consent = c.Consent
	}
	return g, nil
}

// checkConsent: any version when the configuration names none.
func (s *Service) checkConsent(version string) error {
	if version == "" || len(version) > MaxVersion || s.Consent.Version != "" && version != s.Consent.Version {
		return ErrConsent
	}
	return nil
}

// familyMember reads one member of the guardian's family.
func (s *Service) familyMember(ctx context.Context, guardian, member health.PersonID, at time.Time) (Member, error) {
	family, err := s.Family(ctx, guardian, at)
	if err != nil {
		return Member{}, err
	}
	i := slices.IndexFunc(family, func(m Member) bool { return m.Person.ID == member })
	if i < 0 {
		return Member{}, ErrNoGuardian // ended in the moment since
	}
	return family[i], nil
}
