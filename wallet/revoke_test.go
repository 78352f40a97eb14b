package wallet_test

import (
	"errors"
	"testing"
	"time"

	"healthcode.example/credential"
	"healthcode.example/health"
	"healthcode.example/wallet"
)

// last is the newest event of the kind in the person's history.
func (w *world) last(person health.PersonID, kind wallet.EventKind) wallet.Event {
	w.Helper()
	all, err := w.store.Events(ctx, person, 0, 100)
	w.must(err)
	for _, e := range all {
		if e.Kind == kind {
			e.Number = 0
			return e
		}
	}
	w.Errorf("%s has no %s", person, kind)
	return wallet.Event{}
}

func TestTheAuthorityRevokesAGuardianshipWithAReasonAndEverybodyConcernedIsTold(t *testing.T) {
	w := newFamily(t)
	mothers, fathers := w.phone(w.motherID), w.phone(w.fatherID)
	end := wallet.GuardianEnd{Guardian: w.motherID, Member: w.childID, By: wallet.ByAuthority, Reason: "court_order-2026-17", Dry: true}
	would, err := w.wallet.Revoke(ctx, end, w.at)
	w.must(err)
	if all, err := w.store.Guardians(ctx, w.childID); err != nil || len(all) != 2 {
		t.Fatalf("a dry run left %d guardians, %v", len(all), err)
	}
	end.Dry = false
	did, err := w.wallet.Revoke(ctx, end, w.at)
	w.must(err)
	if did != would || did.Guardians != 1 || did.Codes != 1 {
		t.Errorf("it did %+v and would have done %+v", did, would)
	}
	for guardian, device := range map[health.PersonID]wallet.Device{w.motherID: mothers, w.fatherID: fathers} {
		f, err := w.store.Family(ctx, guardian, device.ID)
		w.must(err)
		if (len(f.Members) == 2) != (guardian == w.fatherID) {
			t.Errorf("the family has %d", len(f.Members))
		}
	}
	told := wallet.Event{At: w.at.Unix(), Kind: wallet.EventGuardianEnded, By: wallet.ByAuthority, Detail: "court_order-2026-17"}
	child, mother, father := told, told, told
	child.Other, mother.Member, father.Member, father.Other = w.motherID, w.childID, w.childID, w.motherID
	for person, want := range map[health.PersonID]wallet.Event{w.childID: child, w.motherID: mother, w.fatherID: father} {
		if got := w.last(person, wallet.EventGuardianEnded); got != want {
			t.Errorf("told %+v, want %+v", got, want)
		}
	}
	d, err := w.store.Dossier(ctx, w.childID)
	w.must(err)
	for _, g := range d.Guardians {
		if g.Guardian == w.motherID && (g.Reason != end.Reason || g.EndedBy != wallet.ByAuthority) {
			t.Errorf("on record is %+v", g)
		}
	}
	_, err = w.wallet.Revoke(ctx, end, w.at)
	w.fails(err, wallet.ErrNoGuardian)
}

func TestARevocationNeedsAReasonThatNamesNobody(t *testing.T) {
	w := newFamily(t)
	for _, reason := range []string{"", "张三", "Mr Zhang", "a b"} {
		_, err := w.wallet.Revoke(ctx, wallet.GuardianEnd{Guardian: w.motherID, Member: w.childID, By: wallet.ByAuthority, Reason: reason}, w.at)
		w.fails(err, wallet.ErrReason)
	}
	if all, err := w.store.Guardians(ctx, w.childID); err != nil || len(all) != 2 {
		t.Errorf("there are %d guardians, %v", len(all), err)
	}
}

