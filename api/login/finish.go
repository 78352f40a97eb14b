package login

import (
	"context"
	"crypto/subtle"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"healthcode.example/wallet"
)

// algorithms of ID tokens that are believed: signatures only, so that nobody who knows the client's secret can make one, and
// never none.
var algorithms = []string{oidc.RS256, oidc.PS256, oidc.ES256, oidc.EdDSA}

// Finish takes the provider's answer, the query of the callback, and returns who was proved. Whatever comes of it, the
// log-in is no longer under way: an answer that comes again is ErrNoPending. Besides that ErrRefused, ErrToken, *Unavailable.
// The purpose is returned with an error too, once it is known.
func (l *Client) Finish(ctx context.Context, cookie string, answer url.Values) (wallet.Identity, Purpose, error) {
	at := l.now()
	w, ok := l.pending.Take(cookie, at)
	if !ok || subtle.ConstantTimeCompare([]byte(w.state), []byte(answer.Get("state"))) != 1 {
		return wallet.Identity{}, Purpose{}, ErrNoPending
	}
	if err := w.checkIssuer(answer["iss"]); err != nil {
		return wallet.Identity{}, w.purpose, err
	}
	if answer.Get("error") != "" || answer.Get("code") == "" {
		return wallet.Identity{}, w.purpose, ErrRefused
	}
	id, err := l.prove(ctx, &w, answer.Get("code"), at)
	return id, w.purpose, err
}

// checkIssuer refuses an answer of another provider than the one that was asked (RFC 9207 §2.4): its code must not go to this
// one. A provider that does not promise to name itself may leave the name out.
func (w *pending) checkIssuer(named []string) error {
	if len(named) == 0 && !w.named || len(named) == 1 && named[0] == w.provider.Issuer {
		return nil
	}
	return unbelievable("it is another provider's than the one that was asked, or does not say whose it is")
}

// prove swaps the code for the ID token and checks it.
func (l *Client) prove(ctx context.Context, w *pending, code string, at time.Time) (wallet.Identity, error) {
	p := w.provider
	found, err := p.discover(ctx, at)
	if err != nil {
		return wallet.Identity{}, err
	}
	ctx = oidc.ClientContext(ctx, p.http)
	tokens, err := p.exchange(found, l.callback).Exchange(ctx, code, oauth2.VerifierOption(w.verifier))
	if err != nil {
		return wallet.Identity{}, p.exchangeError(err)
	}
	raw, ok := tokens.Extra("id_token").(string)
	if !ok {
		return wallet.Identity{}, unbelievable("it holds no ID token")
	}
	keys := &noted{from: found.keys}
	verifier := oidc.NewVerifier(p.Issuer, keys, &oidc.Config{ClientID: p.ClientID, SupportedSigningAlgs: algorithms, Now: func() time.Time { return at }})
	token, err := verifier.Verify(ctx, raw)
	if err != nil {
		return wallet.Identity{}, p.tokenError(err, keys.err)
	}
	if err := checkToken(token, w, tokens.AccessToken); err != nil {
		return wallet.Identity{}, err
	}
	return p.identity(token, l.demo, w.began, at)
}

// checkToken is what the library leaves to its caller (OpenID Connect Core §3.1.3.7): nonce, the party to which the token was
// issued, and the access token's hash.
func checkToken(token *oidc.IDToken, w *pending, access string) error {
	var claims struct {
		Party string `json:"azp"`
	}
	if err := token.Claims(&claims); err != nil {
		return unbelievable("its claims are not of their types")
	}
	switch {
	case subtle.ConstantTimeCompare([]byte(token.Nonce), []byte(w.nonce)) != 1:
		return unbelievable("its nonce is not the one of this log-in")
	case len(token.Audience) > 1 && claims.Party == "", claims.Party != "" && claims.Party != w.provider.ClientID:
		return unbelievable("it was issued to another party")
	case !slices.Contains(token.Audience, w.provider.ClientID):
		return unbelievable("it is for another audience")
	case token.Subject == "":
		return unbelievable("it names nobody")
	case token.AccessTokenHash != "" && token.VerifyAccessToken(access) != nil:
		return unbelievable("its access token is another's")
	}
	return nil
}

// exchangeError tells a provider that is down, busy or does not know the service from one that refuses the code.
func (p *provider) exchangeError(err error) error {
	var answered *oauth2.RetrieveError
	if !errors.As(err, &answered) || answered.Response == nil {
		return &Unavailable{p.Name, retryAfter, shorten(err)}
	}
	switch status := answered.Response.StatusCode; {
	case answered.ErrorCode == "invalid_client" || answered.ErrorCode == "unauthorized_client":
		err = errors.New("its token endpoint does not know this service: compare client_id, the client's secret and client_secret_post with what is registered there")
	case status >= http.StatusInternalServerError || status == http.StatusTooManyRequests:
		err = errors.New("its token endpoint answered " + answered.Response.Status)
	default:
		return ErrRefused
	}
	return &Unavailable{p.Name, retryAfter, err}
}

// noted keeps why a signature was not verified, which the library's verifier passes on as text within text.
type noted struct {
	from oidc.KeySet
	err  error
}

// VerifySignature does what the key set does.
func (n *noted) VerifySignature(ctx context.Context, jwt string) ([]byte, error) {
	payload, err := n.from.VerifySignature(ctx, jwt)
	n.err = err
	return payload, err
}

// tokenError is the reason without what the token says. A provider whose keys cannot be fetched is down; the library says so
// in words only.
func (p *provider) tokenError(err, keys error) error {
	if keys != nil && strings.HasPrefix(keys.Error(), "fetching keys") {
		return &Unavailable{p.Name, retryAfter, errors.New("its keys cannot be fetched")}
	}
	var expired *oidc.TokenExpiredError
	if errors.As(err, &expired) {
		return unbelievable("it has expired: compare the clocks of the service and the provider")
	}
	return unbelievable("signature, issuer, audience or form of its ID token is not as it must be")
}
