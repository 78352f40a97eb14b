package api_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"healthcode.example/api"
	"healthcode.example/crypto/cose"
	"healthcode.example/testvectors/world"
	"healthcode.example/trust"
)

// signedList is the list of a region that signs with the key.
func signedList(t testing.TB, alg cose.Algorithm) (text string, signer *cose.PrivateKey) {
	t.Helper()
	w := world.New(func(err error) { t.Helper(); t.Fatal(err) })
	a := w.Authority()
	signer = w.Key(alg, "notice")
	a.AddKey(signer, trust.Notice, nil)
	pinned, err := trust.Pin(a.FirstRoot())
	if err != nil {
		t.Fatal(err)
	}
	at := time.Unix(world.Now, 0)
	b, err := trust.Update(pinned, a.Bundle(), at)
	if err != nil {
		t.Fatal(err)
	}
	if text, err = api.SignKeys(b, "", signer, at); err != nil {
		t.Fatal(err)
	}
	return text, signer
}

func TestASignedListComesBackWithTheThumbprintOfItsSigner(t *testing.T) {
	for _, alg := range []cose.Algorithm{cose.Ed25519, cose.ES256} {
		text, signer := signedList(t, alg)
		if !api.IsSignedKeys([]byte(text + "\n")) {
			t.Error("a signed list is not known for one")
		}
		list, err := api.ReadSignedKeys([]byte("\n" + text + "\n"))
		if err != nil {
			t.Fatal(err)
		}
		thumbprint, err := api.KeyThumbprint(signer.Public())
		if err != nil {
			t.Fatal(err)
		}
		if list.Issuer != world.Region || list.Signer != thumbprint || len(thumbprint) != 64 || len(list.Keys) != 4 || len(list.Skipped) != 0 || list.ExpiresAt != world.Published+86400 || list.Demo {
			t.Errorf("%v: %+v", alg, list)
		}
		if k := list.Keys[0]; k.Purpose != trust.Phone || k.Until == 0 || string(k.KeyID) != k.Key.ID().String() {
			t.Errorf("%v: its first key is %+v", alg, k)
		}
	}
}

// The thumbprint is what other libraries make of the key: that of the example of RFC 8037, appendix A.3.
func TestTheThumbprintIsThatOfTheRFC(t *testing.T) {
	raw, err := base64.RawURLEncoding.DecodeString("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")
	if err != nil {
		t.Fatal(err)
	}
	key, err := cose.NewEd25519(raw)
	if err != nil {
		t.Fatal(err)
	}
	want, err := base64.RawURLEncoding.DecodeString("kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := api.KeyThumbprint(key); err != nil || got != fmt.Sprintf("%x", want) {
		t.Errorf("%s, %v", got, err)
	}
}