func TestAPaperCodeIsEndedByTheFamilyAndByTheAuthorityEachUnderTheirOwnName(t *testing.T) {
	w := newFamily(t)
	for _, c := range []struct {
		end  wallet.PrintEnd
		want wallet.Event
	}{
		{wallet.PrintEnd{By: wallet.Acting{Person: w.fatherID}}, wallet.Event{By: wallet.ByGuardian, Other: w.fatherID}},
		{wallet.PrintEnd{By: wallet.Acting{Person: w.childID}}, wallet.Event{By: wallet.BySelf}},
		{wallet.PrintEnd{By: wallet.Acting{Office: wallet.ByAuthority}, Reason: "lost"}, wallet.Event{By: wallet.ByAuthority, Detail: "lost"}},
		{wallet.PrintEnd{By: wallet.Acting{Office: wallet.ByCommunityWorker}}, wallet.Event{By: wallet.ByCommunityWorker}},
	} {
		_, err := w.wallet.NewPrint(ctx, w.motherID, w.childID, w.at)
		w.must(err)
		c.end.Member = w.childID
		dry := c.end
		dry.Dry = true
		would, err := w.wallet.EndPaper(ctx, dry, w.at)
		w.must(err)
		did, err := w.wallet.EndPaper(ctx, c.end, w.at)
		w.must(err)
		if did != would || did.Prints != 1 || did.Codes != 1 {
			t.Errorf("it did %+v and would have done %+v", did, would)
		}
		c.want.At, c.want.Kind = w.at.Unix(), wallet.EventPrintEnded
		if got := w.last(w.childID, wallet.EventPrintEnded); got != c.want {
			t.Errorf("told %+v, want %+v", got, c.want)
		}
		_, err = w.wallet.EndPaper(ctx, c.end, w.at)
		w.fails(err, wallet.ErrEnded)
	}
	_, stranger := w.adult("路人", 5)
	_, err := w.wallet.EndPaper(ctx, wallet.PrintEnd{Member: w.childID, By: wallet.Acting{Person: stranger}}, w.at)
	w.fails(err, wallet.ErrNoGuardian)
	_, err = w.wallet.EndPaper(ctx, wallet.PrintEnd{Member: stranger, By: wallet.Acting{Person: stranger}}, w.at)
	w.fails(err, wallet.ErrNoPrint)
	_, err = w.wallet.EndPaper(ctx, wallet.PrintEnd{Member: health.PersonID{9}, By: wallet.Acting{Office: wallet.ByAuthority}, Reason: "lost"}, w.at)
	w.fails(err, wallet.ErrNoPerson)
	_, err = w.wallet.EndPaper(ctx, wallet.PrintEnd{Member: w.childID, By: wallet.Acting{Office: wallet.ByAuthority}, Reason: "张三 lost it"}, w.at)
	w.fails(err, wallet.ErrReason)
}

func TestPaperInAGuardiansHandsEndsWithTheGuardianship(t *testing.T) {
	type family struct {
		*world
		son, daughter, mother health.PersonID
		sons                  wallet.RegisterEntry
	}
	draw := func(w *family, by health.PersonID) error {
		_, err := w.wallet.Print(ctx, by, w.mother, w.at)
		return err
	}
	revoke := func(w *family) error { return w.wallet.EndGuardianBy(ctx, w.mother, w.son, w.mother, w.at) }
	for name, c := range map[string]struct {
		printedBy string
		end       func(w *family) error
		ends      bool
	}{
		"made by him, revoked by her":           {"son", revoke, true},
		"made by him, ended by himself":         {"son", func(w *family) error { return w.wallet.EndGuardianBy(ctx, w.son, w.son, w.mother, w.at) }, true},
		"made by him, revoked by the authority": {"son", func(w *family) error { return w.wallet.EndGuardian(ctx, w.son, w.mother, w.at) }, true},
		"made by him, erased by himself": {"son", func(w *family) error {
			return errOf(w.wallet.EraseFor(ctx, w.session(w.sons), w.son, false, w.at))
		}, true},
		"made by him, who turns out to be a minor": {"son", func(w *family) error {
			return errOf(w.wallet.Correct(ctx, w.son, wallet.Correction{
				Birth: w.years(15), Documents: []wallet.Document{{Type: wallet.Passport, Number: "E99000001"}},
			}, wallet.ByAuthority, w.at))
		}, true},
		"made by him, who has died": {"son", func(w *family) error {
			return errOf(w.wallet.Deceased(ctx, w.son, false, wallet.ByAuthority, w.at))
		}, false},
		"made by the daughter":                        {"daughter", revoke, false},
		"made by herself":                             {"mother", revoke, false},
		"made at a counter":                           {"counter", revoke, false},
		"made by the daughter and drawn by him too":   {"daughter", func(w *family) error { w.must(draw(w, w.son)); return revoke(w) }, true},
		"made at a counter and drawn by the daughter": {"counter", func(w *family) error { w.must(draw(w, w.daughter)); return revoke(w) }, false},
	} {
		w := &family{world: newWorld(t)}
		w.sons, w.son = w.adult("杨子", 1)
		_, w.daughter = w.adult("杨女", 1)
		elder := w.born("杨母", w.years(80), 1)
		for _, guardian := range []health.PersonID{w.son, w.daughter} {
			proof := w.face(elder)
			m, err := w.wallet.ClaimMember(ctx, wallet.Claim{
				Guardian: guardian, Way: wallet.WayMemberConsent, Document: elder.Documents[0], Relation: credential.Parent, Proof: &proof,
			}, w.at)
			w.must(err)
			w.mother = m.Person.ID
		}
		asked := wallet.PaperRequest{By: map[string]health.PersonID{"son": w.son, "daughter": w.daughter, "mother": w.mother}[c.printedBy], Member: w.mother, Document: true}
		if c.printedBy == "counter" {
			asked.Office = wallet.ByCommunityWorker
		}
		_, err := w.wallet.NewPaper(ctx, asked, w.at)
		w.must(err)
		w.must(c.end(w))
		if err := draw(w, w.mother); (err != nil) != c.ends {
			t.Errorf("%s: %v", name, err)
		}
		if !c.ends {
			continue
		}
		if e := w.last(w.mother, wallet.EventPrintEnded); e.Detail != "guardian_ended" || e.At != w.at.Unix() {
			t.Errorf("%s: she reads %+v", name, e)
		}
		if _, err := w.wallet.NewPrint(ctx, w.mother, w.mother, w.at); err != nil {
			t.Errorf("%s: no reprint: %v", name, err)
		}
	}
}

