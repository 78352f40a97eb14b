package wallet_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"healthcode.example/credential"
	"healthcode.example/health"
	"healthcode.example/wallet"
)

func TestEachDocumentIsAdmittedByItsMethodsAndByNothingElse(t *testing.T) {
	policy := wallet.DefaultLoginPolicy()
	for _, c := range []struct {
		document wallet.DocumentType
		methods  string
		say      string // empty: admitted
	}{
		{wallet.ResidentID, "face", ""},
		{wallet.ResidentID, "otp face", ""},
		{wallet.ResidentID, "payment_password own_account", ""},
		{wallet.ResidentID, "payment_password", "used payment_password, and resident-id needs face or payment_password+own_account"},
		{wallet.ResidentID, "own_account", "needs face or"},
		{wallet.ResidentID, "", "used nothing"},
		{wallet.ResidentID, "pwd", "used pwd"},
		{wallet.HomeReturnPermit, "face liveness", ""},
		{wallet.HomeReturnPermit, "face", "used face, and home-return-permit needs face+liveness"},
		{wallet.HomeReturnPermit, "payment_password own_account", "needs face+liveness"},
		{wallet.Passport, "face liveness", "nobody logs in with a document of the type \"passport\""},
		{wallet.BirthCertificate, "face", "use another document"},
	} {
		id := wallet.Identity{Document: wallet.Document{Type: c.document}, Methods: strings.Fields(c.methods)}
		err := policy.Admit(id)
		var m *wallet.MethodError
		switch {
		case c.say == "" && err != nil:
			t.Errorf("%s with %s: %v", c.methods, c.document, err)
		case c.say != "" && (!errors.As(err, &m) || !strings.Contains(err.Error(), c.say) || m.Document != c.document):
			t.Errorf("%s with %s: got %v, want %q in it", c.methods, c.document, err, c.say)
		}
	}
}

func TestAPolicyMayAskForAnACR(t *testing.T) {
	policy := wallet.LoginPolicy{wallet.Passport: {{ACR: "high"}, {Methods: []string{"face"}, ACR: "low"}}}
	id := wallet.Identity{Document: wallet.Document{Type: wallet.Passport}, ACR: "high"}
	if err := policy.Admit(id); err != nil {
		t.Error(err)
	}
	id.ACR = "low"
	if err := policy.Admit(id); err == nil || !strings.Contains(err.Error(), `used acr "low", and passport needs acr "high" or acr "low" with face`) {
		t.Errorf("got %v", err)
	}
	id.Methods = []string{"face"}
	if err := policy.Admit(id); err != nil {
		t.Error(err)
	}
	for _, bad := range []wallet.LoginPolicy{
		{}, {wallet.Passport: nil}, {wallet.Passport: {{}}}, {wallet.Passport: {{Methods: []string{""}}}}, {"id-card": {{ACR: "x"}}},
	} {
		if bad.Validate() == nil {
			t.Errorf("%v was taken", bad)
		}
		if bad.Admit(wallet.Identity{Document: wallet.Document{Type: wallet.Passport}, Methods: []string{"face"}}) == nil && bad[wallet.Passport] == nil {
			t.Errorf("%v admits", bad)
		}
	}
}

func TestTheFirstLogInEntersThePersonAndKeepsTheToken(t *testing.T) {
	w := newWorld(t)
	e := w.born("张三", w.years(30), 1)
	token, person := w.logIn(e)
	ses, err := w.wallet.Session(ctx, token, w.at)
	w.must(err)
	want := wallet.Session{Hash: ses.Hash, Person: person, Since: w.at.Unix(), Seen: w.at.Unix(), Methods: []string{"face"}}
	if !reflect.DeepEqual(ses, want) {
		t.Errorf("got %+v", ses)
	}
	p, err := w.wallet.Person(ctx, person)
	if err != nil || p.Name != "张三" || p.Birth != e.Birth || p.Region != 440106 {
		t.Errorf("got %v", err)
	}
	again, same := w.logIn(e)
	if same != person || again == token {
		t.Error("the second log-in is another person's or has the former token")
	}
	if got := w.events(person); !slices.Equal(got, []wallet.EventKind{wallet.EventAgreement, wallet.EventLogIn, wallet.EventAgreement, wallet.EventLogIn}) {
		t.Errorf("the history is %v", got)
	}
	for _, wrong := range []string{"", token[1:], token + "A", strings.Repeat("A", 43), token[:42] + "=", strings.ToLower(token)} {
		if _, err := w.wallet.Session(ctx, wrong, w.at); wrong != token {
			w.fails(err, wallet.ErrNoSession)
		}
	}
}

