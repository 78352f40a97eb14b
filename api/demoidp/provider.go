// Package demoidp is an identity provider for demonstrations: whoever opens its page is whom they choose, by the method that
// they choose. It proves nothing, and says so: its issuer ends in Path and each token carries a mark, and package login
// believes neither unless the service itself is a demonstration.
package demoidp

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/zitadel/oidc/v3/pkg/op"

	"healthcode.example/api/login"
	"healthcode.example/wallet"
)

// Path is where the service mounts it: the issuer is the service's own address and Path.
const Path = login.DemoPath

// clientID is the service, as the only client.
const clientID = "healthcode-demo"

// Person is somebody whom a visitor may be.
type Person struct {
	Name     string
	Birth    wallet.Date
	Document wallet.Document
	Region   uint32
	Roles    []wallet.Role
}

// Config is what a Provider is made of.
type Config struct {
	Origin   string // address of the service, https://HOST or http://127.0.0.1:PORT
	Callback string // where the service takes answers
	People   []Person
	Rand     io.Reader
	Now      func() time.Time
}

// Provider is the provider; it is an http.Handler for everything below Path and is safe for concurrent use. Its key and what
// is under way live in memory only.
type Provider struct {
	issuer string
	people []Person
	now    func() time.Time
	open   *requests
	op     http.Handler
	mux    *http.ServeMux
}

// New makes the provider with a key of its own.
func New(c Config) (*Provider, error) {
	if len(c.People) == 0 || c.Rand == nil || c.Now == nil {
		return nil, errors.New("make a demo identity provider: people, random source and clock must all be given")
	}
	p := &Provider{issuer: strings.TrimSuffix(c.Origin, "/") + Path, people: c.People, now: c.Now, open: newRequests(c.Rand, c.Now)}
	key, err := ecdsa.GenerateKey(elliptic.P256(), c.Rand)
	if err != nil {
		return nil, fmt.Errorf("make a demo identity provider: %w", err)
	}
	var config op.Config
	if _, err := io.ReadFull(c.Rand, config.CryptoKey[:]); err != nil {
		return nil, fmt.Errorf("make a demo identity provider: read random bytes: %w", err)
	}
	config.CodeMethodS256 = true
	s := &storage{provider: p, client: &client{callback: c.Callback}, key: signingKey{key}}
	provider, err := op.NewProvider(&config, s, op.StaticIssuer(p.issuer), op.WithAllowInsecure(), op.WithCORSOptions(nil))
	if err != nil {
		return nil, fmt.Errorf("make a demo identity provider: %w", err)
	}
	p.op = http.StripPrefix(Path, provider)
	p.mux = http.NewServeMux()
	p.mux.HandleFunc("GET "+Path+"/choose", p.choose)
	p.mux.HandleFunc("POST "+Path+"/choose", p.chosen)
	// What else the library could do (refresh, exchange, introspection, log-out) has no use here.
	for _, path := range []string{"/.well-known/openid-configuration", "/authorize", "/authorize/callback", "/oauth/token", "/keys"} {
		p.mux.Handle(Path+path, p.op)
	}
	return p, nil
}

// ServeHTTP answers what lies below Path.
func (p *Provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	p.mux.ServeHTTP(w, r)
}

// Configuration is the provider as the service has it: a public client, kept safe by PKCE.
func (p *Provider) Configuration() login.Provider {
	return login.Provider{
		Name: "demo", Issuer: p.issuer, ClientID: clientID, Claims: login.Claims{Roles: "roles"},
		Title: map[string]string{"zh-Hans": "演示登录", "zh-Hant": "演示登入", "en": "Demo log-in"},
	}
}

// callbackOf is where the library goes on once somebody has been chosen.
func (p *Provider) callbackOf(request string) string {
	return p.issuer + "/authorize/callback?id=" + request
}

// Health is always good: nothing can be broken but the process.
func (s *storage) Health(context.Context) error { return nil }
