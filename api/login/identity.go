package login

import (
	"encoding/json"
	"slices"
	"strconv"
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
func (p *provider) identity(token *oidc.IDToken, demo bool, at time.Time) (wallet.Identity, error) {
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
	methods, okMethods := words(claims["amr"])
	roles, okRoles := words(claims[p.Claims.Roles])
	if !okMethods || !okRoles {
		return wallet.Identity{}, unbelievable("methods and roles must be lists of at most 16 short words")
	}
	id.Methods = methods
	for _, r := range roles {
		// A role of somebody else's world is no role here.
		if known := wallet.Role(r); slices.Contains([]wallet.Role{wallet.CommunityWorker, wallet.Kiosk}, known) {
			id.Roles = append(id.Roles, known)
		}
	}
	if id.At, err = provedAt(token, claims["auth_time"], at); err != nil {
		return wallet.Identity{}, err
	}
	return id, nil
}

// provedAt is when the person was looked at; long ago is no proof that it is they who hold the phone now.
func provedAt(token *oidc.IDToken, raw json.RawMessage, at time.Time) (time.Time, error) {
	proved := token.IssuedAt
	if raw != nil {
		var seconds float64
		if json.Unmarshal(raw, &seconds) != nil || seconds < 0 || seconds > 1<<40 {
			return time.Time{}, unbelievable("its auth_time is no time")
		}
		proved = time.Unix(int64(seconds), 0)
	}
	if proved.After(at.Add(skew)) || at.Sub(proved) > maxFresh {
		return time.Time{}, unbelievable("the person was not looked at just now: compare the clocks, and let the provider heed prompt=login")
	}
	return proved, nil
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
	n, err := strconv.ParseUint(given, 10, 32)
	if err != nil || n < 100000 || n > 999999 {
		return 0, unbelievable("the region is no code of GB/T 2260: 6 digits")
	}
	return uint32(n), nil
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