func TestARegisterEntryWinsOverClaimsAndClaimsServeWithoutOne(t *testing.T) {
	w := newWorld(t)
	e := w.born("欧阳明日", w.years(30), 1)
	id := w.face(e)
	id.Name, id.Region = "欧阳", 440300
	_, ses, err := w.wallet.LogIn(ctx, id, "2026-1", w.at)
	w.must(err)
	if p, err := w.wallet.Person(ctx, ses.Person); err != nil || p.Name != "欧阳明日" || p.Region != 440106 {
		t.Errorf("got %v", err)
	}
	w.register.people = nil
	other := wallet.RegisterEntry{Name: "李四", Documents: []wallet.Document{w.resident(w.years(20), 900)}, Region: 440300}
	id = w.face(other) // the birth date stands in the number
	_, ses, err = w.wallet.LogIn(ctx, id, "2026-1", w.at)
	w.must(err)
	if p, err := w.wallet.Person(ctx, ses.Person); err != nil || p.Name != "李四" || p.Birth != w.years(20) {
		t.Errorf("got %v", err)
	}
	nameless := w.face(wallet.RegisterEntry{Documents: []wallet.Document{w.resident(w.years(20), 901)}, Region: 440300})
	_, _, err = w.wallet.LogIn(ctx, nameless, "2026-1", w.at)
	w.fails(err, wallet.ErrIncomplete)
	w.register.down = errors.New("the register is down")
	_, _, err = w.wallet.LogIn(ctx, w.face(w.born("王五", w.years(30), 1)), "2026-1", w.at)
	w.fails(err, w.register.down)
}

func TestWithoutTheAgreementNothingIsKept(t *testing.T) {
	w := newWorld(t)
	e := w.born("张三", w.years(30), 1)
	for _, version := range []string{"", "2025-1"} {
		_, _, err := w.wallet.LogIn(ctx, w.face(e), version, w.at)
		w.fails(err, wallet.ErrAgreement)
		_, err = w.wallet.FindPerson(ctx, e.Documents[0])
		w.fails(err, wallet.ErrNoPerson)
	}
	w.logIn(e)
	if _, _, err := w.wallet.LogIn(ctx, w.face(e), "", w.at); err != nil {
		t.Errorf("accepted before: %v", err)
	}
	w.config.Agreement.Version = "2026-2"
	w.restart()
	_, _, err := w.wallet.LogIn(ctx, w.face(e), "2026-1", w.at)
	w.fails(err, wallet.ErrAgreement)
	_, ses, err := w.wallet.LogIn(ctx, w.face(e), "2026-2", w.at)
	w.must(err)
	if a, err := w.store.Agreement(ctx, ses.Person); err != nil || a != (wallet.Acceptance{Version: "2026-2", At: w.at.Unix()}) {
		t.Errorf("got %+v, %v", a, err)
	}
}

func TestAWrongMethodAndAWrongNumberKeepNothing(t *testing.T) {
	w := newWorld(t)
	e := w.born("张三", w.years(30), 1)
	id := w.face(e)
	id.Methods = []string{"pwd"}
	_, _, err := w.wallet.LogIn(ctx, id, "2026-1", w.at)
	var m *wallet.MethodError
	if !errors.As(err, &m) {
		t.Errorf("got %v", err)
	}
	id = w.face(e)
	last := id.Document.Number[17]
	id.Document.Number = id.Document.Number[:17] + string("10X98765432"[(strings.IndexByte("10X98765432", last)+1)%11])
	if _, _, err = w.wallet.LogIn(ctx, id, "2026-1", w.at); err == nil || !strings.Contains(err.Error(), "check digit") || strings.Contains(err.Error(), id.Document.Number) {
		t.Errorf("got %v", err)
	}
	_, err = w.wallet.FindPerson(ctx, e.Documents[0])
	w.fails(err, wallet.ErrNoPerson)
}

