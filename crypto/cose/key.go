package cose

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/big"
	"math/bits"
	"sync"

	"filippo.io/nistec"
)

// KeyID is the kid header of our messages: the first 8 bytes of the key's thumbprint (RFC 9679 §3).
type KeyID [8]byte

// String gives 16 hexadecimal digits.
func (id KeyID) String() string { return hex.EncodeToString(id[:]) }

// ParseKeyID reads what String writes.
func ParseKeyID(s string) (KeyID, error) {
	var id KeyID
	if len(s) != 2*len(id) {
		return id, fmt.Errorf("key id %q: want 16 hexadecimal digits", s)
	}
	if _, err := hex.Decode(id[:], []byte(s)); err != nil {
		return id, fmt.Errorf("key id %q: want 16 hexadecimal digits", s)
	}
	return id, nil
}

// Labels and values of COSE_Key (RFC 9052 §7.1, RFC 9053 §7).
const (
	keyType   = 1
	keyCurve  = -1
	keyX      = -2
	keyY      = -3
	keyD      = -4
	ktyOKP    = 1
	ktyEC2    = 2
	crvP256   = 1
	crvEd     = 6
	coordSize = 32
)

// PublicKey is one public key whose type and curve fix its algorithm. It is immutable and safe for concurrent use.
//
//	COSE_Key = { 1: 1, -1: 6, -2: bstr .size 32 }                        ; OKP Ed25519
//	         / { 1: 2, -1: 1, -2: bstr .size 32, -3: bstr .size 32 / bool } ; EC2 P-256; bool: the compressed form, sign of y
type PublicKey struct {
	alg   Algorithm
	ed    ed25519.PublicKey
	ec    *ecdsa.PublicKey
	rsa   *rsa.PublicKey
	point []byte // EC2: 65 bytes, 4‖x‖y
	thumb [32]byte
	known *knownTable
}

// knownTable is built on the first use, once.
type knownTable struct {
	once sync.Once
	key  *knownKey // nil if the key has no table
}

// NewEd25519 takes an Ed25519 public key of 32 bytes.
func NewEd25519(pub ed25519.PublicKey) (*PublicKey, error) {
	if len(pub) != ed25519.PublicKeySize {
		return nil, fmt.Errorf("%w: Ed25519 key of %d bytes, want 32", ErrKey, len(pub))
	}
	k := &PublicKey{alg: Ed25519, ed: bytes.Clone(pub)}
	k.setThumbprint()
	return k, nil
}

// NewES256 takes a P-256 public key, which must be on the curve.
func NewES256(pub *ecdsa.PublicKey) (*PublicKey, error) {
	if pub == nil || pub.Curve != elliptic.P256() {
		return nil, fmt.Errorf("%w: ES256 takes P-256 keys only", ErrKey)
	}
	point, err := pub.Bytes()
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrKey, err)
	}
	return newPoint(point)
}

// newPoint takes 4‖x‖y.
func newPoint(point []byte) (*PublicKey, error) {
	ec, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
	if err != nil {
		return nil, fmt.Errorf("%w: the point is not on P-256", ErrKey)
	}
	k := &PublicKey{alg: ES256, ec: ec, point: point}
	k.setThumbprint()
	return k, nil
}

func (k *PublicKey) setThumbprint() {
	var buf [96]byte
	k.thumb = sha256.Sum256(k.appendKey(buf[:0], false))
}

// holderKey keeps a P-256 key that is used once, as that of a presentation is, in one piece of memory.
type holderKey struct {
	PublicKey
	ec    ecdsa.PublicKey
	x, y  big.Int
	words [2][coordSize * 8 / bits.UintSize]big.Word
	point [1 + 2*coordSize]byte
}

