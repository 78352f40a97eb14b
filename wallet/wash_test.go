package wallet_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"pgregory.net/rapid"

	"healthcode.example/credential"
	"healthcode.example/health"
	"healthcode.example/store/bolt"
	"healthcode.example/wallet"
)

// The tests below try, one after the other, each way by which somebody could
// come to another colour than the evidence gives.

func TestNoCorrectionWashesAColour(t *testing.T) {
	w := newWorld(t)
	e, person := w.adult("李伟", 0)
	w.tell(person, health.PositiveTest, 1)
	other := wallet.Document{Type: wallet.Passport, Number: "E99000001"}
	for what, c := range map[string]wallet.Correction{
		"a name":          {Name: "李炜"},
		"a region":        {Region: 440300},
		"one number more": {Documents: []wallet.Document{e.Documents[0], other}},
	} {
		w.must(errOf(w.wallet.Correct(ctx, person, c, wallet.ByAuthority, w.at)))
		if w.colour(person) != credential.Red {
			t.Errorf("%s: the code is %v", what, w.colour(person))
		}
	}
	// A number that is taken away would lead its bearer to a record of their own.
	c := wallet.Correction{Documents: []wallet.Document{other}}
	w.counts(errOf(w.wallet.Correct(ctx, person, c, wallet.ByAuthority, w.at)))
	if ses := w.session(e); ses.Person != person {
		t.Errorf("the number leads to %v", ses.Person)
	}
	c.Force = true
	w.fails(errOf(w.wallet.Correct(ctx, person, c, wallet.ByAuthority, w.at)), wallet.ErrReason)
	c.Reason = "mistyped"
	w.must(errOf(w.wallet.Correct(ctx, person, c, wallet.ByAuthority, w.at)))
	all, err := w.store.Overrides(ctx, 0, 10)
	w.must(err)
	if len(all) != 1 || all[0].Act != wallet.OverrideCorrection || all[0].Reason != "mistyped" || w.colour(person) != credential.Red {
		t.Errorf("got %+v, %v", all, w.colour(person))
	}
}

func TestANumberThatWasNeverThePersonsTakesItsSessionsAlong(t *testing.T) {
	w := newWorld(t)
	e, person := w.adult("李伟", 0)
	token, _ := w.logIn(e) // of whoever the number belongs to
	renewed := wallet.Document{Type: wallet.Passport, Number: "E99000001"}
	w.must(errOf(w.wallet.Correct(ctx, person, wallet.Correction{Documents: []wallet.Document{renewed, e.Documents[0]}}, wallet.ByAuthority, w.at)))
	w.must(errOf(w.wallet.Session(ctx, token, w.at)))
	w.must(errOf(w.wallet.Correct(ctx, person, wallet.Correction{Documents: []wallet.Document{renewed}}, wallet.ByAuthority, w.at)))
	w.fails(errOf(w.wallet.Session(ctx, token, w.at)), wallet.ErrNoSession)
}

func TestAMergeComesToWhatOneRecordWouldHaveComeTo(t *testing.T) {
	w := newWorld(t)
	birth := w.years(30)
	rapid.Check(t, func(t *rapid.T) {
		var ids [3]health.PersonID // the two of one person, and what one record would be
		for i := range ids {
			_, ids[i] = w.logIn(w.born("李伟", birth, 0))
		}
		for i := range rapid.IntRange(0, 6).Draw(t, "pieces") {
			kind := rapid.SampledFrom(health.EvidenceKinds()).Draw(t, "kind")
			hours := rapid.IntRange(0, 4).Draw(t, "hours ago")
			w.tell(ids[rapid.IntRange(0, 1).Draw(t, fmt.Sprint("of piece ", i))], kind, hours)
			w.tell(ids[2], kind, hours)
		}
		first, second := w.colour(ids[0]), w.colour(ids[1])
		keep := rapid.IntRange(0, 1).Draw(t, "keep")
		report, err := w.wallet.Merge(ctx, wallet.Merger{Keep: ids[keep], Gone: ids[1-keep]}, wallet.ByAuthority, w.at)
		w.must(err)
		got, want := w.colour(ids[keep]), w.colour(ids[2])
		if got != want || report.Decision.Colour != want {
			t.Fatalf("of %v and %v became %v, reported %v, want %v", first, second, got, report.Decision.Colour, want)
		}
	})
}

