package issuer

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// FuzzParseAuthority: the keys of a region are written as they were read.
func FuzzParseAuthority(f *testing.F) {
	a, err := NewAuthority("CN-GD", rand.NewChaCha8([32]byte{4}))
	if err != nil {
		f.Fatal(err)
	}
	b, err := a.Bytes()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		a, err := ParseAuthority(b)
		if err != nil {
			return
		}
		if again, err := a.Bytes(); err != nil || !bytes.Equal(again, b) {
			t.Errorf("%x is written %x, %v", b, again, err)
		}
	})
}
