package api

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/lestrrat-go/jwx/v3/jwa"
	"github.com/lestrrat-go/jwx/v3/jwk"

	"healthcode.example/crypto/cose"
	"healthcode.example/trust"
)

// Media types of the key sets (RFC 7517 §8.5.2, RFC 9052 §11.3.2).
const (
	JWKSetType     = "application/jwk-set+json"
	COSEKeySetType = "application/cose-key-set"
)

// codeKeys are the keys under which a code can be good at the time. Keys of other purposes stay out: who checks with a bare
// key set does not look at purposes, and a key for snapshots must not sign codes. Compromised ones stay out too; but a key
// set says nothing of revoked codes, the bundle does.
func codeKeys(b *trust.Bundle, at time.Time) []trust.IssuerKey {
	if b == nil || b.KeyList() == nil {
		return nil
	}
	var out []trust.IssuerKey
	for _, k := range b.KeyList().Keys {
		codes := k.Purpose == trust.Phone || k.Purpose == trust.Paper
		if codes && k.State != trust.Compromised && k.UseFrom <= at.Unix() && at.Unix() < k.VerifyUntil {
			out = append(out, k)
		}
	}
	return out
}

// JWKSet writes the keys of phone and paper codes as a JWK Set (RFC 7517 §5). kid is the hexadecimal key id of the codes'
// header; purpose, state, prefecture and the times use_from, use_until and verify_until (Unix seconds) are members of ours.
func JWKSet(b *trust.Bundle, at time.Time) ([]byte, error) {
	set := jwk.NewSet()
	for _, k := range codeKeys(b, at) {
		key, err := importJWK(k)
		if err == nil {
			err = set.AddKey(key)
		}
		if err != nil {
			return nil, fmt.Errorf("write key %v as a JWK: %w", k.Key.ID(), err)
		}
	}
	return json.Marshal(set)
}

func importJWK(k trust.IssuerKey) (jwk.Key, error) {
	var raw any
	alg := jwa.EdDSA()
	if ed, ok := k.Key.Ed25519(); ok {
		raw = ed
	} else if ec, ok := k.Key.ECDSA(); ok {
		raw, alg = ec, jwa.ES256()
	}
	key, err := jwk.Import(raw)
	if err != nil {
		return nil, err
	}
	members := map[string]any{
		jwk.KeyIDKey: k.Key.ID().String(), jwk.AlgorithmKey: alg, jwk.KeyUsageKey: "sig",
		"purpose": k.Purpose.String(), "state": k.State.String(),
		"use_from": k.UseFrom, "use_until": k.UseUntil, "verify_until": k.VerifyUntil,
	}
	if k.Prefecture != 0 {
		members["prefecture"] = k.Prefecture
	}
	for name, value := range members {
		if err := key.Set(name, value); err != nil {
			return nil, err
		}
	}
	return key, nil
}

// coseKey is one element of a COSE_KeySet (RFC 9052 §7): an array of
//
//	{ 1: kty, 2: kid, 3: alg, 4: [2], -1: crv, -2: x, ? -3: y }   ; key_ops 2: verify
type coseKey struct {
	Type  int64  `cbor:"1,keyasint"`
	ID    []byte `cbor:"2,keyasint"`
	Alg   int64  `cbor:"3,keyasint"`
	Ops   []int  `cbor:"4,keyasint"`
	Curve int64  `cbor:"-1,keyasint"`
	X     []byte `cbor:"-2,keyasint"`
	Y     []byte `cbor:"-3,keyasint,omitempty"`
}

// COSEKeySet writes the same keys for callers with a COSE library, deterministic CBOR.
func COSEKeySet(b *trust.Bundle, at time.Time) ([]byte, error) {
	set := []coseKey{}
	for _, k := range codeKeys(b, at) {
		id := k.Key.ID()
		key := coseKey{ID: id[:], Alg: int64(k.Key.Algorithm()), Ops: []int{2}}
		if ed, ok := k.Key.Ed25519(); ok {
			key.Type, key.Curve, key.X = 1, 6, ed
		} else if ec, ok := k.Key.ECDSA(); ok {
			point, err := ec.Bytes()
			if err != nil {
				return nil, fmt.Errorf("write key %v as a COSE_Key: %w", id, err)
			}
			key.Type, key.Curve, key.X, key.Y = 2, 1, point[1:33], point[33:]
		}
		set = append(set, key)
	}
	return cose.Marshal(set)
}