func TestTheWorseOfTwoRecordsFollowsAMergeWhicheverIsKept(t *testing.T) {
	for _, redIsKept := range []bool{true, false} {
		w := newWorld(t)
		birth := w.years(40)
		_, red := w.logIn(w.born("李伟", birth, 0))
		_, green := w.logIn(w.born("李伟", birth, 0))
		w.tell(red, health.PositiveTest, 1)
		m := wallet.Merger{Keep: green, Gone: red}
		if redIsKept {
			m = wallet.Merger{Keep: red, Gone: green}
		}
		w.must(errOf(w.wallet.Merge(ctx, m, wallet.ByAuthority, w.at)))
		if got := w.colour(m.Keep); got != credential.Red {
			t.Errorf("red kept %v: the code is %v", redIsKept, got)
		}
	}
}

func TestAnotherDocumentInTheRegisterLeadsToTheSameRedRecord(t *testing.T) {
	w := newWorld(t)
	e, person := w.adult("何嘉欣", 0)
	w.tell(person, health.PositiveTest, 1)
	permit := wallet.Document{Type: wallet.HomeReturnPermit, Number: "H99000001"}
	w.register.people[0].Documents = append(w.register.people[0].Documents, permit)
	byPermit := w.face(e)
	byPermit.Document, byPermit.Methods = permit, []string{wallet.MethodFace, wallet.MethodLiveness}
	_, ses, err := w.wallet.LogIn(ctx, byPermit, "2026-1", w.at)
	w.must(err)
	if ses.Person != person || w.colour(ses.Person) != credential.Red {
		t.Errorf("the permit leads to %v, %v", ses.Person, w.colour(ses.Person))
	}
	// From now on it does so without the register, and a laboratory finds the person by it.
	w.register.people = nil
	w.at = w.at.Add(time.Minute)
	if _, ses, err = w.wallet.LogIn(ctx, byPermit, "2026-1", w.at); err != nil || ses.Person != person {
		t.Errorf("without the register: %v, %v", ses.Person, err)
	}
	if found, err := w.wallet.FindPerson(ctx, permit); err != nil || found.ID != person || len(found.Documents) != 2 {
		t.Errorf("the permit finds %v, %v", found, err)
	}
}

func TestAPermitIsOnePersonsInItsOldFormAndItsNew(t *testing.T) {
	w := newWorld(t)
	e := w.born("何嘉欣", w.years(30), 0)
	w.register.people = nil
	id := w.face(e)
	id.Methods = []string{wallet.MethodFace, wallet.MethodLiveness}
	var first health.PersonID
	for i, number := range []string{"H9900000101", "H99000001", "h9900000102"} {
		id.Document = wallet.Document{Type: wallet.HomeReturnPermit, Number: number}
		_, ses, err := w.wallet.LogIn(ctx, id, "2026-1", w.at)
		w.must(err)
		if i == 0 {
			first = ses.Person
			w.tell(first, health.PositiveTest, 1)
		}
		if ses.Person != first || w.colour(ses.Person) != credential.Red {
			t.Errorf("the number %d leads to another record: %v", i, w.colour(ses.Person))
		}
	}
	id.Document.Number = "H99000002"
	if _, ses, err := w.wallet.LogIn(ctx, id, "2026-1", w.at); err != nil || ses.Person == first {
		t.Errorf("another person's number: %v, %v", ses.Person, err)
	}
}

func TestAChildThatTakesItsCodeOverAt14KeepsItsColour(t *testing.T) {
	w := newWorld(t)
	_, mother := w.adult("张三", 1)
	child := w.born("张小", w.years(13), 1)
	m, err := w.wallet.ClaimMember(ctx, w.claim(mother, child), w.at)
	w.must(err)
	w.tell(m.Person.ID, health.PositiveTest, 1)
	w.at = child.Birth.Fourteenth()
	_, ses := w.logIn(child)
	if ses != m.Person.ID || w.colour(ses) != credential.Red {
		t.Errorf("at 14 the code is %v", w.colour(ses))
	}
	w.must(w.wallet.EndGuardianBy(ctx, ses, mother, ses, w.at))
	if w.colour(ses) != credential.Red {
		t.Error("the end of the guardianship washed the colour")
	}
}

