package cose

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"fmt"
	"math/big"
)

// PS256 is RSASSA-PSS with SHA-256 (RFC 8230 §2). Other regions' formats use it. No message of ours may: ParseSign1 and ParseSign refuse it.
const PS256 Algorithm = -37

// Labels and values of an RSA COSE_Key (RFC 8230 §4), and the moduli that are taken.
const (
	ktyRSA  = 3
	rsaN    = -1
	rsaE    = -2
	minBits = 2048 // RFC 8230 §6.1
	maxBits = 4096 // bounds the time of one verification
	maxE    = 1<<31 - 1
)

// NewPS256 takes an RSA public key of 2048 to 4096 bits.
func NewPS256(pub *rsa.PublicKey) (*PublicKey, error) {
	switch {
	case pub == nil || pub.N == nil || pub.N.Sign() <= 0:
		return nil, fmt.Errorf("%w: no RSA modulus", ErrKey)
	case pub.N.BitLen() < minBits || pub.N.BitLen() > maxBits || pub.N.Bit(0) == 0:
		return nil, fmt.Errorf("%w: RSA modulus of %d bits, want an odd one of %d to %d", ErrKey, pub.N.BitLen(), minBits, maxBits)
	case pub.E < 3 || pub.E&1 == 0 || pub.E > maxE:
		return nil, fmt.Errorf("%w: RSA exponent %d, want an odd one of 3 to %d", ErrKey, pub.E, maxE)
	}
	k := &PublicKey{alg: PS256, rsa: &rsa.PublicKey{N: new(big.Int).Set(pub.N), E: pub.E}}
	k.setThumbprint()
	return k, nil
}

// RSA returns the key as the standard library has it, if it is one.
func (k *PublicKey) RSA() (*rsa.PublicKey, bool) { return k.rsa, k.alg == PS256 }

// ParseForeignKey reads a COSE_Key that may be of an algorithm that only other formats use:
//
//	COSE_Key = … as with ParseKey … / { 1: 3, -1: n (bstr), -2: e (bstr) }   ; both without leading zeros
func ParseForeignKey(b []byte) (*PublicKey, error) {
	if len(b) > 2 && b[0] == 0xa3 && b[1] == keyType && b[2] == ktyRSA {
		return parseRSA(b)
	}
	return ParseKey(b)
}

func parseRSA(b []byte) (*PublicKey, error) {
	r := NewReader(b)
	m, err := r.Map(3)
	if err != nil {
		return nil, err
	}
	var n, e []byte
	for {
		label, ok, err := m.Key()
		if err != nil {
			return nil, err
		}
		if !ok {
			break
		}
		switch label {
		case keyType:
			_, err = r.Int()
		case rsaN:
			n, err = r.Bytes()
		case rsaE:
			e, err = r.Bytes()
		default:
			err = fmt.Errorf("%w: label %d is not one of an RSA key", ErrKey, label)
		}
		if err != nil {
			return nil, err
		}
	}
	if err := r.Done(); err != nil {
		return nil, err
	}
	if len(n) == 0 || n[0] == 0 || len(e) == 0 || len(e) > 4 || e[0] == 0 {
		return nil, fmt.Errorf("%w: RSA modulus or exponent is missing, too long, or begins with zero", ErrKey)
	}
	return NewPS256(&rsa.PublicKey{N: new(big.Int).SetBytes(n), E: int(new(big.Int).SetBytes(e).Int64())})
}

func (k *PublicKey) appendRSA(dst []byte) []byte {
	dst = AppendInt(AppendInt(AppendMap(dst, 3), keyType), ktyRSA)
	dst = AppendBytes(AppendInt(dst, rsaN), k.rsa.N.Bytes())
	return AppendBytes(AppendInt(dst, rsaE), big.NewInt(int64(k.rsa.E)).Bytes())
}

// verifyPS256 takes a salt of the length of the hash and no other (RFC 8230 §2).
func (k *PublicKey) verifyPS256(message, signature []byte) bool {
	digest := sha256.Sum256(message)
	return rsa.VerifyPSS(k.rsa, crypto.SHA256, digest[:], signature, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash}) == nil
}