func TestUnderFourteenAGuardianMustHaveConsented(t *testing.T) {
	w := newWorld(t)
	_, guardian := w.adult("张三", 1)
	child := w.born("张小", w.years(13), 1)
	_, _, err := w.wallet.LogIn(ctx, w.face(child), "2026-1", w.at)
	w.fails(err, wallet.ErrTooYoung)
	_, err = w.wallet.FindPerson(ctx, child.Documents[0])
	w.fails(err, wallet.ErrNoPerson)
	m, err := w.wallet.ClaimMember(ctx, w.claim(guardian, child), w.at)
	w.must(err)
	if _, id := w.logIn(child); id != m.Person.ID {
		t.Error("another person logged in")
	}
	w.must(w.wallet.EndGuardian(ctx, guardian, m.Person.ID, w.at))
	_, _, err = w.wallet.LogIn(ctx, w.face(child), "2026-1", w.at)
	w.fails(err, wallet.ErrTooYoung)
	w.at = child.Birth.Fourteenth()
	w.logIn(child)
}

// permit gives somebody of the register a second document, and is what the provider says when they log in by it.
func (w *world) permit(e wallet.RegisterEntry) wallet.Identity {
	w.Helper()
	w.serial++
	d, err := wallet.ParseDocument("home-return-permit", fmt.Sprintf("H%08d", w.serial))
	w.must(err)
	w.register.find(e.Documents[0]).Documents = append(w.register.find(e.Documents[0]).Documents, d)
	id := w.face(e)
	id.Document, id.Methods = d, []string{wallet.MethodFace, wallet.MethodLiveness}
	return id
}

func TestASecondDocumentThatTheRegisterLinksLeadsToTheSameRecord(t *testing.T) {
	w := newWorld(t)
	e := w.born("卫双", w.years(30), 1)
	_, person := w.logIn(e)
	phone := w.phone(person)
	before, err := w.store.Family(ctx, person, phone.ID)
	w.must(err)
	w.register.questions = 0
	id := w.permit(e)
	for range 3 { // the agreement was accepted before
		_, ses, err := w.wallet.LogIn(ctx, id, "", w.at)
		w.must(err)
		if ses.Person != person {
			t.Fatal("another person logged in")
		}
		w.restart()
	}
	if w.register.questions != 1 {
		t.Errorf("the register was asked %d times", w.register.questions)
	}
	p, err := w.wallet.FindPerson(ctx, id.Document)
	if err != nil || p.ID != person || !slices.Equal(p.Documents, []wallet.Document{e.Documents[0], id.Document}) {
		t.Errorf("the record has %d documents: %v", len(p.Documents), err)
	}
	after, err := w.store.Family(ctx, person, phone.ID)
	if err != nil || after.Members[0].Holding != before.Members[0].Holding {
		t.Errorf("the codes of before have ended: %v", err)
	}
	h, err := w.wallet.History(ctx, person, person, w.at)
	w.must(err)
	told := 0
	for _, part := range h.Parts {
		for _, line := range part.Entries {
			if line.Word == string(wallet.EventDocumentAdded) && line.Detail == "home-return-permit" && line.By == wallet.BySelf {
				told++
			}
		}
	}
	if told != 1 {
		t.Errorf("it was told %d times", told)
	}
}

func TestNoColourIsWashedByASecondDocument(t *testing.T) {
	w := newWorld(t)
	e := w.born("卫双", w.years(30), 1)
	_, person := w.logIn(e)
	_, _, err := w.wallet.AddEvidence(ctx, health.Evidence{Person: person, Kind: "positive_test", At: w.at, RecordedAt: w.at, Source: "laboratory"})
	w.must(err)
	_, ses, err := w.wallet.LogIn(ctx, w.permit(e), "2026-1", w.at)
	w.must(err)
	family, err := w.wallet.Family(ctx, ses.Person, w.at)
	if err != nil || family[0].Decision.Colour != credential.Red || ses.Person != person {
		t.Errorf("%v, %v", family[0].Decision.Colour, err)
	}
}

