package cose

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fxamacker/cbor/v2"
)

// readConformance reads a JSON file of the shared third-party data.
func readConformance(t *testing.T, into any, path ...string) {
	t.Helper()
	dir := os.Getenv("HEALTHCODE_CONFORMANCE")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "conformance")
	}
	b, err := os.ReadFile(filepath.Join(append([]string{dir}, path...)...))
	if err != nil && os.Getenv("REQUIRE_ALL") == "1" {
		t.Fatalf("needs the shared conformance data, set HEALTHCODE_CONFORMANCE to its folder: %v", err)
	}
	if err != nil {
		t.Skipf("needs the shared conformance data, set HEALTHCODE_CONFORMANCE to its folder: %v", err)
	}
	if err := json.Unmarshal(b, into); err != nil {
		t.Fatal(err)
	}
}

type wycheproof struct {
	NumberOfTests int
	TestGroups    []struct {
		PublicKey struct{ PK, Uncompressed string }
		Tests     []struct {
			TcID             int
			Msg, Sig, Result string
		}
	}
}

// Both files have 413 tests; a key of our own gives each of them the answer that is wanted, with and without its table.
func TestWycheproof(t *testing.T) {
	count := 0
	for _, name := range []string{"ecdsa_secp256r1_sha256_p1363_test.json", "ed25519_test.json"} {
		var file wycheproof
		readConformance(t, &file, "wycheproof", name)
		for _, group := range file.TestGroups {
			var key *PublicKey
			var err error
			if group.PublicKey.PK != "" {
				key, err = NewEd25519(fromHex(t, group.PublicKey.PK))
			} else {
				key, err = newPoint(fromHex(t, group.PublicKey.Uncompressed))
			}
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range group.Tests {
				message, sig := fromHex(t, c.Msg), fromHex(t, c.Sig)
				plain, known := key.Verify(message, sig), key.Known().Verify(message, sig)
				if plain != (c.Result == "valid") || known != plain {
					t.Errorf("%s, test %d: %t, with a table %t, want %s", name, c.TcID, plain, known, c.Result)
				}
				count++
			}
		}
	}
	if count != 413 {
		t.Errorf("%d tests, want 413", count)
	}
}

type jwk struct {
	Crv string
	X   string
	Y   string
	XH  string `json:"x_hex"`
	YH  string `json:"y_hex"`
}

func (k jwk) public(t *testing.T) *PublicKey {
	t.Helper()
	part := func(b64, hexadecimal string) []byte {
		if hexadecimal != "" {
			return fromHex(t, hexadecimal)
		}
		b, err := base64.RawURLEncoding.DecodeString(b64)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	var key *PublicKey
	var err error
	if k.Crv == "Ed25519" {
		key, err = NewEd25519(part(k.X, k.XH))
	} else {
		key, err = newPoint(append(append([]byte{4}, part(k.X, k.XH)...), part(k.Y, k.YH)...))
	}
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// others are the COSE_Sign1 messages of other projects under algorithms of ours. None is a message of ours, since none has a typ; so their
// signatures are checked as ours would be. want is what our structure over the received bytes gives.
var others = []struct {
	path []string
	want bool
	why  string
}{
	{[]string{"gluecose", "sign1-verify-0000.json"}, false, "signed with external data, which we never have"},
	{[]string{"gluecose", "sign1-verify-0001.json"}, true, ""},
	{[]string{"cose-wg-examples", "CWT", "A_3.json"}, true, "RFC 8392 A.3"},
	{[]string{"cose-wg-examples", "ecdsa-examples", "ecdsa-sig-01.json"}, true, ""},
	{[]string{"cose-wg-examples", "eddsa-examples", "eddsa-sig-01.json"}, true, ""},
	{[]string{"cose-wg-examples", "sign1-tests", "sign-pass-01.json"}, false, "signs the empty string for a protected header of a0"},
	{[]string{"cose-wg-examples", "sign1-tests", "sign-pass-02.json"}, false, "signed with external data, which we never have"},
	{[]string{"cose-wg-examples", "sign1-tests", "sign-pass-03.json"}, true, "untagged"},
	{[]string{"cose-wg-examples", "sign1-tests", "sign-fail-01.json"}, true, "a right signature under a wrong tag, which is refused before"},
	{[]string{"cose-wg-examples", "sign1-tests", "sign-fail-02.json"}, false, ""},
	{[]string{"cose-wg-examples", "sign1-tests", "sign-fail-03.json"}, false, ""},
	{[]string{"cose-wg-examples", "sign1-tests", "sign-fail-04.json"}, false, ""},
	{[]string{"cose-wg-examples", "sign1-tests", "sign-fail-06.json"}, false, ""},
	{[]string{"cose-wg-examples", "sign1-tests", "sign-fail-07.json"}, false, ""},
}

func TestMessagesOfOtherProjects(t *testing.T) {
	for _, c := range others {
		var file struct {
			Key     jwk
			Gluec   struct{ TaggedCOSESign1 struct{ CborHex string } } `json:"sign1::verify"`
			Input   struct{ Sign0 struct{ Key jwk } }
			Output  struct{ Cbor string }
			Between struct {
				ToBeSign string `json:"ToBeSign_hex"`
			} `json:"intermediates"`
		}
		readConformance(t, &file, c.path...)
		raw := fromHex(t, file.Output.Cbor+file.Gluec.TaggedCOSESign1.CborHex)
		if file.Key.Crv == "" {
			file.Key = file.Input.Sign0.Key
		}
		if _, err := ParseSign1(raw); err == nil {
			t.Errorf("%v: a message without typ was read as ours", c.path)
		}
		var tagged cbor.RawTag
		if cbor.Unmarshal(raw, &tagged) == nil {
			raw = tagged.Content
		}
		if cbor.Unmarshal(raw, &tagged) == nil {
			raw = tagged.Content // RFC 8392 A.3 is under two tags
		}
		var parts struct {
			_           struct{} `cbor:",toarray"`
			Protected   []byte
			Unprotected cbor.RawMessage
			Payload     []byte
			Signature   []byte
		}
		if err := cbor.Unmarshal(raw, &parts); err != nil {
			t.Fatalf("%v: %v", c.path, err)
		}
		toSign := appendSigStructure(nil, parts.Protected, parts.Payload)
		if got := file.Key.public(t).Verify(toSign, parts.Signature); got != c.want {
			t.Errorf("%v: %t, want %t (%s)", c.path, got, c.want, c.why)
		}
		if c.want && file.Between.ToBeSign != "" && !strings.EqualFold(hex.EncodeToString(toSign), file.Between.ToBeSign) {
			t.Errorf("%v: to be signed is %x, want %s", c.path, toSign, file.Between.ToBeSign)
		}
	}
}

// Malformed CBOR of RFC 8949 Appendix F is refused, and without a panic.
func TestMalformedCBOROfTheRFC(t *testing.T) {
	var file []struct{ ID, Hex string }
	readConformance(t, &file, "cbor", "rfc8949_appendix_f_malformed.json")
	for _, c := range file {
		b := fromHex(t, c.Hex)
		if CheckDeterministic(b) == nil {
			t.Errorf("%s: %x is read", c.ID, b)
		}
		if _, err := ParseSign1(b); err == nil {
			t.Errorf("%s: %x is a message", c.ID, b)
		}
	}
	if len(file) < 90 {
		t.Errorf("%d inputs, want at least 90", len(file))
	}
}
