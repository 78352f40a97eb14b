package fpe_test

import (
	"encoding/hex"
	"slices"
	"strings"
	"testing"

	"healthcode.example/crypto/fpe"
	"pgregory.net/rapid"
)

const (
	key128 = "2B7E151628AED2A6ABF7158809CF4F3C"
	key192 = key128 + "EF4359D8D580AA4F"
	key256 = key192 + "7F036D6F04FC6A94"
	digits = "0123456789abcdefghijklmnopqrstuvwxyz"
)

// The nine samples that NIST published with SP 800-38G.
var samples = []struct {
	key   string
	radix int
	tweak string
	plain string
	text  string
}{
	{key128, 10, "", "0123456789", "2433477484"},
	{key128, 10, "39383736353433323130", "0123456789", "6124200773"},
	{key128, 36, "3737373770717273373737", "0123456789abcdefghi", "a9tv40mll9kdu509eum"},
	{key192, 10, "", "0123456789", "2830668132"},
	{key192, 10, "39383736353433323130", "0123456789", "2496655549"},
	{key192, 36, "3737373770717273373737", "0123456789abcdefghi", "xbj3kv35jrawxv32ysr"},
	{key256, 10, "", "0123456789", "6657667009"},
	{key256, 10, "39383736353433323130", "0123456789", "1001623463"},
	{key256, 36, "3737373770717273373737", "0123456789abcdefghi", "xs8a0azh2avyalyzuwd"},
}

func TestPublishedSamples(t *testing.T) {
	for i, s := range samples {
		f, err := fpe.NewFF1(unhex(t, s.key), s.radix)
		if err != nil {
			t.Fatal(err)
		}
		got, err := f.Encrypt(unhex(t, s.tweak), toDigits(s.plain))
		if err != nil || toText(got) != s.text {
			t.Errorf("sample %d: encrypted to %s, %v, want %s", i+1, toText(got), err, s.text)
		}
		got, err = f.Decrypt(unhex(t, s.tweak), toDigits(s.text))
		if err != nil || toText(got) != s.plain {
			t.Errorf("sample %d: decrypted to %s, %v, want %s", i+1, toText(got), err, s.plain)
		}
	}
}

// Strings long enough that a half needs several blocks, and every size of key.
func TestDecryptUndoesEncrypt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		key := make([]byte, rapid.SampledFrom([]int{16, 24, 32}).Draw(t, "key length"))
		copy(key, rapid.SliceOfN(rapid.Byte(), len(key), len(key)).Draw(t, "key"))
		radix := rapid.SampledFrom([]int{2, 3, 10, 36, 255, 256, 257, 65535, 65536}).Draw(t, "radix")
		x := rapid.SliceOfN(rapid.Uint16Range(0, uint16(radix-1)), 20, 120).Draw(t, "x")
		tweak := rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(t, "tweak")
		f, err := fpe.NewFF1(key, radix)
		if err != nil {
			t.Fatal(err)
		}
		before := slices.Clone(x)
		y, err := f.Encrypt(tweak, x)
		if err != nil {
			t.Fatal(err)
		}
		back, err := f.Decrypt(tweak, y)
		if err != nil || !slices.Equal(back, before) || !slices.Equal(x, before) {
			t.Fatalf("%v became %v and then %v, %v", before, y, back, err)
		}
	})
}

func TestFF1RefusesWhatItCannotDo(t *testing.T) {
	for _, radix := range []int{-1, 0, 1, 65537} {
		if _, err := fpe.NewFF1(make([]byte, 16), radix); err == nil {
			t.Errorf("radix %d is accepted", radix)
		}
	}
	for _, length := range []int{0, 15, 17, 64} {
		if _, err := fpe.NewFF1(make([]byte, length), 10); err == nil {
			t.Errorf("a key of %d bytes is accepted", length)
		}
	}
	f, err := fpe.NewFF1(make([]byte, 16), 10)
	if err != nil {
		t.Fatal(err)
	}
	for name, x := range map[string][]uint16{
		"no digit": {}, "one digit": {1}, "a small range": {1, 2, 3, 4, 5},
		"a digit above the radix": {1, 2, 3, 4, 5, 6, 10}, "too many": make([]uint16, 5000),
	} {
		if _, err := f.Encrypt(nil, x); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if _, err := f.Decrypt(make([]byte, 1<<17), make([]uint16, 10)); err == nil {
		t.Error("a tweak of 128 KiB is accepted")
	}
}

func toDigits(text string) []uint16 {
	x := make([]uint16, len(text))
	for i := range x {
		x[i] = uint16(strings.IndexByte(digits, text[i]))
	}
	return x
}

func toText(x []uint16) string {
	var text strings.Builder
	for _, d := range x {
		text.WriteByte(digits[d])
	}
	return text.String()
}

func unhex(t *testing.T, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