func TestAGuardiansErasureTakesNothingFromTheMember(t *testing.T) {
	w := newWorld(t)
	mother, motherID := w.adult("张三", 1)
	child := w.born("张小", w.years(8), 1)
	m, err := w.wallet.ClaimMember(ctx, w.claim(motherID, child), w.at)
	w.must(err)
	w.tell(m.Person.ID, health.PositiveTest, 1)
	w.must(errOf(w.wallet.EraseFor(ctx, w.session(mother), motherID, false, w.at)))
	_, again := w.logIn(mother)
	m, err = w.wallet.ClaimMember(ctx, w.claim(again, child), w.at)
	w.must(err)
	if m.Decision.Colour != credential.Red {
		t.Errorf("claimed again the child is %v", m.Decision.Colour)
	}
}

func TestAnImportNeverTakesTheColourOfSomebodyStored(t *testing.T) {
	w := newWorld(t)
	e, person := w.adult("李伟", 0)
	w.tell(person, health.PositiveTest, 1)
	line := fmt.Sprintf("李伟,resident-id,%s,%v,440106\n", e.Documents[0].Number, e.Birth)
	if _, err := w.importing(line); err == nil {
		t.Error("somebody stored was imported again")
	}
	if w.colour(w.session(e).Person) != credential.Red {
		t.Error("the import washed the colour")
	}
}

func TestABackupBringsAnErasedRecordBackWithItsColour(t *testing.T) {
	w := newWorld(t)
	e, person := w.adult("李伟", 0)
	w.tell(person, health.PositiveTest, 1)
	path := filepath.Join(t.TempDir(), "restored")
	file, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o600)
	w.must(err)
	w.must(w.store.Backup(ctx, file))
	w.must(file.Close())
	w.must(errOf(w.wallet.Erase(ctx, wallet.Erasure{Person: person, Force: true, Reason: "by_mistake"}, wallet.ByAuthority, w.at)))
	restored, err := bolt.Open(path, bolt.Options{})
	w.must(err)
	defer func() { w.must(restored.Close()) }()
	w.config.Store = restored
	w.restart()
	if ses := w.session(e); ses.Person != person || w.colour(person) != credential.Red {
		t.Errorf("after the restore the code is %v", w.colour(ses.Person))
	}
}

func TestErasedByForceAndImportedAgainSomebodyIsANewcomerAndTheForceIsKnown(t *testing.T) {
	w := newWorld(t)
	e, person := w.adult("李伟", 0)
	w.tell(person, health.PositiveTest, 1)
	w.must(errOf(w.wallet.Erase(ctx, wallet.Erasure{Person: person, Force: true, Reason: "by_mistake"}, wallet.ByAuthority, w.at)))
	w.must(errOf(w.importing(fmt.Sprintf("李伟,resident-id,%s,%v,440106\n", e.Documents[0].Number, e.Birth))))
	again := w.session(e)
	all, err := w.store.Overrides(ctx, 0, 10)
	w.must(err)
	if again.Person == person || len(all) != 1 || all[0].Outcome != "positive_test" {
		t.Errorf("person %v, overrides %+v", again.Person, all)
	}
}

// One record is red and another green, and the register comes to know that both, and a third document, are one person's: whichever document it names first.
func TestARegisterThatLeadsToTwoRecordsOpensNeither(t *testing.T) {
	for _, redFirst := range []bool{true, false} {
		w := newWorld(t)
		e := w.born("卫双", w.years(30), 1)
		_, red := w.logIn(e)
		_, _, err := w.wallet.AddEvidence(ctx, health.Evidence{Person: red, Kind: "positive_test", At: w.at, RecordedAt: w.at, Source: "laboratory"})
		w.must(err)
		alone := w.born("卫双", w.years(30), 2)
		permit := w.permit(alone)
		w.register.find(alone.Documents[0]).Documents = []wallet.Document{permit.Document}
		_, _, err = w.wallet.LogIn(ctx, permit, "2026-1", w.at)
		w.must(err)
		third := w.permit(e)
		documents := []wallet.Document{third.Document, permit.Document, e.Documents[0]}
		if redFirst {
			documents = []wallet.Document{third.Document, e.Documents[0], permit.Document}
		}
		w.register.find(e.Documents[0]).Documents = documents
		_, _, err = w.wallet.LogIn(ctx, third, "2026-1", w.at)
		w.fails(err, wallet.ErrTwoRecords)
		_, err = w.wallet.FindPerson(ctx, third.Document)
		w.fails(err, wallet.ErrNoPerson)
	}
}
