package api_test

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"healthcode.example/api"
	"healthcode.example/crypto/cose"
)

func seeded(t *testing.T, alg cose.Algorithm, name string) *cose.PublicKey {
	t.Helper()
	k, err := cose.Generate(alg, strings.NewReader(strings.Repeat("TEST KEY of "+name, 16)))
	if err != nil {
		t.Fatal(err)
	}
	return k.Public()
}

func jwkOf(t *testing.T, k *cose.PublicKey, more string) string {
	t.Helper()
	if ed, ok := k.Ed25519(); ok {
		return fmt.Sprintf(`{"kty":"OKP","crv":"Ed25519","x":%q%s}`, base64.RawURLEncoding.EncodeToString(ed), more)
	}
	j, err := api.NewJWK(k)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf(`{"kty":"EC","crv":"P-256","x":%q,"y":%q%s}`, j.X, j.Y, more)
}

func TestOneBadElementOfAJWKSetDoesNotCostTheOthers(t *testing.T) {
	a, b := seeded(t, cose.Ed25519, "a"), seeded(t, cose.ES256, "b")
	zero := base64.RawURLEncoding.EncodeToString(make([]byte, 32))
	set := `{"keys":[` + strings.Join([]string{
		jwkOf(t, a, `,"kid":"first","purpose":"phone","verify_until":1790000000`),
		`{"kty":"ML-DSA","alg":"ML-DSA-44","kid":"tomorrow","pub":"AA"}`,
		`{"kty":"EC","crv":"P-256","x":"` + zero + `","y":"` + zero + `","kid":"off the curve"}`,
		`{"kty":"RSA","n":"sXch","e":"AQAB","kid":"rsa"}`,
		`17`,
		jwkOf(t, a, `,"kid":"again"`),
		jwkOf(t, seeded(t, cose.Ed25519, "c"), `,"use":"enc"`),
		jwkOf(t, seeded(t, cose.Ed25519, "c"), `,"key_ops":["sign"]`),
		jwkOf(t, seeded(t, cose.Ed25519, "c"), `,"d":"AAAA"`),
		jwkOf(t, b, `,"x5u":"http://127.0.0.1:1/fetch-me","jku":"http://127.0.0.1:1/fetch-me"`),
	}, ",") + `]}`
	keys, skipped, err := api.ReadJWKSet([]byte(set))
	if err != nil {
		t.Fatal(err)
	}
	if len(keys) != 2 || !keys[0].Key.Equal(a) || !keys[1].Key.Equal(b) || string(keys[0].KeyID) != "first" || keys[0].Until != 1790000000 || keys[1].Purpose != 0 {
		t.Errorf("kept: %+v", keys)
	}
	if len(skipped) != 8 || skipped[0].Index != 2 || skipped[0].Name != "tomorrow" || !strings.Contains(skipped[7].Why, "PRIVATE") {
		t.Errorf("skipped: %+v", skipped)
	}
}

func TestOneBadElementOfACOSEKeySetDoesNotCostTheOthers(t *testing.T) {
	a, b := seeded(t, cose.Ed25519, "a"), seeded(t, cose.ES256, "b")
	set, err := hex.DecodeString("85" + hex.EncodeToString(a.Bytes()) +
		"a301022001215820" + strings.Repeat("00", 32) + // without y
		"a3010420012040" + // symmetric, and a key twice
		"01" +
		hex.EncodeToString(b.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	keys, skipped, err := api.ReadCOSEKeySet(set)
	if err != nil {
		t.Fatal(err)
	}
	if len(keys) != 2 || !keys[0].Key.Equal(a) || !keys[1].Key.Equal(b) || len(skipped) != 3 {
		t.Errorf("%d kept, skipped %+v", len(keys), skipped)
	}
}

func TestWhatIsNoKeySetIsRefused(t *testing.T) {
	for _, text := range []string{"", "{}", `{"keys":{}}`, `{"keys":[]}`, "[]", strings.Repeat("[", 1000)} {
		if _, _, err := api.ReadJWKSet([]byte(text)); err == nil {
			t.Errorf("%.10q was read as a JWK Set", text)
		}
		if _, _, err := api.ReadCOSEKeySet([]byte(text)); err == nil {
			t.Errorf("%.10q was read as a COSE_KeySet", text)
		}
	}
}
