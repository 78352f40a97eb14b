package login_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"healthcode.example/api/login"
	"healthcode.example/api/login/logintest"
	"healthcode.example/wallet"
)

const callback = "https://code.example/v1/login/callback"

// resident is a synthetic person: the area 990106 does not exist.
func resident() logintest.Person {
	return logintest.Person{
		"name": "陈明", "birthdate": "1984-05-17", "document_type": "resident-id", "document_number": "990106198405172038", "region": "440106",
		"amr": []string{"face"}, "acr": "urn:example:high", "roles": []string{"community_worker", "admin"},
	}
}

// bench is a client with a provider of its own.
type bench struct {
	*testing.T
	at       time.Time
	provider *logintest.Provider
	client   *login.Client
}

func newBench(t *testing.T) *bench {
	b := &bench{T: t, at: time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)}
	b.provider = logintest.New(t, func() time.Time { return b.at })
	b.client = b.newClient(b.provider.Configuration("demo"))
	return b
}

func (b *bench) newClient(providers ...login.Provider) *login.Client {
	b.Helper()
	c, err := login.New(login.Config{Providers: providers, Callback: callback, Now: func() time.Time { return b.at }})
	if err != nil {
		b.Fatal(err)
	}
	return c
}

func (b *bench) start() (redirect, cookie string) {
	b.Helper()
	redirect, cookie, err := b.client.Start(context.Background(), "demo", login.Purpose{Language: "en"})
	if err != nil {
		b.Fatal(err)
	}
	return redirect, cookie
}

// logIn goes the whole way.
func (b *bench) logIn(person logintest.Person) (wallet.Identity, error) {
	b.Helper()
	redirect, cookie := b.start()
	id, purpose, err := b.client.Finish(context.Background(), cookie, b.provider.Answer(redirect, person))
	if purpose.Language != "en" {
		b.Errorf("the purpose came back as %+v", purpose)
	}
	return id, err
}

func TestAPersonProvesWhoTheyAre(t *testing.T) {
	b := newBench(t)
	if len(b.provider.Calls) != 0 {
		t.Error("the provider was asked before anybody logged in")
	}
	id, err := b.logIn(resident())
	if err != nil {
		t.Fatal(err)
	}
	if id.Name != "陈明" || id.Birth != (wallet.Date{Year: 1984, Month: 5, Day: 17}) || id.Region != 440106 || id.Document.Type != wallet.ResidentID ||
		id.Document.Number != "990106198405172038" || id.ACR != "urn:example:high" || id.Provider != b.provider.URL || !id.At.Equal(b.at) {
		t.Error("not all claims arrived")
	}
	if len(id.Methods) != 1 || id.Methods[0] != "face" || len(id.Roles) != 1 || id.Roles[0] != wallet.CommunityWorker {
		t.Errorf("methods %v, roles %v", id.Methods, id.Roles)
	}
}

// TestOnlyAProviderThatIsTrustedWithRolesMakesStaff: a bank's log-in may well say roles, of its own world.
func TestOnlyAProviderThatIsTrustedWithRolesMakesStaff(t *testing.T) {
	b := newBench(t)
	bank := b.provider.Configuration("demo")
	bank.Claims.Roles = ""
	b.client = b.newClient(bank)
	for name, roles := range map[string]any{"a list": []string{"community_worker", "kiosk"}, "a word": "kiosk", "another shape": map[string]any{"kiosk": true}} {
		who := resident()
		who["roles"] = roles
		if id, err := b.logIn(who); err != nil || len(id.Roles) != 0 {
			t.Errorf("%s: roles %v, %v", name, id.Roles, err)
		}
	}
}

func TestTheProviderIsAskedWithProofKeyStateNonceAndForAFreshLook(t *testing.T) {
	b := newBench(t)
	redirect, cookie := b.start()
	u, err := url.Parse(redirect)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	for name, want := range map[string]string{
		"response_type": "code", "client_id": logintest.ClientID, "redirect_uri": callback, "code_challenge_method": "S256", "scope": "openid profile",
		"prompt": "login", "max_age": "0", "ui_locales": "en",
	} {
		if q.Get(name) != want {
			t.Errorf("%s is %q, want %q", name, q.Get(name), want)
		}
	}
	for _, secret := range []string{q.Get("state"), q.Get("nonce"), q.Get("code_challenge"), cookie} {
		if len(secret) != 43 || strings.Count(redirect+cookie, secret) != 1 {
			t.Errorf("a secret of %d characters, or not one of its own", len(secret))
		}
	}
}

