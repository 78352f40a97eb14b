package demoidp_test

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"healthcode.example/api/demoidp"
	"healthcode.example/api/login"
	"healthcode.example/wallet"
)

// stage is a demo provider on a socket, and a service that believes it.
type stage struct {
	*testing.T
	url      string
	callback string
	provider *demoidp.Provider
	browser  *http.Client
}

func newStage(t *testing.T) *stage {
	s := &stage{T: t}
	socket := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.provider.ServeHTTP(w, r) }))
	t.Cleanup(socket.Close)
	s.url, s.callback = socket.URL, socket.URL+"/v1/login/callback"
	document, err := wallet.ParseDocument("resident-id", "990106198405172038")
	if err != nil {
		t.Fatal(err)
	}
	s.provider, err = demoidp.New(demoidp.Config{
		Origin: s.url, Callback: s.callback, Rand: rand.Reader, Now: time.Now,
		People: []demoidp.Person{
			{Name: "陈明", Birth: wallet.Date{Year: 1984, Month: 5, Day: 17}, Document: document, Region: 440106, Roles: []wallet.Role{wallet.Kiosk}},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	s.browser = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return s
}

func (s *stage) client(demo bool) (*login.Client, error) {
	return login.New(login.Config{Providers: []login.Provider{s.provider.Configuration()}, Callback: s.callback, Now: time.Now, Demo: demo})
}

// walk follows the browser from the redirect to the callback, choosing on the way.
func (s *stage) walk(redirect, method string) url.Values {
	s.Helper()
	answer := s.do(s.browser.Get(redirect))
	choose := s.url + answer.Header.Get("Location")
	shown := s.do(s.browser.Get(choose))
	body, err := io.ReadAll(shown.Body)
	if err != nil || !strings.Contains(string(body), "陈明") || strings.Contains(string(body), "990106198405172038") {
		s.Fatalf("the page is %s", body)
	}
	id := regexp.MustCompile(`name="request" value="([^"]+)"`).FindStringSubmatch(string(body))
	answer = s.do(s.browser.PostForm(s.url+demoidp.Path+"/choose", url.Values{"request": {id[1]}, "person": {"0"}, "method": {method}}))
	answer = s.do(s.browser.Get(answer.Header.Get("Location")))
	back, err := url.Parse(answer.Header.Get("Location"))
	if err != nil || !strings.HasPrefix(back.String(), s.callback+"?") {
		s.Fatalf("the browser was sent to %q", answer.Header.Get("Location"))
	}
	return back.Query()
}

func (s *stage) do(answer *http.Response, err error) *http.Response {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
	s.Cleanup(func() { _ = answer.Body.Close() })
	return answer
}

func TestADemoPersonLogsInByTheMethodThatTheyChoose(t *testing.T) {
	s := newStage(t)
	client, err := s.client(true)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string][]string{"face": {"face"}, "payment": {"payment_password", "own_account"}, "password": {"pwd"}} {
		redirect, cookie, err := client.Start(context.Background(), "", login.Purpose{})
		if err != nil {
			t.Fatal(err)
		}
		answer := s.walk(redirect, name)
		id, _, err := client.Finish(context.Background(), cookie, answer)
		if err != nil {
			t.Fatal(err)
		}
		if id.Name != "陈明" || id.Document.Number != "990106198405172038" || id.Region != 440106 || !slices.Equal(id.Methods, want) || len(id.Roles) != 1 {
			t.Errorf("%v by %v, roles %v", id.Document, id.Methods, id.Roles)
		}
	}
}

func TestACodeOfTheDemoProviderIsGoodOnceAndForWhoeverBegan(t *testing.T) {
	s := newStage(t)
	client, err := s.client(true)
	if err != nil {
		t.Fatal(err)
	}
	first, _, err := client.Start(context.Background(), "", login.Purpose{})
	if err != nil {
		t.Fatal(err)
	}
	second, cookie, err := client.Start(context.Background(), "", login.Purpose{})
	if err != nil {
		t.Fatal(err)
	}
	stolen, own := s.walk(first, "face"), s.walk(second, "face")
	own.Set("code", stolen.Get("code"))
	if _, _, err := client.Finish(context.Background(), cookie, own); !errors.Is(err, login.ErrRefused) {
		t.Errorf("another's code: %v", err)
	}
}

func TestAServiceForPeopleBelievesNoDemoProvider(t *testing.T) {
	s := newStage(t)
	if _, err := s.client(false); err == nil || !strings.Contains(err.Error(), "demonstration") {
		t.Errorf("%v", err)
	}
}

func TestWhatTheDemoProviderDoesNotOfferIsNotThere(t *testing.T) {
	s := newStage(t)
	for path, want := range map[string]int{
		"/userinfo": 404, "/oauth/introspect": 404, "/revoke": 404, "/end_session": 404, "/device_authorization": 404, "/choose?request=x": 404, "/keys": 200,
	} {
		if got := s.do(s.browser.Get(s.url + demoidp.Path + path)).StatusCode; got != want {
			t.Errorf("%s: %d, want %d", path, got, want)
		}
	}
	plain := s.url + demoidp.Path + "/authorize?client_id=healthcode-demo&response_type=code&scope=openid&state=s&redirect_uri=" + url.QueryEscape(s.callback)
	if to := s.do(s.browser.Get(plain)).Header.Get("Location"); !strings.Contains(to, "error=invalid_request") {
		t.Errorf("without PKCE the browser goes to %s", to)
	}
	other := strings.Replace(plain, url.QueryEscape(s.callback), url.QueryEscape("https://elsewhere.example/"), 1)
	if answer := s.do(s.browser.Get(other)); answer.StatusCode != 400 || answer.Header.Get("Location") != "" {
		t.Errorf("another callback: %d", answer.StatusCode)
	}
}
