package shc

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"healthcode.example/crypto/cose"
	"healthcode.example/crypto/strictjson"
	"healthcode.example/trust"

	"github.com/lestrrat-go/jwx/v3/jwk"
)

const (
	maxKeySet = 1 << 20 // bytes
	maxKeys   = 1024
)

// Skipped names a key of a set that could not be used. The rest of the set counts.
type Skipped struct {
	Index int    // in the set, from 0
	KeyID string // as the set writes it, or empty
	Err   error
}

// ImportKeys reads the JWK Set (RFC 7517 §5) of one issuer, which the caller has fetched over a channel that it trusts from the issuer's
// /.well-known/jwks.json. A key that is unknown or broken is skipped and named. Certificates beside a key (x5c) are not looked at: the set
// alone says which keys the issuer has.
func ImportKeys(set []byte) ([]trust.PartnerKey, []Skipped, error) {
	if len(set) > maxKeySet {
		return nil, nil, fmt.Errorf("JWK Set: %d bytes, at most %d", len(set), maxKeySet)
	}
	all, err := elements(set)
	if err != nil {
		return nil, nil, fmt.Errorf("JWK Set: %w", err)
	}
	if len(all) > maxKeys {
		return nil, nil, fmt.Errorf("JWK Set: %d keys, at most %d", len(all), maxKeys)
	}
	var keys []trust.PartnerKey
	var skipped []Skipped
	for i, raw := range all {
		k, kid, err := readKey(raw)
		if err == nil && slices.ContainsFunc(keys, func(o trust.PartnerKey) bool { return bytes.Equal(o.KeyID, k.KeyID) }) {
			err = errors.New("the key stands twice")
		}
		if err != nil {
			skipped = append(skipped, Skipped{i, kid, err})
			continue
		}
		keys = append(keys, k)
	}
	switch {
	case len(all) == 0:
		return nil, nil, errors.New("JWK Set: there is no key in it")
	case len(keys) == 0:
		return nil, skipped, fmt.Errorf("JWK Set: none of %d keys could be used; the first: %w", len(all), skipped[0].Err)
	}
	return keys, skipped, nil
}

// elements gives the keys of the set as they are written.
func elements(set []byte) ([]json.RawMessage, error) {
	if bytes.HasPrefix(bytes.TrimLeft(set, " \t\r\n"), []byte("[")) {
		return nil, errors.New(`an array: give the set as its issuer publishes it, an object {"keys": [ … ]}`)
	}
	members, err := strictjson.Members(set)
	if err != nil {
		return nil, err
	}
	keys, ok := members["keys"]
	if !ok {
		return nil, errors.New(`an object without "keys": give the set as its issuer publishes it, {"keys": [ … ]}`)
	}
	return strictjson.Elements(keys)
}

// point is what a key is (RFC 7518 §6.2.1), and what its thumbprint is made of.
type point struct {
	Type  string `json:"kty"`
	Curve string `json:"crv"`
	X     string `json:"x"`
	Y     string `json:"y"`
}

// readKey insists on what the specification ("Determining keys associated with an issuer") does: ES256, and the thumbprint as kid. No two keys
// can have one kid, therefore.
func readKey(raw []byte) (k trust.PartnerKey, kid string, err error) {
	var head struct {
		KeyID     string          `json:"kid"`
		Algorithm string          `json:"alg"`
		Use       string          `json:"use"`
		Private   json.RawMessage `json:"d"`
		point
	}
	if err := strictjson.Unmarshal(raw, &head); errors.Is(err, strictjson.ErrTwice) {
		return k, "", err
	} else if err != nil {
		return k, "", errors.New("not a JSON object with texts for kid, alg and use")
	}
	if len(head.KeyID) > maxKeyID {
		return k, "", fmt.Errorf("kid of %d bytes, at most %d", len(head.KeyID), maxKeyID)
	}
	kid = head.KeyID
	switch {
	case head.Private != nil:
		return k, kid, errors.New("it holds a private part: whoever published it has lost the key")
	case head.Algorithm != "" && head.Algorithm != "ES256", head.Use != "" && head.Use != "sig":
		return k, kid, errors.New("it is not for ES256 signatures")
	}
	public, err := head.point.public(kid)
	if err != nil {
		return k, kid, err
	}
	k = trust.PartnerKey{KeyID: []byte(kid), Purposes: []trust.Purpose{trust.Paper}}
	k.Key, err = cose.NewES256(public)
	return k, kid, err
}

// public is the key, whose thumbprint must be the kid. Certificates beside it are not looked at: a broken one would void the key.
func (p point) public(kid string) (*ecdsa.PublicKey, error) {
	bare, err := json.Marshal(p)
	if err != nil {
		return nil, err
	}
	key, err := jwk.ParseKey(bare)
	if err != nil {
		return nil, errors.New("not a JWK of a kind that is known")
	}
	thumbprint, err := key.Thumbprint(crypto.SHA256)
	if err != nil || base64.RawURLEncoding.EncodeToString(thumbprint) != kid {
		return nil, errors.New("its kid is not its thumbprint (RFC 7638)")
	}
	var public ecdsa.PublicKey
	if err := jwk.Export(key, &public); err != nil {
		return nil, errors.New("not an elliptic curve key")
	}
	return &public, nil
}
