package server_test

import (
	"context"
	"encoding/json"
	"fmt"
	"html"
	"strings"
	"testing"
	"time"

	"healthcode.example/api"
	"healthcode.example/api/login/logintest"
	"healthcode.example/api/server"
	"healthcode.example/health"
	"healthcode.example/wallet"
)

func documentBody(number string) string {
	return fmt.Sprintf(`{"document":{"type":"resident-id","number":%q}}`, number)
}

// atKiosk begins a check for the number at the kiosk, and says where the person goes.
func (w *world) atKiosk(kiosk, number string) string {
	w.t.Helper()
	status, _, answer := w.call("POST", "/v1/staff/people", kiosk, documentBody(number))
	var got api.MemberCheck
	if err := json.Unmarshal(answer, &got); err != nil || status != 202 || got.URL == "" || got.ExpiresAt.IsZero() {
		w.t.Fatalf("%d %s, %v", status, answer, err)
	}
	return got.URL
}

// proveAt lets the person prove who they are at the kiosk, and accept.
func (w *world) proveAt(kiosk, number, name string) {
	w.t.Helper()
	b := w.browser()
	b.prove(w.atKiosk(kiosk, number), resident(number, name, "face"))
	if answer, page := b.open("POST", "/v1/login/agreement", "accept=paper"); answer.StatusCode != 200 || len(b.cookies) != 0 {
		w.t.Fatalf("%d %s, cookies %v", answer.StatusCode, page, b.cookies)
	}
}

func TestAKioskPrintsForWhomeverProvesToBeThatPersonThereAndForNobodyElse(t *testing.T) {
	w := newWorld(t)
	kiosk, other := w.logIn(workerNumber, wallet.Kiosk), w.logIn(workerNumber, wallet.Kiosk)
	person := "/v1/staff/people/" + w.stranger.String()
	w.refused("POST", person+"/paper", kiosk, "", api.CodePersonCheck)
	// A number says nothing, whoever has it and whether somebody does.
	for _, number := range []string{strangerNumber, residentID("99000019700203999"), childNumber} {
		w.atKiosk(kiosk, number)
	}
	// Somebody else at the kiosk, and one who declines, prove nothing.
	b := w.browser()
	b.prove(w.atKiosk(kiosk, strangerNumber), resident(guardianNumber, "章守信", "face"))
	if answer, page := b.open("POST", "/v1/login/agreement", "accept=paper"); answer.StatusCode != 403 || !strings.Contains(page, "login_refused") {
		t.Errorf("somebody else: %d %s", answer.StatusCode, page)
	}
	b = w.browser()
	at := w.atKiosk(kiosk, strangerNumber)
	b.prove(at, resident(strangerNumber, "路不识", "face"))
	_, page := b.open("GET", "/v1/login/agreement", "")
	for _, words := range []string{"纸质码", "紙質碼", "paper code"} {
		if !strings.Contains(page, words) {
			t.Errorf("the page lacks %s: %s", words, page)
		}
	}
	if answer, _ := b.open("POST", "/v1/login/agreement", "accept="); answer.StatusCode != 403 {
		t.Errorf("declined: %d", answer.StatusCode)
	}
	w.refused("POST", person+"/paper", kiosk, "", api.CodePersonCheck)
	// The person proves it: this kiosk prints, for 15 minutes, and reads no more than the masked name.
	w.proveAt(kiosk, strangerNumber, "路不识")
	status, _, answer := w.call("POST", "/v1/staff/people", kiosk, documentBody(strangerNumber))
	if status != 200 || !strings.Contains(string(answer), w.stranger.String()) || !strings.Contains(string(answer), "路**") || strings.Contains(string(answer), "路不识") {
		t.Errorf("%d %s", status, answer)
	}
	w.refused("POST", person+"/paper", other, "", api.CodePersonCheck)
	if status, _, answer := w.call("POST", person+"/paper", kiosk, ""); status != 201 {
		t.Errorf("%d %s", status, answer)
	}
	if status, _, _ := w.call("GET", person+"/paper.html", kiosk, ""); status != 200 {
		t.Errorf("the sheet: %d", status)
	}
	// Whoever comes next ends it.
	w.atKiosk(kiosk, guardianNumber)
	w.refused("POST", person+"/paper", kiosk, "", api.CodePersonCheck)
	w.refused("GET", person+"/paper.html", kiosk, "", api.CodePersonCheck)
	w.proveAt(kiosk, strangerNumber, "路不识")
	w.advance(15 * time.Minute)
	w.refused("POST", person+"/paper", kiosk, "", api.CodePersonCheck)
	if status, _, _ := w.call("POST", "/v1/staff/people", kiosk, documentBody(strangerNumber)); status != 202 {
		t.Errorf("a quarter of an hour later: %d", status)
	}
}

