package wallet_test

import (
	"errors"
	"sync"
	"testing"

	"healthcode.example/credential"
	"healthcode.example/health"
	"healthcode.example/wallet"
)

// family is a child of 8 under both parents, who have consented.
type family struct {
	*world
	mother, father, child       wallet.RegisterEntry
	motherID, fatherID, childID health.PersonID
}

func newFamily(t testing.TB) *family {
	t.Helper()
	f := &family{world: newWorld(t)}
	f.mother, f.motherID = f.adult("张三", 1)
	f.father, f.fatherID = f.adult("李四", 1)
	f.child = f.born("张小", f.years(8), 1)
	for _, guardian := range []health.PersonID{f.motherID, f.fatherID} {
		m, err := f.wallet.ClaimMember(ctx, f.claim(guardian, f.child), f.at)
		f.must(err)
		f.childID = m.Person.ID
	}
	return f
}

// loggedIn says whether the token still opens a session.
func (w *world) loggedIn(token string) bool {
	w.Helper()
	_, err := w.wallet.Session(ctx, token, w.at)
	if err != nil && !errors.Is(err, wallet.ErrNoSession) {
		w.must(err)
	}
	return err == nil
}

func TestAYoungChildsLogInAndPhonesEndWithAnyOfItsGuardianships(t *testing.T) {
	w := newFamily(t)
	token, _ := w.logIn(w.child) // on whose telephone, the service cannot know
	w.phone(w.childID)
	w.must(w.wallet.EndGuardian(ctx, w.fatherID, w.childID, w.at))
	if w.loggedIn(token) {
		t.Error("the child's session goes on")
	}
	if devices, err := w.wallet.Devices(ctx, w.childID); err != nil || len(devices) != 0 {
		t.Errorf("the child still has %d devices, %v", len(devices), err)
	}
	if family, err := w.wallet.Family(ctx, w.fatherID, w.at); err != nil || len(family) != 1 {
		t.Errorf("the father still sees %d, %v", len(family), err)
	}
	// The mother's guardianship lets the child log in again, and its end does not.
	token, _ = w.logIn(w.child)
	w.must(w.wallet.EndGuardianBy(ctx, w.motherID, w.motherID, w.childID, w.at))
	if w.loggedIn(token) {
		t.Error("the session goes on without any guardian")
	}
	_, _, err := w.wallet.LogIn(ctx, w.face(w.child), "2026-1", w.at)
	w.fails(err, wallet.ErrTooYoung)
}

func TestAYoungChildsLogInEndsWithAGuardiansDeathAndErasure(t *testing.T) {
	for what, end := range map[string]func(w *family) error{
		"death": func(w *family) error {
			return errOf(w.wallet.Deceased(ctx, w.fatherID, false, wallet.ByAuthority, w.at))
		},
		"erasure": func(w *family) error {
			return errOf(w.wallet.EraseFor(ctx, w.session(w.father), w.fatherID, false, w.at))
		},
		"correction of the guardian's birth": func(w *family) error {
			return errOf(w.wallet.Correct(ctx, w.fatherID, wallet.Correction{
				Birth: w.years(15), Documents: []wallet.Document{{Type: wallet.Passport, Number: "E99000001"}},
			}, wallet.ByAuthority, w.at))
		},
	} {
		w := newFamily(t)
		token, _ := w.logIn(w.child)
		w.must(end(w))
		if w.loggedIn(token) {
			t.Errorf("%s: the child's session goes on", what)
		}
	}
}

func TestALogInOfAChildAndTheEndOfItsGuardianshipAtOnceLeaveNoSession(t *testing.T) {
	for range 20 {
		w := newFamily(t)
		w.must(w.wallet.EndGuardian(ctx, w.motherID, w.childID, w.at))
		var token string
		var both sync.WaitGroup
		both.Go(func() { token, _, _ = w.wallet.LogIn(ctx, w.face(w.child), "2026-1", w.at) })
		both.Go(func() { w.must(w.wallet.EndGuardian(ctx, w.fatherID, w.childID, w.at)) })
		both.Wait()
		if w.loggedIn(token) {
			t.Fatal("a child without a guardian has a session")
		}
	}
}

