package bolt_test

import (
	"context"
	"crypto/rand"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"healthcode.example/credential"
	"healthcode.example/crypto/cose"
	"healthcode.example/crypto/seal"
	"healthcode.example/health"
	"healthcode.example/issuer"
	"healthcode.example/store/bolt"
	"healthcode.example/trust"
	"healthcode.example/verifier"
	"healthcode.example/wallet"
	"healthcode.example/wallet/holder"
)

var (
	morning = time.Date(2026, 3, 2, 9, 0, 0, 0, credential.Zone)
	master  = []byte("0123456789abcdef0123456789abcdef")
	ctx     = context.Background()
)

// world is a province with everything real in it: people and devices in a bolt
// store, an issuer, phones with the holders' files and a gate that is offline.
type world struct {
	*testing.T
	at     time.Time
	store  *bolt.Store
	issuer *issuer.Issuer
	wallet *wallet.Service
	gate   *trust.Bundle
	people map[string]health.PersonID
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{T: t, at: morning, people: make(map[string]health.PersonID)}
	var err error
	w.store, err = bolt.Open(filepath.Join(t.TempDir(), "store"), bolt.Options{})
	w.must(err)
	t.Cleanup(func() { w.must(w.store.Close()) })
	authority, err := issuer.NewAuthority("CN-GD", rand.Reader)
	w.must(err)
	root, err := authority.FirstRoot(true, w.at.AddDate(5, 0, 0))
	w.must(err)
	w.issuer, err = issuer.New(issuer.Config{Store: w.store, Root: root, Master: master, Rand: rand.Reader})
	w.must(err)
	_, err = w.issuer.Found(ctx, authority, cose.Ed25519, trust.DefaultPolicy(), w.at, w.at.AddDate(1, 0, 0))
	w.must(err)
	w.gate, err = trust.Pin(root)
	w.must(err)
	w.update()
	vault, err := wallet.NewVault(master)
	w.must(err)
	w.wallet, err = wallet.New(wallet.Config{
		Store: w.store, Issuer: w.issuer, Rules: health.DefaultRules("CN-GD"), Vault: vault, Rand: rand.Reader,
		Hints: true, GuardianNames: true,
	})
	w.must(err)
	return w
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) advance(d time.Duration) { w.at = w.at.Add(d) }

// publish makes a snapshot and brings it to the gate.
func (w *world) publish() {
	w.Helper()
	w.must(w.issuer.EnsureLists(ctx, w.at))
	_, err := w.issuer.PublishSnapshot(ctx, w.at)
	w.must(err)
	w.update()
}

func (w *world) update() {
	w.Helper()
	p, err := w.store.Published(ctx)
	w.must(err)
	w.gate, err = trust.Update(w.gate, p.Bundle, w.at)
	w.must(err)
}

// enrol imports lines of name, passport, birth date and guardian's passport.
func (w *world) enrol(lines ...string) {
	w.Helper()
	file := "name,document_number,birth_date,guardian_document_number,document_type,region\n"
	for _, l := range lines {
		file += l + ",passport,440300\n"
	}
	_, err := w.wallet.Import(ctx, strings.NewReader(file), w.at, nil)
	w.must(err)
	for _, l := range lines {
		parts := strings.Split(l, ",")
		p, err := w.wallet.FindPerson(ctx, wallet.Document{Type: wallet.Passport, Number: parts[1]})
		w.must(err)
		w.people[parts[0]] = p.ID
	}
}

// tell records evidence about the person.
func (w *world) tell(name string, kind health.EvidenceKind) health.Decision {
	w.Helper()
	d, _, err := w.wallet.AddEvidence(ctx, health.Evidence{
		Person: w.people[name], Kind: kind, At: w.at, RecordedAt: w.at, Source: "laboratory", Reference: w.at.Format(time.RFC3339Nano),
	})
	w.must(err)
	return d
}

// phone is a registered device with the holder's file on it.
type phone struct {
	*world
	owner string
	id    issuer.DeviceID
	file  *holder.File
}

func (w *world) phone(owner string) *phone {
	w.Helper()
	key, err := holder.NewKey(rand.Reader)
	w.must(err)
	d, err := w.wallet.RegisterDevice(ctx, w.people[owner], key.Public(), w.at)
	w.must(err)
	p := &phone{world: w, owner: owner, id: d.ID, file: holder.New()}
	p.file.SetDevice(d.ID, key)
	return p
}