// TestASecondDocumentOpensNothingThatTheFirstWouldNot goes through what a stored person is asked.
func TestASecondDocumentOpensNothingThatTheFirstWouldNot(t *testing.T) {
	w := newWorld(t)
	_, guardian := w.adult("张三", 1)
	child := w.born("张小", w.years(10), 1)
	m, err := w.wallet.ClaimMember(ctx, w.claim(guardian, child), w.at)
	w.must(err)
	second := w.permit(child)
	_, ses, err := w.wallet.LogIn(ctx, second, "2026-1", w.at)
	if w.must(err); ses.Person != m.Person.ID {
		t.Error("the child with its guardian's consent is somebody else by its second document")
	}
	w.must(w.wallet.EndGuardian(ctx, guardian, m.Person.ID, w.at))
	third := w.permit(child)
	_, _, err = w.wallet.LogIn(ctx, third, "2026-1", w.at)
	w.fails(err, wallet.ErrTooYoung)

	adult := w.born("李四", w.years(30), 2)
	_, person := w.logIn(adult)
	w.config.Agreement.Version = "2026-2"
	w.restart()
	second = w.permit(adult)
	_, _, err = w.wallet.LogIn(ctx, second, "", w.at)
	w.fails(err, wallet.ErrAgreement)
	_, err = w.wallet.Deceased(ctx, person, false, wallet.ByAuthority, w.at)
	w.must(err)
	for _, id := range []wallet.Identity{second, w.permit(adult)} {
		_, _, err = w.wallet.LogIn(ctx, id, "2026-2", w.at)
		w.fails(err, wallet.ErrDeceased)
	}
}

// TestARegisterThatTakesTwoPeopleForOneOpensNoRecord: a wrong line in the register would let somebody into another's record.
func TestARegisterThatTakesTwoPeopleForOneOpensNoRecord(t *testing.T) {
	w := newWorld(t)
	one := w.permit(w.born("卫双", w.years(30), 1))
	w.register.people[0].Documents = []wallet.Document{one.Document} // without the resident ID, whose number says the birth date
	_, ses, err := w.wallet.LogIn(ctx, one, "2026-1", w.at)
	w.must(err)
	other := w.permit(w.born("卫又双", w.years(40), 2))
	w.register.people[1].Documents = []wallet.Document{other.Document, one.Document}
	_, _, err = w.wallet.LogIn(ctx, other, "2026-1", w.at)
	w.fails(err, wallet.ErrOtherPerson)
	if p, err := w.wallet.Person(ctx, ses.Person); err != nil || len(p.Documents) != 1 {
		t.Errorf("%d documents, %v", len(p.Documents), err)
	}
	_, err = w.wallet.FindPerson(ctx, other.Document)
	w.fails(err, wallet.ErrNoPerson)
}

func TestManyLogInsAtOnceByANewDocumentAddItOnce(t *testing.T) {
	w := newWorld(t)
	e := w.born("卫双", w.years(30), 1)
	_, person := w.logIn(e)
	id := w.permit(e)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			if _, ses, err := w.wallet.LogIn(ctx, id, "", w.at); err != nil || ses.Person != person {
				t.Errorf("%v", err)
			}
		})
	}
	group.Wait()
	p, err := w.wallet.Person(ctx, person)
	if err != nil || len(p.Documents) != 2 {
		t.Errorf("%d documents, %v", len(p.Documents), err)
	}
}

func TestSessionsEndUnusedTooOldAndAtLogOut(t *testing.T) {
	w := newWorld(t)
	e := w.born("张三", w.years(30), 1)
	start := w.at
	token, _ := w.logIn(e)
	w.at = start.Add(wallet.DefaultSessionIdle)
	_, err := w.wallet.Session(ctx, token, w.at)
	w.fails(err, wallet.ErrNoSession)

	w.at = start
	token, _ = w.logIn(e)
	for ; w.at.Sub(start) < wallet.DefaultSessionAbsolute; w.at = w.at.Add(6 * 24 * time.Hour) {
		if _, err := w.wallet.Session(ctx, token, w.at); err != nil {
			t.Fatalf("after %s: %v", w.at.Sub(start), err)
		}
	}
	_, err = w.wallet.Session(ctx, token, w.at)
	w.fails(err, wallet.ErrNoSession)

	a, person := w.logIn(e)
	b, _ := w.logIn(e)
	others, _ := w.logIn(w.born("李四", w.years(30), 2))
	w.must(w.wallet.LogOut(ctx, person, w.at))
	for _, token := range []string{a, b} {
		_, err := w.wallet.Session(ctx, token, w.at)
		w.fails(err, wallet.ErrNoSession)
	}
	if _, err := w.wallet.Session(ctx, others, w.at); err != nil {
		t.Errorf("another person was logged out: %v", err)
	}
}

