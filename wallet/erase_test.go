package wallet_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"healthcode.example/credential"
	"healthcode.example/health"
	"healthcode.example/wallet"
)

// tell records evidence about the person, dated now or by the hours before.
func (w *world) tell(person health.PersonID, kind health.EvidenceKind, hoursAgo int) {
	w.Helper()
	at := w.at.Add(-time.Duration(hoursAgo) * time.Hour)
	_, _, err := w.wallet.AddEvidence(ctx, health.Evidence{Person: person, Kind: kind, At: at, RecordedAt: w.at, Source: "laboratory"})
	w.must(err)
}

// colour is what the person's next code says.
func (w *world) colour(person health.PersonID) credential.Colour {
	w.Helper()
	family, err := w.wallet.Family(ctx, person, w.at)
	w.must(err)
	return family[0].Decision.Colour
}

// session is the person's, begun now.
func (w *world) session(e wallet.RegisterEntry) wallet.Session {
	w.Helper()
	_, ses, err := w.wallet.LogIn(ctx, w.face(e), "2026-1", w.at)
	w.must(err)
	return ses
}

// counts checks that err is the refusal for evidence that counts, with the way out.
func (w *world) counts(err error) {
	w.Helper()
	var counting *wallet.CountingError
	if !errors.As(err, &counting) {
		w.Errorf("got %v, want the refusal for evidence that counts", err)
		return
	}
	for _, language := range []string{"zh-Hans", "zh-Hant", "en"} {
		if counting.Reason != "positive_test" || counting.Text[language] == "" || counting.Release[language] == "" {
			w.Errorf("the refusal lacks its reason or the way out in %s: %+v", language, counting)
		}
	}
}

func TestWhoeverIsRedHasNothingErasedUntilTheRelease(t *testing.T) {
	w := newWorld(t)
	e, person := w.adult("李伟", 0)
	w.tell(person, health.PositiveTest, 5)
	ses := w.session(e)
	for _, dry := range []bool{true, false} {
		_, err := w.wallet.EraseFor(ctx, ses, person, dry, w.at)
		w.counts(err)
		_, err = w.wallet.Erase(ctx, wallet.Erasure{Person: person, Dry: dry}, wallet.ByAuthority, w.at)
		w.counts(err)
	}
	if w.colour(w.session(e).Person) != credential.Red {
		t.Error("the red has gone")
	}
	w.tell(person, health.Release, 1)
	_, err := w.wallet.EraseFor(ctx, ses, person, false, w.at)
	w.must(err)
	w.fails(errOf(w.wallet.Person(ctx, person)), wallet.ErrNoPerson)
}

func errOf[T any](_ T, err error) error { return err }

func TestEvidenceCountsAlsoWhereTheCodeIsStillGreen(t *testing.T) {
	w := newWorld(t)
	e, person := w.adult("李伟", 0)
	ses := w.session(e)
	w.tell(person, health.PositiveTest, 5)
	w.tell(person, health.Release, 1)
	w.must(errOf(w.wallet.EraseFor(ctx, ses, person, true, w.at)))
	// A clock that was ahead when the release was recorded: it does not hold yet.
	_, err := w.wallet.EraseFor(ctx, ses, person, true, w.at.Add(-2*time.Hour))
	w.counts(err)
	// Rules that come into force later count what is there already.
	w.config.Rules.EffectiveFrom = w.at.Add(24 * time.Hour).Unix()
	w.restart()
	w.must(errOf(w.wallet.EraseFor(ctx, ses, person, true, w.at)))
	f, second := w.adult("王五", 0)
	w.config.Rules.EffectiveFrom = 0
	w.restart()
	w.tell(second, health.PositiveTest, 5)
	w.config.Rules.EffectiveFrom = w.at.Add(24 * time.Hour).Unix()
	w.restart()
	_, err = w.wallet.EraseFor(ctx, w.session(f), second, true, w.at)
	w.counts(err)
	// Rules that know the evidence no more leave the decision by which the codes are red.
	w.config.Rules.EffectiveFrom, w.config.Rules.Rules = 0, nil
	w.restart()
	_, err = w.wallet.EraseFor(ctx, w.session(f), second, true, w.at)
	w.counts(err)
}

func TestAnErasureNeedsALogInOfJustNowAndADryOneDoesNot(t *testing.T) {
	w := newWorld(t)
	e, person := w.adult("张三", 0)
	ses := w.session(e)
	w.at = w.at.Add(10*time.Minute + time.Second)
	w.must(errOf(w.wallet.EraseFor(ctx, ses, person, true, w.at)))
	w.fails(errOf(w.wallet.EraseFor(ctx, ses, person, false, w.at)), wallet.ErrNotFresh)
	w.fails(errOf(w.wallet.EraseFor(ctx, ses, person, false, w.at.Add(-time.Hour))), wallet.ErrNotFresh)
	w.must(errOf(w.wallet.Person(ctx, person)))
	w.must(errOf(w.wallet.EraseFor(ctx, w.session(e), person, false, w.at)))
}

