package wallet_test

import (
	"slices"
	"testing"
	"time"

	"healthcode.example/credential"
	"healthcode.example/wallet"
)

func TestAGuardianshipEndsByGuardianByMemberFromFourteenAndByAuthority(t *testing.T) {
	w := newWorld(t)
	_, mother := w.adult("王芳", 1)
	_, father := w.adult("张三", 1)
	child := w.born("张小", wallet.Date{Year: 2012, Month: time.February, Day: 29}, 1)
	m, err := w.wallet.ClaimMember(ctx, w.claim(mother, child), w.at)
	w.must(err)
	_, err = w.wallet.ClaimMember(ctx, w.claim(father, child), w.at)
	w.must(err)
	member := m.Person.ID
	w.at = time.Date(2026, 2, 28, 23, 59, 59, 0, credential.Zone)
	w.fails(w.wallet.EndGuardianBy(ctx, father, mother, member, w.at), wallet.ErrNoGuardian)
	w.fails(w.wallet.EndGuardianBy(ctx, member, mother, member, w.at), wallet.ErrNoGuardian)
	w.must(w.wallet.EndGuardianBy(ctx, mother, mother, member, w.at))
	w.at = w.at.Add(time.Second) // 1 March: 14
	w.must(w.wallet.EndGuardianBy(ctx, member, father, member, w.at))
	if views, err := w.wallet.Guardians(ctx, member, w.at); err != nil || len(views) != 0 {
		t.Errorf("got %+v, %v", views, err)
	}
	_, err = w.wallet.ClaimMember(ctx, w.claim(mother, child), w.at)
	w.must(err)
	w.must(w.wallet.EndGuardian(ctx, mother, member, w.at))
	all, err := w.store.Events(ctx, member, 0, 20)
	w.must(err)
	var by []wallet.Actor
	for _, e := range all {
		if e.Kind == wallet.EventGuardianEnded {
			by = append(by, e.By)
		}
	}
	if !slices.Equal(by, []wallet.Actor{wallet.ByAuthority, wallet.BySelf, wallet.ByGuardian}) {
		t.Errorf("ended by %v", by)
	}
}

func TestAGuardianshipEndsAtMajority(t *testing.T) {
	w := newWorld(t)
	_, guardian := w.adult("张三", 1)
	child := w.born("张小", wallet.Date{Year: 2012, Month: time.February, Day: 29}, 1)
	m, err := w.wallet.ClaimMember(ctx, w.claim(guardian, child), w.at)
	w.must(err)
	end := time.Date(2030, 3, 1, 0, 0, 0, 0, credential.Zone)
	for at, want := range map[time.Time]int{end.Add(-time.Second): 2, end: 1} {
		if family, err := w.wallet.Family(ctx, guardian, at); err != nil || len(family) != want {
			t.Errorf("at %s the family has %d, %v", at, len(family), err)
		}
	}
	if views, err := w.wallet.Guardians(ctx, m.Person.ID, end); err != nil || len(views) != 0 {
		t.Errorf("got %+v, %v", views, err)
	}
}

func TestAConsentCanBeGivenAfterAnImport(t *testing.T) {
	w := newWorld(t)
	_, guardian := w.adult("张三", 1)
	child := w.born("张小", w.years(8), 1)
	m, err := w.wallet.ClaimMember(ctx, w.claim(guardian, child), w.at)
	w.must(err)
	w.fails(w.wallet.GiveConsent(ctx, guardian, m.Person.ID, "c0", w.at), wallet.ErrConsent)
	w.fails(w.wallet.GiveConsent(ctx, m.Person.ID, guardian, "c1", w.at), wallet.ErrNoGuardian)
	w.must(w.wallet.GiveConsent(ctx, guardian, m.Person.ID, "c1", w.at))
}
