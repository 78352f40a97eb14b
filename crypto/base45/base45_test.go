package base45_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"healthcode.example/crypto/base45"
	"pgregory.net/rapid"
)

// The examples of RFC 9285 §4.3 and §4.4.
var examples = []struct{ raw, text string }{
	{"", ""},
	{"AB", "BB8"},
	{"Hello!!", "%69 VD92EX0"},
	{"base-45", "UJCLQE7W581"},
	{"ietf!", "QED8WEX0"},
	{"\x00", "00"},
	{"\x00\x00", "000"},
	{"\xff", "U5"},
	{"\xff\xff", "FGW"},
}

func TestExamplesOfTheRFC(t *testing.T) {
	for _, e := range examples {
		if got := base45.Encode([]byte(e.raw)); got != e.text {
			t.Errorf("Encode(%q) = %q, want %q", e.raw, got, e.text)
		}
		got, err := base45.Decode(e.text)
		if err != nil || string(got) != e.raw {
			t.Errorf("Decode(%q) = %q, %v, want %q", e.text, got, err, e.raw)
		}
	}
}

func TestErrorNamesTheFirstFault(t *testing.T) {
	for _, c := range []struct {
		text   string
		offset int
		says   string
	}{
		{"A", 0, "cut short"},
		{"BB8A", 3, "cut short"},
		{"BB8bb8", 3, "0x62"},
		{"BB8\n", 3, "0x0a"},
		{"BB8B\tB", 4, "0x09"},
		{"BB8GGW", 3, "more than 65535"},
		{"BB8V5", 3, "more than 255"},
		{"\u2003BB8BB", 0, "0xe2"},
	} {
		_, err := base45.Decode(c.text)
		var syntax *base45.SyntaxError
		if !errors.As(err, &syntax) {
			t.Errorf("Decode(%q) = %v, want a SyntaxError", c.text, err)
			continue
		}
		if syntax.Offset != c.offset || !strings.Contains(err.Error(), c.says) {
			t.Errorf("Decode(%q) = %v, want offset %d and %q", c.text, err, c.offset, c.says)
		}
	}
}

func TestFailedAppendLeavesTheDestination(t *testing.T) {
	dst := append(make([]byte, 0, 64), "before"...)
	got, err := base45.AppendDecode(dst, "BB8:::")
	if err == nil || string(got) != "before" {
		t.Fatalf("AppendDecode = %q, %v, want %q and an error", got, err, "before")
	}
	if b, err := base45.Decode("BB8:::"); b != nil || err == nil {
		t.Fatalf("Decode = %q, %v, want no bytes and an error", b, err)
	}
}

func TestAppendContinuesTheDestination(t *testing.T) {
	text := base45.AppendEncode([]byte("YK1:"), []byte("AB"))
	if string(text) != "YK1:BB8" {
		t.Errorf("AppendEncode = %q, want %q", text, "YK1:BB8")
	}
	raw, err := base45.AppendDecode([]byte("x"), "BB8")
	if err != nil || string(raw) != "xAB" {
		t.Errorf("AppendDecode = %q, %v, want %q", raw, err, "xAB")
	}
}

// Every group of two and of three characters is tried: it is accepted exactly
// when its value fits, and then encodes back to itself.
func TestEveryGroup(t *testing.T) {
	const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
	check := func(text string, value, limit int) {
		raw, err := base45.Decode(text)
		if (err == nil) != (value <= limit) {
			t.Fatalf("Decode(%q), value %d: %v", text, value, err)
		}
		if err == nil && base45.Encode(raw) != text {
			t.Fatalf("Encode(Decode(%q)) = %q", text, base45.Encode(raw))
		}
	}
	for c := range 45 {
		for d := range 45 {
			check(string([]byte{alphabet[c], alphabet[d]}), c+45*d, 0xff)
			for e := range 45 {
				check(string([]byte{alphabet[c], alphabet[d], alphabet[e]}), c+45*d+45*45*e, 0xffff)
			}
		}
	}
}

