package conformance

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/big"
	"path/filepath"
	"strings"
	"testing"

	"healthcode.example/crypto/base45"
	"healthcode.example/crypto/cose"

	"github.com/fxamacker/cbor/v2"
)

// jwk is a key as the data write it: base64url, or hexadecimal under another name.
type jwk struct {
	Type  string `json:"kty"`
	Curve string `json:"crv"`
	X     string `json:"x"`
	Y     string `json:"y"`
	XHex  string `json:"x_hex"`
	YHex  string `json:"y_hex"`
	N     string `json:"n"`
	E     string `json:"e"`
	NHex  string `json:"n_hex"`
	EHex  string `json:"e_hex"`
}

func field(base64url, hexadecimal string) []byte {
	if hexadecimal != "" {
		b, _ := hex.DecodeString(hexadecimal)
		return b
	}
	b, _ := base64.RawURLEncoding.DecodeString(strings.TrimRight(base64url, "="))
	return b
}

func (k *jwk) key() (*cose.PublicKey, error) {
	x, y := field(k.X, k.XHex), field(k.Y, k.YHex)
	switch {
	case k.Type == "OKP" && k.Curve == "Ed25519":
		return cose.NewEd25519(x)
	case k.Type == "EC" && k.Curve == "P-256":
		pub, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), append(append([]byte{4}, x...), y...))
		if err != nil {
			return nil, err
		}
		return cose.NewES256(pub)
	case k.Type == "RSA":
		n, e := field(k.N, k.NHex), field(k.E, k.EHex)
		return cose.NewPS256(&rsa.PublicKey{N: new(big.Int).SetBytes(n), E: int(new(big.Int).SetBytes(e).Int64())})
	}
	return nil, fmt.Errorf("key of type %s on %s is none that we take", k.Type, k.Curve)
}

// accepts says whether the tolerant envelope takes the message and the key verifies it.
func accepts(message []byte, k jwk) (bool, string) {
	m, err := cose.ParseForeignSign1(message)
	if err != nil {
		return false, err.Error()
	}
	key, err := k.key()
	if err != nil {
		return false, err.Error()
	}
	if err := m.Verify(key); err != nil {
		return false, err.Error()
	}
	return true, "accepted"
}

// coseWGOutcomes takes the messages of the kind that we have: those with one signature. COSE_Sign with many signers, MACs and encryption are
// out of scope, and what we say of them is that they are no COSE_Sign1.
func coseWGOutcomes(t *testing.T, dir string) (all []outcome) {
	for _, name := range filesUnder(t, dir, ".json") {
		var v struct {
			Fail  bool `json:"fail"`
			Input struct {
				Sign0 *struct {
					Key jwk `json:"key"`
				} `json:"sign0"`
			} `json:"input"`
			Output struct {
				CBOR string `json:"cbor"`
			} `json:"output"`
		}
		readJSON(t, filepath.Join(dir, name), &v)
		message, err := hex.DecodeString(v.Output.CBOR)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		short := strings.TrimSuffix(name, ".json")
		if v.Input.Sign0 == nil {
			_, err := cose.ParseForeignSign1(message)
			all = append(all, expect(short+" is another kind of message", false, err == nil, "taken for a COSE_Sign1"))
			continue
		}
		got, detail := accepts(message, v.Input.Sign0.Key)
		all = append(all, expect(short, !v.Fail, got, detail))
	}
	return all
}

func gluecoseOutcomes(t *testing.T, dir string) (all []outcome) {
	for _, name := range filesUnder(t, dir, ".json") {
		var v struct {
			Key    jwk `json:"key"`
			Verify struct {
				Message struct {
					CBOR string `json:"cborHex"`
				} `json:"taggedCOSESign1"`
				Should bool `json:"shouldVerify"`
			} `json:"sign1::verify"`
		}
		readJSON(t, filepath.Join(dir, name), &v)
		message, err := hex.DecodeString(v.Verify.Message.CBOR)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		got, detail := accepts(message, v.Key)
		all = append(all, expect(strings.TrimSuffix(name, ".json"), v.Verify.Should, got, detail))
	}
	return all
}

