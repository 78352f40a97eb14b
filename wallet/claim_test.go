package wallet_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"healthcode.example/credential"
	"healthcode.example/health"
	"healthcode.example/wallet"
)

func TestEachWayProvesAChild(t *testing.T) {
	w := newWorld(t)
	parent, guardian := w.adult("张三", 1)
	household, certified, faced := w.born("张一", w.years(8), 1), w.born("张二", w.years(7), 0), w.born("张四", w.years(15), 2)
	certified.Documents = []wallet.Document{{Type: wallet.BirthCertificate, Number: "Z990000001"}}
	w.register.people[len(w.register.people)-2].RegisterEntry = certified
	w.register.people[len(w.register.people)-2].parents = parent.Documents
	proof := w.face(faced)
	for _, c := range []struct {
		claim    wallet.Claim
		evidence string
		consent  string
		provider string
	}{
		{w.claim(guardian, household), "household_register", "c1", ""},
		{wallet.Claim{Way: wallet.WayBirthCertificate, Document: certified.Documents[0], Relation: credential.Child, Consent: "c1"}, "birth_certificate", "c1", ""},
		{wallet.Claim{Way: wallet.WayFace, Document: faced.Documents[0], Relation: credential.OtherWard, Proof: &proof}, "face_check", "", "https://id.example"},
	} {
		c.claim.Guardian = guardian
		m, err := w.wallet.ClaimMember(ctx, c.claim, w.at)
		if err != nil {
			t.Errorf("%s: %v", c.claim.Way, err)
			continue
		}
		want := wallet.Guardianship{
			Guardian: guardian, Member: m.Person.ID, Relation: c.claim.Relation, Evidence: c.evidence, Provider: c.provider, Consent: c.consent,
			Since: w.at.Unix(), NotAfter: m.Person.Birth.Majority().Unix(),
		}
		if *m.Guardianship != want || m.Decision.Colour != credential.Green {
			t.Errorf("%s: got %+v", c.claim.Way, m.Guardianship)
		}
		_, err = w.wallet.ClaimMember(ctx, c.claim, w.at)
		w.fails(err, wallet.ErrGuardianExists)
	}
	if family, err := w.wallet.Family(ctx, guardian, w.at); err != nil || len(family) != 4 {
		t.Errorf("the family has %d, %v", len(family), err)
	}
}

func TestAdultsConsentThemselvesAndByNoOtherWay(t *testing.T) {
	w := newWorld(t)
	_, guardian := w.adult("张三", 1)
	elder := w.born("王老", w.years(80), 1)
	proof := w.face(elder)
	claim := wallet.Claim{Guardian: guardian, Way: wallet.WayMemberConsent, Document: elder.Documents[0], Relation: credential.Parent, Proof: &proof}
	for _, way := range []wallet.Way{wallet.WayFace, wallet.WayHousehold} {
		other := claim
		other.Way, other.Relation = way, credential.OtherWard
		_, err := w.wallet.ClaimMember(ctx, other, w.at)
		w.fails(err, wallet.ErrNotProven)
	}
	m, err := w.wallet.ClaimMember(ctx, claim, w.at)
	w.must(err)
	if g := m.Guardianship; g.Evidence != wallet.ConsentOfMember || g.NotAfter != 0 || g.Consent != "" {
		t.Errorf("got %+v", g)
	}
	child := w.born("张小", w.years(15), 1)
	proof = w.face(child)
	claim.Document = child.Documents[0]
	_, err = w.wallet.ClaimMember(ctx, claim, w.at)
	w.fails(err, wallet.ErrNotProven)
}

