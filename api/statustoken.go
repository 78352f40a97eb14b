package api

import (
	"errors"
	"fmt"

	"healthcode.example/crypto/cose"
	"healthcode.example/trust"
	"healthcode.example/trust/tsl"
)

// SignedKeysType is the media type of a JWS in compact form (RFC 7515 §9.2.1).
const SignedKeysType = "application/jose"

// StatusBase is what stands before PURPOSE-LIST in the subject of each token where a publisher names no address of its own.
func StatusBase(b *trust.Bundle) string { return "urn:healthcode:" + b.Root().Region + ":" }

// StatusToken is a list of the bundle as an IETF Token Status List, to be signed by a key of purpose notice (its CWT and JWT). Its times are
// those of the snapshot, so that no token outlives what it was taken from.
func StatusToken(b *trust.Bundle, l *trust.StatusList, base string, signer cose.Signer) (*tsl.Token, error) {
	if b == nil || b.Snapshot() == nil {
		return nil, errors.New("write a token status list: nothing has been published yet")
	}
	entry := b.KeyList().Find(signer.Public().ID())
	if entry == nil || entry.Purpose != trust.Notice {
		return nil, fmt.Errorf("write a token status list: %s is no key of purpose notice in key list %d", signer.Public().ID(), b.KeyList().Version)
	}
	return &tsl.Token{
		Subject: StatusSubject(base, l), IssuedAt: b.Snapshot().IssuedAt, ExpiresAt: b.Snapshot().ExpiresAt, TTL: b.KeyList().Policy.PublishEvery, List: l,
	}, nil
}