// wycheproofOutcomes holds the signature checks themselves against the known attacks on them.
func wycheproofOutcomes(t *testing.T, dir string) (all []outcome) {
	for _, name := range filesUnder(t, dir, ".json") {
		var v struct {
			Groups []struct {
				PublicKey struct {
					Point string `json:"uncompressed"`
					Ed    string `json:"pk"`
				} `json:"publicKey"`
				Tests []struct {
					ID               int `json:"tcId"`
					Msg, Sig, Result string
				} `json:"tests"`
			} `json:"testGroups"`
		}
		readJSON(t, filepath.Join(dir, name), &v)
		for _, g := range v.Groups {
			key, err := wycheproofKey(g.PublicKey.Point, g.PublicKey.Ed)
			for _, c := range g.Tests {
				message, _ := hex.DecodeString(c.Msg)
				signature, _ := hex.DecodeString(c.Sig)
				got := err == nil && key.Verify(message, signature)
				if known := err == nil && key.Known().Verify(message, signature); known != got {
					t.Errorf("%s %d: a known key says %v, the same key unknown says %v", name, c.ID, known, got)
				}
				all = append(all, expect(fmt.Sprintf("%s %d", strings.TrimSuffix(name, "_test.json"), c.ID), c.Result == "valid", got, fmt.Sprint(err)))
			}
		}
	}
	return all
}

func wycheproofKey(point, ed string) (*cose.PublicKey, error) {
	if ed != "" {
		b, err := hex.DecodeString(ed)
		if err != nil {
			return nil, err
		}
		return cose.NewEd25519(ed25519.PublicKey(b))
	}
	b, err := hex.DecodeString(point)
	if err != nil {
		return nil, err
	}
	pub, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), b)
	if err != nil {
		return nil, err
	}
	return cose.NewES256(pub)
}

// cborOutcomes: every malformed input is refused by both modes; every well-formed one is read by the tolerant mode, and the strict mode takes
// exactly those that are deterministic and of the kinds that our objects use.
func cborOutcomes(t *testing.T, dir string) (all []outcome) {
	var malformed []struct{ ID, Hex string }
	readJSON(t, filepath.Join(dir, "rfc8949_appendix_f_malformed.json"), &malformed)
	for _, v := range malformed {
		b, err := hex.DecodeString(v.Hex)
		if err != nil {
			t.Fatalf("%s: %v", v.ID, err)
		}
		var any1, any2 any
		all = append(all,
			expect(v.ID+" strict", false, cose.CheckDeterministic(b) == nil || cose.Unmarshal(b, &any1) == nil, "malformed, but read"),
			expect(v.ID+" tolerant", false, cose.UnmarshalForeign(b, &any2) == nil, "malformed, but read"))
	}
	var wellFormed []struct {
		Hex       string `json:"hex"`
		Roundtrip bool   `json:"roundtrip"`
	}
	readJSON(t, filepath.Join(dir, "appendix_a.json"), &wellFormed)
	for _, v := range wellFormed {
		b, err := hex.DecodeString(v.Hex)
		if err != nil {
			t.Fatal(err)
		}
		var got any
		err = cose.UnmarshalForeign(b, &got)
		err2 := cose.CheckDeterministic(b)
		all = append(all,
			expect("A-"+v.Hex+" tolerant", true, err == nil, fmt.Sprint(err)),
			expect("A-"+v.Hex+" strict", v.Roundtrip && ofOurKinds(b), err2 == nil, fmt.Sprint(err2)))
	}
	return all
}

// ofOurKinds says whether an item has no tag, floating point number, null, undefined or other simple value in it, by another implementation.
func ofOurKinds(b []byte) bool {
	diagnosis, err := cbor.Diagnose(b)
	if err != nil || b[0]>>5 == 6 { // a big number's tag is not in its diagnosis
		return false
	}
	text := false
	for _, word := range []string{"null", "undefined", "simple(", "NaN", "Infinity"} {
		if strings.Contains(diagnosis, word) {
			return false
		}
	}
	for i, r := range diagnosis {
		switch {
		case r == '"':
			text = !text
		case !text && (r == '.' || r == '(' || r == 'e' && i > 0 && diagnosis[i-1] >= '0' && diagnosis[i-1] <= '9'):
			return strings.HasPrefix(diagnosis, "h'")
		}
	}
	return true
}

func base45Outcomes(t *testing.T, file string) (all []outcome) {
	var v struct {
		Valid    []struct{ Raw, Enc string } `json:"valid"`
		Invalid  []string                    `json:"invalid"`
		Triplets []string                    `json:"invalid_overflow_triplets"`
		Pairs    []string                    `json:"invalid_overflow_pairs"`
	}
	readJSON(t, file, &v)
	for i, c := range v.Valid {
		b, err := base45.Decode(c.Enc)
		all = append(all, expect(fmt.Sprint("valid ", i), true, err == nil && string(b) == c.Raw && base45.Encode(b) == c.Enc, "another text or bytes"))
	}
	for list, texts := range map[string][]string{"invalid": v.Invalid, "overflowing group of three": v.Triplets, "overflowing group of two": v.Pairs} {
		for i, text := range texts {
			_, err := base45.Decode(text)
			all = append(all, expect(fmt.Sprint(list, " ", i), false, err == nil, "decoded"))
		}
	}
	return all
}
