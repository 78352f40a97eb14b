package wallet_test

import (
	"errors"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"pgregory.net/rapid"

	"healthcode.example/credential"
	"healthcode.example/health"
	"healthcode.example/wallet"
)

func TestOfRandomClaimsWithoutProofNoneSucceeds(t *testing.T) {
	w := newWorld(t)
	_, guardian := w.adult("李四", 2)
	var members []wallet.RegisterEntry
	for i := range 40 {
		members = append(members, w.born("张小", w.years(1+i*2), 1))
		if i%3 == 0 {
			w.logInOrBe(members[i])
		}
	}
	random := rand.New(rand.NewPCG(3, 4))
	ways := []wallet.Way{wallet.WayFace, wallet.WayHousehold, wallet.WayBirthCertificate, wallet.WayMemberConsent, "", "wish"}
	asked := 0
	for i := range 10_000 {
		if i%4 == 0 {
			w.restart() // what the limit lets through is what counts here
		}
		c := wallet.Claim{
			Guardian: guardian, Way: ways[random.IntN(len(ways))], Relation: credential.Relation(random.IntN(7)), Consent: "c1",
			Document: members[random.IntN(len(members))].Documents[0],
		}
		if random.IntN(3) == 0 {
			c.Document = w.resident(w.years(random.IntN(90)), random.IntN(1000))
		}
		if random.IntN(4) == 0 {
			c.Document = wallet.Document{Type: wallet.BirthCertificate, Number: "Z99000" + c.Document.Number[13:17]}
		}
		if random.IntN(2) == 0 {
			proof := w.face(members[random.IntN(len(members))])
			switch random.IntN(3) {
			case 0:
				proof.At = w.at.Add(-time.Hour)
			case 1:
				proof.Methods = []string{"otp"}
			case 2:
				proof.Document.Type = wallet.Passport
			}
			c.Proof = &proof
		}
		_, err := w.wallet.ClaimMember(ctx, c, w.at)
		if err == nil || !errors.Is(err, wallet.ErrNotProven) && !errors.Is(err, wallet.ErrWay) {
			t.Fatalf("claim %d by %s: got %v", i, c.Way, err)
		}
		if errors.Is(err, wallet.ErrNotProven) {
			asked++
		}
	}
	if family, err := w.wallet.Family(ctx, guardian, w.at); err != nil || len(family) != 1 {
		t.Errorf("the family has %d, %v", len(family), err)
	}
	if asked < 1000 {
		t.Errorf("only %d claims went as far as the proof", asked)
	}
}

// logInOrBe enters the person when they are old enough.
func (w *world) logInOrBe(e wallet.RegisterEntry) {
	w.Helper()
	_, _, err := w.wallet.LogIn(ctx, w.face(e), "2026-1", w.at)
	if err != nil && !errors.Is(err, wallet.ErrTooYoung) {
		w.Fatalf("%v", err)
	}
}

// pair is a guardian and a member by their places among the people.
type pair struct{ guardian, member int }

// families is the world with a model of who may have whose codes.
type families struct {
	*world
	people  []wallet.RegisterEntry
	homes   []int
	ids     map[int]health.PersonID // of those who are entered
	inForce map[pair]bool
	revoked map[pair]error // why a claim by the register does not bring it back
}

func (f *families) minor(i int) bool { return f.people[i].Birth.Minor(f.at) }
func (f *families) young(i int) bool { return f.people[i].Birth.UnderFourteen(f.at) }

// claim claims by household and says what the model expects.
func (f *families) claim(t *rapid.T) {
	g, m := rapid.IntRange(0, 3).Draw(t, "guardian"), rapid.IntRange(0, len(f.people)-1).Draw(t, "member")
	consent := rapid.SampledFrom([]string{"c1", ""}).Draw(t, "consent")
	f.restart()
	c := f.world.claim(f.ids[g], f.people[m])
	c.Consent = consent
	got, err := f.wallet.ClaimMember(ctx, c, f.at)
	var want error
	switch {
	case g == m || f.homes[g] != f.homes[m] || !f.minor(m):
		want = wallet.ErrNotProven
	case f.young(m) && consent == "":
		want = wallet.ErrConsent
	case f.holds(g, m):
		want = wallet.ErrGuardianExists
	default:
		want = f.revoked[pair{g, m}]
	}
	if !errors.Is(err, want) || want == nil && err != nil {
		t.Fatalf("%d claims %d: got %v, want %v", g, m, err, want)
	}
	if err == nil {
		f.ids[m] = got.Person.ID
		f.inForce[pair{g, m}] = true
	}
}

func (f *families) holds(g, m int) bool { return f.inForce[pair{g, m}] && f.minor(m) }