// newHolderKey takes 4‖x‖y of a point that is known to be on the curve. ecdsa.VerifyASN1 checks the point again, so that setting the fields by
// hand, which saves the seven allocations of ecdsa.ParseUncompressedPublicKey, cannot let a wrong one pass.
func newHolderKey(point []byte) *PublicKey {
	h := new(holderKey)
	copy(h.point[:], point)
	h.x.SetBits(h.words[0][:0]).SetBytes(h.point[1 : 1+coordSize])
	h.y.SetBits(h.words[1][:0]).SetBytes(h.point[1+coordSize:])
	h.ec.Curve = elliptic.P256()
	h.ec.X, h.ec.Y = &h.x, &h.y //lint:ignore SA1019 see above: the one place, and the point was checked
	h.PublicKey = PublicKey{alg: ES256, ec: &h.ec, point: h.point[:]}
	h.setThumbprint()
	return &h.PublicKey
}

// Algorithm is the one algorithm that the key signs with.
func (k *PublicKey) Algorithm() Algorithm { return k.alg }

// Thumbprint is the SHA-256 COSE Key Thumbprint (RFC 9679).
func (k *PublicKey) Thumbprint() [32]byte { return k.thumb }

// ID is the first 8 bytes of the thumbprint.
func (k *PublicKey) ID() KeyID { return KeyID(k.thumb[:8]) }

// Equal says whether both are the same key.
func (k *PublicKey) Equal(o *PublicKey) bool { return k != nil && o != nil && k.thumb == o.thumb }

// Ed25519 returns the key as the standard library has it, if it is one.
func (k *PublicKey) Ed25519() (ed25519.PublicKey, bool) { return bytes.Clone(k.ed), k.alg == Ed25519 }

// ECDSA returns the key as the standard library has it, if it is one.
func (k *PublicKey) ECDSA() (*ecdsa.PublicKey, bool) { return k.ec, k.alg == ES256 }

// Bytes is the COSE_Key with uncompressed coordinates, which is also what the thumbprint is taken over.
func (k *PublicKey) Bytes() []byte { return k.appendKey(nil, false) }

// AppendCompressed appends the COSE_Key, for P-256 with the sign of y in its place (RFC 9053 §7.1.1): 33 bytes less.
func (k *PublicKey) AppendCompressed(dst []byte) []byte { return k.appendKey(dst, true) }

func (k *PublicKey) appendKey(dst []byte, compressed bool) []byte {
	switch k.alg {
	case PS256:
		return k.appendRSA(dst)
	case Ed25519:
		dst = AppendInt(AppendInt(AppendMap(dst, 3), keyType), ktyOKP)
		dst = AppendInt(AppendInt(dst, keyCurve), crvEd)
		return AppendBytes(AppendInt(dst, keyX), k.ed)
	}
	dst = AppendInt(AppendInt(AppendMap(dst, 4), keyType), ktyEC2)
	dst = AppendInt(AppendInt(dst, keyCurve), crvP256)
	dst = AppendBytes(AppendInt(dst, keyX), k.point[1:1+coordSize])
	dst = AppendInt(dst, keyY)
	if compressed {
		return AppendBool(dst, k.point[2*coordSize]&1 == 1)
	}
	return AppendBytes(dst, k.point[1+coordSize:])
}

// ParseKey reads a COSE_Key with exactly the labels above and uncompressed coordinates.
func ParseKey(b []byte) (*PublicKey, error) { return parseWhole(b, false) }

// ReadCompressedKey reads a P-256 COSE_Key in the compressed form from r.
func ReadCompressedKey(r *Reader) (*PublicKey, error) {
	k, err := readKey(r, true)
	if err == nil && k.alg != ES256 {
		return nil, fmt.Errorf("%w: want P-256", ErrKey)
	}
	return k, err
}

func parseWhole(b []byte, compressed bool) (*PublicKey, error) {
	r := NewReader(b)
	k, err := readKey(&r, compressed)
	if err != nil {
		return nil, err
	}
	return k, r.Done()
}

// keyFields is a COSE_Key as it stands on the wire.
type keyFields struct {
	kty, crv int64
	x, y, d  []byte
	sign     bool // of y, in the compressed form
}

func readKey(r *Reader, compressed bool) (*PublicKey, error) {
	f, err := readKeyFields(r, compressed)
	if err != nil {
		return nil, err
	}
	if f.d != nil {
		return nil, fmt.Errorf("%w: it holds a private part where a public key is wanted", ErrKey)
	}
	return f.public(compressed)
}

