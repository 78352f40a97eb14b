package tsl_test

import (
	"bytes"
	"compress/zlib"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io"
	"math/big"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"healthcode.example/crypto/cose"
	"healthcode.example/trust"
	"healthcode.example/trust/tsl"

	"github.com/fxamacker/cbor/v2"
	gocose "github.com/veraison/go-cose"
	"pgregory.net/rapid"
)

// draftIndices and draftList are the 1-bit example of appendix C.1 of the draft: 2^20 entries.
var draftIndices = []uint64{0, 1993, 25460, 159495, 495669, 554353, 645645, 723232, 854545, 934534, 1000345}

const draftList = "78daeddc010dc0200c0041a88249400ad2903e0f4bba00bd93f002beb7a2a2010000a91e090000000000000000000000000000008072960400000000000000" +
	"0000000000000000000000000000000000000000000000000000000000000000005c6f4800000000000000fc2c240000000000000000000000be1b12000000000000000000ecaa4b0000" +
	"00000000000000000000000000009b0b0900000000000000000038de9400000000000000002a30cc010000000080642f0bd8011b"

func list(t testing.TB, width uint8, indices ...uint64) *trust.StatusList {
	t.Helper()
	l, err := trust.NewStatusList(trust.Phone, 20718, width, indices)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func inflate(t testing.TB, b []byte) []byte {
	t.Helper()
	z, err := zlib.NewReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	out, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestTheBitsAreThoseOfTheDraftsExample(t *testing.T) {
	example, err := hex.DecodeString(draftList)
	if err != nil {
		t.Fatal(err)
	}
	var ours bytes.Buffer
	if err := tsl.Compress(&ours, list(t, 20, draftIndices...)); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(inflate(t, ours.Bytes()), inflate(t, example)) {
		t.Error("the byte array differs from that of appendix C.1")
	}
}

func TestEveryBitSaysWhatTheListSays(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		width := rapid.Uint8Range(20, 22).Draw(r, "width")
		l := list(t, width, rapid.SliceOf(rapid.Uint64Range(0, 1<<width-1)).Draw(r, "indices")...)
		var b bytes.Buffer
		if err := tsl.Compress(&b, l); err != nil {
			r.Fatal(err)
		}
		bits, set := inflate(t, b.Bytes()), []uint64{}
		if len(bits) != 1<<(width-3) {
			r.Fatalf("%d bytes for 2^%d bits", len(bits), width)
		}
		for i, octet := range bits {
			for k := range 8 {
				if octet>>k&1 == 1 {
					set = append(set, uint64(i*8+k))
				}
			}
		}
		if !slices.Equal(set, l.All()) && len(set)+l.Len() > 0 {
			r.Fatalf("set %v, revoked %v", set, l.All())
		}
	})
}

func token(t testing.TB) *tsl.Token {
	return &tsl.Token{
		Subject: "https://codes.example/status/CN-GD/phone/20718", IssuedAt: 1_790_049_600, ExpiresAt: 1_790_136_000, TTL: 5 * time.Minute,
		List: list(t, 20, draftIndices...),
	}
}

func signers(t testing.TB) []*cose.PrivateKey {
	t.Helper()
	var keys []*cose.PrivateKey
	for _, alg := range []cose.Algorithm{cose.Ed25519, cose.ES256} {
		k, err := cose.Generate(alg, strings.NewReader(strings.Repeat("TEST KEY of the token status list", 8)))
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, k)
	}
	return keys
}

// public gives the standard library's form of the key, for the second opinions.
func public(k *cose.PrivateKey) (key any, alg gocose.Algorithm) {
	if ed, ok := k.Public().Ed25519(); ok {
		return ed, gocose.AlgorithmEdDSA
	}
	ec, _ := k.Public().ECDSA()
	return ec, gocose.AlgorithmES256
}

func TestAnotherCOSELibraryReadsTheCWT(t *testing.T) {
	for _, k := range signers(t) {
		raw, err := token(t).CWT(k)
		if err != nil {
			t.Fatal(err)
		}
		var m gocose.Sign1Message // takes the tagged form only
		if err := m.UnmarshalCBOR(raw); err != nil {
			t.Fatal(err)
		}
		key, alg := public(k)
		v, err := gocose.NewVerifier(alg, key)
		if err != nil {
			t.Fatal(err)
		}
		if err := m.Verify(nil, v); err != nil {
			t.Errorf("%v: %v", alg, err)
		}
		if m.Headers.Protected[gocose.HeaderLabelType] != tsl.MediaTypeCWT {
			t.Errorf("typ is %v", m.Headers.Protected[gocose.HeaderLabelType])
		}
		var claims struct {
			Subject string `cbor:"2,keyasint"`
			Expires int64  `cbor:"4,keyasint"`
			Issued  int64  `cbor:"6,keyasint"`
			List    struct {
				Bits int    `cbor:"bits"`
				List []byte `cbor:"lst"`
			} `cbor:"65533,keyasint"`
			TTL int64 `cbor:"65534,keyasint"`
		}
		if err := cbor.Unmarshal(m.Payload, &claims); err != nil {
			t.Fatal(err)
		}
		if err := cose.CheckDeterministic(m.Payload); err != nil {
			t.Error(err)
		}
		if claims.Subject != token(t).Subject || claims.Expires != 1_790_136_000 || claims.Issued != 1_790_049_600 || claims.TTL != 300 || claims.List.Bits != 1 {
			t.Errorf("the claims are %+v", claims)
		}
		if inflate(t, claims.List.List)[0] != 1 {
			t.Error("index 0 is not revoked")
		}
	}
}

