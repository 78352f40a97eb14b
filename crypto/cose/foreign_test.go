package cose_test

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"math/big"
	"testing"

	"healthcode.example/crypto/cose"
)

func TestAForeignMessageIsReadAsItsIssuerWroteIt(t *testing.T) {
	const tail = "41aa41bb" // payload and signature
	for _, c := range []struct {
		name, message string
		want          error
		kid           string
	}{
		{"untagged", "8443a10126a0" + tail, nil, ""},
		{"under tag 18", "d28443a10126a0" + tail, nil, ""},
		{"under tags 61 and 18", "d83dd28443a10126a0" + tail, nil, ""},
		{"under tag 18 twice", "d2d28443a10126a0" + tail, nil, ""},
		{"under tag 18 three times", "d2d2d28443a10126a0" + tail, cose.ErrShape, ""},
		{"under a tag that nobody knows", "d903e68443a10126a0" + tail, cose.ErrShape, ""},
		{"a kid in the unprotected header", "8443a10126a1044101" + tail, nil, "01"},
		{"a kid in both headers", "8446a20126044102a1044101" + tail, nil, "02"},
		{"a kid that is a text", "8443a10126a1046131" + tail, cose.ErrShape, ""},
		{"an array of no known length", "9f43a10126a0" + tail + "ff", nil, ""},
		{"alg in the unprotected header", "8441a0a10126" + tail, cose.ErrAlgorithm, ""},
		{"no protected header", "8440a10126" + tail, cose.ErrAlgorithm, ""},
		{"an unknown algorithm", "8444a1013822a0" + tail, cose.ErrAlgorithm, ""},
		{"an algorithm by name", "8448a10165455332353620a0" + tail, cose.ErrShape, ""},
		{"alg twice", "8445a201260126a0" + tail, cose.ErrShape, ""},
		{"a critical header", "8446a20126028104a0" + tail, cose.ErrShape, ""},
		{"a critical header that nobody signed", "8443a10126a1028104" + tail, cose.ErrShape, ""},
		{"three parts", "8343a10126a041aa", cose.ErrShape, ""},
		{"five parts", "8543a10126a041aa41bb41cc", cose.ErrShape, ""},
		{"a payload of nothing", "8443a10126a0f641bb", cose.ErrShape, ""},
		{"a payload of numbers", "8443a10126a0810141bb", cose.ErrShape, ""},
		{"a byte too many", "8443a10126a0" + tail + "00", cose.ErrShape, ""},
		{"nothing", "", cose.ErrShape, ""},
		{"a tag of nothing", "d2", cose.ErrShape, ""},
	} {
		b, err := hex.DecodeString(c.message)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		m, err := cose.ParseForeignSign1(b)
		if !errors.Is(err, c.want) || err == nil && hex.EncodeToString(m.KeyID) != c.kid {
			t.Errorf("%s: kid %x, %v; want %q, %v", c.name, m.KeyID, err, c.kid, c.want)
		}
	}
}

func rsaKey(t *testing.T, bits int) *rsa.PrivateKey {
	t.Helper()
	k, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestAnRSAKeyVerifiesWithASaltOfTheHashAndNoOther(t *testing.T) {
	private := rsaKey(t, 2048)
	key, err := cose.NewPS256(&private.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	message := []byte("message")
	digest := sha256.Sum256(message)
	for _, salt := range []int{32, 0, 20, 64} {
		signature, err := rsa.SignPSS(rand.Reader, private, crypto.SHA256, digest[:], &rsa.PSSOptions{SaltLength: salt})
		if err != nil {
			t.Fatal(err)
		}
		if got := key.Verify(message, signature); got != (salt == 32) {
			t.Errorf("salt of %d bytes: %v", salt, got)
		}
		if key.Verify([]byte("another"), signature) || key.Verify(message, append(signature, 0)) || key.Verify(message, nil) {
			t.Error("another message, a longer signature or none verifies")
		}
	}
}

func TestAnRSAKeyComesBackAsItWasWritten(t *testing.T) {
	private := rsaKey(t, 2048)
	key, err := cose.NewPS256(&private.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	again, err := cose.ParseForeignKey(key.Bytes())
	if err != nil || !again.Equal(key) || again.ID() != key.ID() || again.Algorithm() != cose.PS256 || !bytes.Equal(again.Bytes(), key.Bytes()) {
		t.Errorf("%v, %v", again, err)
	}
	if _, err := cose.ParseKey(key.Bytes()); err == nil {
		t.Error("an RSA key is a key for our own messages")
	}
	for i := range key.Bytes()[:7] {
		b := key.Bytes()
		b[i] ^= 0x40
		if _, err := cose.ParseForeignKey(b); err == nil {
			t.Errorf("bit 6 of byte %d does not matter", i)
		}
	}
}

func TestAnRSAKeyThatIsTooSmallOrOddIsRefused(t *testing.T) {
	good := rsaKey(t, 2048).PublicKey
	one := big.NewInt(1)
	for name, k := range map[string]*rsa.PublicKey{
		"none":               nil,
		"no modulus":         {E: 65537},
		"1024 bits":          {N: new(big.Int).Rsh(good.N, 1024), E: 65537},
		"8192 bits":          {N: new(big.Int).Or(new(big.Int).Lsh(good.N, 6144), one), E: 65537},
		"an even modulus":    {N: new(big.Int).Lsh(new(big.Int).Rsh(good.N, 1), 1), E: 65537},
		"an even exponent":   {N: good.N, E: 65536},
		"the exponent 1":     {N: good.N, E: 1},
		"a negative modulus": {N: new(big.Int).Neg(good.N), E: 65537},
	} {
		if _, err := cose.NewPS256(k); !errors.Is(err, cose.ErrKey) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestNoMessageOfOursIsSignedWithRSA(t *testing.T) {
	b, err := hex.DecodeString("84" + "4d" + "a2013824" + "1067" + hex.EncodeToString([]byte("yk/code")) + "a0" + "41aa" + "5840" + hex.EncodeToString(make([]byte, 64)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := cose.ParseSign1(b); !errors.Is(err, cose.ErrAlgorithm) {
		t.Errorf("got %v", err)
	}
}

func TestAForeignMessageHasAtMostAThousandAndTwentyFourItems(t *testing.T) {
	items := func(n int, item ...byte) []byte { return append([]byte{0x9f}, append(bytes.Repeat(item, n), 0xff)...) }
	for name, c := range map[string]struct {
		b  []byte
		ok bool
	}{
		"1,024 with the array":       {items(1023, 0x01), true},
		"1,025":                      {items(1024, 0x01), false},
		"numbers of nine bytes":      {items(1022, 0x1b, 0, 0, 0, 0, 0, 0, 0, 1), true},
		"texts that look like items": {items(1022, 0x63, '1', '2', '3'), true},
		"a byte string of 5,000":     {append([]byte{0x59, 0x13, 0x88}, make([]byte, 5000)...), true},
		"arrays within arrays":       {items(40, append([]byte{0x98, 30}, bytes.Repeat([]byte{0x80}, 30)...)...), false},
		"a head that is cut short":   {[]byte{0x9b, 0, 0}, false},
		"a text that is cut short":   {[]byte{0x78, 9, 'a'}, false},
	} {
		var v any
		if err := cose.UnmarshalForeign(c.b, &v); (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}
