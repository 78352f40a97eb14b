package wallet_test

import (
	"fmt"
	"sync"
	"testing"

	"healthcode.example/credential"
	"healthcode.example/health"
	"healthcode.example/wallet"
)

func TestANumberThatWasEnteredForSomebodyElseOpensNothing(t *testing.T) {
	w := newWorld(t)
	w.must(errOf(w.importing("王芳,home-return-permit,H99000001,1980-01-01,440106\n")))
	stranger := wallet.RegisterEntry{Name: "何嘉欣", Documents: []wallet.Document{{Type: wallet.HomeReturnPermit, Number: "H99000001"}}, Birth: w.years(30), Region: 440106}
	id := w.face(stranger)
	id.Methods = []string{wallet.MethodFace, wallet.MethodLiveness}
	_, _, err := w.wallet.LogIn(ctx, id, "2026-1", w.at)
	w.fails(err, wallet.ErrOtherPerson)
	// Nor is the other one taken for a member who consents.
	_, guardian := w.adult("张三", 1)
	claim := wallet.Claim{Guardian: guardian, Way: wallet.WayMemberConsent, Document: id.Document, Relation: credential.Parent, Proof: &id}
	w.fails(errOf(w.wallet.ClaimMember(ctx, claim, w.at)), wallet.ErrNotProven)
	// Nor does another document of the register's lead there.
	w.register.people = append(w.register.people, registered{RegisterEntry: wallet.RegisterEntry{
		Name: "何嘉欣", Documents: []wallet.Document{w.resident(w.years(30), 900), id.Document}, Birth: w.years(30), Region: 440106,
	}})
	byID := w.face(w.register.people[len(w.register.people)-1].RegisterEntry)
	_, _, err = w.wallet.LogIn(ctx, byID, "2026-1", w.at)
	w.fails(err, wallet.ErrOtherPerson)
	// Nor does a claim by the register.
	w.register.people = append(w.register.people, registered{RegisterEntry: wallet.RegisterEntry{
		Name: "何小", Documents: []wallet.Document{{Type: wallet.HomeReturnPermit, Number: "H99000002"}}, Birth: w.years(9), Region: 440106,
	}, household: 1})
	w.must(errOf(w.importing(fmt.Sprintf("王小,home-return-permit,H99000002,%v,440106\n", w.years(8)))))
	w.fails(errOf(w.wallet.ClaimMember(ctx, w.claim(guardian, w.register.people[len(w.register.people)-1].RegisterEntry), w.at)), wallet.ErrOtherPerson)
	// With the birth date on record it is the person.
	id.Birth = wallet.Date{Year: 1980, Month: 1, Day: 1}
	_, _, err = w.wallet.LogIn(ctx, id, "2026-1", w.at)
	w.must(err)
}

func TestACorrectionOfANumberTakesNoDocumentThatCameMeanwhile(t *testing.T) {
	w := newWorld(t)
	e := w.born("何嘉欣", w.years(30), 0)
	permit := wallet.Document{Type: wallet.HomeReturnPermit, Number: "H99000001"}
	_, person := w.logIn(e)
	byPermit := w.face(e)
	byPermit.Document, byPermit.Methods = permit, []string{wallet.MethodFace, wallet.MethodLiveness}
	w.register.people[0].Documents = append(w.register.people[0].Documents, permit)
	var both sync.WaitGroup
	both.Go(func() {
		_, _, err := w.wallet.LogIn(ctx, byPermit, "2026-1", w.at)
		w.must(err)
	})
	both.Go(func() {
		c := wallet.Correction{Former: e.Documents[0], Number: w.resident(w.years(30), 901), Renewed: true}
		w.must(errOf(w.wallet.Correct(ctx, person, c, wallet.ByAuthority, w.at)))
	})
	both.Wait()
	p, err := w.wallet.FindPerson(ctx, permit)
	if err != nil || p.ID != person || len(p.Documents) != 3 {
		t.Errorf("the permit leads to %v, %v", p, err)
	}
	c := wallet.Correction{Former: wallet.Document{Type: wallet.Passport, Number: "E99000009"}, Number: w.resident(w.years(30), 902)}
	if _, err := w.wallet.Correct(ctx, person, c, wallet.ByAuthority, w.at); err == nil {
		t.Error("a number that the record does not have was replaced")
	}
}

func TestAForcedMergeGivesTheGuardianshipsTheEndOfTheOneThatIsKept(t *testing.T) {
	w := newWorld(t)
	_, mother := w.adult("张三", 1)
	wrong := w.born("张小", w.years(17), 1)
	m, err := w.wallet.ClaimMember(ctx, w.claim(mother, wrong), w.at)
	w.must(err)
	right := w.years(30)
	_, keep := w.logIn(w.born("张小", right, 0))
	w.must(errOf(w.wallet.Merge(ctx, wallet.Merger{Keep: keep, Gone: m.Person.ID, Force: true}, wallet.ByAuthority, w.at)))
	if all, err := w.wallet.Guardians(ctx, keep, w.at); err != nil || len(all) != 0 {
		t.Errorf("somebody of 30 is the mother's child: %+v, %v", all, err)
	}
	// The other way about: who turns out to be a child is nobody's guardian, and under guardians until the majority.
	young := w.years(10)
	kept, err := w.wallet.ClaimMember(ctx, w.claim(mother, w.born("李小", young, 1)), w.at)
	w.must(err)
	e := w.born("李小", w.years(40), 1)
	_, gone := w.logIn(e)
	ward, err := w.wallet.ClaimMember(ctx, w.claim(gone, w.born("王小", w.years(3), 1)), w.at)
	w.must(err)
	_, elderly := w.adult("王五", 0)
	w.must(w.wallet.AddGuardian(ctx, elderly, gone, credential.OtherWard, "court", w.at))
	w.must(errOf(w.wallet.Merge(ctx, wallet.Merger{Keep: kept.Person.ID, Gone: gone, Force: true}, wallet.ByAuthority, w.at)))
	for _, id := range []health.PersonID{mother, elderly} {
		family, err := w.wallet.Family(ctx, id, w.at)
		w.must(err)
		found := false
		for _, m := range family {
			if m.Person.ID == kept.Person.ID {
				found = m.Guardianship.NotAfter == young.Majority().Unix()
			}
		}
		if !found {
			t.Errorf("the child is not under the guardian until its majority: %+v", family)
		}
	}
	if all, err := w.wallet.Guardians(ctx, ward.Person.ID, w.at); err != nil || len(all) != 0 {
		t.Errorf("a child of 10 is a guardian: %+v, %v", all, err)
	}
}
