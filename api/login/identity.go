package login

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"healthcode.example/wallet"
)

// Limits of what a token says.
const (
	maxWords = 16 // methods, roles
	maxWord  = 64 // bytes of each
)

// identity reads the claims of a token that has been checked. What is missing or malformed is the provider's fault and makes
// the whole worth nothing: no half of an identity is passed on.
func (p *provider) identity(token *oidc.IDToken, demo bool, began, at time.Time) (wallet.Identity, error) {
	var claims map[string]json.RawMessage
	if err := token.Claims(&claims); err != nil {
		return wallet.Identity{}, unbelievable("its claims are no object")
	}
	if _, marked := claims[DemoClaim]; marked && !demo {
		return wallet.Identity{}, unbelievable("it comes from a demonstration's provider, which proves nothing")
	}
	id := wallet.Identity{Provider: token.Issuer, Subject: token.Subject, ACR: text(claims["acr"])}
	var err error
	if id.Document, err = wallet.ParseDocument(text(claims[p.Claims.DocumentType]), text(claims[p.Claims.DocumentNumber])); err != nil {
		return wallet.Identity{}, unbelievable("the document: " + err.Error())
	}
	if given := text(claims[p.Claims.Name]); given != "" {
		if id.Name, err = wallet.CleanName(given); err != nil {
			return wallet.Identity{}, unbelievable(err.Error())
		}
	}
	if id.Birth, err = wallet.ParseDate(text(claims[p.Claims.Birth])); err != nil {
		return wallet.Identity{}, unbelievable("the birth date: " + err.Error())
	}
	if birth, ok := id.Document.Birth(); ok && birth != id.Birth {
		return wallet.Identity{}, unbelievable("the birth date is not the one in the resident ID")
	}
	if id.Region, err = region(claims[p.Claims.Region]); err != nil {
		return wallet.Identity{}, err
	}
	var ok bool
	if id.Methods, ok = words(claims["amr"]); !ok {
		return wallet.Identity{}, unbelievable("its methods must be a list of at most 16 short words")
	}
	if id.Roles, ok = p.roles(claims); !ok {
		return wallet.Identity{}, unbelievable("its roles must be a list of at most 16 short words")
	}
	if id.At, err = p.provedAt(token, claims["auth_time"], began, at); err != nil {
		return wallet.Identity{}, err
	}
	return id, nil
}

// roles are none unless the configuration trusts the provider with them: many a provider says roles of its own world.
func (p *provider) roles(claims map[string]json.RawMessage) (known []wallet.Role, ok bool) {
	if p.Claims.Roles == "" {
		return nil, true
	}
	given, ok := words(claims[p.Claims.Roles])
	for _, r := range given {
		if role := wallet.Role(r); slices.Contains(wallet.Roles, role) {
			known = append(known, role)
		}
	}
	return known, ok
}

// provedAt is when the provider looked at the person, auth_time, which max_age=0 obliges it to say (OpenID Connect Core
// §3.1.2.1); of a provider that is known never to say it, when the token was issued. Neither may lie before the log-in began:
// a look that long ago is no proof that it is they who hold the phone now.
func (p *provider) provedAt(token *oidc.IDToken, raw json.RawMessage, began, at time.Time) (time.Time, error) {
	if !during(token.IssuedAt, began, at) {
		return time.Time{}, unbelievable("it was not issued during this log-in: compare the clocks")
	}
	if raw == nil && p.AuthTime != nil && !*p.AuthTime {
		return token.IssuedAt, nil
	}
	if raw == nil {
		return time.Time{}, unbelievable(`it has no auth_time, though max_age was asked: let the provider send it, or say "auth_time": false of it`)
	}
	var seconds float64
	if json.Unmarshal(raw, &seconds) != nil || seconds < 0 || seconds > 1<<40 {
		return time.Time{}, unbelievable("its auth_time is no time")
	}
	proved := time.Unix(int64(seconds), 0)
	if !during(proved, began, at) {
		return time.Time{}, unbelievable("the person was not looked at during this log-in: compare the clocks, and let the provider heed prompt=login")
	}
	return proved, nil
}

// during allows for clocks that are not quite together.
func during(t, began, at time.Time) bool {
	return !t.Before(began.Add(-skew)) && !t.After(at.Add(skew))
}

// region reads a code of GB/T 2260, as text or number; absent is 0.
func region(raw json.RawMessage) (uint32, error) {
	if raw == nil {
		return 0, nil
	}
	given := text(raw)
	if given == "" {
		given = string(raw)
	}
	code, ok := wallet.ParseRegion(given)
	if !ok {
		return 0, unbelievable("the region is no code of GB/T 2260: 6 digits")
	}
	return code, nil
}

// text is a JSON string, or "".
func text(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return ""
	}
	return s
}

// words reads a list of words; one word alone is a list too, since some providers write it so.
func words(raw json.RawMessage) (list []string, ok bool) {
	if raw == nil {
		return nil, true
	}
	if one := text(raw); one != "" {
		list = []string{one}
	} else if json.Unmarshal(raw, &list) != nil {
		return nil, false
	}
	for _, w := range list {
		if w == "" || len(w) > maxWord {
			return nil, false
		}
	}
	return list, len(list) <= maxWords
}