// refresh fetches the family's codes into the file.
func (p *phone) refresh() []wallet.MemberCode {
	p.Helper()
	key, err := holder.NewKey(rand.Reader)
	p.must(err)
	got, err := p.wallet.Refresh(ctx, wallet.RefreshRequest{Person: p.people[p.owner], Device: p.id, Holder: key.Public(), Document: true}, p.at)
	p.must(err)
	p.keep(key, got)
	return got.Codes
}

// keep takes what a refresh brought into the file.
func (p *phone) keep(key *cose.PrivateKey, got wallet.Fetched) {
	p.Helper()
	var answer holder.Answer
	for _, c := range got.Codes {
		member := holder.Person{ID: c.Person.ID, Name: c.Person.Name, Salt: c.Salt, Document: credential.DocumentTypeOf(string(c.Document))}
		if c.Guardianship != nil {
			member.Relation = c.Guardianship.Relation
		}
		answer.Codes = append(answer.Codes, holder.Code{Message: c.Code, Members: []holder.Person{member}})
	}
	for _, h := range got.Households {
		if h.Err != nil {
			continue
		}
		household := holder.Household{Message: h.Code, People: h.People, Salts: h.Salts}
		for _, t := range h.Documents {
			household.Documents = append(household.Documents, credential.DocumentTypeOf(string(t)))
		}
		answer.Households = append(answer.Households, household)
	}
	p.must(p.file.Take(key, answer, p.at))
}

// show presents people at the gate, now.
func (p *phone) show(names ...string) verifier.Result {
	p.Helper()
	return p.scan(p.present(names...))
}

func (p *phone) present(names ...string) string {
	p.Helper()
	text, err := p.file.Present(holder.Show{People: p.ids(names...)}, p.at)
	p.must(err)
	return text
}

func (w *world) ids(names ...string) (ids []health.PersonID) {
	for _, name := range names {
		ids = append(ids, w.people[name])
	}
	return ids
}

// scan verifies with what the gate has.
func (w *world) scan(text string) verifier.Result {
	w.Helper()
	return verifier.New(w.gate, verifier.Policy{Demo: true}).Verify(text, w.at, nil)
}

func (w *world) expect(what string, got verifier.Result, want verifier.Reason) {
	w.Helper()
	if got.Reason != want {
		w.Errorf("%s: %v, %v, want %v", what, got.Verdict, got.Reason, want)
	}
}

const (
	mother = "张三,E9900001,1985-05-06,"
	father = "李四,E9900002,1984-05-06,"
	child  = "张小,E9900003,2015-05-06,E9900001"
	elder  = "王老,E9900004,1940-01-02,"
)

func TestAFamilyShowsItsCodesAtAGateWithoutNetwork(t *testing.T) {
	w := newWorld(t)
	w.enrol(mother, child)
	p := w.phone("张三")
	if codes := p.refresh(); len(codes) != 2 {
		t.Fatalf("%d codes", len(codes))
	}
	w.advance(3 * time.Hour)
	w.expect("the mother", p.show("张三"), verifier.ReasonOK)
	got := p.show("张三", "张小")
	w.expect("both", got, verifier.ReasonOK)
	if len(got.Members) != 2 {
		t.Fatalf("members %+v", got.Members)
	}
	for _, m := range got.Members {
		if m.Name != "张*" || m.Birthday != 6 || m.Colour != credential.Green {
			t.Errorf("member %+v", m)
		}
		if c := m.Relation == credential.Child; c != (m.Guardian == "张*") {
			t.Errorf("member %+v", m)
		}
	}
}

func TestARedChildIsRefusedAndOnlyTheChild(t *testing.T) {
	w := newWorld(t)
	w.enrol(mother, child)
	p := w.phone("张三")
	p.refresh()
	w.advance(time.Hour)
	if d := w.tell("张小", health.PositiveTest); d.Colour != credential.Red {
		t.Fatalf("decision %+v", d)
	}
	w.publish()
	w.expect("the child's old green", p.show("张小"), verifier.ReasonRevoked)
	w.expect("the mother", p.show("张三"), verifier.ReasonOK)
	codes := p.refresh()
	if codes[1].Decision.Reason == "" || codes[1].Decision.Release["en"] == "" {
		t.Errorf("no reason and no way out: %+v", codes[1].Decision)
	}
	w.expect("the child's fresh red", p.show("张小"), verifier.ReasonColour)
	w.advance(time.Hour)
	w.tell("张小", health.Release)
	w.publish()
	p.refresh()
	w.expect("the child released", p.show("张小"), verifier.ReasonOK)
}

