package server_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"healthcode.example/api/login/logintest"
	"healthcode.example/wallet"
)

// browser walks through the log-in and keeps cookies as a browser does, Secure ones too.
type browser struct {
	*world
	cookies map[string]string
	seen    []string // every address that it was sent to
}

func (w *world) browser() *browser { return &browser{world: w, cookies: map[string]string{}} }

// open asks for a path of the service and follows nothing.
func (b *browser) open(method, path, form string) (*http.Response, string) {
	b.t.Helper()
	r, err := http.NewRequest(method, b.url+path, strings.NewReader(form))
	b.must(err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Accept", "text/html")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	for name, value := range b.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	client := *b.http
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	answer, err := client.Do(r)
	b.must(err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	b.must(err)
	for _, c := range answer.Cookies() {
		if !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" {
			b.t.Errorf("the cookie %s is not kept as it must be: %+v", c.Name, c)
		}
		if c.MaxAge < 0 {
			delete(b.cookies, c.Name)
		} else {
			b.cookies[c.Name] = c.Value
		}
	}
	if to := answer.Header.Get("Location"); to != "" {
		b.seen = append(b.seen, to)
	}
	return answer, string(body)
}

// resident is what the provider says of somebody.
func resident(number, name string, methods ...string) logintest.Person {
	return logintest.Person{
		"name": name, "birthdate": number[6:10] + "-" + number[10:12] + "-" + number[12:14], "document_type": "resident-id", "document_number": number,
		"region": "440106", "amr": methods,
	}
}

// prove goes from path to the provider and back, and returns what the service answers then.
func (b *browser) prove(path string, who logintest.Person) (*http.Response, string) {
	b.t.Helper()
	answer, body := b.open("GET", path, "")
	if answer.StatusCode != 303 {
		b.t.Fatalf("%s: %d %s", path, answer.StatusCode, body)
	}
	return b.open("GET", "/v1/login/callback?"+b.provider.Answer(answer.Header.Get("Location"), who).Encode(), "")
}

const newcomer = "陆新来"

var newcomerNumber = residentID("99000019900909007")

func TestANewcomerAcceptsTheAgreementBeforeAnythingElse(t *testing.T) {
	w := newWorld(t)
	b := w.browser()
	answer, _ := b.prove("/v1/login?lang=en", resident(newcomerNumber, newcomer, "face"))
	if to := answer.Header.Get("Location"); answer.StatusCode != 303 || to != "/v1/login/agreement?lang=en" {
		t.Fatalf("%d to %s", answer.StatusCode, to)
	}
	if answer, _ := b.open("GET", "/v1/wallet/family", ""); answer.StatusCode != 401 {
		t.Errorf("the wallet answers %d before the agreement", answer.StatusCode)
	}
	_, page := b.open("GET", "/v1/login/agreement", "")
	for _, text := range []string{"请同意", "請同意", "please accept", `value="t1"`} {
		if !strings.Contains(page, text) {
			t.Errorf("the agreement lacks %s", text)
		}
	}
	answer, _ = b.open("POST", "/v1/login/agreement", "accept=t1")
	if answer.StatusCode != 303 || b.cookies["__Host-healthcode"] == "" || b.cookies["__Host-healthcode-login"] != "" {
		t.Fatalf("%d %v", answer.StatusCode, b.cookies)
	}
	if answer, body := b.open("GET", "/v1/wallet/family", ""); answer.StatusCode != 200 || !strings.Contains(body, newcomer) {
		t.Errorf("%d %s", answer.StatusCode, body)
	}
	// The second log-in needs no agreement, and gives another session.
	first := b.cookies["__Host-healthcode"]
	answer, _ = b.prove("/v1/login", resident(newcomerNumber, newcomer, "face"))
	if answer.Header.Get("Location") != "/" || b.cookies["__Host-healthcode"] == first {
		t.Error("the session was not renewed at log-in")
	}
	for _, to := range b.seen {
		if strings.Contains(to, first) || strings.Contains(to, b.cookies["__Host-healthcode"]) {
			t.Error("a session's token stands in an address")
		}
	}
	// One log-out ends both.
	if answer, _ := b.open("DELETE", "/v1/session", ""); answer.StatusCode != 204 {
		t.Errorf("log-out: %d", answer.StatusCode)
	}
	if status, _, _ := w.call("GET", "/v1/wallet/family", first, ""); status != 401 {
		t.Errorf("the other session: %d", status)
	}
}

func TestWhoDeclinesTheAgreementIsNotStored(t *testing.T) {
	w := newWorld(t)
	b := w.browser()
	b.prove("/v1/login", resident(newcomerNumber, newcomer, "face"))
	if answer, page := b.open("POST", "/v1/login/agreement", "accept="); answer.StatusCode != 403 || !strings.Contains(page, "尚未同意") {
		t.Errorf("%d %s", answer.StatusCode, page)
	}
	d, err := wallet.ParseDocument("resident-id", newcomerNumber)
	w.must(err)
	if _, err := w.wallet.FindPerson(t.Context(), d); err == nil {
		t.Error("the newcomer is stored")
	}
	if answer, _ := b.open("POST", "/v1/login/agreement", "accept=t1"); answer.StatusCode != 400 {
		t.Errorf("the same proof again: %d", answer.StatusCode)
	}
}

func TestAMethodThatDoesNotSufficeIsRefusedWithTheReason(t *testing.T) {
	w := newWorld(t)
	b := w.browser()
	answer, page := b.prove("/v1/login", resident(guardianNumber, "章守信", "pwd"))
	if answer.StatusCode != 403 || !strings.Contains(page, "此证件需要其他核验方式") || !strings.Contains(page, "resident-id needs face") || b.cookies["__Host-healthcode"] != "" {
		t.Errorf("%d %s", answer.StatusCode, page)
	}
	answer, _ = b.prove("/v1/login", resident(childNumber, "章小明", "face"))
	if answer.StatusCode != 403 {
		t.Errorf("a child of 7 without consent: %d", answer.StatusCode)
	}
}

func TestAReplayedCallbackAndAProviderThatIsDownLeaveNothing(t *testing.T) {
	w := newWorld(t)
	b := w.browser()
	answer, _ := b.open("GET", "/v1/login", "")
	callback := "/v1/login/callback?" + w.provider.Answer(answer.Header.Get("Location"), resident(guardianNumber, "章守信", "face")).Encode()
	pending := b.cookies["__Host-healthcode-login"]
	if answer, _ := b.open("GET", callback, ""); answer.StatusCode != 303 {
		t.Fatalf("%d", answer.StatusCode)
	}
	b.cookies = map[string]string{"__Host-healthcode-login": pending}
	if answer, _ := b.open("GET", callback, ""); answer.StatusCode != 400 || b.cookies["__Host-healthcode"] != "" {
		t.Errorf("replayed: %d", answer.StatusCode)
	}
	w.provider.Broken["/token"] = 500
	if answer, page := b.prove("/v1/login", resident(guardianNumber, "章守信", "face")); answer.StatusCode != 503 || answer.Header.Get("Retry-After") != "5" || !strings.Contains(page, "provider_down") {
		t.Errorf("%d %s", answer.StatusCode, page)
	}
	if len(b.cookies) != 0 {
		t.Errorf("cookies are left: %v", b.cookies)
	}
}

func TestAWalletProgramFetchesItsSessionOnceWithItsVerifier(t *testing.T) {
	w := newWorld(t)
	verifier := strings.Repeat("v", 43)
	sum := sha256.Sum256([]byte(verifier))
	back := func() string {
		b := w.browser()
		answer, body := b.prove("/v1/login?return="+url.QueryEscape("http://127.0.0.1:4711/done")+"&state=mine&code_challenge="+base64.RawURLEncoding.EncodeToString(sum[:]),
			resident(guardianNumber, "章守信", "face"))
		u, err := url.Parse(answer.Header.Get("Location"))
		if err != nil || u.Host != "127.0.0.1:4711" || u.Query().Get("state") != "mine" || b.cookies["__Host-healthcode"] != "" {
			t.Fatalf("%d to %s %s", answer.StatusCode, u, body)
		}
		return u.Query().Get("code")
	}
	fetch := func(code, verifier string) (int, string) {
		status, _, body := w.call("POST", "/v1/sessions", "", fmt.Sprintf(`{"code":%q,"verifier":%q}`, code, verifier))
		var got struct{ Token string }
		_ = json.Unmarshal(body, &got)
		return status, got.Token
	}
	code := back()
	if status, token := fetch(code, "another"); status != 400 || token != "" {
		t.Errorf("another verifier: %d", status)
	}
	if status, _ := fetch(code, verifier); status != 400 {
		t.Errorf("after a wrong verifier: %d", status)
	}
	code = back()
	status, token := fetch(code, verifier)
	if status != 201 {
		t.Fatal(status)
	}
	if status, _ := fetch(code, verifier); status != 400 {
		t.Errorf("a second time: %d", status)
	}
	if status, _, _ := w.call("GET", "/v1/wallet/family", token, ""); status != 200 {
		t.Errorf("with the token: %d", status)
	}
	code = back()
	w.advance(time.Minute)
	if status, _ := fetch(code, verifier); status != 400 {
		t.Errorf("a minute later: %d", status)
	}
}

func TestACodeFromBeforeTheLogInsEndedFetchesNoSession(t *testing.T) {
	for what, end := range map[string]func(w *world, elsewhere string) (int, []byte){
		"all devices ended": func(w *world, elsewhere string) (int, []byte) {
			status, _, answer := w.call("DELETE", "/v1/wallet/devices", elsewhere, "")
			return status, answer
		},
		"the phone was reported lost": func(w *world, _ string) (int, []byte) {
			status, _, answer := w.call("DELETE", "/v1/staff/people/"+w.guardian.String()+"/devices", w.logIn(workerNumber, wallet.CommunityWorker), "")
			return status, answer
		},
		"logged out everywhere": func(w *world, elsewhere string) (int, []byte) {
			status, _, answer := w.call("DELETE", "/v1/session", elsewhere, "")
			return status, answer
		},
	} {
		w := newWorld(t)
		verifier := strings.Repeat("v", 43)
		sum := sha256.Sum256([]byte(verifier))
		elsewhere := w.logIn(guardianNumber)
		answer, _ := w.browser().prove("/v1/login?return="+url.QueryEscape("http://127.0.0.1:4711/done")+"&code_challenge="+base64.RawURLEncoding.EncodeToString(sum[:]),
			resident(guardianNumber, "章守信", "face"))
		to, err := url.Parse(answer.Header.Get("Location"))
		w.must(err)
		if status, answer := end(w, elsewhere); status != 204 {
			t.Fatalf("%s: %d %s", what, status, answer)
		}
		status, _, body := w.call("POST", "/v1/sessions", "", fmt.Sprintf(`{"code":%q,"verifier":%q}`, to.Query().Get("code"), verifier))
		if status != 400 || !strings.Contains(string(body), "login_over") || !strings.Contains(string(body), "has ended since") {
			t.Errorf("%s: %d %s", what, status, body)
		}
	}
}

func TestALogInReturnsToThisMachineOnly(t *testing.T) {
	w := newWorld(t)
	for _, to := range []string{
		"https://elsewhere.example/", "http://elsewhere.example:80/", "http://127.0.0.1/", "http://127.0.0.1.elsewhere.example:80/", "http://localhost:80/",
		"http://a@127.0.0.1:80/", "//127.0.0.1:80/", "javascript:alert(1)", "http://127.0.0.1:80/?x=1", "http://127.0.0.1:80/#x", "/v1",
		// What a parser takes for nothing and a browser, or what is put behind it, does not.
		"http://127.0.0.1:80/?", "http://127.0.0.1:80/#", "http://127.0.0.1:80?", "http://127.0.0.1:80/a?#", "http://127.0.0.1:80/%3f", "http://127.0.0.1:80/%23",
		// Other hosts in the form of this one.
		"//evil.example", `\\evil.example`, `/\evil.example`, "/%2f%2fevil.example", "http:evil.example", "http:/evil.example", "http:///evil.example:80/",
		`http://127.0.0.1:80\@evil.example/`, "http://127.0.0.1:80@evil.example/", "http://127.0.0.1:@evil.example:80/", "http://@127.0.0.1:80/", "http://:@127.0.0.1:80/",
		"http://evil.example#@127.0.0.1:80/", "http://evil.example?@127.0.0.1:80/", "http://127.0.0.1%2eevil.example:80/", "http://127.0.0.1%00.evil.example:80/",
		"http://127.0.0.1:80/%2f%2fevil.example", "http://127.0.0.1:80//evil.example", `http://127.0.0.1:80/\evil.example`, "http://127.0.0.1:80/@evil.example",
		"http://127.0.0.1:80/..//evil.example", "http://127.0.0.1:80/\r\nLocation: http://evil.example", "http://127.0.0.1:80/\t/evil.example", " http://127.0.0.1:80/",
		// Names and numbers of this machine that RFC 8252 does not name: a resolver or a neighbour may have them elsewhere.
		"http://LOCALHOST:80/", "http://localhost.:80/", "http://localhost.evil.example:80/", "http://127.1:80/", "http://127.0.0.2:80/", "http://2130706433:80/",
		"http://0x7f.0.0.1:80/", "http://0177.0.0.1:80/", "http://0.0.0.0:80/", "http://[::]:80/", "http://[::ffff:127.0.0.1]:80/", "http://[::1%25lo]:80/",
		"http://[0:0:0:0:0:0:0:1]:80/", "http://::1:80/", "http://[::1]/", "http://[::1]evil.example:80/", "http://１２７.0.0.1:80/", "http://127。0。0。1:80/",
		"http://127.0.0.1:0/", "http://127.0.0.1:00080/", "http://127.0.0.1:65536/", "http://127.0.0.1:999999999999/", "http://127.0.0.1:-1/", "http://127.0.0.1:80:80/",
		"HTTP://127.0.0.1:80/", "https://127.0.0.1:80/", "ftp://127.0.0.1:80/", "com.evil.app:/x", "http://127.0.0.1:80/" + strings.Repeat("a", 300),
	} {
		if status, _, _ := w.call("GET", "/v1/login?code_challenge="+strings.Repeat("A", 43)+"&return="+url.QueryEscape(to), "", ""); status != 400 {
			t.Errorf("%s: %d", to, status)
		}
	}
	if status, _, _ := w.call("GET", "/v1/login?return="+url.QueryEscape("http://[::1]:80/"), "", ""); status != 400 {
		t.Errorf("without a challenge: %d", status)
	}
	for _, to := range []string{"http://127.0.0.1:80", "http://127.0.0.1:1/", "http://[::1]:65535/done", "http://127.0.0.1:49152/a/b-c_d.e~f/"} {
		if status, _, answer := w.call("GET", "/v1/login?code_challenge="+strings.Repeat("A", 43)+"&return="+url.QueryEscape(to), "", ""); status != 303 {
			t.Errorf("%s: %d %s", to, status, answer)
		}
	}
}

func TestAPageOfAnotherSiteChangesNothing(t *testing.T) {
	w := newWorld(t)
	for _, from := range []map[string]string{{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://elsewhere.example"}} {
		r, err := http.NewRequest("DELETE", w.url+"/v1/session", nil)
		w.must(err)
		r.AddCookie(&http.Cookie{Name: "__Host-healthcode", Value: w.token})
		for name, value := range from {
			r.Header.Set(name, value)
		}
		answer, err := w.http.Do(r)
		w.must(err)
		answer.Body.Close()
		if answer.StatusCode != 403 {
			t.Errorf("%v: %d", from, answer.StatusCode)
		}
	}
	if status, _, _ := w.call("GET", "/v1/wallet/family", w.token, ""); status != 200 {
		t.Errorf("the session is gone: %d", status)
	}
}

// TestTheCookieLastsAsLongAsTheSession, which the configuration says, and a role.
func TestTheCookieLastsAsLongAsTheSession(t *testing.T) {
	w := newWorld(t)
	lasts := func(roles ...string) int {
		who := resident(guardianNumber, "章守信", "face")
		who["roles"] = roles
		answer, _ := w.browser().prove("/v1/login", who)
		for _, c := range answer.Cookies() {
			if c.Name == "__Host-healthcode" {
				return c.MaxAge
			}
		}
		return 0
	}
	if got := lasts(); got != 30*24*3600 {
		t.Errorf("a resident's by default: %d s", got)
	}
	if got := lasts("kiosk"); got != 10*3600 {
		t.Errorf("a kiosk's: %d s", got)
	}
	w.tune = func(c *wallet.Config) { c.SessionAbsolute = 2 * time.Hour }
	w.restart()
	if resident, kiosk := lasts(), lasts("kiosk"); resident != 7200 || kiosk != 7200 {
		t.Errorf("where it is 2 hours: %d s, a kiosk's %d s", resident, kiosk)
	}
}

// TestWhatIsWrongWithAProviderIsInTheLog, since the person who meets it can do nothing about it.
func TestWhatIsWrongWithAProviderIsInTheLog(t *testing.T) {
	w := newWorld(t)
	w.provider.Broken["/token"] = 503
	w.browser().prove("/v1/login", resident(guardianNumber, "章守信", "face"))
	delete(w.provider.Broken, "/token")
	w.provider.Token = func(_, claims map[string]any) { delete(claims, "auth_time") }
	w.browser().prove("/v1/login", resident(guardianNumber, "章守信", "face"))
	for _, want := range []string{"identity provider down", "it has no auth_time"} {
		if !strings.Contains(w.log.String(), want) {
			t.Errorf("the log does not say %q", want)
		}
	}
}