func TestATokenThatIsNotAsItMustBeProvesNothing(t *testing.T) {
	set := func(name string, value any) func(_, claims map[string]any) {
		return func(_, claims map[string]any) { claims[name] = value }
	}
	at := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC).Unix()
	for name, change := range map[string]func(header, claims map[string]any){
		"another audience":            set("aud", "somebody-else"),
		"two audiences and no party":  set("aud", []string{logintest.ClientID, "somebody-else"}),
		"another party":               set("azp", "somebody-else"),
		"another issuer":              set("iss", "https://elsewhere.example"),
		"another nonce":               set("nonce", "x"),
		"no nonce":                    func(_, claims map[string]any) { delete(claims, "nonce") },
		"expired":                     set("exp", at-1),
		"not yet valid":               set("nbf", at+3600),
		"nobody":                      set("sub", ""),
		"another access token":        set("at_hash", "AAAAAAAAAAAAAAAAAAAAAA"),
		"proved long ago":             set("auth_time", at-3600),
		"proved in the future":        set("auth_time", at+3600),
		"auth_time is no time":        set("auth_time", "now"),
		"auth_time is missing":        func(_, claims map[string]any) { delete(claims, "auth_time") },
		"auth_time is null":           set("auth_time", nil),
		"proved before it was asked":  set("auth_time", at-120),
		"issued in the future":        set("iat", at+36000),
		"issued long ago":             set("iat", at-3600),
		"issued at no time":           set("iat", "now"),
		"no time of issue":            func(_, claims map[string]any) { delete(claims, "iat") },
		"a key that is not there":     func(header, _ map[string]any) { header["kid"] = "2" },
		"a demonstration's":           set(login.DemoClaim, true),
		"no document":                 func(_, claims map[string]any) { delete(claims, "document_number") },
		"a wrong check digit":         set("document_number", "990106198405172037"),
		"an unknown document":         set("document_type", "library-card"),
		"another birth date":          set("birthdate", "1984-05-18"),
		"no birth date":               set("birthdate", ""),
		"a name that deceives":        set("name", "陈\u202e明"),
		"a name of 101 characters":    set("name", strings.Repeat("陈", 101)),
		"a region that is none":       set("region", "44"),
		"methods that are no words":   set("amr", []int{1}),
		"methods without end":         set("amr", strings.Split(strings.Repeat("face ", 20), " ")[:20]),
		"roles that are not a list":   set("roles", map[string]any{"community_worker": true}),
		"claims of the wrong type":    set("azp", 1),
		"a critical header extension": func(header, _ map[string]any) { header["crit"] = []string{"x-unknown"} },
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.provider.Token = change
			id, err := b.logIn(resident())
			if !errors.Is(err, login.ErrToken) || id.Subject != "" {
				t.Fatalf("%v", err)
			}
			for _, personal := range []string{"990106198405", "陈", "subject-marked", "access-token", "eyJ"} {
				if strings.Contains(err.Error(), personal) {
					t.Errorf("the error says %s: %v", personal, err)
				}
			}
		})
	}
}