// end lets anybody who is entered, or the authority, end a guardianship.
func (f *families) end(t *rapid.T) {
	by, g, m := rapid.IntRange(-1, len(f.people)-1).Draw(t, "by"), rapid.IntRange(0, 3).Draw(t, "guardian"), rapid.IntRange(4, len(f.people)-1).Draw(t, "member")
	var err error
	allowed := f.inForce[pair{g, m}]
	if by < 0 {
		err = f.wallet.EndGuardian(ctx, f.ids[g], f.ids[m], f.at)
	} else {
		err = f.wallet.EndGuardianBy(ctx, f.ids[by], f.ids[g], f.ids[m], f.at)
		allowed = allowed && (by == g || by == m && !f.young(m))
	}
	if allowed != (err == nil) && by >= 0 || allowed && err != nil {
		t.Fatalf("%d ends %d of %d: %v", by, g, m, err)
	}
	if allowed {
		delete(f.inForce, pair{g, m})
		f.revoked[pair{g, m}] = map[int]error{-1: wallet.ErrRevokedByAuthority, m: wallet.ErrRevokedByMember}[by]
	}
}

// check compares every family with the model.
func (f *families) check(t *rapid.T) {
	for g := range 4 {
		family, err := f.wallet.Family(ctx, f.ids[g], f.at)
		if err != nil {
			t.Fatalf("%v", err)
		}
		want := 1
		for m := range f.people {
			if f.holds(g, m) {
				want++
			}
		}
		if len(family) != want {
			t.Fatalf("the family of %d has %d members, want %d", g, len(family), want)
		}
		for _, m := range family[1:] {
			if m.Person.Birth.UnderFourteen(f.at) && m.Guardianship.Consent == "" {
				t.Fatalf("a member under 14 without a consent")
			}
		}
	}
}

func TestFamiliesAreWhatTheRegisterAndTheirEndsMakeThem(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dir, err := os.MkdirTemp("", "families")
		if err != nil {
			t.Fatalf("%v", err)
		}
		var store func()
		defer func() {
			if store != nil {
				store()
			}
			_ = os.RemoveAll(dir)
		}()
		f := &families{world: worldIn(t, dir, func(end func()) { store = end }), ids: make(map[int]health.PersonID), inForce: make(map[pair]bool), revoked: make(map[pair]error)}
		for i := range 4 { // adults of two households
			e, id := f.adult("张"+string("一二三四"[3*i:3*i+3]), i/2+1)
			f.people, f.homes, f.ids[i] = append(f.people, e), append(f.homes, i/2+1), id
		}
		for i, birth := range []wallet.Date{{Year: 2012, Month: 2, Day: 29}, {Year: 2008, Month: 2, Day: 29}, f.years(13), f.years(17), f.years(1), f.years(19)} {
			home := i%2 + 1
			f.people, f.homes = append(f.people, f.born("张小", birth, home)), append(f.homes, home)
		}
		t.Repeat(map[string]func(*rapid.T){
			"claim": f.claim,
			"again": f.claim,
			"end":   f.end,
			"later": func(t *rapid.T) {
				f.at = f.at.Add(time.Duration(rapid.SampledFrom([]int{1, 24, 24 * 90, 24 * 365}).Draw(t, "hours")) * time.Hour)
			},
			"": f.check,
		})
	})
}

func TestBirthdaysOfAnyDateAreInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := time.Unix(rapid.Int64Range(-2_000_000_000, 4_000_000_000).Draw(t, "born"), 0)
		d := wallet.DateOf(at)
		born := time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, credential.Zone)
		fourteen, grown := d.Fourteenth(), d.Majority()
		if !born.Before(fourteen) || !fourteen.Before(grown) || fourteen.In(credential.Zone).Year() != d.Year+14 || grown.In(credential.Zone).Year() != d.Year+18 {
			t.Fatalf("%s, %s, %s", born, fourteen, grown)
		}
		if !d.UnderFourteen(fourteen.Add(-1)) || d.UnderFourteen(fourteen) || !d.Minor(grown.Add(-1)) || d.Minor(grown) {
			t.Fatalf("the birthday itself does not count")
		}
		if got := wallet.DateOf(fourteen); d.Month == time.February && d.Day == 29 {
			if got != (wallet.Date{Year: d.Year + 14, Month: time.March, Day: 1}) {
				t.Fatalf("born on %s, 14 on %s", d, got)
			}
		} else if got != (wallet.Date{Year: d.Year + 14, Month: d.Month, Day: d.Day}) {
			t.Fatalf("born on %s, 14 on %s", d, got)
		}
	})
}
