package login

import (
	"context"
	"strings"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// Start begins a log-in: redirect is where the browser goes, cookie what it must bring back to Finish. An empty name is the
// first provider. ErrNoProvider, *Unavailable.
//
// The provider is asked to look at the person anew (prompt=login): who lends a phone must not prove to be its owner.
func (l *Client) Start(ctx context.Context, name string, purpose Purpose) (redirect, cookie string, err error) {
	p := l.provider(name)
	if p == nil {
		return "", "", ErrNoProvider
	}
	at := l.now()
	found, err := p.discover(ctx, at)
	if err != nil {
		return "", "", err
	}
	w := pending{provider: p, began: at, named: found.named, purpose: purpose}
	for _, secret := range []*string{&w.state, &w.nonce, &w.verifier} {
		if *secret, err = newSecret(l.rand); err != nil {
			return "", "", err
		}
	}
	if cookie, err = l.pending.Put(w, at); err != nil {
		return "", "", err
	}
	options := []oauth2.AuthCodeOption{
		oauth2.S256ChallengeOption(w.verifier), oidc.Nonce(w.nonce), oauth2.SetAuthURLParam("prompt", "login"), oauth2.SetAuthURLParam("max_age", "0"),
	}
	if purpose.Language != "" {
		options = append(options, oauth2.SetAuthURLParam("ui_locales", strings.ReplaceAll(purpose.Language, "_", "-")))
	}
	return p.exchange(found, l.callback).AuthCodeURL(w.state, options...), cookie, nil
}

func (l *Client) provider(name string) *provider {
	for _, p := range l.providers {
		if name == p.Name || name == "" {
			return p
		}
	}
	return nil
}
