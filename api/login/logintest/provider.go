// Package logintest is an OpenID Connect provider for tests: honest unless told otherwise, with a clock of the test's own.
package logintest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"sync"
	"testing"
	"time"

	"healthcode.example/api/login"
)

// Client of the provider, as it is registered there.
const (
	ClientID = "healthcode"
	Secret   = "test-client-secret-marked"
)

// Person is whom the provider would vouch for: the claims of the ID token that say who it is.
type Person map[string]any

// Provider answers discovery, keys and tokens over a socket. Its fields may be changed between requests of the test.
type Provider struct {
	Now    func() time.Time
	Token  func(header, claims map[string]any) // changes what is signed; nil: nothing
	Sign   func(signed string) string          // makes the token of "header.claims"; nil: ES256 with the provider's key
	Says   map[string]any                      // beside or in place of what its description says; nil: nothing
	Broken map[string]int                      // answers the path with this status instead
	Calls  map[string]int                      // how often each path was asked for

	URL string

	mu      *sync.Mutex
	key     *ecdsa.PrivateKey
	keys    int               // that it has had
	answers map[string]answer // by code
}

type answer struct {
	challenge, nonce string
	person           Person
}

// New starts a provider that ends with the test.
func New(t testing.TB, now func() time.Time) *Provider {
	t.Helper()
	p := &Provider{Now: now, mu: new(sync.Mutex), answers: map[string]answer{}, Broken: map[string]int{}, Calls: map[string]int{}}
	p.NewKey(t)
	s := httptest.NewServer(p)
	t.Cleanup(s.Close)
	p.URL = s.URL
	return p
}

// NewKey puts another key in the place of the provider's.
func (p *Provider) NewKey(t testing.TB) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.key, p.keys = key, p.keys+1
}

// KeyID is the kid of the key that signs now.
func (p *Provider) KeyID() string { return strconv.Itoa(p.keys) }

// Configuration is the provider as the service has it, one that may appoint staff.
func (p *Provider) Configuration(name string) login.Provider {
	return login.Provider{Name: name, Issuer: p.URL, ClientID: ClientID, Secret: Secret, Claims: login.Claims{Roles: "roles"}}
}

// Answer is what the browser brings back when the person proved who they are at the address to which it was sent.
func (p *Provider) Answer(redirect string, person Person) url.Values {
	u, err := url.Parse(redirect)
	if err != nil {
		return nil
	}
	q := u.Query()
	p.mu.Lock()
	defer p.mu.Unlock()
	code := fmt.Sprintf("provider-code-%d-marked", len(p.answers))
	p.answers[code] = answer{q.Get("code_challenge"), q.Get("nonce"), person}
	return url.Values{"state": {q.Get("state")}, "code": {code}}
}

// ServeHTTP is the provider's whole face.
func (p *Provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.Calls[r.URL.Path]++
	if status := p.Broken[r.URL.Path]; status != 0 {
		http.Error(w, "broken", status)
		return
	}
	switch r.URL.Path {
	case "/.well-known/openid-configuration":
		says := map[string]any{
			"issuer": p.URL, "authorization_endpoint": p.URL + "/authorize", "token_endpoint": p.URL + "/token", "jwks_uri": p.URL + "/keys",
			"id_token_signing_alg_values_supported": []string{"ES256", "none", "HS256"},
		}
		maps.Copy(says, p.Says)
		send(w, says)
	case "/keys":
		b := p.key.X.FillBytes(make([]byte, 32))
		y := p.key.Y.FillBytes(make([]byte, 32))
		send(w, map[string]any{"keys": []any{map[string]any{"kty": "EC", "crv": "P-256", "kid": p.KeyID(), "use": "sig", "alg": "ES256", "x": b64(b), "y": b64(y)}}})
	case "/token":
		p.token(w, r)
	default:
		http.NotFound(w, r)
	}
}

// token swaps a code once, for whoever began (RFC 7636 §4.6).
func (p *Provider) token(w http.ResponseWriter, r *http.Request) {
	id, secret, _ := r.BasicAuth()
	a, ok := p.answers[r.FormValue("code")]
	delete(p.answers, r.FormValue("code"))
	sum := sha256.Sum256([]byte(r.FormValue("code_verifier")))
	switch {
	case id != ClientID || secret != Secret:
		refuse(w, http.StatusUnauthorized, "invalid_client")
		return
	case !ok || b64(sum[:]) != a.challenge:
		refuse(w, http.StatusBadRequest, "invalid_grant")
		return
	}
	now := p.Now().Unix()
	header := map[string]any{"alg": "ES256", "kid": p.KeyID(), "typ": "JWT"}
	claims := map[string]any{"iss": p.URL, "aud": ClientID, "sub": "subject-marked", "iat": now, "auth_time": now, "exp": now + 300, "nonce": a.nonce}
	maps.Copy(claims, a.person)
	if p.Token != nil {
		p.Token(header, claims)
	}
	signed := encode(header) + "." + encode(claims)
	sign := p.Sign
	if sign == nil {
		sign = p.ES256
	}
	send(w, map[string]any{"access_token": "access-token-marked", "token_type": "Bearer", "expires_in": 60, "id_token": sign(signed)})
}

// ES256 signs as an honest provider does (RFC 7518 §3.4).
func (p *Provider) ES256(signed string) string {
	sum := sha256.Sum256([]byte(signed))
	r, s, err := ecdsa.Sign(rand.Reader, p.key, sum[:])
	if err != nil {
		return ""
	}
	return signed + "." + b64(append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...))
}

// refuse answers as RFC 6749 §5.2.
func refuse(w http.ResponseWriter, status int, code string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, `{"error":%q}`, code)
}

func send(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}

func encode(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return b64(b)
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