func TestEveryOtherByteIsRefused(t *testing.T) {
	const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
	for b := range 256 {
		for at := range 5 {
			text := []byte("00000")
			text[at] = byte(b)
			_, err := base45.Decode(string(text))
			if valid := strings.IndexByte(alphabet, byte(b)) >= 0; err == nil && !valid {
				t.Fatalf("Decode(%q) accepted byte %#x", text, b)
			}
		}
	}
}

func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		raw := rapid.SliceOfN(rapid.Byte(), 0, 2000).Draw(t, "raw")
		text := base45.Encode(raw)
		if len(text) != base45.EncodedLen(len(raw)) {
			t.Fatalf("%d bytes became %d characters, want %d", len(raw), len(text), base45.EncodedLen(len(raw)))
		}
		n, ok := base45.DecodedLen(len(text))
		got, err := base45.Decode(text)
		if err != nil || !bytes.Equal(got, raw) || !ok || n != len(raw) {
			t.Fatalf("Decode(Encode(%x)) = %x, %v; DecodedLen = %d, %t", raw, got, err, n, ok)
		}
	})
}

func TestOneAllocation(t *testing.T) {
	raw := bytes.Repeat([]byte{0xa5}, 1501)
	text := base45.Encode(raw)
	if n := testing.AllocsPerRun(100, func() { base45.Encode(raw) }); n > 1 {
		t.Errorf("Encode allocates %v times, want 1", n)
	}
	if n := testing.AllocsPerRun(100, func() { _, _ = base45.Decode(text) }); n > 1 {
		t.Errorf("Decode allocates %v times, want 1", n)
	}
}

type shared struct {
	Valid            []struct{ Raw, Enc string }
	Invalid          []string
	OverflowTriplets []string `json:"invalid_overflow_triplets"`
	OverflowPairs    []string `json:"invalid_overflow_pairs"`
}

func TestSharedConformanceFile(t *testing.T) {
	s := readShared(t)
	for _, v := range s.Valid {
		got, err := base45.Decode(v.Enc)
		if err != nil || string(got) != v.Raw || base45.Encode([]byte(v.Raw)) != v.Enc {
			t.Errorf("%q <-> %q: got %q, %v", v.Raw, v.Enc, got, err)
		}
	}
	for _, list := range [][]string{s.Invalid, s.OverflowTriplets, s.OverflowPairs} {
		if len(list) == 0 {
			t.Error("the shared file has an empty list of invalid texts, want some")
		}
		for _, text := range list {
			if got, err := base45.Decode(text); err == nil {
				t.Errorf("Decode(%q) = %x, want an error", text, got)
			}
		}
	}
}

func readShared(t *testing.T) (s shared) {
	t.Helper()
	dir := os.Getenv("HEALTHCODE_CONFORMANCE")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "conformance")
	}
	b, err := os.ReadFile(filepath.Join(dir, "base45.json"))
	if err != nil && os.Getenv("REQUIRE_ALL") == "1" {
		t.Fatalf("needs the shared conformance data, set HEALTHCODE_CONFORMANCE to its folder: %v", err)
	}
	if err != nil {
		t.Skipf("needs the shared conformance data, set HEALTHCODE_CONFORMANCE to its folder: %v", err)
	}
	if err := json.Unmarshal(b, &s); err != nil {
		t.Fatal(err)
	}
	return s
}

func BenchmarkEncode(b *testing.B) {
	raw := bytes.Repeat([]byte{0xa5, 0x17}, 70)
	b.ReportAllocs()
	for b.Loop() {
		base45.Encode(raw)
	}
}

func BenchmarkDecode(b *testing.B) {
	text := base45.Encode(bytes.Repeat([]byte{0xa5, 0x17}, 70))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := base45.Decode(text); err != nil {
			b.Fatal(err)
		}
	}
}