func TestWhoIsOlderOrAnElderKeepsTheLogInWhenAGuardianshipEnds(t *testing.T) {
	w := newFamily(t)
	older := w.born("张大", w.years(14), 1)
	_, err := w.wallet.ClaimMember(ctx, w.claim(w.motherID, older), w.at)
	w.must(err)
	elder, elderID := w.adult("张老", 2)
	proof := w.face(elder)
	_, err = w.wallet.ClaimMember(ctx, wallet.Claim{Guardian: w.motherID, Way: wallet.WayMemberConsent, Document: elder.Documents[0], Relation: credential.Parent, Proof: &proof}, w.at)
	w.must(err)
	olders, olderID := w.logIn(older)
	elders, _ := w.logIn(elder)
	w.phone(olderID)
	for _, member := range []health.PersonID{olderID, elderID} {
		w.must(w.wallet.EndGuardian(ctx, w.motherID, member, w.at))
	}
	if devices, err := w.wallet.Devices(ctx, olderID); !w.loggedIn(olders) || !w.loggedIn(elders) || err != nil || len(devices) != 1 {
		t.Errorf("from 14 on %v, the elder %v, %d devices, %v", w.loggedIn(olders), w.loggedIn(elders), len(devices), err)
	}
}

func TestACorrectedBirthEndsTheLogInsOfWhoeverTurnsOutToBeAChild(t *testing.T) {
	w := newWorld(t)
	e := wallet.RegisterEntry{Name: "张小", Documents: []wallet.Document{{Type: wallet.HomeReturnPermit, Number: "H99000001"}}, Birth: w.years(15), Region: 440106}
	id := w.face(e)
	id.Methods = []string{wallet.MethodFace, wallet.MethodLiveness}
	token, ses, err := w.wallet.LogIn(ctx, id, "2026-1", w.at)
	w.must(err)
	w.must(errOf(w.wallet.Correct(ctx, ses.Person, wallet.Correction{Birth: w.years(9)}, wallet.ByAuthority, w.at)))
	if w.loggedIn(token) {
		t.Error("a child without a guardian has a session")
	}
}

func TestWhoeverWasRevokedIsNoGuardianAgainByTheRegisterAlone(t *testing.T) {
	w := newFamily(t)
	// By the authority: only the authority.
	w.must(w.wallet.EndGuardian(ctx, w.fatherID, w.childID, w.at))
	_, err := w.wallet.ClaimMember(ctx, w.claim(w.fatherID, w.child), w.at)
	w.fails(err, wallet.ErrRevokedByAuthority)
	w.must(w.wallet.AddGuardian(ctx, w.fatherID, w.childID, credential.Child, "court", w.at))
	// By the member, from 14 on: the member's own check.
	older := w.born("张大", w.years(15), 1)
	m, err := w.wallet.ClaimMember(ctx, w.claim(w.fatherID, older), w.at)
	w.must(err)
	w.must(w.wallet.EndGuardianBy(ctx, m.Person.ID, w.fatherID, m.Person.ID, w.at))
	_, err = w.wallet.ClaimMember(ctx, w.claim(w.fatherID, older), w.at)
	w.fails(err, wallet.ErrRevokedByMember)
	proof := w.face(older)
	again := wallet.Claim{Guardian: w.fatherID, Way: wallet.WayFace, Document: older.Documents[0], Relation: credential.Child, Proof: &proof}
	_, err = w.wallet.ClaimMember(ctx, again, w.at)
	w.must(err)
	// By the guardian: as before.
	w.must(w.wallet.EndGuardianBy(ctx, w.motherID, w.motherID, w.childID, w.at))
	_, err = w.wallet.ClaimMember(ctx, w.claim(w.motherID, w.child), w.at)
	w.must(err)
}
