// Package fpe permutes numbers and digit strings within their own range under
// a key: format-preserving encryption, method FF1 of NIST SP 800-38G.
//
// [Binary] is the quick form for numbers below a power of two, which turns a
// handle into a place in a status list and back. [FF1] is the general method,
// to which the published samples apply and against which Binary is tested.
package fpe

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"fmt"
	"math/big"
)

// The limits of FF1 beside those of SP 800-38G §5.1: digits and tweak are as
// long as anything here could need, and the range is at least minRange, which
// Rev. 1 demands.
const (
	maxRadix  = 1 << 16
	maxDigits = 1 << 12
	maxTweak  = 1 << 16
	minRange  = 1_000_000
)

// FF1 is the method under one key and radix. It is safe for concurrent use and
// prints as its radix and nothing of its key.
type FF1 struct {
	block func() cipher.Block // see Binary
	radix int
}

// NewFF1 returns the method for key, an AES key of 16, 24 or 32 bytes, over
// digits 0 to radix−1, radix 2 to 65536.
func NewFF1(key []byte, radix int) (*FF1, error) {
	if radix < 2 || radix > maxRadix {
		return nil, fmt.Errorf("fpe: a radix of %d; give 2 to %d", radix, maxRadix)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("fpe: a key of %d bytes; give 16, 24 or 32", len(key))
	}
	return &FF1{block: func() cipher.Block { return block }, radix: radix}, nil
}

// Encrypt is FF1.Encrypt, algorithm 7 of the standard: it returns as many
// digits as x has, which stays as it is. The digits must make a range of at
// least a million.
func (f *FF1) Encrypt(tweak []byte, x []uint16) ([]uint16, error) {
	w, err := f.newWalk(tweak, x)
	if err != nil {
		return nil, err
	}
	a, b := f.num(x[:w.u]), f.num(x[w.u:])
	for i := range rounds {
		c := new(big.Int).Add(a, w.round(i, b))
		a, b = b, c.Mod(c, w.modulus(i))
	}
	return append(f.str(a, w.u), f.str(b, w.n-w.u)...), nil
}

// Decrypt is FF1.Decrypt, algorithm 8: the inverse of Encrypt.
func (f *FF1) Decrypt(tweak []byte, x []uint16) ([]uint16, error) {
	w, err := f.newWalk(tweak, x)
	if err != nil {
		return nil, err
	}
	a, b := f.num(x[:w.u]), f.num(x[w.u:])
	for i := rounds - 1; i >= 0; i-- {
		c := new(big.Int).Sub(b, w.round(i, a))
		a, b = c.Mod(c, w.modulus(i)), a
	}
	return append(f.str(a, w.u), f.str(b, w.n-w.u)...), nil
}

// num is NUM_radix: the number that the digits write, most significant first.
func (f *FF1) num(digits []uint16) *big.Int {
	n, radix, digit := new(big.Int), big.NewInt(int64(f.radix)), new(big.Int)
	for _, d := range digits {
		n.Add(n.Mul(n, radix), digit.SetUint64(uint64(d)))
	}
	return n
}

// str is STR^m_radix: m digits that write n. It uses n up.
func (f *FF1) str(n *big.Int, m int) []uint16 {
	digits, radix, digit := make([]uint16, m), big.NewInt(int64(f.radix)), new(big.Int)
	for i := m - 1; i >= 0; i-- {
		n.QuoRem(n, radix, digit)
		digits[i] = uint16(digit.Uint64())
	}
	return digits
}

// Format prints the radix, whatever the verb: the round keys must not reach a log.
func (f FF1) Format(s fmt.State, _ rune) {
	_, _ = fmt.Fprintf(s, "fpe.FF1(radix %d)", f.radix)
}

// walk is what the ten rounds over one string share. Names are the standard's.
type walk struct {
	block   cipher.Block
	n, u, b int
	d       int
	modU    *big.Int // radix^u, of the even rounds
	modV    *big.Int // radix^v, of the odd ones
	message []byte   // P‖Q: Q's last b+1 bytes are set by each round
}

func (f *FF1) newWalk(tweak []byte, x []uint16) (*walk, error) {
	if len(x) < 2 || len(x) > maxDigits {
		return nil, fmt.Errorf("fpe: a string of %d digits; give 2 to %d", len(x), maxDigits)
	}
	if len(tweak) > maxTweak {
		return nil, fmt.Errorf("fpe: a tweak of %d bytes; give at most %d", len(tweak), maxTweak)
	}
	for i, d := range x {
		if int(d) >= f.radix {
			return nil, fmt.Errorf("fpe: digit %d is not below the radix %d", i, f.radix)
		}
	}
	n, radix := len(x), big.NewInt(int64(f.radix))
	w := &walk{block: f.block(), n: n, u: n / 2}
	w.modU = new(big.Int).Exp(radix, big.NewInt(int64(w.u)), nil)
	w.modV = new(big.Int).Exp(radix, big.NewInt(int64(n-w.u)), nil)
	if new(big.Int).Mul(w.modU, w.modV).Cmp(big.NewInt(minRange)) < 0 {
		return nil, fmt.Errorf("fpe: %d digits of radix %d make fewer than %d strings", n, f.radix, minRange)
	}
	// ⌈v·log2(radix)⌉ is the length in bits of the largest number of v digits.
	w.b = (new(big.Int).Sub(w.modV, big.NewInt(1)).BitLen() + 7) / 8
	w.d = 4*((w.b+3)/4) + 4
	p := firstBlock(f.radix, uint(w.u), uint(n), uint(len(tweak)))
	q := (len(tweak) + w.b + 1 + aes.BlockSize - 1) / aes.BlockSize * aes.BlockSize
	w.message = make([]byte, len(p)+q)
	copy(w.message, p[:])
	copy(w.message[len(p):], tweak)
	return w, nil
}

// firstBlock is P, step 5 of both algorithms.
func firstBlock(radix int, u, n, t uint) (p [aes.BlockSize]byte) {
	p = [aes.BlockSize]byte{1, 2, 1, byte(radix >> 16), byte(radix >> 8), byte(radix), rounds, byte(u)}
	binary.BigEndian.PutUint32(p[8:], uint32(n))
	binary.BigEndian.PutUint32(p[12:], uint32(t))
	return p
}

// modulus returns radix^m, step 6.v.
func (w *walk) modulus(i int) *big.Int {
	if i%2 == 0 {
		return w.modU
	}
	return w.modV
}

// round returns y of round i over the half, steps 6.i to 6.iv.
func (w *walk) round(i int, half *big.Int) *big.Int {
	tail := w.message[len(w.message)-w.b-1:]
	tail[0] = byte(i)
	half.FillBytes(tail[1:])
	var r [aes.BlockSize]byte
	for m := w.message; len(m) > 0; m = m[aes.BlockSize:] {
		for j := range r {
			r[j] ^= m[j]
		}
		w.block.Encrypt(r[:], r[:])
	}
	s := r[:]
	for j := uint32(1); len(s) < w.d; j++ {
		next := r
		counter := next[aes.BlockSize-4:]
		binary.BigEndian.PutUint32(counter, binary.BigEndian.Uint32(counter)^j)
		w.block.Encrypt(next[:], next[:])
		s = append(s, next[:]...)
	}
	return new(big.Int).SetBytes(s[:w.d])
}