func TestAProofIsTheMembersOwnAndFresh(t *testing.T) {
	w := newWorld(t)
	_, guardian := w.adult("张三", 1)
	child, other := w.born("张小", w.years(15), 2), w.born("李小", w.years(15), 2)
	claim := wallet.Claim{Guardian: guardian, Way: wallet.WayFace, Document: child.Documents[0], Relation: credential.Child}
	for name, spoil := range map[string]func(*wallet.Identity){
		"another child's": func(id *wallet.Identity) { id.Document = other.Documents[0] },
		"old":             func(id *wallet.Identity) { id.At = w.at.Add(-10*time.Minute - time.Second) },
		"in the future":   func(id *wallet.Identity) { id.At = w.at.Add(2 * time.Minute) },
		"no face":         func(id *wallet.Identity) { id.Methods = []string{"payment_password", "own_account"} },
		"nothing":         func(id *wallet.Identity) { id.Methods = nil },
	} {
		w.restart() // forgives the failures before
		proof := w.face(child)
		spoil(&proof)
		claim.Proof = &proof
		if _, err := w.wallet.ClaimMember(ctx, claim, w.at); !errors.Is(err, wallet.ErrNotProven) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	claim.Proof = nil
	_, err := w.wallet.ClaimMember(ctx, claim, w.at)
	w.fails(err, wallet.ErrNotProven)
	proof := w.face(child)
	claim.Proof = &proof
	_, err = w.wallet.ClaimMember(ctx, claim, w.at)
	w.must(err)
}

func TestBothParentsClaimAChildAndBothAreTold(t *testing.T) {
	w := newWorld(t)
	_, mother := w.adult("王芳", 1)
	_, father := w.adult("张三", 1)
	child := w.born("张小", w.years(8), 1)
	m, err := w.wallet.ClaimMember(ctx, w.claim(mother, child), w.at)
	w.must(err)
	w.at = w.at.Add(time.Hour)
	again, err := w.wallet.ClaimMember(ctx, w.claim(father, child), w.at)
	w.must(err)
	if again.Person.ID != m.Person.ID {
		t.Fatal("the child is there twice")
	}
	views, err := w.wallet.Guardians(ctx, m.Person.ID, w.at)
	if err != nil || len(views) != 2 || views[0].Name != "王*" && views[1].Name != "王*" || views[0].Consent != "c1" {
		t.Errorf("got %+v, %v", views, err)
	}
	all, err := w.store.Events(ctx, mother, 0, 1)
	if err != nil || all[0].Kind != wallet.EventGuardianAdded || all[0].Other != father || all[0].Member != m.Person.ID || all[0].By != wallet.ByGuardian {
		t.Errorf("the mother reads %+v, %v", all, err)
	}
	want := []wallet.EventKind{wallet.EventGuardianAdded, wallet.EventConsent, wallet.EventGuardianAdded, wallet.EventConsent}
	if got := w.events(m.Person.ID); !slices.Equal(got, want) {
		t.Errorf("the child's history is %v", got)
	}
}

func TestAStrangerGetsTheSameAnswerWhetherTheChildIsThereOrNot(t *testing.T) {
	w := newWorld(t)
	_, parent := w.adult("张三", 1)
	_, stranger := w.adult("李四", 2)
	known, grown := w.born("张小", w.years(8), 1), w.born("李大", w.years(30), 2)
	w.logIn(grown)
	_, err := w.wallet.ClaimMember(ctx, w.claim(parent, known), w.at)
	w.must(err)
	nobody := wallet.RegisterEntry{Documents: []wallet.Document{w.resident(w.years(8), 800)}}
	said := ""
	for _, member := range []wallet.RegisterEntry{known, nobody, grown} {
		_, err := w.wallet.ClaimMember(ctx, w.claim(stranger, member), w.at)
		w.fails(err, wallet.ErrNotProven)
		if said != "" && err.Error() != said {
			t.Errorf("%q and %q can be told apart", err, said)
		}
		said = err.Error()
	}
	if family, err := w.wallet.Family(ctx, stranger, w.at); err != nil || len(family) != 1 {
		t.Errorf("the stranger's family has %d, %v", len(family), err)
	}
	_, err = w.wallet.FindPerson(ctx, nobody.Documents[0])
	w.fails(err, wallet.ErrNoPerson)
}

func TestFailedClaimsAreLimitedAndSuccessesAreNot(t *testing.T) {
	w := newWorld(t)
	_, guardian := w.adult("张三", 1)
	_, other := w.adult("李四", 2)
	wrong := wallet.RegisterEntry{Documents: []wallet.Document{w.resident(w.years(8), 800)}}
	var limit wallet.ErrClaims
	failed := 0
	start := w.at
	for ; w.at.Sub(start) < 24*time.Hour; w.at = w.at.Add(time.Minute) {
		asked := w.register.questions
		_, err := w.wallet.ClaimMember(ctx, w.claim(guardian, wrong), w.at)
		switch {
		case errors.Is(err, wallet.ErrNotProven):
			failed++
		case !errors.As(err, &limit) || limit.RetryAfter < time.Second || limit.RetryAfter > 24*time.Hour:
			t.Fatalf("got %v", err)
		case w.register.questions != asked:
			t.Fatal("a claim above the limit reached the register")
		}
		if w.at.Sub(start) == 59*time.Minute && failed != 5 {
			t.Errorf("%d failed in the first hour", failed)
		}
	}
	if failed != 20 {
		t.Errorf("%d failed in a day", failed)
	}
	for i := range 6 {
		if _, err := w.wallet.ClaimMember(ctx, w.claim(other, w.born("李小", w.years(i+1), 2)), w.at); err != nil {
			t.Errorf("claim %d: %v", i, err)
		}
	}
}

// hangingUp is a register whose asker hangs up while it looks.
type hangingUp struct {
	*register
	hangUp func()
}

func (r hangingUp) Household(ctx context.Context, guardian, member wallet.Document) (wallet.RegisterEntry, error) {
	r.hangUp()
	if err := ctx.Err(); err != nil {
		return wallet.RegisterEntry{}, err
	}
	return r.register.Household(ctx, guardian, member)
}

func TestAClaimWhoseCallerHangsUpCountsLikeAnyOther(t *testing.T) {
	w := newWorld(t)
	_, guardian := w.adult("张三", 1)
	nobody := wallet.RegisterEntry{Documents: []wallet.Document{w.resident(w.years(8), 800)}}
	claim := func(member wallet.RegisterEntry) error {
		ctx, hangUp := context.WithCancel(ctx)
		defer hangUp()
		w.config.Register = hangingUp{w.register, hangUp}
		w.wallet.Config.Register = w.config.Register
		return errOf(w.wallet.ClaimMember(ctx, w.claim(guardian, member), w.at))
	}
	// A claim that is proven has its outcome, whoever still waits for it.
	w.must(claim(w.born("张小", w.years(8), 1)))
	if family, err := w.wallet.Family(ctx, guardian, w.at); err != nil || len(family) != 2 {
		t.Errorf("the family has %d, %v", len(family), err)
	}
	for range 5 {
		w.fails(claim(nobody), wallet.ErrNotProven)
	}
	asked := w.register.questions
	var often wallet.ErrClaims
	if err := claim(nobody); !errors.As(err, &often) || w.register.questions != asked {
		t.Errorf("after five of them: %v, %d questions more", err, w.register.questions-asked)
	}
}

func TestARegisterThatIsDownIsSaidSoAndCountsAgainstNobody(t *testing.T) {
	w := newWorld(t)
	_, guardian := w.adult("张三", 1)
	child := w.born("张小", w.years(8), 1)
	w.register.down = errors.New("connection refused")
	for range 10 {
		w.fails(errOf(w.wallet.ClaimMember(ctx, w.claim(guardian, child), w.at)), wallet.ErrRegisterDown)
	}
	newcomer := w.face(w.born("李四", w.years(30), 2))
	_, _, err := w.wallet.LogIn(ctx, newcomer, "2026-1", w.at)
	w.fails(err, wallet.ErrRegisterDown)
	w.register.down = nil
	w.must(errOf(w.wallet.ClaimMember(ctx, w.claim(guardian, child), w.at)))
}

func TestAnErasureDoesNotForgiveFailedClaims(t *testing.T) {
	w := newWorld(t)
	e, guardian := w.adult("张三", 1)
	nobody := wallet.RegisterEntry{Documents: []wallet.Document{w.resident(w.years(8), 800)}}
	for range 5 {
		w.fails(errOf(w.wallet.ClaimMember(ctx, w.claim(guardian, nobody), w.at)), wallet.ErrNotProven)
	}
	w.must(errOf(w.wallet.EraseFor(ctx, w.session(e), guardian, false, w.at)))
	var often wallet.ErrClaims
	if _, err := w.wallet.ClaimMember(ctx, w.claim(w.session(e).Person, nobody), w.at); !errors.As(err, &often) {
		t.Errorf("a newcomer under the same document: %v", err)
	}
}

func TestManyClaimsAtOnceCountEach(t *testing.T) {
	w := newWorld(t)
	_, guardian := w.adult("张三", 1)
	claim := w.claim(guardian, wallet.RegisterEntry{Documents: []wallet.Document{w.resident(w.years(8), 800)}})
	claim.Way, claim.Proof = wallet.WayFace, &wallet.Identity{}
	answers := make(chan error)
	for range 50 {
		go func() {
			_, err := w.wallet.ClaimMember(ctx, claim, w.at)
			answers <- err
		}()
	}
	tried := 0
	for range 50 {
		if errors.Is(<-answers, wallet.ErrNotProven) {
			tried++
		}
	}
	if tried != 5 {
		t.Errorf("%d were tried", tried)
	}
}

func TestWhatIsWrongWithAClaimItselfIsSaid(t *testing.T) {
	w := newWorld(t)
	_, guardian := w.adult("张三", 1)
	teen := w.born("张青", w.years(16), 1)
	_, minor := w.logIn(teen)
	child := w.born("张小", w.years(8), 1)
	good := w.claim(guardian, child)
	for name, c := range map[string]struct {
		spoil func(*wallet.Claim)
		want  error
	}{
		"no consent":             {func(c *wallet.Claim) { c.Consent = "" }, wallet.ErrConsent},
		"another consent":        {func(c *wallet.Claim) { c.Consent = "c0" }, wallet.ErrConsent},
		"an endless consent":     {func(c *wallet.Claim) { c.Consent = strings.Repeat("c", 33) }, wallet.ErrConsent},
		"unknown way":            {func(c *wallet.Claim) { c.Way = "wish" }, wallet.ErrWay},
		"no relation":            {func(c *wallet.Claim) { c.Relation = 0 }, wallet.ErrWay},
		"a child is no spouse":   {func(c *wallet.Claim) { c.Relation = credential.Spouse }, wallet.ErrWay},
		"an adult is no child":   {func(c *wallet.Claim) { c.Way = wallet.WayMemberConsent }, wallet.ErrWay},
		"no certificate":         {func(c *wallet.Claim) { c.Way = wallet.WayBirthCertificate }, wallet.ErrWay},
		"a minor for a guardian": {func(c *wallet.Claim) { c.Guardian = minor }, wallet.ErrMinorGuardian},
		"nobody for a guardian":  {func(c *wallet.Claim) { c.Guardian = health.PersonID{9} }, wallet.ErrNoPerson},
	} {
		claim := good
		c.spoil(&claim)
		if _, err := w.wallet.ClaimMember(ctx, claim, w.at); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
	wrong := good
	wrong.Document.Number = "990106201709091240"
	if _, err := w.wallet.ClaimMember(ctx, wrong, w.at); err == nil || !strings.Contains(err.Error(), "check digit") {
		t.Errorf("got %v", err)
	}
	w.register.down = errors.New("the register is down")
	_, err := w.wallet.ClaimMember(ctx, good, w.at)
	w.fails(err, w.register.down)
	w.register.down = nil
	if family, err := w.wallet.Family(ctx, guardian, w.at); err != nil || len(family) != 1 {
		t.Errorf("the family has %d, %v", len(family), err)
	}
	w.config.Register = nil
	w.restart()
	_, err = w.wallet.ClaimMember(ctx, good, w.at)
	w.fails(err, wallet.ErrNoRegister)
}

func TestTheEleventhMemberIsRefusedBeforeAnythingIsAsked(t *testing.T) {
	w := newWorld(t)
	_, guardian := w.adult("张三", 1)
	for range wallet.MaxDependants {
		_, err := w.wallet.ClaimMember(ctx, w.claim(guardian, w.born("张小", w.years(8), 1)), w.at)
		w.must(err)
	}
	asked := w.register.questions
	_, err := w.wallet.ClaimMember(ctx, w.claim(guardian, w.born("张多", w.years(8), 1)), w.at)
	w.fails(err, wallet.ErrTooMany)
	if w.register.questions != asked {
		t.Error("the register was asked")
	}
}

func TestNamesOfEveryKindAreEnteredAsTheyAreAndDeceivingOnesAreNot(t *testing.T) {
	w := newWorld(t)
	for _, name := range []string{
		"\U00020bb7野", "\U0002a700小", "\U0002b740", "\U0002b820", "\U0002ceb0", "\U00030000", "\U00031350", "买买提·艾力", "བཀྲ་ཤིས", "ئابدۇللا", strings.Repeat("名", 100),
	} {
		_, person := w.logIn(w.born(name, w.years(30), 1))
		if p, err := w.wallet.Person(ctx, person); err != nil || p.Name != name || credential.MaskName(name) == "" {
			t.Errorf("%q: %v", name, err)
		}
	}
	for _, name := range []string{"张\u202e三", "\u2066张三", "a\u061cb", strings.Repeat("名", 101), "\u200f"} {
		e := w.born(name, w.years(30), 1)
		if _, _, err := w.wallet.LogIn(ctx, w.face(e), "2026-1", w.at); err == nil {
			t.Errorf("%q was entered", name)
		}
		_, err := w.wallet.FindPerson(ctx, e.Documents[0])
		w.fails(err, wallet.ErrNoPerson)
	}
}

func TestAnErasureAndALogInByAnotherDocumentForgiveNoFailedClaims(t *testing.T) {
	w := newWorld(t)
	mother, id := w.adult("张三", 1)
	permit := wallet.Document{Type: wallet.HomeReturnPermit, Number: "H99000055"}
	entry := w.register.find(mother.Documents[0])
	entry.Documents = append(entry.Documents, permit)
	stranger := w.born("王小", w.years(5), 2)
	var often wallet.ErrClaims
	tries := 0
	for tries < 10 {
		if _, err := w.wallet.ClaimMember(ctx, w.claim(id, stranger), w.at); errors.As(err, &often) {
			break
		}
		tries++
	}
	_, err := w.wallet.EraseFor(ctx, w.session(mother), id, false, w.at)
	w.must(err)
	by := w.face(mother)
	by.Document, by.Methods = permit, []string{wallet.MethodFace, wallet.MethodLiveness}
	_, ses, err := w.wallet.LogIn(ctx, by, "2026-1", w.at)
	w.must(err)
	if _, err := w.wallet.ClaimMember(ctx, w.claim(ses.Person, stranger), w.at); !errors.As(err, &often) {
		t.Errorf("after %d failed claims: got %v", tries, err)
	}
}