func TestTenRisesInADayLeaveNoCodeBornDeadAndNoOldOneAlive(t *testing.T) {
	w := newWorld(t)
	w.enrol(mother)
	p := w.phone("张三")
	for i := range 10 {
		p.refresh()
		w.expect("fresh", p.show("张三"), map[bool]verifier.Reason{true: verifier.ReasonOK, false: verifier.ReasonColour}[i%2 == 0])
		w.advance(30 * time.Minute)
		w.tell("张三", []health.EvidenceKind{health.PositiveTest, health.Release}[i%2])
		w.publish()
		w.expect("old", p.show("张三"), verifier.ReasonRevoked)
	}
}

func TestALostPhoneEndsItsCodesAndNoOthers(t *testing.T) {
	w := newWorld(t)
	w.enrol(mother, father, child)
	w.must(w.wallet.AddGuardian(ctx, w.people["李四"], w.people["张小"], credential.Child, "household_register", w.at))
	mothers, second, fathers := w.phone("张三"), w.phone("张三"), w.phone("李四")
	for _, p := range []*phone{mothers, second, fathers} {
		p.refresh()
	}
	w.advance(time.Minute)
	w.must(w.wallet.EndDevice(ctx, mothers.id, wallet.BySelf, w.at))
	w.publish()
	w.expect("the mother on the lost phone", mothers.show("张三"), verifier.ReasonRevoked)
	w.expect("the child on the lost phone", mothers.show("张小"), verifier.ReasonRevoked)
	w.expect("both on the other phone", second.show("张三", "张小"), verifier.ReasonOK)
	w.expect("the child on the father's", fathers.show("张小"), verifier.ReasonOK)
	_, err := w.wallet.Refresh(ctx, wallet.RefreshRequest{Person: w.people["张三"], Device: mothers.id, Holder: newHolderKey(w)}, w.at)
	if !errors.Is(err, wallet.ErrNoDevice) {
		t.Errorf("the lost phone refreshes: %v", err)
	}
	w.must(w.wallet.EndGuardian(ctx, w.people["李四"], w.people["张小"], w.at))
	w.publish()
	w.expect("the child after the father's guardianship", fathers.show("张小"), verifier.ReasonRevoked)
	w.expect("the father", fathers.show("李四"), verifier.ReasonOK)
	w.expect("the child on the mother's", second.show("张小"), verifier.ReasonOK)
	if codes := fathers.refresh(); len(codes) != 1 {
		t.Errorf("the father still fetches %d codes", len(codes))
	}
}

func newHolderKey(w *world) *cose.PublicKey {
	w.Helper()
	key, err := holder.NewKey(rand.Reader)
	w.must(err)
	return key.Public()
}

func TestAChildsCodeEndsAtTheEighteenthBirthday(t *testing.T) {
	w := newWorld(t)
	w.enrol(mother, "张小,E9900003,2008-03-03,E9900001") // of age tomorrow
	p := w.phone("张三")
	codes := p.refresh()
	got, err := credential.Parse(credential.Text(codes[1].Code))
	w.must(err)
	if want := time.Date(2026, 3, 3, 0, 0, 0, 0, credential.Zone).Unix(); got.Codes[0].Claims.ExpiresAt != want {
		t.Errorf("the code ends at %v", time.Unix(got.Codes[0].Claims.ExpiresAt, 0).In(credential.Zone))
	}
	w.at = time.Date(2026, 3, 3, 0, 0, 0, 0, credential.Zone)
	w.publish()
	if codes := p.refresh(); len(codes) != 1 {
		t.Errorf("%d codes on the birthday", len(codes))
	}
	if family, err := w.wallet.Family(ctx, w.people["张三"], w.at); err != nil || len(family) != 1 {
		t.Errorf("%d in the family, %v", len(family), err)
	}
	if _, err := p.file.Present(holder.Show{People: w.ids("张小")}, w.at); !errors.Is(err, holder.ErrNoCode) && !errors.Is(err, holder.ErrExpired) {
		t.Errorf("the file shows the code: %v", err)
	}
}

