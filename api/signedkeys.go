package api

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"healthcode.example/crypto/cose"
	"healthcode.example/trust"
)

// TypeSignedKeys is the typ of a signed list of keys, which no other object of ours has (RFC 8725 §3.11).
const TypeSignedKeys = "healthcode-keys+jws"

// SignedKeys is the payload of a signed list of keys: what a partner with a JOSE library takes in the place of a bundle. Unlike a bare set it
// says whose it is, when it ends, and which status lists belong to it, so that an old one can be told from a new one by Version.
type SignedKeys struct {
	Issuer    string          `json:"iss"`
	IssuedAt  int64           `json:"iat"` // Unix seconds, of the snapshot
	ExpiresAt int64           `json:"exp"` // of the snapshot: a partner that has no newer one then knows nothing
	Version   uint64          `json:"version"`
	KeyList   uint64          `json:"key_list"`
	Root      string          `json:"root"` // fingerprint of the first root, for those who read bundles as well
	Demo      bool            `json:"demo,omitempty"`
	Keys      json.RawMessage `json:"keys"`    // JWKs of phone and paper codes, as in the JWK Set
	Signers   json.RawMessage `json:"signers"` // JWKs of purpose notice: who signs the next list, and the status lists
	Lists     []StatusListRef `json:"status_lists"`
}

// StatusListRef says which token holds a list of a code's (purpose, list).
type StatusListRef struct {
	Purpose string `json:"purpose"` // phone, paper
	List    uint32 `json:"list"`    // days since 1970-01-01 (UTC+8), as in the code's status reference
	Subject string `json:"sub"`     // of the token
}

// StatusSubject is the subject of the token of a list below a base URI.
func StatusSubject(base string, l *trust.StatusList) string {
	return fmt.Sprintf("%s%s-%d", base, l.Purpose, l.Day)
}

// SignKeys writes the keys of the bundle as a JWS in compact form (RFC 7515 §7.1), signed by a key of purpose notice. base is where the status
// lists are found, "" if they are not handed out.
func SignKeys(b *trust.Bundle, base string, signer cose.Signer, at time.Time) (string, error) {
	if b == nil || b.Snapshot() == nil {
		return "", errors.New("sign the list of keys: nothing has been published yet")
	}
	entry := b.KeyList().Find(signer.Public().ID())
	if entry == nil || entry.Purpose != trust.Notice {
		return "", fmt.Errorf("sign the list of keys: %s is no key of purpose notice in key list %d", signer.Public().ID(), b.KeyList().Version)
	}
	list := SignedKeys{
		Issuer: b.Root().Region, IssuedAt: b.Snapshot().IssuedAt, ExpiresAt: b.Snapshot().ExpiresAt, Version: b.Version(), KeyList: b.KeyList().Version,
		Root: b.Fingerprint(), Demo: b.Root().Demo, Lists: []StatusListRef{},
	}
	var err error
	if list.Keys, err = jwks(usable(b, at, trust.Phone, trust.Paper)); err != nil {
		return "", err
	}
	if list.Signers, err = jwks(usable(b, at, trust.Notice)); err != nil {
		return "", err
	}
	if base != "" {
		for _, l := range b.Lists() {
			list.Lists = append(list.Lists, StatusListRef{l.Purpose.String(), l.Day, StatusSubject(base, l)})
		}
	}
	payload, err := json.Marshal(list)
	if err != nil {
		return "", fmt.Errorf("sign the list of keys: %w", err)
	}
	return compact(payload, signer)
}

// compact makes the JWS by hand, since a signer here may be a device that gives nothing but signatures.
func compact(payload []byte, signer cose.Signer) (string, error) {
	header, err := json.Marshal(map[string]string{"alg": algorithmOf(signer.Public()), "kid": signer.Public().ID().String(), "typ": TypeSignedKeys})
	if err != nil {
		return "", fmt.Errorf("sign the list of keys: %w", err)
	}
	text := base64.RawURLEncoding.EncodeToString(header) + "." + base64.RawURLEncoding.EncodeToString(payload)
	signature, err := signer.Sign([]byte(text))
	if err != nil {
		return "", fmt.Errorf("sign the list of keys: %w", err)
	}
	return text + "." + base64.RawURLEncoding.EncodeToString(signature), nil
}

// jwks is an array of JWKs.
func jwks(keys []trust.IssuerKey) (json.RawMessage, error) {
	out := make([]any, 0, len(keys))
	for _, k := range keys {
		key, err := importJWK(k)
		if err != nil {
			return nil, fmt.Errorf("write key %v as a JWK: %w", k.Key.ID(), err)
		}
		out = append(out, key)
	}
	return json.Marshal(out)
}