func TestStaffSessionsAreShort(t *testing.T) {
	w := newWorld(t)
	e := w.born("陈工", w.years(30), 1)
	id := w.face(e)
	id.Roles = []wallet.Role{wallet.CommunityWorker}
	start := w.at
	token, ses, err := w.wallet.LogIn(ctx, id, "2026-1", w.at)
	w.must(err)
	if !ses.Has(wallet.CommunityWorker) || ses.Has(wallet.Kiosk) {
		t.Errorf("the roles are %v", ses.Roles)
	}
	for ; w.at.Sub(start) < 10*time.Hour; w.at = w.at.Add(29 * time.Minute) {
		if _, err := w.wallet.Session(ctx, token, w.at); err != nil {
			t.Fatalf("after %s: %v", w.at.Sub(start), err)
		}
	}
	_, err = w.wallet.Session(ctx, token, w.at)
	w.fails(err, wallet.ErrNoSession)
	token, _, err = w.wallet.LogIn(ctx, id, "", w.at)
	w.must(err)
	_, err = w.wallet.Session(ctx, token, w.at.Add(30*time.Minute))
	w.fails(err, wallet.ErrNoSession)
}

func TestTheUseOfASessionIsWrittenOnceAnHourAndNeverByTheUseItself(t *testing.T) {
	w := newWorld(t)
	token, _ := w.logIn(w.born("张三", w.years(30), 1))
	start := w.at
	writes := 0
	for ; w.at.Sub(start) < 5*time.Hour; w.at = w.at.Add(time.Minute) {
		before := w.stored(token)
		ses, err := w.wallet.Session(ctx, token, w.at)
		w.must(err)
		if ses.Seen != w.at.Unix() || w.stored(token) != before {
			t.Fatalf("seen %d at %d, stored %d", ses.Seen, w.at.Unix(), w.stored(token))
		}
		if w.at.Minute()%5 == 0 {
			w.must(w.wallet.WriteUses(ctx, false))
		}
		if w.stored(token) != before {
			writes++
		}
	}
	if writes != 4 {
		t.Errorf("%d writes in 5 hours", writes)
	}
	w.restart() // as by a crash: what was not written is lost
	if _, err := w.wallet.Session(ctx, token, w.at.Add(wallet.DefaultSessionIdle-2*time.Hour)); err != nil {
		t.Errorf("after a restart: %v", err)
	}
}

// stored is when the store says that the session was used.
func (w *world) stored(token string) int64 {
	w.Helper()
	ses, err := w.wallet.Session(ctx, token, w.at)
	w.must(err)
	ses, err = w.store.Session(ctx, ses.Hash)
	w.must(err)
	return ses.Seen
}

// TestStaffAreNotLoggedOutByARestart: theirs end after half an hour unused, which is less than what may be unwritten.
func TestStaffAreNotLoggedOutByARestart(t *testing.T) {
	w := newWorld(t)
	id := w.face(w.born("陈工", w.years(30), 1))
	id.Roles = []wallet.Role{wallet.CommunityWorker}
	token, _, err := w.wallet.LogIn(ctx, id, "2026-1", w.at)
	w.must(err)
	for range 4 {
		w.at = w.at.Add(14 * time.Minute)
		_, err := w.wallet.Session(ctx, token, w.at)
		w.must(err)
	}
	w.must(w.wallet.WriteUses(ctx, true))
	w.restart()
	if _, err := w.wallet.Session(ctx, token, w.at.Add(29*time.Minute)); err != nil {
		t.Error(err)
	}
	w.restart()
	_, err = w.wallet.Session(ctx, token, w.at.Add(30*time.Minute))
	w.fails(err, wallet.ErrNoSession)
}

// TestWhatIsForgottenForWantOfRoomEndsNobodyOfTheStaff has a service that remembers the use of eight sessions and is asked by
// forty, of residents but for one.
func TestWhatIsForgottenForWantOfRoomEndsNobodyOfTheStaff(t *testing.T) {
	w := newWorld(t)
	w.config.Remembered = 8
	w.restart()
	id := w.face(w.born("陈工", w.years(30), 1))
	id.Roles = []wallet.Role{wallet.Kiosk}
	staff, _, err := w.wallet.LogIn(ctx, id, "2026-1", w.at)
	w.must(err)
	var residents []string
	for i := range 39 {
		token, _ := w.logIn(w.born("张三", w.years(30), i+2))
		residents = append(residents, token)
	}
	for range 12 {
		w.at = w.at.Add(20 * time.Minute)
		for _, token := range append([]string{staff}, residents...) {
			_, err := w.wallet.Session(ctx, token, w.at)
			w.must(err)
		}
		w.must(w.wallet.WriteUses(ctx, false))
	}
}