func readKeyFields(r *Reader, compressed bool) (f keyFields, err error) {
	m, err := r.Map(5)
	if err != nil {
		return f, err
	}
	for {
		label, ok, err := m.Key()
		if err != nil || !ok {
			return f, err
		}
		switch label {
		case keyType:
			f.kty, err = r.Int()
		case keyCurve:
			f.crv, err = r.Int()
		case keyX:
			f.x, err = r.Bytes()
		case keyY:
			if compressed {
				f.sign, err = r.Bool()
				f.y = f.x // present
			} else {
				f.y, err = r.Bytes()
			}
		case keyD:
			f.d, err = r.Bytes()
		default:
			err = fmt.Errorf("%w: label %d is not one of ours", ErrKey, label)
		}
		if err != nil {
			return f, err
		}
	}
}

func (f *keyFields) public(compressed bool) (*PublicKey, error) {
	switch {
	case len(f.x) != coordSize:
		return nil, fmt.Errorf("%w: x of %d bytes, want 32", ErrKey, len(f.x))
	case f.kty == ktyOKP && f.crv == crvEd && f.y == nil:
		return NewEd25519(f.x)
	case f.kty != ktyEC2 || f.crv != crvP256 || len(f.y) != coordSize:
		return nil, fmt.Errorf("%w: type %d on curve %d is neither Ed25519 nor P-256, or a coordinate is missing", ErrKey, f.kty, f.crv)
	case compressed:
		return f.decompress()
	}
	return newPoint(append(append([]byte{4}, f.x...), f.y...))
}

func (f *keyFields) decompress() (*PublicKey, error) {
	var short [1 + coordSize]byte
	short[0] = 2
	if f.sign {
		short[0] = 3
	}
	copy(short[1:], f.x)
	p, err := nistec.NewP256Point().SetBytes(short[:])
	if err != nil {
		return nil, fmt.Errorf("%w: x is of no point on P-256", ErrKey)
	}
	return newHolderKey(p.Bytes()), nil
}

// Known returns the same key for many verifications: an Ed25519 key gets a table at its first use (its size is with newKnownKey), which makes
// later ones cheaper; the caller bounds how many it keeps. Verdicts are the same with and without.
func (k *PublicKey) Known() *PublicKey {
	if k.alg != Ed25519 || k.known != nil {
		return k
	}
	c := *k
	c.known = new(knownTable)
	return &c
}

// Verify says whether signature is right for message (RFC 8032 §5.1.7 as the standard library has it; FIPS 186-5 §6.4.2; RFC 8017 §8.1.2). It
// is 64 bytes, for RSA as long as the modulus.
func (k *PublicKey) Verify(message, signature []byte) bool {
	if k.alg == PS256 {
		return k.verifyPS256(message, signature)
	}
	if len(signature) != signatureSize {
		return false
	}
	if k.alg == ES256 {
		return k.verifyES256(message, signature)
	}
	if k.known != nil {
		k.known.once.Do(func() {
			if t, ok := newKnownKey(k.ed); ok {
				k.known.key = t
			}
		})
		if k.known.key != nil {
			return k.known.key.verify(message, signature)
		}
	}
	return ed25519.Verify(k.ed, message, signature)
}

func (k *PublicKey) verifyES256(message, signature []byte) bool {
	digest := sha256.Sum256(message)
	var buf [72]byte
	der := append(buf[:0], 0x30, 0)
	der = appendDERInteger(der, signature[:coordSize])
	der = appendDERInteger(der, signature[coordSize:])
	der[1] = byte(len(der) - 2)
	return ecdsa.VerifyASN1(k.ec, digest[:], der)
}

// appendDERInteger appends a 32-byte unsigned integer as a DER INTEGER (X.690 §8.3). Zero stays zero, which the verification refuses.
func appendDERInteger(dst, v []byte) []byte {
	for len(v) > 1 && v[0] == 0 {
		v = v[1:]
	}
	n := len(v)
	if v[0]&0x80 != 0 {
		return append(append(dst, 2, byte(n+1), 0), v...)
	}
	return append(append(dst, 2, byte(n)), v...)
}