// resign signs another header and payload with a key, as whoever holds it can.
func resign(t *testing.T, signer *cose.PrivateKey, header, payload string) string {
	t.Helper()
	text := base64.RawURLEncoding.EncodeToString([]byte(header)) + "." + base64.RawURLEncoding.EncodeToString([]byte(payload))
	signature, err := signer.Sign([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return text + "." + base64.RawURLEncoding.EncodeToString(signature)
}

func decoded(t *testing.T, part string) string {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(part)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestASignedListThatIsNotAsItWasSignedIsRefused(t *testing.T) {
	text, signer := signedList(t, cose.Ed25519)
	parts := strings.Split(text, ".")
	header, payload := decoded(t, parts[0]), decoded(t, parts[1])
	if _, err := api.ReadSignedKeys([]byte(resign(t, signer, strings.Replace(header, "EdDSA", "Ed25519", 1), payload))); err != nil {
		t.Errorf("the algorithm by its name of RFC 9864: %v", err)
	}
	thief, err := cose.Generate(cose.Ed25519, bytes.NewReader(bytes.Repeat([]byte{7}, 64)))
	if err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string]string{
		"nothing":                     "",
		"two parts":                   parts[0] + "." + parts[1],
		"four parts":                  text + ".",
		"cut":                         text[:len(text)-1],
		"by somebody else":            resign(t, thief, header, payload),
		"another typ":                 resign(t, signer, strings.Replace(header, api.TypeSignedKeys, "JWT", 1), payload),
		"no algorithm":                resign(t, signer, strings.Replace(header, "EdDSA", "none", 1), payload),
		"another algorithm":           resign(t, signer, strings.Replace(header, "EdDSA", "HS256", 1), payload),
		"a signer that is not listed": resign(t, signer, strings.Replace(header, signer.Public().ID().String(), "0011223344556677", 1), payload),
		"a header with a name twice":  resign(t, signer, strings.Replace(header, "{", `{"typ":"JWT",`, 1), payload),
		"a typ in two cases":          resign(t, signer, strings.Replace(header, "{", `{"Typ":"JWT",`, 1), payload),
		"keys in two cases":           resign(t, signer, header, strings.Replace(payload, "{", `{"Keys":[],`, 1)),
		"keys in capitals":            resign(t, signer, header, strings.Replace(payload, `"keys":`, `"KEYS":`, 1)),
		"keys twice":                  resign(t, signer, header, strings.Replace(payload, "{", `{"keys":[],`, 1)),
		"no keys":                     resign(t, signer, header, strings.Replace(payload, `"keys":`, `"none":`, 1)),
		"no signers":                  resign(t, signer, header, strings.Replace(payload, `"signers":`, `"none":`, 1)),
		"a list in a list":            resign(t, signer, header, "["+payload+"]"),
		"no JSON":                     resign(t, signer, header, "keys"),
	} {
		if list, err := api.ReadSignedKeys([]byte(bad)); err == nil || list != nil {
			t.Errorf("%s: read as %+v", name, list)
		}
	}
	for i := range text {
		bad := []byte(text)
		if bad[i] ^= 1; bad[i] == '.' || text[i] == '.' {
			continue
		}
		if list, err := api.ReadSignedKeys(bad); err == nil {
			t.Errorf("with character %d changed: read as %+v", i, list)
		}
	}
}

// Of a member that stands twice one reader takes the first value and another the last, so that a person and a program would take two sets in.
func TestAKeySetHasOneMeaning(t *testing.T) {
	a, b := seeded(t, cose.Ed25519, "a"), seeded(t, cose.Ed25519, "b")
	one := jwkOf(t, a, "")
	for name, set := range map[string]string{
		"keys twice":            `{"keys":[` + one + `],"keys":[` + jwkOf(t, b, "") + `]}`,
		"keys in other letters": `{"KEYS":[` + one + `]}`,
		"a bare array":          `[` + one + `]`,
		"one JWK":               one,
		"two objects":           `{"keys":[` + one + `]}{"keys":[]}`,
		"a cut object":          `{"keys":[` + one + `]`,
	} {
		if keys, _, err := api.ReadJWKSet([]byte(set)); err == nil || keys != nil {
			t.Errorf("%s: read as %d keys", name, len(keys))
		}
	}
	set := `{"keys":[` + strings.Join([]string{
		jwkOf(t, a, `,"x":"`+base64.RawURLEncoding.EncodeToString(make([]byte, 32))+`"`),
		jwkOf(t, a, `,"kid":"1","kid":"2"`),
		jwkOf(t, a, `,"kid":17`),
		jwkOf(t, a, `,"alg":"ES256"`),
		jwkOf(t, a, `,"Use":"enc","alg":"EdDSA","kid":"shared"`),
		jwkOf(t, b, `,"alg":"Ed25519","kid":"shared"`),
	}, ",") + `]}`
	keys, skipped, err := api.ReadJWKSet([]byte(set))
	if err != nil || len(keys) != 2 || len(skipped) != 4 {
		t.Fatalf("%d kept, skipped %+v, %v", len(keys), skipped, err)
	}
	for i, why := range []string{"stands twice", "stands twice", "member kid", "its alg"} {
		if skipped[i].Index != i+1 || !strings.Contains(skipped[i].Why, why) {
			t.Errorf("element %d: %+v, want %q", i+1, skipped[i], why)
		}
	}
}

// FuzzReadSignedKeys: whatever is read was signed by the signer whose thumbprint is given, and its keys are of a kind that codes are signed with.
func FuzzReadSignedKeys(f *testing.F) {
	text, _ := signedList(f, cose.Ed25519)
	f.Add([]byte(text))
	text, _ = signedList(f, cose.ES256)
	f.Add([]byte(text))
	f.Add([]byte("eyJ0eXAiOiJoZWFsdGhjb2RlLWtleXMrandzIn0.e30.AA"))
	f.Fuzz(func(t *testing.T, b []byte) {
		list, err := api.ReadSignedKeys(b)
		if err != nil {
			return
		}
		if !api.IsSignedKeys(b) || len(list.Signer) != 64 || len(list.Keys)+len(list.Skipped) == 0 {
			t.Errorf("read as %+v", list)
		}
		for _, k := range list.Keys {
			if again, err := cose.ParseKey(k.Key.Bytes()); err != nil || !again.Equal(k.Key) {
				t.Errorf("key %v: %v", k.Key.ID(), err)
			}
		}
	})
}