// verifyJWS is RFC 7515 §5.2 with the standard library.
func verifyJWS(t testing.TB, text string, k *cose.PrivateKey) (header map[string]string, payload []byte) {
	t.Helper()
	parts := strings.Split(text, ".")
	if len(parts) != 3 {
		t.Fatalf("%d parts", len(parts))
	}
	var decoded [3][]byte
	for i, p := range parts {
		b, err := base64.RawURLEncoding.DecodeString(p)
		if err != nil {
			t.Fatal(err)
		}
		decoded[i] = b
	}
	if err := json.Unmarshal(decoded[0], &header); err != nil {
		t.Fatal(err)
	}
	signed, signature, right := []byte(parts[0]+"."+parts[1]), decoded[2], false
	switch key, _ := public(k); key := key.(type) {
	case ed25519.PublicKey:
		right = header["alg"] == "EdDSA" && ed25519.Verify(key, signed, signature)
	case *ecdsa.PublicKey:
		digest := sha256.Sum256(signed)
		r, s := new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])
		right = header["alg"] == "ES256" && len(signature) == 64 && ecdsa.Verify(key, digest[:], r, s)
	}
	if !right {
		t.Fatalf("the signature under %v is wrong", header)
	}
	return header, decoded[1]
}

func TestTheStandardLibraryReadsTheJWT(t *testing.T) {
	for _, k := range signers(t) {
		text, err := token(t).JWT(k)
		if err != nil {
			t.Fatal(err)
		}
		header, payload := verifyJWS(t, text, k)
		if header["typ"] != "statuslist+jwt" || header["kid"] != k.Public().ID().String() {
			t.Errorf("the header is %v", header)
		}
		var claims struct {
			Exp, Iat, TTL int64
			Sub           string
			List          struct {
				Bits int
				Lst  string
			} `json:"status_list"`
		}
		d := json.NewDecoder(bytes.NewReader(payload))
		d.DisallowUnknownFields()
		if err := d.Decode(&claims); err != nil {
			t.Fatal(err)
		}
		lst, err := base64.RawURLEncoding.DecodeString(claims.List.Lst)
		if err != nil {
			t.Fatal(err)
		}
		if claims.Sub != token(t).Subject || claims.Exp != 1_790_136_000 || claims.Iat != 1_790_049_600 || claims.TTL != 300 || claims.List.Bits != 1 || inflate(t, lst)[0] != 1 {
			t.Errorf("the claims are %s", payload)
		}
	}
}

func TestATokenThatSaysNothingSensibleIsNotSigned(t *testing.T) {
	for name, spoil := range map[string]func(*tsl.Token){
		"no subject":            func(k *tsl.Token) { k.Subject = "" },
		"no list":               func(k *tsl.Token) { k.List = nil },
		"expired when issued":   func(k *tsl.Token) { k.ExpiresAt = k.IssuedAt },
		"a ttl of nothing":      func(k *tsl.Token) { k.TTL = 0 },
		"a list of 2^33 bits":   func(k *tsl.Token) { k.List = list(t, 33, 1) },
		"a ttl of half seconds": func(k *tsl.Token) { k.TTL = 1500 * time.Millisecond },
	} {
		k := token(t)
		spoil(k)
		if _, err := k.CWT(signers(t)[0]); err == nil {
			t.Errorf("%s: signed as CWT", name)
		}
		if _, err := k.JWT(signers(t)[0]); err == nil {
			t.Errorf("%s: signed as JWT", name)
		}
	}
}

// A list of 2^27 bits is 16 MiB; writing it takes the compressor and one chunk.
func TestAWideListIsWrittenInBoundedMemory(t *testing.T) {
	l := list(t, 27, 1, 1<<26, 1<<27-1)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if err := tsl.Compress(io.Discard, l); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if took := after.TotalAlloc - before.TotalAlloc; took > 4<<20 {
		t.Errorf("allocated %d bytes for a list of 16 MiB", took)
	}
}

func BenchmarkCompress(b *testing.B) {
	indices := make([]uint64, 1_000_000)
	state := uint64(1)
	for i := range indices {
		state = state*6364136223846793005 + 1442695040888963407
		indices[i] = state >> 37
	}
	l := list(b, 27, indices...)
	for b.Loop() {
		var out bytes.Buffer
		if err := tsl.Compress(&out, l); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(out.Len()), "bytes")
	}
}