// A home-return permit has its holder's number for life, and in its former form behind it how often it was renewed.
func TestAKioskKnowsAVisitorByBothFormsOfAHomeReturnPermit(t *testing.T) {
	w := newWorld(t)
	visitor := logintest.Person{
		"name": "何归来", "birthdate": "1980-01-01", "document_type": "home-return-permit", "document_number": "H99000077", "region": "440106", "amr": []string{"face", "liveness"},
	}
	b := w.browser()
	b.prove("/v1/login", visitor)
	if answer, page := b.open("POST", "/v1/login/agreement", "accept=t1"); answer.StatusCode != 303 {
		t.Fatalf("%d %s", answer.StatusCode, page)
	}
	kiosk := w.logIn(workerNumber, wallet.Kiosk)
	ask := func(number string) (int, []byte) {
		status, _, answer := w.call("POST", "/v1/staff/people", kiosk, fmt.Sprintf(`{"document":{"type":"home-return-permit","number":%q}}`, number))
		return status, answer
	}
	_, answer := ask("H99000077")
	var check api.MemberCheck
	if err := json.Unmarshal(answer, &check); err != nil {
		t.Fatalf("%s: %v", answer, err)
	}
	b = w.browser()
	b.prove(check.URL, visitor)
	if answer, page := b.open("POST", "/v1/login/agreement", "accept=paper"); answer.StatusCode != 200 {
		t.Fatalf("%d %s", answer.StatusCode, page)
	}
	if status, answer := ask("H9900007702"); status != 200 {
		t.Errorf("by the former form: %d %s", status, answer)
	}
}

func TestAYoungChildAndSomebodyUnknownProveNothingAtAKiosk(t *testing.T) {
	w := newWorld(t)
	kiosk := w.logIn(workerNumber, wallet.Kiosk)
	for number, name := range map[string]string{childNumber: "章小明", newcomerNumber: newcomer} {
		b := w.browser()
		b.prove(w.atKiosk(kiosk, number), resident(number, name, "face"))
		if answer, page := b.open("POST", "/v1/login/agreement", "accept=paper"); answer.StatusCode != 403 && answer.StatusCode != 404 {
			t.Errorf("%s: %d %s", name, answer.StatusCode, page)
		}
	}
}

func TestALookUpByACommunityWorkerIsToldAndLimited(t *testing.T) {
	w := newWorld(t)
	worker := w.logIn(workerNumber, wallet.CommunityWorker)
	token := w.logIn(strangerNumber)
	if status, _, answer := w.call("POST", "/v1/staff/people", worker, documentBody(strangerNumber)); status != 200 {
		t.Fatalf("%d %s", status, answer)
	}
	if _, _, answer := w.call("GET", "/v1/wallet/members/"+w.stranger.String()+"/history", token, ""); !strings.Contains(string(answer), `"looked_up","by":"community_worker"`) || !strings.Contains(string(answer), `"office-`) {
		t.Errorf("the person reads %s", answer)
	}
	for i := range 59 {
		if status, _, answer := w.call("POST", "/v1/staff/people", worker, documentBody(residentID(fmt.Sprintf("99000019700203%03d", 100+i)))); status != 404 {
			t.Fatalf("%d %s", status, answer)
		}
	}
	status, header, answer := w.call("POST", "/v1/staff/people", worker, documentBody(strangerNumber))
	if status != 429 || header.Get("Retry-After") == "" || !strings.Contains(string(answer), "too_often") {
		t.Errorf("the 61st: %d %s", status, answer)
	}
}