// TestAProviderThatNeverSendsAuthTimeMustBeSaidToBeOne has the time of issue stand for the time of proof where, and only
// where, the configuration says so.
func TestAProviderThatNeverSendsAuthTimeMustBeSaidToBeOne(t *testing.T) {
	b := newBench(t)
	never := b.provider.Configuration("demo")
	never.AuthTime = new(bool)
	b.client = b.newClient(never)
	issued := b.at.Add(-30 * time.Second)
	b.provider.Token = func(_, claims map[string]any) {
		delete(claims, "auth_time")
		claims["iat"] = issued.Unix()
	}
	id, err := b.logIn(resident())
	if err != nil || !id.At.Equal(issued) {
		t.Errorf("proved at %v: %v", id.At, err)
	}
	for name, change := range map[string]func(_, claims map[string]any){
		"an auth_time of long ago all the same": func(_, claims map[string]any) { claims["auth_time"] = b.at.Add(-time.Hour).Unix() },
		"issued before it was asked for": func(_, claims map[string]any) {
			delete(claims, "auth_time")
			claims["iat"] = b.at.Add(-2 * time.Minute).Unix()
		},
		"neither time": func(_, claims map[string]any) { delete(claims, "auth_time"); delete(claims, "iat") },
	} {
		b.provider.Token = change
		if _, err := b.logIn(resident()); !errors.Is(err, login.ErrToken) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestAClockThatIsALittleOffIsNoFault allows a minute in either direction.
func TestAClockThatIsALittleOffIsNoFault(t *testing.T) {
	b := newBench(t)
	for _, off := range []time.Duration{-50 * time.Second, 50 * time.Second} {
		b.provider.Now = func() time.Time { return b.at.Add(off) }
		if _, err := b.logIn(resident()); err != nil {
			t.Errorf("%v: %v", off, err)
		}
	}
}

func TestATokenThatTheProviderDidNotSignProvesNothing(t *testing.T) {
	b64 := base64.RawURLEncoding.EncodeToString
	none := b64([]byte(`{"alg":"none"}`))
	hs256 := b64([]byte(`{"alg":"HS256","kid":"1"}`))
	for name, sign := range map[string]func(b *bench, signed string) string{
		"alg none": func(_ *bench, signed string) string {
			_, claims, _ := strings.Cut(signed, ".")
			return none + "." + claims + "."
		},
		"no signature": func(_ *bench, signed string) string { return signed + "." },
		"signed with the client's secret": func(_ *bench, signed string) string {
			_, claims, _ := strings.Cut(signed, ".")
			mac := hmac.New(sha256.New, []byte(logintest.Secret))
			mac.Write([]byte(hs256 + "." + claims))
			return hs256 + "." + claims + "." + b64(mac.Sum(nil))
		},
		"signed by another": func(b *bench, signed string) string {
			return logintest.New(b.T, b.provider.Now).ES256(signed)
		},
		"changed after signing": func(b *bench, signed string) string {
			return strings.Replace(b.provider.ES256(signed), ".eyJ", ".eyK", 1)
		},
		"no token":  func(*bench, string) string { return "" },
		"not a JWT": func(*bench, string) string { return "hello" },
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.provider.Sign = func(signed string) string { return sign(b, signed) }
			if _, err := b.logIn(resident()); !errors.Is(err, login.ErrToken) {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestAnAnswerCountsOnceInItsOwnBrowserAndInTime(t *testing.T) {
	b := newBench(t)
	ctx := context.Background()
	finish := func(cookie string, answer url.Values) error {
		_, _, err := b.client.Finish(ctx, cookie, answer)
		return err
	}
	redirect, cookie := b.start()
	answer := b.provider.Answer(redirect, resident())
	if err := finish(cookie, answer); err != nil {
		t.Fatal(err)
	}
	if err := finish(cookie, answer); !errors.Is(err, login.ErrNoPending) {
		t.Errorf("a replayed callback: %v", err)
	}
	redirect, cookie = b.start()
	_, other := b.start()
	answer = b.provider.Answer(redirect, resident())
	for name, c := range map[string]string{"another browser": other, "no cookie": "", "a made-up cookie": strings.Repeat("A", 43)} {
		if err := finish(c, answer); !errors.Is(err, login.ErrNoPending) {
			t.Errorf("%s: %v", name, err)
		}
	}
	answer.Set("state", "x")
	if err := finish(cookie, answer); !errors.Is(err, login.ErrNoPending) {
		t.Errorf("another state: %v", err)
	}
	redirect, cookie = b.start()
	answer = b.provider.Answer(redirect, resident())
	b.at = b.at.Add(login.Pending)
	if err := finish(cookie, answer); !errors.Is(err, login.ErrNoPending) {
		t.Errorf("too late: %v", err)
	}
	if n := b.provider.Calls["/token"]; n != 1 {
		t.Errorf("the provider was asked for %d tokens, want 1: what is refused before must not reach it", n)
	}
}

func TestWhoTurnsBackOrBringsAnUnknownCodeHasProvedNothing(t *testing.T) {
	b := newBench(t)
	for name, change := range map[string]func(url.Values){
		"turned back":             func(q url.Values) { q.Del("code"); q.Set("error", "access_denied") },
		"an error beside a code":  func(q url.Values) { q.Set("error", "server_error") },
		"no code":                 func(q url.Values) { q.Del("code") },
		"a code nobody gave":      func(q url.Values) { q.Set("code", "x") },
		"another provider's code": func(q url.Values) { q.Set("iss", "https://elsewhere.example") },
	} {
		redirect, cookie := b.start()
		answer := b.provider.Answer(redirect, resident())
		change(answer)
		_, _, err := b.client.Finish(context.Background(), cookie, answer)
		if !errors.Is(err, login.ErrRefused) && !errors.Is(err, login.ErrToken) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestAProviderThatPromisesToNameItselfMustDoSo is RFC 9207 §2.4: of such a provider an answer without iss is somebody else's.
func TestAProviderThatPromisesToNameItselfMustDoSo(t *testing.T) {
	b := newBench(t)
	b.provider.Says = map[string]any{"authorization_response_iss_parameter_supported": true}
	for name, c := range map[string]struct {
		change func(url.Values)
		want   error
	}{
		"named":                   {func(q url.Values) { q.Set("iss", b.provider.URL) }, nil},
		"not named":               {func(url.Values) {}, login.ErrToken},
		"turned back, not named":  {func(q url.Values) { q.Del("code"); q.Set("error", "access_denied") }, login.ErrToken},
		"an empty name":           {func(q url.Values) { q.Set("iss", "") }, login.ErrToken},
		"named and then another":  {func(q url.Values) { q["iss"] = []string{b.provider.URL, "https://elsewhere.example"} }, login.ErrToken},
		"a slash behind the name": {func(q url.Values) { q.Set("iss", b.provider.URL+"/") }, login.ErrToken},
	} {
		redirect, cookie := b.start()
		answer := b.provider.Answer(redirect, resident())
		c.change(answer)
		before := b.provider.Calls["/token"]
		_, _, err := b.client.Finish(context.Background(), cookie, answer)
		if !errors.Is(err, c.want) || c.want == nil && err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if c.want != nil && b.provider.Calls["/token"] != before {
			t.Errorf("%s: the code was sent on", name)
		}
	}
}

// TestAProviderMayChangeItsKey without anybody being told: its next token is believed, and the former key within a day is not.
func TestAProviderMayChangeItsKey(t *testing.T) {
	b := newBench(t)
	if _, err := b.logIn(resident()); err != nil {
		t.Fatal(err)
	}
	former := *b.provider
	b.provider.NewKey(t)
	if _, err := b.logIn(resident()); err != nil {
		t.Errorf("the new key: %v", err)
	}
	b.provider.Token = func(header, _ map[string]any) { header["kid"] = former.KeyID() }
	b.provider.Sign = former.ES256
	if _, err := b.logIn(resident()); !errors.Is(err, login.ErrToken) {
		t.Errorf("the key that was taken away: %v", err)
	}
}

func TestAProviderThatIsDownIsSaidSoAndTriedAgainAfterAWhile(t *testing.T) {
	b := newBench(t)
	ctx := context.Background()
	var down *login.Unavailable
	b.provider.Broken["/.well-known/openid-configuration"] = 500
	for range 3 {
		_, cookie, err := b.client.Start(ctx, "", login.Purpose{})
		if !errors.As(err, &down) || down.Provider != "demo" || down.After <= 0 || cookie != "" {
			t.Fatalf("%v", err)
		}
	}
	if n := b.provider.Calls["/.well-known/openid-configuration"]; n != 1 {
		t.Errorf("asked %d times at once", n)
	}
	delete(b.provider.Broken, "/.well-known/openid-configuration")
	b.at = b.at.Add(down.After)
	for path, status := range map[string]int{"/token": 503, "/keys": 502} {
		b.provider.Broken[path] = status
		if _, err := b.logIn(resident()); !errors.As(err, &down) {
			t.Errorf("%s down in mid-log-in: %v", path, err)
		}
		delete(b.provider.Broken, path)
	}
	if _, err := b.logIn(resident()); err != nil {
		t.Errorf("up again: %v", err)
	}
}

// TestAProviderThatIsBusyOrDoesNotKnowUsIsNotThePersonsFault: beginning again at once would help nobody.
func TestAProviderThatIsBusyOrDoesNotKnowUsIsNotThePersonsFault(t *testing.T) {
	b := newBench(t)
	var down *login.Unavailable
	b.provider.Broken["/token"] = 429
	if _, err := b.logIn(resident()); !errors.As(err, &down) {
		t.Errorf("busy: %v", err)
	}
	delete(b.provider.Broken, "/token")
	wrong := b.provider.Configuration("demo")
	wrong.Secret = "another-secret-marked"
	b.client = b.newClient(wrong)
	if _, err := b.logIn(resident()); !errors.As(err, &down) || !strings.Contains(err.Error(), "client_id") || strings.Contains(err.Error(), "marked") {
		t.Errorf("a wrong secret: %v", err)
	}
}

func TestAProviderThatHangsDoesNotHoldAnybodyForLong(t *testing.T) {
	b := newBench(t)
	stuck := make(chan struct{})
	hanging := &http.Client{Timeout: 50 * time.Millisecond, Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		select {
		case <-stuck:
		case <-r.Context().Done():
		}
		return nil, r.Context().Err()
	})}
	defer close(stuck)
	c, err := login.New(login.Config{Providers: []login.Provider{b.provider.Configuration("demo")}, Callback: callback, HTTP: hanging, Now: b.provider.Now})
	if err != nil {
		t.Fatal(err)
	}
	var down *login.Unavailable
	if _, _, err := c.Start(context.Background(), "demo", login.Purpose{}); !errors.As(err, &down) {
		t.Errorf("%v", err)
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestAnUnknownProviderIsNamedSo(t *testing.T) {
	b := newBench(t)
	if _, _, err := b.client.Start(context.Background(), "other", login.Purpose{}); !errors.Is(err, login.ErrNoProvider) {
		t.Errorf("%v", err)
	}
}
