package login

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// provider is a provider with what it says of itself (OpenID Connect Discovery §4), which is asked for when it is first
// needed, and again when that failed.
type provider struct {
	Provider
	http *http.Client

	mu         sync.Mutex
	found      *known
	foundAt    time.Time
	failed     error
	quietUntil time.Time // after a failure: nobody is made to wait for the same time limit
}

// known is a provider that was found, with its keys.
type known struct {
	*oidc.Provider
	keys  oidc.KeySet
	named bool // it promises iss in its answers (RFC 9207 §3)
}

// discover finds the provider's addresses. *Unavailable.
func (p *provider) discover(ctx context.Context, at time.Time) (*known, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.found != nil && at.Sub(p.foundAt) < rediscover {
		return p.found, nil
	}
	if p.failed != nil && at.Before(p.quietUntil) {
		return nil, &Unavailable{p.Name, p.quietUntil.Sub(at), p.failed}
	}
	// What is found is for everybody: it must not fail because the one who asks goes away.
	ctx = oidc.ClientContext(context.WithoutCancel(ctx), p.http)
	var says description
	found, err := oidc.NewProvider(ctx, p.Issuer)
	if err == nil {
		says, err = describe(found)
	}
	if err != nil {
		p.failed, p.quietUntil = shorten(err), at.Add(retryAfter)
		return nil, &Unavailable{p.Name, retryAfter, p.failed}
	}
	p.found, p.foundAt, p.failed = &known{found, oidc.NewRemoteKeySet(ctx, says.Keys), says.Named}, at, nil
	return p.found, nil
}

// description is what the library does not keep of what a provider says of itself.
type description struct {
	Keys  string `json:"jwks_uri"`
	Named bool   `json:"authorization_response_iss_parameter_supported"` // RFC 9207 §3
}

// describe wants the addresses to which people and secrets are sent, and from which the keys come, to be as safe as the
// issuer's.
func describe(found *oidc.Provider) (says description, err error) {
	for name, address := range map[string]string{"authorization_endpoint": found.Endpoint().AuthURL, "token_endpoint": found.Endpoint().TokenURL} {
		if err := checkAddress(address); err != nil {
			return says, fmt.Errorf("its %s: %w", name, err)
		}
	}
	if err := found.Claims(&says); err != nil {
		return says, errors.New("its description is not the JSON of OpenID Connect Discovery")
	}
	if err := checkAddress(says.Keys); err != nil {
		return says, fmt.Errorf("its jwks_uri: %w", err)
	}
	return says, nil
}

// shorten keeps a page that a broken provider answered with out of the log.
func shorten(err error) error {
	const most = 200
	text := err.Error()
	if len(text) <= most {
		return err
	}
	return errors.New(text[:most] + "…")
}

// exchange is what swaps a code for tokens.
func (p *provider) exchange(found *known, callback string) *oauth2.Config {
	endpoint := found.Endpoint()
	// Named and not found out by trial, which would send a code twice.
	endpoint.AuthStyle = oauth2.AuthStyleInHeader
	if p.Secret == "" || p.PostSecret {
		endpoint.AuthStyle = oauth2.AuthStyleInParams
	}
	return &oauth2.Config{ClientID: p.ClientID, ClientSecret: p.Secret, Endpoint: endpoint, RedirectURL: callback, Scopes: p.Scopes}
}