func TestTheAuthorityRevokesAGuardianshipAtTheService(t *testing.T) {
	w := newWorld(t)
	authority, worker := w.logIn(workerNumber, wallet.Authority), w.logIn(workerNumber, wallet.CommunityWorker)
	child := "/v1/staff/people/" + w.child.String()
	at := child + "/guardians/" + w.guardian.String() + "/revocation"
	status, _, answer := w.call("GET", child+"/guardians", authority, "")
	if status != 200 || !strings.Contains(string(answer), w.guardian.String()) || !strings.Contains(string(answer), "章**") {
		t.Fatalf("%d %s", status, answer)
	}
	w.refused("GET", child+"/guardians", worker, "", api.CodeRole)
	w.refused("POST", at, worker, `{"reason":"court_order-17"}`, api.CodeRole)
	for _, reason := range []string{`{}`, `{"reason":""}`, `{"reason":"Mr Zhang"}`} {
		w.refused("POST", at, authority, reason, api.CodeInvalidRequest)
	}
	w.refused("POST", child+"/guardians/"+w.stranger.String()+"/revocation", authority, `{"reason":"x"}`, api.CodeMemberNotFound)
	w.refused("GET", "/v1/staff/people/00000000000000000000000000/guardians", authority, "", api.CodeMemberNotFound)
	if status, _, answer := w.call("POST", at, authority, `{"reason":"court_order-17"}`); status != 204 {
		t.Fatalf("%d %s", status, answer)
	}
	w.refused("POST", at, authority, `{"reason":"court_order-17"}`, api.CodeMemberNotFound)
	if _, _, answer := w.call("GET", "/v1/wallet/family", w.token, ""); strings.Contains(string(answer), w.child.String()) {
		t.Errorf("the guardian still reads %s", answer)
	}
	if _, _, answer := w.call("GET", "/v1/wallet/members/"+w.guardian.String()+"/history", w.token, ""); !strings.Contains(string(answer), `"by":"authority","about":"章**","detail":"court_order-17"`) {
		t.Errorf("the guardian's history is %s", answer)
	}
}

func TestACounterEndsAPaperCodeThatWasLost(t *testing.T) {
	w := newWorld(t)
	worker, authority, kiosk := w.logIn(workerNumber, wallet.CommunityWorker), w.logIn(workerNumber, wallet.Authority), w.logIn(workerNumber, wallet.Kiosk)
	paper := "/v1/staff/people/" + w.stranger.String() + "/paper"
	w.refused("DELETE", paper, worker, "", api.CodeNoPrint)
	for _, staff := range []string{worker, authority} {
		w.paper(w.stranger)
		w.refused("DELETE", paper, kiosk, "", api.CodeRole)
		if status, _, answer := w.call("DELETE", paper, staff, ""); status != 204 {
			t.Errorf("%d %s", status, answer)
		}
		w.refused("DELETE", paper, staff, "", api.CodeNoPrint)
	}
	w.refused("DELETE", "/v1/staff/people/00000000000000000000000000/paper", worker, "", api.CodeMemberNotFound)
	token := w.logIn(strangerNumber)
	_, _, answer := w.call("GET", "/v1/wallet/members/"+w.stranger.String()+"/history", token, "")
	if !strings.Contains(string(answer), `"print_ended","by":"community_worker"`) || !strings.Contains(string(answer), `"print_ended","by":"authority"`) {
		t.Errorf("the person reads %s", answer)
	}
	w.refused("DELETE", "/v1/wallet/paper/"+w.stranger.String(), token, "", api.CodeNoPrint)
}

func TestACounterIsToldWhenItEndsTheDevicesOfNobody(t *testing.T) {
	w := newWorld(t)
	worker := w.logIn(workerNumber, wallet.CommunityWorker)
	w.refused("DELETE", "/v1/staff/people/00000000000000000000000000/devices", worker, "", api.CodeMemberNotFound)
	_, err := w.wallet.Merge(t.Context(), wallet.Merger{Keep: w.guardian, Gone: w.stranger, Force: true}, wallet.ByAuthority, w.now())
	w.must(err)
	w.refused("DELETE", "/v1/staff/people/"+w.stranger.String()+"/devices", worker, "", api.CodeMemberNotFound)
	if devices, err := w.wallet.Devices(t.Context(), w.guardian); err != nil || len(devices) != 1 {
		t.Errorf("%d devices, %v", len(devices), err)
	}
	// Looked up again, the person is whom the records became.
	status, _, answer := w.call("POST", "/v1/staff/people", worker, documentBody(strangerNumber))
	if status != 200 || !strings.Contains(string(answer), w.guardian.String()) {
		t.Errorf("%d %s", status, answer)
	}
}

