// Package login asks OpenID Connect providers who somebody is: the authorisation code flow (OpenID Connect Core §3.1) with
// PKCE (RFC 7636), state and nonce, each bound to the browser in which it began.
//
// A Client proves; what the proof is good for (which methods a document demands, a session, a claim) is the wallet's to say.
package login

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// Limits of log-ins under way.
const (
	Pending     = 10 * time.Minute // from Start to Finish
	mostPending = 100_000
	maxAnswer   = 1 << 20          // bytes of what a provider answers
	timeout     = 10 * time.Second // of one request to a provider
	retryAfter  = 5 * time.Second  // a provider that failed is left alone for so long
	skew        = time.Minute      // between the provider's clock and ours
	rediscover  = 24 * time.Hour   // how long a provider's addresses are believed
)

// IsDemo says whether the issuer is a demonstration's.
func IsDemo(issuer string) bool { return strings.HasSuffix(strings.TrimRight(issuer, "/"), DemoPath) }

// Config is what a Client is made of.
type Config struct {
	Providers []Provider
	Callback  string       // where providers send people back, as registered with them: https://HOST/v1/login/callback
	HTTP      *http.Client // zero: one with a time limit. Its redirects are not followed and its answers are bounded either way
	Now       func() time.Time
	Rand      io.Reader // zero: crypto/rand
	Demo      bool      // the service is a demonstration and may believe a demo provider; false: such a one is refused
}

// What marks a provider of demonstrations: its issuer ends in DemoPath, and its ID tokens carry DemoClaim.
const (
	DemoPath  = "/demo-idp"
	DemoClaim = "healthcode_demo"
)

// Client talks to the providers. It is safe for concurrent use. No provider is asked anything before somebody logs in, so
// that the service starts and checks codes while one is down.
type Client struct {
	callback  string
	now       func() time.Time
	rand      io.Reader
	demo      bool
	providers []*provider
	pending   *Once[pending]
}

// pending is a log-in under way.
type pending struct {
	provider               *provider
	state, nonce, verifier string
	began                  time.Time
	named                  bool // the provider promises to name itself in its answer (RFC 9207 §3)
	purpose                Purpose
}

// Purpose is what somebody proves who they are for. The zero value is a log-in in the browser.
type Purpose struct {
	Return    string // where a wallet program on the same machine waits (RFC 8252 §7.3); zero: the browser stays
	Challenge string // of that program's own PKCE, S256
	State     string // given back to that program
	Check     string // of a claim: whoever proves who they are answers this and gets no session; zero: a log-in
	Language  string // zh-Hans, zh-Hant or en
}

// New checks the configuration.
func New(c Config) (*Client, error) {
	if err := checkProviders(c.Providers); err != nil {
		return nil, fmt.Errorf("set up log-in: %w", err)
	}
	if err := checkAddress(c.Callback); err != nil {
		return nil, fmt.Errorf("set up log-in: the service's own address: %w", err)
	}
	if c.Now == nil {
		return nil, errors.New("set up log-in: a clock must be given")
	}
	if c.Rand == nil {
		c.Rand = rand.Reader
	}
	for _, p := range c.Providers {
		if !c.Demo && IsDemo(p.Issuer) {
			return nil, fmt.Errorf("set up log-in: the provider %s is one of demonstrations, which proves nothing: a service for people must not have it", p.Name)
		}
	}
	l := &Client{callback: c.Callback, now: c.Now, rand: c.Rand, demo: c.Demo, pending: NewOnce[pending](c.Rand, mostPending, Pending)}
	for _, p := range c.Providers {
		l.providers = append(l.providers, &provider{Provider: p.complete(), http: careful(c.HTTP)})
	}
	return l, nil
}

// Choice is one provider to choose.
type Choice struct {
	Name  string
	Title map[string]string
}

// Choices lists the providers in the order of the configuration.
func (l *Client) Choices() []Choice {
	out := make([]Choice, len(l.providers))
	for i, p := range l.providers {
		out[i] = Choice{p.Name, p.Title}
	}
	return out
}

// careful is the client with bounded answers that goes nowhere but where it was sent.
func careful(c *http.Client) *http.Client {
	if c == nil {
		c = new(http.Client)
	}
	out := *c
	if out.Timeout == 0 {
		out.Timeout = timeout
	}
	out.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	from := out.Transport
	if from == nil {
		from = http.DefaultTransport
	}
	out.Transport = bounded{from}
	return &out
}

// bounded cuts what a provider answers: the libraries read all of it.
type bounded struct{ from http.RoundTripper }

func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := b.from.RoundTrip(r)
	if err == nil {
		answer.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(answer.Body, maxAnswer), answer.Body}
	}
	return answer, err
}
