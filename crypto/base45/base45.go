// Package base45 writes bytes as text that a QR symbol stores in its
// alphanumeric mode, and reads such text back, strictly as RFC 9285 says.
//
// Two bytes become three characters and a last single byte becomes two, so
// every sequence of bytes has exactly one text and every accepted text has
// exactly one sequence of bytes: lower case, white space, characters beside
// the 45 and groups that stand for more than their bytes can hold are refused.
// (The space is itself one of the 45 and is significant.)
//
// All functions are safe for concurrent use.
package base45

import (
	"slices"
	"strings"
)

// alphabet holds the 45 characters in the order of their values, RFC 9285 §4.2.
const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"

// invalid marks, in values, a byte that is none of the 45 characters. Every
// value below 45 is smaller in all comparisons made here.
const invalid = 0xff

// values maps a byte to its value in the alphabet, or to invalid.
var values = valueTable()

func valueTable() (t [256]uint8) {
	for i := range t {
		t[i] = invalid
	}
	for i := range len(alphabet) {
		t[alphabet[i]] = uint8(i)
	}
	return t
}

// EncodedLen returns the number of characters that n bytes become.
func EncodedLen(n int) int { return n/2*3 + n%2*2 }

// DecodedLen returns the number of bytes that n characters hold, and whether
// any text of n characters can be valid: three to a group, with at most one
// last group of two.
func DecodedLen(n int) (int, bool) {
	if n < 0 || n%3 == 1 {
		return 0, false
	}
	return n/3*2 + n%3/2, true
}

// Encode returns the base45 text of b. It allocates the text and nothing else.
func Encode(b []byte) string {
	// A chunk is an even number of bytes, so that only the last one can end in
	// a group of two characters.
	const chunk = 512
	var text strings.Builder
	text.Grow(EncodedLen(len(b)))
	var buf [chunk / 2 * 3]byte
	for len(b) > chunk {
		text.Write(AppendEncode(buf[:0], b[:chunk]))
		b = b[chunk:]
	}
	text.Write(AppendEncode(buf[:0], b))
	return text.String()
}

// AppendEncode appends the base45 text of b to dst and returns the longer slice.
func AppendEncode(dst, b []byte) []byte {
	dst = slices.Grow(dst, EncodedLen(len(b)))
	for ; len(b) >= 2; b = b[2:] {
		n := uint32(b[0])<<8 | uint32(b[1])
		dst = append(dst, alphabet[n%45], alphabet[n/45%45], alphabet[n/(45*45)])
	}
	if len(b) == 1 {
		n := uint32(b[0])
		dst = append(dst, alphabet[n%45], alphabet[n/45])
	}
	return dst
}

// Decode returns the bytes that s stands for, or a *SyntaxError and no bytes.
// It allocates the bytes and nothing else.
func Decode(s string) ([]byte, error) {
	n, ok := DecodedLen(len(s))
	if !ok {
		return nil, lengthError(s)
	}
	b, err := AppendDecode(make([]byte, 0, n), s)
	if err != nil {
		return nil, err
	}
	return b, nil
}

// AppendDecode appends the bytes that s stands for to dst and returns the
// longer slice. With a *SyntaxError it returns dst as it was.
func AppendDecode(dst []byte, s string) ([]byte, error) {
	n, ok := DecodedLen(len(s))
	if !ok {
		return dst, lengthError(s)
	}
	out := slices.Grow(dst, n)
	i := 0
	for ; i+3 <= len(s); i += 3 {
		c, d, e := values[s[i]], values[s[i+1]], values[s[i+2]]
		v := uint32(c) + uint32(d)*45 + uint32(e)*(45*45)
		if max(c, d, e) >= 45 || v > 0xffff {
			return dst, groupError(s, i, i+3)
		}
		out = append(out, byte(v>>8), byte(v))
	}
	if i < len(s) {
		c, d := values[s[i]], values[s[i+1]]
		v := uint32(c) + uint32(d)*45
		if max(c, d) >= 45 || v > 0xff {
			return dst, groupError(s, i, i+2)
		}
		out = append(out, byte(v))
	}
	return out, nil
}