func TestARevokedGuardianIsNoneAgainByErasingTheirOwnRecord(t *testing.T) {
	for by, want := range map[wallet.Actor]error{wallet.ByAuthority: wallet.ErrRevokedByAuthority, wallet.BySelf: wallet.ErrRevokedByMember, wallet.ByGuardian: nil} {
		w := newFamily(t)
		end := wallet.GuardianEnd{Guardian: w.motherID, Member: w.childID, By: by, Reason: "x"}
		_, err := w.wallet.Revoke(ctx, end, w.at)
		w.must(err)
		w.must(errOf(w.wallet.EraseFor(ctx, w.session(w.mother), w.motherID, false, w.at)))
		_, again := w.logIn(w.mother)
		if again == w.motherID {
			t.Fatal("the record was not erased")
		}
		_, err = w.wallet.ClaimMember(ctx, w.claim(again, w.child), w.at)
		w.fails(err, want)
		_, err = w.wallet.ClaimMember(ctx, w.claim(again, w.born("张二", w.years(5), 1)), w.at)
		w.must(err)
		if by != wallet.ByAuthority {
			continue
		}
		w.must(w.wallet.AddGuardian(ctx, again, w.childID, credential.Child, "court", w.at)) // as before: by the authority
	}
}

func TestAMergeDoesNotBringARevokedGuardianBack(t *testing.T) {
	w := newFamily(t)
	_, err := w.wallet.Revoke(ctx, wallet.GuardianEnd{Guardian: w.motherID, Member: w.childID, By: wallet.ByAuthority, Reason: "court"}, w.at)
	w.must(err)
	// The child under another document, which no register links; its record is joined either way.
	for _, keepFirst := range []bool{true, false} {
		other := w.born("张小", w.child.Birth, 1)
		other.Documents = []wallet.Document{{Type: wallet.Passport, Number: map[bool]string{true: "E99000001", false: "E99000002"}[keepFirst]}}
		w.register.people[len(w.register.people)-1].RegisterEntry = other
		m, err := w.wallet.ClaimMember(ctx, w.claim(w.motherID, other), w.at)
		w.must(err)
		keep, gone := w.childID, m.Person.ID
		if !keepFirst {
			keep, gone = gone, keep
		}
		_, err = w.wallet.Merge(ctx, wallet.Merger{Keep: keep, Gone: gone}, wallet.ByAuthority, w.at)
		w.must(err)
		w.childID = keep
		if family, err := w.wallet.Family(ctx, w.motherID, w.at); err != nil || len(family) != 1 {
			t.Errorf("the mother's family has %d, %v", len(family), err)
		}
		_, err = w.wallet.ClaimMember(ctx, w.claim(w.motherID, w.child), w.at)
		w.fails(err, wallet.ErrRevokedByAuthority)
	}
}