func TestAMethodThatDoesNotSufficeAtAKioskIsSaidInThreeLanguagesAndTheCheckGoesOn(t *testing.T) {
	w := newWorld(t)
	kiosk := w.logIn(workerNumber, wallet.Kiosk)
	at := w.atKiosk(kiosk, strangerNumber)
	b := w.browser()
	for range 3 {
		answer, page := b.prove(at, resident(strangerNumber, "路不识", "pwd"))
		if answer.StatusCode != 403 || len(b.cookies) != 0 {
			t.Fatalf("%d, cookies %v", answer.StatusCode, b.cookies)
		}
		for _, text := range []string{"login_method", "需要：人脸识别，或支付密码＋本人账户", "需要：人臉識別，或支付密碼＋本人賬戶", "resident-id needs face", `href="` + at} {
			if !strings.Contains(html.UnescapeString(page), text) {
				t.Errorf("the page lacks %s: %s", text, page)
			}
		}
	}
	b.prove(at, resident(strangerNumber, "路不识", "face"))
	if answer, page := b.open("POST", "/v1/login/agreement", "accept=paper"); answer.StatusCode != 200 {
		t.Errorf("by the right method: %d %s", answer.StatusCode, page)
	}
}

func TestOfTheChecksAtAKioskTheNewestAloneCounts(t *testing.T) {
	w := newWorld(t)
	kiosk := w.logIn(workerNumber, wallet.Kiosk)
	first := w.atKiosk(kiosk, strangerNumber)
	// Whoever has read what there is to accept, as the next one begins.
	b := w.browser()
	b.prove(first, resident(strangerNumber, "路不识", "face"))
	second := w.atKiosk(kiosk, guardianNumber)
	answer, page := b.open("POST", "/v1/login/agreement", "accept=paper")
	if answer.StatusCode == 200 {
		t.Errorf("the former check was accepted: %d", answer.StatusCode)
	}
	for _, text := range []string{"login_over", "自助终端", "自助終端", "kiosk"} {
		if !strings.Contains(page, text) {
			t.Errorf("the page lacks %s: %s", text, page)
		}
	}
	if strings.Contains(page, `href="/v1/login"`) {
		t.Errorf("a kiosk's visitor is sent to a log-in: %s", page)
	}
	w.refused("POST", "/v1/staff/people/"+w.stranger.String()+"/paper", kiosk, "", api.CodePersonCheck)
	if answer, page := w.browser().open("GET", first, ""); answer.StatusCode == 303 || strings.Contains(page, "let the guardian") {
		t.Errorf("the former check begins: %d %s", answer.StatusCode, page)
	}
	// At another kiosk nothing of it counts, and the newest one does.
	other := w.logIn(workerNumber, wallet.Kiosk)
	w.proveAt(other, strangerNumber, "路不识")
	b = w.browser()
	b.prove(second, resident(guardianNumber, "章守信", "face"))
	if answer, page := b.open("POST", "/v1/login/agreement", "accept=paper"); answer.StatusCode != 200 {
		t.Errorf("the newest: %d %s", answer.StatusCode, page)
	}
	if status, _, answer := w.call("POST", "/v1/staff/people/"+w.guardian.String()+"/paper", kiosk, ""); status != 201 {
		t.Errorf("%d %s", status, answer)
	}
	if status, _, answer := w.call("POST", "/v1/staff/people/"+w.stranger.String()+"/paper", other, ""); status != 201 {
		t.Errorf("%d %s", status, answer)
	}
}

// slowCounter is a wallet in which the next one begins while somebody's proof is looked at.
type slowCounter struct {
	*wallet.Service
	while func()
}

func (s slowCounter) ProveAtCounter(ctx context.Context, id wallet.Identity, d wallet.Document, at time.Time) (health.PersonID, error) {
	person, err := s.Service.ProveAtCounter(ctx, id, d, at)
	s.while()
	return person, err
}