func TestAChildIsErasedByItsOnlyGuardianAndByNobodyElse(t *testing.T) {
	w := newWorld(t)
	mother, motherID := w.adult("张三", 1)
	father, fatherID := w.adult("李四", 1)
	stranger, _ := w.adult("王五", 2)
	child := w.born("张小", w.years(8), 1)
	for _, guardian := range []health.PersonID{motherID, fatherID} {
		w.must(errOf(w.wallet.ClaimMember(ctx, w.claim(guardian, child), w.at)))
	}
	id, err := w.wallet.FindPerson(ctx, child.Documents[0])
	w.must(err)
	erase := func(by wallet.RegisterEntry) error {
		return errOf(w.wallet.EraseFor(ctx, w.session(by), id.ID, false, w.at))
	}
	w.fails(erase(child), wallet.ErrChildErasure)
	w.fails(erase(stranger), wallet.ErrNoGuardian)
	w.fails(erase(mother), wallet.ErrOtherGuardians)
	w.must(w.wallet.EndGuardianBy(ctx, fatherID, fatherID, id.ID, w.at))
	w.fails(erase(father), wallet.ErrNoGuardian)
	w.tell(id.ID, health.PositiveTest, 1)
	w.counts(erase(mother))
	w.tell(id.ID, health.Release, 0)
	w.must(erase(mother))
	w.fails(errOf(w.wallet.Person(ctx, id.ID)), wallet.ErrNoPerson)
	// From the 14th birthday on it is the child alone.
	older := w.born("张大", w.years(14), 1)
	w.must(errOf(w.wallet.ClaimMember(ctx, w.claim(motherID, older), w.at)))
	id, err = w.wallet.FindPerson(ctx, older.Documents[0])
	w.must(err)
	w.fails(erase(mother), wallet.ErrOwnErasure)
	w.must(erase(older))
}

func TestTheAuthorityForcesAnErasureWithAReasonThatStays(t *testing.T) {
	w := newWorld(t)
	_, person := w.adult("李伟", 0)
	w.tell(person, health.PositiveTest, 1)
	force := wallet.Erasure{Person: person, Force: true}
	for _, reason := range []string{"", "Li Wei", "李伟", "with space", "a_reason_that_is_longer_than_forty_letters_"} {
		force.Reason = reason
		w.fails(errOf(w.wallet.Erase(ctx, force, wallet.ByAuthority, w.at)), wallet.ErrReason)
	}
	force.Reason = "court_order-2026-17"
	w.must(errOf(w.wallet.Erase(ctx, force, wallet.ByAuthority, w.at)))
	w.fails(errOf(w.wallet.Person(ctx, person)), wallet.ErrNoPerson)
	// What need not be forced is no override.
	_, harmless := w.adult("张三", 0)
	w.must(errOf(w.wallet.Erase(ctx, wallet.Erasure{Person: harmless, Force: true, Reason: "asked"}, wallet.ByAuthority, w.at)))
	all, err := w.store.Overrides(ctx, 0, 10)
	w.must(err)
	want := wallet.Override{Number: 1, At: w.at.Unix(), By: wallet.ByAuthority, Act: wallet.OverrideErasure, Reason: "court_order-2026-17", Outcome: "positive_test"}
	if len(all) != 1 || all[0] != want {
		t.Errorf("got %+v", all)
	}
}

func TestEvidenceAndAnErasureAtOnceLeaveARedRecordOrNone(t *testing.T) {
	w := newWorld(t)
	for range 20 {
		e, person := w.adult("张三", 0)
		ses := w.session(e)
		var both sync.WaitGroup
		var erased, recorded error
		both.Go(func() { erased = errOf(w.wallet.EraseFor(ctx, ses, person, false, w.at)) })
		both.Go(func() {
			_, _, recorded = w.wallet.AddEvidence(ctx, health.Evidence{Person: person, Kind: health.PositiveTest, At: w.at, RecordedAt: w.at, Source: "laboratory"})
		})
		both.Wait()
		if erased == nil {
			w.fails(recorded, wallet.ErrNoPerson) // the laboratory is told, and reports again
			continue
		}
		w.counts(erased)
		w.must(recorded)
		if w.colour(person) != credential.Red {
			t.Error("the record is there and is not red")
		}
	}
}