func TestGuardiansAreOfAgeAndSomebodyElse(t *testing.T) {
	w := newWorld(t)
	w.enrol(mother, child, elder)
	for name, err := range map[string]error{
		"a child":      w.wallet.AddGuardian(ctx, w.people["张小"], w.people["王老"], credential.Grandparent, "x", w.at),
		"oneself":      w.wallet.AddGuardian(ctx, w.people["张三"], w.people["张三"], credential.Spouse, "x", w.at),
		"no relation":  w.wallet.AddGuardian(ctx, w.people["张三"], w.people["王老"], 0, "x", w.at),
		"no evidence":  w.wallet.AddGuardian(ctx, w.people["张三"], w.people["王老"], credential.Parent, "", w.at),
		"in force":     w.wallet.AddGuardian(ctx, w.people["张三"], w.people["张小"], credential.Child, "x", w.at),
		"nobody there": w.wallet.AddGuardian(ctx, w.people["张三"], health.PersonID{9}, credential.Child, "x", w.at),
	} {
		if err == nil {
			t.Errorf("%s: it was taken", name)
		} else if strings.Contains(err.Error(), "张") {
			t.Errorf("%s: the error names people: %v", name, err)
		}
	}
}

func TestPaperIsMadeDrawnAgainAndEnded(t *testing.T) {
	w := newWorld(t)
	w.enrol(mother, child, elder)
	elderly := w.people["王老"]
	first, err := w.wallet.NewPrint(ctx, elderly, elderly, w.at)
	w.must(err)
	again, err := w.wallet.Print(ctx, elderly, elderly, w.at)
	if err != nil || string(again) != string(first) {
		t.Errorf("drawn again it differs, %v", err)
	}
	w.expect("paper", w.scan(credential.Text(first)), verifier.ReasonOK)
	w.advance(time.Hour)
	second, err := w.wallet.NewPrint(ctx, elderly, elderly, w.at)
	w.must(err)
	w.publish()
	w.expect("the former print", w.scan(credential.Text(first)), verifier.ReasonRevoked)
	w.expect("the reprint", w.scan(credential.Text(second)), verifier.ReasonOK)
	w.advance(time.Hour)
	w.tell("王老", health.PositiveTest)
	w.publish()
	w.expect("the green paper of a red person", w.scan(credential.Text(second)), verifier.ReasonRevoked)
	if _, err := w.wallet.Print(ctx, elderly, elderly, w.at); !errors.Is(err, wallet.ErrEnded) || !strings.Contains(err.Error(), "make a new print") {
		t.Errorf("got %v", err)
	}
	third, err := w.wallet.NewPrint(ctx, elderly, elderly, w.at)
	w.must(err)
	w.expect("a print of today", w.scan(credential.Text(third)), verifier.ReasonColour)
	w.must(w.wallet.EndPrint(ctx, elderly, elderly, w.at))
	if _, err := w.wallet.NewPrint(ctx, w.people["张三"], elderly, w.at); !errors.Is(err, wallet.ErrNoGuardian) {
		t.Errorf("a stranger prints: %v", err)
	}
	if _, err := w.wallet.NewPrint(ctx, w.people["张三"], w.people["张小"], w.at); err != nil {
		t.Errorf("a guardian cannot print: %v", err)
	}
}

func TestADocumentIsMatchedOnlyInAnswerToAChallenge(t *testing.T) {
	w := newWorld(t)
	w.enrol(mother)
	p := w.phone("张三")
	p.refresh()
	if _, err := p.file.Present(holder.Show{People: w.ids("张三"), Document: true}, w.at); !errors.Is(err, holder.ErrNoChallenge) {
		t.Errorf("got %v", err)
	}
	challenge := []byte("0123456789abcdef")
	text, err := p.file.Present(holder.Show{People: w.ids("张三"), Document: true, Challenge: challenge}, w.at)
	w.must(err)
	got := verifier.New(w.gate, verifier.Policy{Demo: true}).Verify(text, w.at, challenge)
	w.expect("with a challenge", got, verifier.ReasonOK)
	if m, other := got.MatchDocument("passport", "E9900001"), got.MatchDocument("passport", "E9900002"); m == other {
		t.Errorf("the right number says %v and a wrong one %v", m, other)
	}
}

func TestTheHoldersFileSurvivesARestartOfThePhone(t *testing.T) {
	w := newWorld(t)
	w.enrol(mother, child)
	p := w.phone("张三")
	p.refresh()
	p.reopen()
	w.expect("both", p.show("张三", "张小"), verifier.ReasonOK)
	if id, key := p.file.Device(); id != p.id || key == nil {
		t.Error("the device is lost")
	}
}

// reopen writes the file and reads it again.
func (p *phone) reopen() {
	p.Helper()
	key, err := seal.NewKey(master, "phone")
	p.must(err)
	box, err := p.file.Seal(rand.Reader, key)
	p.must(err)
	p.file, err = holder.Open(box, key)
	p.must(err)
}