func TestAProofAtAKioskThatIsOvertakenByTheNextCheckDoesNotCount(t *testing.T) {
	w := newWorld(t)
	kiosk := w.logIn(workerNumber, wallet.Kiosk)
	w.open(func(c *server.Config) {
		c.Wallet = slowCounter{w.wallet, func() { w.atKiosk(kiosk, guardianNumber) }}
	})
	b := w.browser()
	b.prove(w.atKiosk(kiosk, strangerNumber), resident(strangerNumber, "路不识", "face"))
	if answer, page := b.open("POST", "/v1/login/agreement", "accept=paper"); answer.StatusCode == 200 || !strings.Contains(page, "login_over") {
		t.Errorf("%d %s", answer.StatusCode, page)
	}
	w.refused("POST", "/v1/staff/people/"+w.stranger.String()+"/paper", kiosk, "", api.CodePersonCheck)
}

func TestTheAuthorityRevokesTheGuardianshipOfSomebodyRecordedDead(t *testing.T) {
	w := newWorld(t)
	authority := w.logIn(workerNumber, wallet.Authority)
	child := "/v1/staff/people/" + w.child.String() + "/guardians"
	_, err := w.wallet.Deceased(t.Context(), w.guardian, false, wallet.ByAuthority, w.now())
	w.must(err)
	if _, _, answer := w.call("GET", child, authority, ""); !strings.Contains(string(answer), w.guardian.String()) || !strings.Contains(string(answer), `"ended":"`) {
		t.Errorf("listed is %s", answer)
	}
	if status, _, answer := w.call("POST", child+"/"+w.guardian.String()+"/revocation", authority, `{"reason":"court_order-17"}`); status != 204 {
		t.Errorf("%d %s", status, answer)
	}
	if _, _, answer := w.call("GET", child, authority, ""); strings.Contains(string(answer), w.guardian.String()) {
		t.Errorf("after the revocation listed is %s", answer)
	}
	_, err = w.wallet.Revive(t.Context(), w.guardian, "mistake", false, wallet.ByAuthority, w.now())
	w.must(err)
	if all, err := w.wallet.Guardians(t.Context(), w.child, w.now()); err != nil || len(all) != 0 {
		t.Errorf("the guardians are %+v, %v", all, err)
	}
}

func TestAKioskPrintsNobodysPaperForABearerWithAnotherBirthDate(t *testing.T) {
	w := newWorld(t)
	kiosk := w.logIn(workerNumber, wallet.Kiosk)
	// The permit of somebody else was entered with the stranger's record by mistake, and its owner comes to the kiosk.
	permit := wallet.Document{Type: wallet.HomeReturnPermit, Number: "H99000077"}
	stored, err := w.wallet.Person(t.Context(), w.stranger)
	w.must(err)
	_, err = w.wallet.Correct(t.Context(), w.stranger, wallet.Correction{Documents: append(stored.Documents, permit)}, wallet.ByAuthority, w.now())
	w.must(err)
	owner := logintest.Person{
		"name": newcomer, "birthdate": "1990-09-09", "document_type": "home-return-permit", "document_number": permit.Number,
		"region": "440106", "amr": []string{"face", "liveness"},
	}
	if answer, page := w.browser().prove("/v1/login", owner); answer.StatusCode != 409 {
		t.Fatalf("the log-in: %d %s", answer.StatusCode, page)
	}
	status, _, answer := w.call("POST", "/v1/staff/people", kiosk, `{"document":{"type":"home-return-permit","number":"H99000077"}}`)
	if status != 202 {
		t.Fatalf("%d %s", status, answer)
	}
	var check api.MemberCheck
	w.must(json.Unmarshal(answer, &check))
	b := w.browser()
	b.prove(check.URL[strings.Index(check.URL, "/v1/"):], owner)
	response, page := b.open("POST", "/v1/login/agreement", "accept=paper")
	if response.StatusCode != 409 || !strings.Contains(page, string(api.CodeOtherPerson)) {
		t.Errorf("%d %s", response.StatusCode, page)
	}
	w.refused("POST", "/v1/staff/people/"+w.stranger.String()+"/paper", kiosk, "", api.CodePersonCheck)
}