// TestUsesThatCannotBeWrittenAreWrittenLater: a store that fails fails no request, and loses no note.
func TestUsesThatCannotBeWrittenAreWrittenLater(t *testing.T) {
	w := newWorld(t)
	token, _ := w.logIn(w.born("张三", w.years(30), 1))
	w.at = w.at.Add(2 * time.Hour)
	_, err := w.wallet.Session(ctx, token, w.at)
	w.must(err)
	over, cancel := context.WithCancel(ctx)
	cancel()
	w.fails(w.wallet.WriteUses(over, false), context.Canceled)
	w.must(w.wallet.WriteUses(ctx, false))
	if got := w.stored(token); got != w.at.Unix() {
		t.Errorf("stored %d, used %d", got, w.at.Unix())
	}
}

// TestALogOutIsNotUndoneByANoteOfTheSessionsUse writes the note after the log-out.
func TestALogOutIsNotUndoneByANoteOfTheSessionsUse(t *testing.T) {
	w := newWorld(t)
	token, person := w.logIn(w.born("张三", w.years(30), 1))
	w.at = w.at.Add(2 * time.Hour)
	_, err := w.wallet.Session(ctx, token, w.at)
	w.must(err)
	w.must(w.wallet.LogOut(ctx, person, w.at))
	w.must(w.wallet.WriteUses(ctx, true))
	_, err = w.wallet.Session(ctx, token, w.at)
	w.fails(err, wallet.ErrNoSession)
}

func TestNothingPrintsAnIdentityOrARegisterEntry(t *testing.T) {
	w := newWorld(t)
	e := w.born("张三", w.years(30), 1)
	text := strings.Join([]string{
		sprint(w.face(e)), sprint(e), sprint(wallet.Claim{Document: e.Documents[0], Proof: &wallet.Identity{Name: "张三"}}),
	}, " ")
	for _, secret := range []string{"张三", e.Documents[0].Number, e.Documents[0].Number[6:14]} {
		if strings.Contains(text, secret) {
			t.Errorf("%q got out: %s", secret, text)
		}
	}
}

func TestTheSweepEndsWhatIsOverByTheLimitsOfEachAndSparesWhatWasUsed(t *testing.T) {
	w := newWorld(t)
	idle, used, fresh := w.born("张一", w.years(30), 0), w.born("张二", w.years(30), 0), w.born("张三", w.years(30), 0)
	idles, idleID := w.logIn(idle)
	useds, usedID := w.logIn(used)
	staff := w.face(w.born("张四", w.years(30), 0))
	staff.Roles = []wallet.Role{wallet.Kiosk}
	_, staffs, err := w.wallet.LogIn(ctx, staff, "2026-1", w.at)
	w.must(err)
	begun := w.at
	w.at = begun.Add(time.Hour) // staff are over, and what was used is remembered in memory only
	w.must(errOf(w.wallet.Session(ctx, useds, begun.Add(59*time.Minute))))
	freshs, freshID := w.logIn(fresh)
	sweep := func(want int) {
		w.Helper()
		if ended, err := w.wallet.SweepSessions(ctx, w.at); err != nil || ended != want {
			w.Errorf("%d ended, %v, want %d", ended, err, want)
		}
	}
	left := func(person health.PersonID) int {
		w.Helper()
		d, err := w.store.Dossier(ctx, person)
		w.must(err)
		return len(d.Sessions)
	}
	sweep(1)
	if left(staffs.Person) != 0 || left(idleID) != 1 {
		t.Errorf("of staff %d, of others %d", left(staffs.Person), left(idleID))
	}
	w.at = begun.Add(wallet.DefaultSessionIdle)
	sweep(1)
	if left(idleID) != 0 || left(usedID) != 1 || left(freshID) != 1 || w.loggedIn(idles) || !w.loggedIn(useds) || !w.loggedIn(freshs) {
		t.Errorf("idle %d, used %d, fresh %d", left(idleID), left(usedID), left(freshID))
	}
	sweep(0)
}
