package api

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/base64"
	"errors"
	"fmt"

	"healthcode.example/crypto/cose"
)

// JWK is a P-256 public key (RFC 7517, RFC 7518 §6.2.1), as a browser exports it.
type JWK struct {
	Type  string `json:"kty"` // EC
	Curve string `json:"crv"` // P-256
	X     string `json:"x"`   // base64url without padding, 32 bytes
	Y     string `json:"y"`
}

// NewJWK writes a P-256 public key.
func NewJWK(key *cose.PublicKey) (*JWK, error) {
	public, ok := key.ECDSA()
	if !ok {
		return nil, errors.New("write a JWK: the key is not a P-256 key")
	}
	point, err := public.Bytes()
	if err != nil {
		return nil, fmt.Errorf("write a JWK: %w", err)
	}
	return &JWK{
		Type: "EC", Curve: "P-256",
		X: base64.RawURLEncoding.EncodeToString(point[1:33]), Y: base64.RawURLEncoding.EncodeToString(point[33:]),
	}, nil
}

// PublicKey reads the key; the error says which member is wrong and repeats none.
func (k *JWK) PublicKey() (*cose.PublicKey, error) {
	switch {
	case k.Type != "EC":
		return nil, errors.New(`kty is not "EC": make a P-256 key`)
	case k.Curve != "P-256":
		return nil, errors.New(`crv is not "P-256": make a P-256 key`)
	}
	point := make([]byte, 1, 65)
	point[0] = 4
	for _, part := range []struct{ name, value string }{{"x", k.X}, {"y", k.Y}} {
		b, err := base64.RawURLEncoding.Strict().DecodeString(part.value)
		if err != nil || len(b) != 32 {
			return nil, fmt.Errorf("%s is not 32 bytes in base64url without padding", part.name)
		}
		point = append(point, b...)
	}
	public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
	if err != nil {
		return nil, errors.New("x and y are no point of P-256: export the key again")
	}
	return cose.NewES256(public)
}
