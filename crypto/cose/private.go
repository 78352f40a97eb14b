package cose

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/asn1"
	"errors"
	"fmt"
	"io"
	"math/big"
)

// Signer makes signatures that its public key verifies. A key in this process is one, a key behind a hardware module can be another.
// Sign takes the whole message, not a digest, and returns 64 bytes; it is safe for concurrent use.
type Signer interface {
	Public() *PublicKey
	Sign(message []byte) (signature []byte, err error)
}

// PrivateKey is a Signer in memory. It prints as its key id only, whatever the verb and wherever it is a field. Signatures are deterministic
// (RFC 8032, RFC 6979). The zero value signs nothing.
type PrivateKey struct {
	public *PublicKey
	// A function, since fmt walks into unexported fields without asking for their methods, and for a verb that does not fit follows
	// pointers too.
	secret func() *secret
}

// secret is one of the two.
type secret struct {
	ed ed25519.PrivateKey
	ec *ecdsa.PrivateKey
}

var errNoKey = errors.New("cose: the zero private key holds no key")

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
func newPrivate(alg Algorithm, raw []byte) (*PrivateKey, error) {
	if len(raw) != 32 {
		return nil, fmt.Errorf("%w: private part of %d bytes, want 32", ErrKey, len(raw))
	}
	var public *PublicKey
	var err error
	s := new(secret)
	switch alg {
	case Ed25519:
		s.ed = ed25519.NewKeyFromSeed(raw)
		public, err = NewEd25519(ed25519.PublicKey(s.ed[32:]))
	case ES256:
		if s.ec, err = ecdsa.ParseRawPrivateKey(elliptic.P256(), raw); err != nil {
			return nil, fmt.Errorf("%w: private scalar out of range", ErrKey)
		}
		public, err = NewES256(&s.ec.PublicKey)
	default:
		return nil, fmt.Errorf("%w: %v", ErrAlgorithm, alg)
	}
	if err != nil {
		return nil, err
	}
	return &PrivateKey{public, func() *secret { return s }}, nil
}

// Public is the key's other half.
func (k *PrivateKey) Public() *PublicKey { return k.public }

// Sign signs message.
func (k *PrivateKey) Sign(message []byte) ([]byte, error) {
	if k.secret == nil {
		return nil, errNoKey
	}
	s := k.secret()
	if s.ed != nil {
		return ed25519.Sign(s.ed, message), nil
	}
	digest := sha256.Sum256(message)
	der, err := s.ec.Sign(nil, digest[:], crypto.SHA256)
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
	if k.secret == nil {
		return nil, errNoKey
	}
	s := k.secret()
	raw := []byte(s.ed)
	if s.ec != nil {
		var err error
		if raw, err = s.ec.Bytes(); err != nil {
			return nil, fmt.Errorf("write %v: %w", k, err)
		}
	}
	public := k.public.Bytes()
	public[0]++ // one pair more
	return AppendBytes(AppendInt(public, keyD), raw[:32]), nil
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

// String names the key by its id. With Format and MarshalText it keeps the private part out of every print, log and JSON.
func (k PrivateKey) String() string {
	if k.public == nil {
		return "private key (none)"
	}
	return "private key " + k.public.ID().String()
}

// Format implements fmt.Formatter for every verb.
func (k PrivateKey) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, k.String()) }

// MarshalText returns what String does, which is what slog and encoding/json print.
func (k PrivateKey) MarshalText() ([]byte, error) { return []byte(k.String()), nil }