func TestTheMemberIsToldOfEachTryOfWhoeverWasRevokedAndTheTriesAreLimited(t *testing.T) {
	w := newFamily(t)
	older := w.born("张大", w.years(15), 1)
	m, err := w.wallet.ClaimMember(ctx, w.claim(w.fatherID, older), w.at)
	w.must(err)
	member := m.Person.ID
	w.must(w.wallet.EndGuardianBy(ctx, member, w.fatherID, member, w.at))
	before := len(w.events(member))
	for range 5 {
		_, err = w.wallet.ClaimMember(ctx, w.claim(w.fatherID, older), w.at)
		w.fails(err, wallet.ErrRevokedByMember)
	}
	want := wallet.Event{At: w.at.Unix(), Kind: wallet.EventGuardianRefused, By: wallet.ByGuardian, Other: w.fatherID, Detail: wallet.HouseholdRegister}
	if got := w.last(member, wallet.EventGuardianRefused); got != want {
		t.Errorf("told %+v, want %+v", got, want)
	}
	var limit wallet.ErrClaims
	if _, err = w.wallet.ClaimMember(ctx, w.claim(w.fatherID, older), w.at); !errors.As(err, &limit) {
		t.Errorf("the sixth try: %v", err)
	}
	if got := len(w.events(member)); got != before+5 {
		t.Errorf("%d events since", got-before)
	}
	// Whoever comes back under a new record is named to nobody: the record of before is erased.
	w.restart()
	w.must(errOf(w.wallet.EraseFor(ctx, w.session(w.father), w.fatherID, false, w.at)))
	_, again := w.logIn(w.father)
	w.at = w.at.Add(time.Hour)
	_, err = w.wallet.ClaimMember(ctx, w.claim(again, older), w.at)
	w.fails(err, wallet.ErrRevokedByMember)
	want.At, want.Other = w.at.Unix(), health.PersonID{}
	if got := w.last(member, wallet.EventGuardianRefused); got != want {
		t.Errorf("told %+v, want %+v", got, want)
	}
	h, err := w.wallet.History(ctx, member, member, w.at)
	w.must(err)
	if e := h.Parts[3].Entries[0]; h.Parts[3].Kind != wallet.HistoryGuardianships || e.Word != "guardian_refused" {
		t.Errorf("the member reads %+v", h.Parts[3])
	}
}

// With the child's record what keeps the revoked guardian away would go too, and a claim by the register would find nothing of it.
func TestARecordThatKeepsARevokedGuardianAwayIsErasedByTheAuthorityOnly(t *testing.T) {
	w := newFamily(t)
	_, err := w.wallet.Revoke(ctx, wallet.GuardianEnd{Guardian: w.motherID, Member: w.childID, By: wallet.ByAuthority, Reason: "court"}, w.at)
	w.must(err)
	fresh := wallet.Session{Person: w.fatherID, Since: w.at.Unix(), Seen: w.at.Unix()}
	for _, dry := range []bool{true, false} {
		_, err = w.wallet.EraseFor(ctx, fresh, w.childID, dry, w.at)
		w.fails(err, wallet.ErrRevokedStands)
	}
	// It does so as well after the revoked guardian has gone.
	w.must(errOf(w.wallet.EraseFor(ctx, w.session(w.mother), w.motherID, false, w.at)))
	for _, dry := range []bool{true, false} {
		_, err = w.wallet.EraseFor(ctx, fresh, w.childID, dry, w.at)
		w.fails(err, wallet.ErrRevokedStands)
	}
	_, err = w.wallet.Erase(ctx, wallet.Erasure{Person: w.childID}, wallet.ByAuthority, w.at)
	w.must(err)
}

func TestAGuardianshipOfTheDeadIsRevokedAndTheirReturnDoesNotBringItBack(t *testing.T) {
	w := newFamily(t)
	w.must(errOf(w.wallet.Deceased(ctx, w.motherID, false, wallet.ByAuthority, w.at)))
	all, err := w.wallet.EveryGuardian(ctx, w.childID)
	w.must(err)
	for _, g := range all {
		if g.ByDeath != (g.Guardian == w.motherID) {
			t.Errorf("listed is %+v", g)
		}
	}
	end := wallet.GuardianEnd{Guardian: w.motherID, Member: w.childID, By: wallet.ByAuthority, Reason: "court"}
	w.must(errOf(w.wallet.Revoke(ctx, end, w.at)))
	w.fails(errOf(w.wallet.Revoke(ctx, end, w.at)), wallet.ErrNoGuardian)
	w.must(errOf(w.wallet.Revive(ctx, w.motherID, "mistake", false, wallet.ByAuthority, w.at)))
	if family, err := w.wallet.Family(ctx, w.motherID, w.at); err != nil || len(family) != 1 {
		t.Errorf("the family has %d, %v", len(family), err)
	}
	_, err = w.wallet.ClaimMember(ctx, w.claim(w.motherID, w.child), w.at)
	w.fails(err, wallet.ErrRevokedByAuthority)
}
