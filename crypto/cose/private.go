package cose

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/asn1"
	"fmt"
	"io"
	"log/slog"
	"math/big"
)

// Signer makes signatures that its public key verifies. A key in this process is one, a key behind a hardware module can be another.
// Sign takes the whole message, not a digest, and returns 64 bytes; it is safe for concurrent use.
type Signer interface {
	Public() *PublicKey
	Sign(message []byte) (signature []byte, err error)
}

// PrivateKey is a Signer in memory. It prints as its key id only, whatever the verb. Signatures are deterministic (RFC 8032, RFC 6979).
type PrivateKey struct {
	public *PublicKey
	ed     ed25519.PrivateKey
	ec     *ecdsa.PrivateKey
}

var _ Signer = (*PrivateKey)(nil)

// Generate makes a key from rand, which must be cryptographically secure outside tests.
func Generate(alg Algorithm, rand io.Reader) (*PrivateKey, error) {
	for range 64 {
		var secret [32]byte
		if _, err := io.ReadFull(rand, secret[:]); err != nil {
			return nil, fmt.Errorf("generate %v key: %w", alg, err)
		}
		k, err := newPrivate(alg, secret[:])
		if err == nil || alg != ES256 {
			return k, err
		}
	}
	return nil, fmt.Errorf("generate %v key: the random source gave no scalar in range", alg)
}

// newPrivate takes the Ed25519 seed or the P-256 scalar.
func newPrivate(alg Algorithm, secret []byte) (k *PrivateKey, err error) {
	k = new(PrivateKey)
	switch {
	case len(secret) != 32:
		return nil, fmt.Errorf("%w: private part of %d bytes, want 32", ErrKey, len(secret))
	case alg == Ed25519:
		k.ed = ed25519.NewKeyFromSeed(secret)
		k.public, err = NewEd25519(ed25519.PublicKey(k.ed[32:]))
	case alg == ES256:
		if k.ec, err = ecdsa.ParseRawPrivateKey(elliptic.P256(), secret); err != nil {
			return nil, fmt.Errorf("%w: private scalar out of range", ErrKey)
		}
		k.public, err = NewES256(&k.ec.PublicKey)
	default:
		return nil, fmt.Errorf("%w: %v", ErrAlgorithm, alg)
	}
	return k, err
}

// Public is the key's other half.
func (k *PrivateKey) Public() *PublicKey { return k.public }

// Sign signs message.
func (k *PrivateKey) Sign(message []byte) ([]byte, error) {
	if k.ed != nil {
		return ed25519.Sign(k.ed, message), nil
	}
	digest := sha256.Sum256(message)
	der, err := k.ec.Sign(nil, digest[:], crypto.SHA256)
	if err != nil {
		return nil, fmt.Errorf("sign with %v: %w", k, err)
	}
	var rs struct{ R, S *big.Int }
	if _, err := asn1.Unmarshal(der, &rs); err != nil {
		return nil, fmt.Errorf("sign with %v: %w", k, err)
	}
	sig := make([]byte, signatureSize)
	rs.R.FillBytes(sig[:coordSize])
	rs.S.FillBytes(sig[coordSize:])
	return sig, nil
}

// Bytes is the COSE_Key with its private part (label -4). Seal it before it leaves the process.
func (k *PrivateKey) Bytes() ([]byte, error) {
	secret := []byte(k.ed)
	if k.ec != nil {
		raw, err := k.ec.Bytes()
		if err != nil {
			return nil, fmt.Errorf("write %v: %w", k, err)
		}
		secret = raw
	}
	public := k.public.Bytes()
	public[0]++ // one pair more
	return AppendBytes(AppendInt(public, keyD), secret[:32]), nil
}

// ParsePrivateKey reads what Bytes writes, and checks that both halves belong together.
func ParsePrivateKey(b []byte) (*PrivateKey, error) {
	r := NewReader(b)
	f, err := readKeyFields(&r, false)
	if err != nil {
		return nil, err
	}
	if err := r.Done(); err != nil {
		return nil, err
	}
	want, err := f.public(false)
	if err != nil {
		return nil, err
	}
	k, err := newPrivate(want.alg, f.d)
	if err != nil {
		return nil, err
	}
	if !k.public.Equal(want) {
		return nil, fmt.Errorf("%w: the private part belongs to another public key", ErrKey)
	}
	return k, nil
}

// String, GoString, Format and LogValue keep the private part out of every print and log.
func (k *PrivateKey) String() string {
	if k == nil || k.public == nil {
		return "private key (none)"
	}
	return "private key " + k.public.ID().String()
}

// Format implements fmt.Formatter for every verb.
func (k *PrivateKey) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, k.String()) }

// LogValue implements slog.LogValuer.
func (k *PrivateKey) LogValue() slog.Value { return slog.StringValue(k.String()) }

// MarshalText keeps the private part out of JSON and its like.
func (k *PrivateKey) MarshalText() ([]byte, error) { return []byte(k.String()), nil }
