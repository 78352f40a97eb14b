package cose

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"healthcode.example/crypto/base45"
	"healthcode.example/testvectors"

	gocose "github.com/veraison/go-cose"
	"pgregory.net/rapid"
)

func newKey(t testing.TB, alg Algorithm) *PrivateKey {
	t.Helper()
	k, err := Generate(alg, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func sign1(t testing.TB, k *PrivateKey, payload string) []byte {
	t.Helper()
	b, err := SignSign1("yk/code", []byte(payload), k, true)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestWhatWeSignAnotherLibraryVerifies(t *testing.T) {
	for _, alg := range []Algorithm{Ed25519, ES256} {
		k := newKey(t, alg)
		var m gocose.UntaggedSign1Message
		if err := m.UnmarshalCBOR(sign1(t, k, "payload")); err != nil {
			t.Fatal(err)
		}
		goAlg, pub := gocose.AlgorithmEdDSA, any(k.public.ed)
		if alg == ES256 {
			goAlg, pub = gocose.AlgorithmES256, k.public.ec
		}
		v, err := gocose.NewVerifier(goAlg, pub)
		if err != nil {
			t.Fatal(err)
		}
		if err := m.Verify(nil, v); err != nil {
			t.Errorf("%v: %v", alg, err)
		}
	}
}

func TestEveryFlippedBitIsRefused(t *testing.T) {
	for _, alg := range []Algorithm{Ed25519, ES256} {
		k := newKey(t, alg)
		good := sign1(t, k, "a payload of some length")
		for i := range len(good) * 8 {
			bad := bytes.Clone(good)
			bad[i/8] ^= 1 << (i % 8)
			m, err := ParseSign1(bad)
			if err == nil {
				err = m.Verify(k.Public())
			}
			if err == nil {
				t.Fatalf("%v: bit %d flipped and still accepted", alg, i)
			}
		}
	}
}

func TestTagsAreReadAndNeverWritten(t *testing.T) {
	k := newKey(t, Ed25519)
	good := sign1(t, k, "p")
	for name, c := range map[string]struct {
		prefix []byte
		ok     bool
	}{
		"untagged": {nil, true}, "18": {[]byte{0xd2}, true}, "61(18)": {[]byte{0xd8, 61, 0xd2}, true},
		"61 alone": {[]byte{0xd8, 61}, false}, "18(18)": {[]byte{0xd2, 0xd2}, false}, "61(18(18))": {[]byte{0xd8, 61, 0xd2, 0xd2}, false}, "61(61(18))": {[]byte{0xd8, 61, 0xd8, 61, 0xd2}, false},
		"98": {[]byte{0xd8, 98}, false},
	} {
		_, err := ParseSign1(append(bytes.Clone(c.prefix), good...))
		if (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// message builds a Sign1 by hand, so that a test can break one thing.
func message(protected, unprotected, payload, sig []byte) []byte {
	b := AppendBytes(AppendArray(nil, 4), protected)
	b = append(b, unprotected...)
	return AppendBytes(AppendBytes(b, payload), sig)
}

func TestMessagesThatAreNotOursAreRefused(t *testing.T) {
	sig := make([]byte, 64)
	head := []byte{0xa2, 0x01, 0x27, 0x10, 0x63, 'x', '/', 'y'}
	empty := []byte{0xa0}
	for name, c := range map[string]struct {
		in   []byte
		want error
	}{
		"unknown algorithm":       {message([]byte{0xa2, 0x01, 0x38, 0x23, 0x10, 0x63, 'x', '/', 'y'}, empty, nil, sig), ErrAlgorithm},
		"no alg":                  {message([]byte{0xa1, 0x10, 0x63, 'x', '/', 'y'}, empty, nil, sig), ErrShape},
		"no typ":                  {message([]byte{0xa1, 0x01, 0x27}, empty, nil, sig), ErrShape},
		"filled unprotected":      {message(head, []byte{0xa1, 0x04, 0x41, 1}, nil, sig), ErrShape},
		"typ without a slash":     {message([]byte{0xa2, 0x01, 0x27, 0x10, 0x63, 'x', 'x', 'y'}, empty, nil, sig), ErrShape},
		"typ of two slashes":      {message([]byte{0xa2, 0x01, 0x27, 0x10, 0x63, 'x', '/', '/'}, empty, nil, sig), ErrShape},
		"typ begins with a slash": {message([]byte{0xa2, 0x01, 0x27, 0x10, 0x63, '/', 'x', 'y'}, empty, nil, sig), ErrShape},
		"typ ends with a slash":   {message([]byte{0xa2, 0x01, 0x27, 0x10, 0x63, 'x', 'y', '/'}, empty, nil, sig), ErrShape},
		"typ with a space":        {message([]byte{0xa2, 0x01, 0x27, 0x10, 0x64, 'x', ' ', '/', 'y'}, empty, nil, sig), ErrShape},
		"signature of 63":         {message(head, empty, nil, sig[:63]), ErrShape},
		"signature of 65":         {message(head, empty, nil, append(sig, 0)), ErrShape},
		"signature of 72":         {message(head, empty, nil, append(sig, make([]byte, 8)...)), ErrShape},
		"crit header":             {message([]byte{0xa3, 0x01, 0x27, 0x02, 0x80, 0x10, 0x63, 'x', '/', 'y'}, empty, nil, sig), ErrShape},
		"kid of 4":                {message([]byte{0xa3, 0x01, 0x27, 0x04, 0x44, 1, 2, 3, 4, 0x10, 0x63, 'x', '/', 'y'}, empty, nil, sig), ErrShape},
		"a fourth header":         {message([]byte{0xa4, 0x01, 0x27, 0x04, 0x48, 1, 2, 3, 4, 5, 6, 7, 8, 0x10, 0x63, 'x', '/', 'y', 0x18, 0x20, 0x00}, empty, nil, sig), ErrShape},
		"array of five":           {append(append([]byte{0x85}, message(head, empty, nil, sig)[1:]...), 0x40), ErrShape},
		"array of three":          {[]byte{0x83, 0x40, 0xa0, 0x40}, ErrShape},
		"header keys out of line": {message([]byte{0xa2, 0x10, 0x63, 'x', '/', 'y', 0x01, 0x27}, empty, nil, sig), nil},
		"trailing byte":           {append(message(head, empty, nil, sig), 0), nil},
		"nothing":                 {nil, nil},
	} {
		_, err := ParseSign1(c.in)
		var syntax *SyntaxError
		if c.want != nil && !errors.Is(err, c.want) || c.want == nil && !errors.As(err, &syntax) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := ParseSign1(message(head, empty, nil, sig)); err != nil {
		t.Errorf("the unbroken message: %v", err)
	}
}

func TestAlgorithmMustBeTheKeys(t *testing.T) {
	m, err := ParseSign1(sign1(t, newKey(t, Ed25519), "p"))
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Verify(newKey(t, ES256).Public()); !errors.Is(err, ErrAlgorithm) {
		t.Error(err)
	}
}

func TestBothNamesOfAnAlgorithmMeanTheSame(t *testing.T) {
	for id, want := range map[int64]Algorithm{-7: ES256, -9: ES256, -8: Ed25519, -19: Ed25519} {
		if got, err := parseAlgorithm(id); got != want || err != nil {
			t.Errorf("%d: %v %v", id, got, err)
		}
	}
	for _, id := range []int64{0, 7, -35, -36, -37, -53, -257} {
		if _, err := parseAlgorithm(id); !errors.Is(err, ErrAlgorithm) {
			t.Errorf("%d was allowed", id)
		}
	}
}

func TestKeysSurviveTheirEncodings(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		alg := rapid.SampledFrom([]Algorithm{Ed25519, ES256}).Draw(t, "alg")
		seed := rapid.SliceOfN(rapid.Byte(), 64*32, 64*32).Draw(t, "seed")
		k, err := Generate(alg, bytes.NewReader(seed))
		if err != nil {
			t.Skip("no scalar in range")
		}
		b, err := k.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		back, err := ParsePrivateKey(b)
		if err != nil || !back.Public().Equal(k.Public()) {
			t.Fatalf("private key: %v", err)
		}
		pub, err := ParseKey(k.Public().Bytes())
		if err != nil || !pub.Equal(k.Public()) {
			t.Fatalf("public key: %v", err)
		}
		if _, err := ParseKey(b); !errors.Is(err, ErrKey) {
			t.Fatal("a private key was read as a public one")
		}
		if alg == ES256 {
			r := NewReader(k.Public().AppendCompressed(nil))
			short, err := ReadCompressedKey(&r)
			if err != nil || !short.Equal(k.Public()) {
				t.Fatalf("compressed key: %v", err)
			}
		}
	})
}

func TestKeysOffTheCurveAreRefused(t *testing.T) {
	k := newKey(t, ES256).Public()
	b := k.Bytes()
	b[len(b)-1] ^= 1
	if _, err := ParseKey(b); !errors.Is(err, ErrKey) {
		t.Error("a point off the curve became a key")
	}
	other, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := NewES256(&other.PublicKey); !errors.Is(err, ErrKey) {
		t.Error("P-384 became an ES256 key")
	}
	if _, err := NewEd25519(make(ed25519.PublicKey, 31)); !errors.Is(err, ErrKey) {
		t.Error("31 bytes became an Ed25519 key")
	}
}

// RFC 9679 §6 gives one example: the P-256 key of its figure and its SHA-256 thumbprint.
func TestThumbprintOfTheRFC(t *testing.T) {
	x := []byte("\x65\xed\xa5\xa1\x25\x77\xc2\xba\xe8\x29\x43\x7f\xe3\x38\x70\x1a\x10\xaa\xa3\x75\xe1\xbb\x5b\x5d\xe1\x08\xde\x43\x9c\x08\x55\x1d")
	y := []byte("\x1e\x52\xed\x75\x70\x11\x63\xf7\xf9\xe4\x0d\xdf\x9f\x34\x1b\x3d\xc9\xba\x86\x0a\xf7\xe0\xca\x7c\xa7\xe9\xee\xcd\x00\x84\xd1\x9c")
	k, err := newPoint(append(append([]byte{4}, x...), y...))
	if err != nil {
		t.Fatal(err)
	}
	const want = "496bd8afadf307e5b08c64b0421bf9dc01528a344a43bda88fadd1669da253ec"
	if got := fmt.Sprintf("%x", k.Thumbprint()); got != want {
		t.Errorf("thumbprint %s, want %s", got, want)
	}
}

func TestThresholdsCountDistinctKeys(t *testing.T) {
	a, b, c := newKey(t, Ed25519), newKey(t, ES256), newKey(t, Ed25519)
	raw, err := SignSign("yk/root", []byte("root"), a, b)
	if err != nil {
		t.Fatal(err)
	}
	m, err := ParseSign(raw)
	if err != nil {
		t.Fatal(err)
	}
	if got := m.CountValid([]*PublicKey{a.public, b.public, c.public}); got != 2 {
		t.Errorf("%d valid, want 2", got)
	}
	if got := m.CountValid([]*PublicKey{a.public, c.public}); got != 1 {
		t.Errorf("%d valid, want 1", got)
	}
	if _, err := SignSign("yk/root", []byte("root"), a, a); !errors.Is(err, ErrShape) {
		t.Errorf("one key signed twice: %v", err)
	}
}

func TestEachSignatureIsRightOrRefused(t *testing.T) {
	a, b, c := newKey(t, Ed25519), newKey(t, ES256), newKey(t, Ed25519)
	raw, err := SignSign("yk/root", []byte("root"), a, b)
	if err != nil {
		t.Fatal(err)
	}
	m, err := ParseSign(raw)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.VerifyEach([]*PublicKey{a.public, b.public, c.public}, false); err != nil {
		t.Error(err)
	}
	if err := m.VerifyEach([]*PublicKey{a.public}, false); !errors.Is(err, ErrSignature) {
		t.Errorf("a stranger's signature: %v", err)
	}
	if err := m.VerifyEach([]*PublicKey{a.public}, true); err != nil {
		t.Errorf("a stranger's signature that nobody can check: %v", err)
	}
	for i := range m.Signatures {
		wrong := *m
		wrong.Signatures = slices.Clone(m.Signatures)
		wrong.Signatures[i].Signature = bytes.Clone(m.Signatures[i].Signature)
		wrong.Signatures[i].Signature[9] ^= 1
		if err := wrong.VerifyEach([]*PublicKey{a.public, b.public}, true); !errors.Is(err, ErrSignature) {
			t.Errorf("a wrong signature of a key that is known: %v", err)
		}
	}
}

func TestSignaturesOfOneKindAreNoneOfTheOther(t *testing.T) {
	k := newKey(t, Ed25519)
	one := sign1(t, k, "p")
	if _, err := ParseSign(one); err == nil {
		t.Error("COSE_Sign1 was read as COSE_Sign")
	}
	many, err := SignSign("yk/code", []byte("p"), k)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ParseSign1(many); err == nil {
		t.Error("COSE_Sign was read as COSE_Sign1")
	}
}

type probe struct {
	A uint64   `cbor:"1,keyasint"`
	B []byte   `cbor:"2,keyasint,omitempty"`
	C []string `cbor:"-1,keyasint,omitempty"`
}

func TestTheStrictModeReadsOnlyWhatItWrites(t *testing.T) {
	for name, in := range map[string]string{
		"unknown field":      "\xa2\x01\x01\x05\x01",
		"repeated key":       "\xa2\x01\x01\x01\x02",
		"order":              "\xa2\x02\x41x\x01\x01",
		"long integer":       "\xa1\x01\x18\x01",
		"indefinite map":     "\xbf\x01\x01\xff",
		"indefinite string":  "\xa2\x01\x01\x02\x5f\x41x\xff",
		"trailing":           "\xa1\x01\x01\x00",
		"array for bytes":    "\xa2\x01\x01\x02\x81\x01",
		"empty but present":  "\xa2\x01\x01\x02\x40",
		"tag":                "\xc1\xa1\x01\x01",
		"null":               "\xa2\x01\x01\x02\xf6",
		"float":              "\xa1\x01\xf9\x3c\x00",
		"bad text":           "\xa2\x01\x01\x20\x81\x61\xff",
		"four gigabytes":     "\xa2\x01\x01\x02\x5a\xff\xff\xff\xff",
		"deep":               "\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81\x01",
		"huge array":         "\x9b\x7f\xff\xff\xff\xff\xff\xff\xff",
		"missing field":      "\xa0",
		"text for a integer": "\xa1\x01\x61x",
	} {
		var p probe
		if err := Unmarshal([]byte(in), &p); err == nil {
			t.Errorf("%s: read as %+v", name, p)
		}
	}
	want := probe{A: 1 << 40, B: []byte("b"), C: []string{"粤"}}
	b, err := Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var got probe
	if err := Unmarshal(b, &got); err != nil || got.A != want.A || !bytes.Equal(got.B, want.B) || got.C[0] != want.C[0] {
		t.Errorf("%+v %v", got, err)
	}
}

// FuzzParse: no panic; what is accepted is deterministic for the CBOR library too, and is written again byte for byte.
func FuzzParse(f *testing.F) {
	k, err := Generate(Ed25519, bytes.NewReader(make([]byte, 32)))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(sign1(f, k, "payload"))
	f.Add(message([]byte{0xa2, 0x01, 0x26, 0x10, 0x63, 'x', '/', 'y'}, []byte{0xa0}, []byte("p"), make([]byte, 64)))
	many, err := SignSign("yk/root", []byte("p"), k)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(many)
	f.Add(k.public.Bytes())
	cases, err := testvectors.Cases()
	if err != nil {
		f.Fatal(err)
	}
	for _, c := range cases {
		if b, err := base45.Decode(strings.TrimPrefix(c.Text, "YK1:")); err == nil {
			f.Add(b)
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if m, err := ParseSign1(b); err == nil {
			untagged := b
			for untagged[0]>>5 == majorTag {
				r := NewReader(untagged)
				_, _, _ = r.head()
				untagged = untagged[r.pos:]
			}
			if !bytes.Equal(message(m.Protected, []byte{0xa0}, m.Payload, m.Signature), untagged) {
				t.Errorf("%x is not what is written for it", b)
			}
			var second gocose.UntaggedSign1Message
			if err := second.UnmarshalCBOR(untagged); err != nil {
				t.Errorf("accepted what another library refuses: %v", err)
			}
		}
		if m, err := ParseSign(b); err == nil && len(m.Signatures) > maxSignatures {
			t.Error("too many signatures")
		}
		if k, err := ParseKey(b); err == nil && !bytes.Equal(k.Bytes(), b) {
			t.Errorf("key %x is written %x", b, k.Bytes())
		}
		if CheckDeterministic(b) == nil {
			var v any
			if err := decMode.Unmarshal(b, &v); err != nil {
				t.Logf("library is stricter on %x: %v", b, err)
			}
		}
	})
}

func BenchmarkSign1Verify(b *testing.B) {
	for _, alg := range []Algorithm{Ed25519, ES256} {
		k := newKey(b, alg)
		raw := sign1(b, k, string(make([]byte, 60)))
		b.Run(alg.String(), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				m, err := ParseSign1(raw)
				if err != nil || m.Verify(k.public) != nil {
					b.Fatal("refused")
				}
			}
		})
	}
}
