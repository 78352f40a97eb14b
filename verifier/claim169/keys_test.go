package claim169_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	"healthcode.example/crypto/cose"
	"healthcode.example/verifier/claim169"
	"healthcode.example/verifier/foreigntest"
)

// jwk is an Ed25519 key as JSON, with more members in front.
func jwk(t *testing.T, name, members string) string {
	t.Helper()
	k, err := foreigntest.Key(cose.Ed25519, name)
	if err != nil {
		t.Fatal(err)
	}
	public, _ := k.Public().Ed25519()
	return fmt.Sprintf(`{%s"kty":"OKP","crv":"Ed25519","x":%q}`, members, base64.RawURLEncoding.EncodeToString(public))
}

// p256 is a key of another kind.
func p256(t *testing.T, kid string) string {
	t.Helper()
	k, err := foreigntest.Key(cose.ES256, "P-256")
	if err != nil {
		t.Fatal(err)
	}
	public, _ := k.Public().ECDSA()
	key := foreigntest.JWK(public)
	key["kid"] = kid
	b, err := json.Marshal(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestAKeyFileThatCanBeReadInTwoWaysIsRefused(t *testing.T) {
	key := jwk(t, "one", "")
	for file, why := range map[string]string{
		`{"keys":[],"keys":[` + key + `]}`: "twice",
		`{"keys":5}`:                       "array",
		`[` + key + `]`:                    `{"keys": [ … ]}`,
		`hello`:                            "neither PEM nor JSON",
		``:                                 "neither PEM nor JSON",
	} {
		if keys, _, err := claim169.ImportKeys([]byte(file)); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%.60s: %d keys, %v, want %q", file, len(keys), err, why)
		}
	}
}

func TestOfTwoKeysUnderOneKidNeitherIsTaken(t *testing.T) {
	one, other, same := jwk(t, "one", `"kid":"a",`), jwk(t, "two", `"kid":"a",`), p256(t, "a")
	apart, nameless := jwk(t, "three", `"kid":"b",`), jwk(t, "four", "")
	set := "{\"keys\":[" + strings.Join([]string{one, apart, other, same, nameless, jwk(t, "five", ""), apart}, ",") + "]}"
	keys, skipped, err := claim169.ImportKeys([]byte(set))
	if err != nil || len(keys) != 4 || string(keys[0].KeyID) != "b" || keys[1].Key.Algorithm() != cose.ES256 {
		t.Fatalf("%d keys, %v", len(keys), err)
	}
	if len(skipped) != 3 || skipped[0].Index != 0 || skipped[1].Index != 2 || skipped[0].KeyID != "a" || !strings.Contains(skipped[1].Err.Error(), "same kid") || !strings.Contains(skipped[2].Err.Error(), "twice") {
		t.Errorf("left out: %+v", skipped)
	}
}

func TestABrokenKeyOfASetIsLeftOutAndNamed(t *testing.T) {
	good := jwk(t, "good", "")
	for name, key := range map[string]string{
		"a number":                   `5`,
		"an array":                   `[]`,
		"nothing":                    `null`,
		"a kid by number":            jwk(t, "x", `"kid":7,`),
		"a kid twice":                jwk(t, "x", `"kid":"a","kid":"b",`),
		"a private part":             jwk(t, "x", `"d":"AAAA",`),
		"a key for encryption":       jwk(t, "x", `"use":"enc",`),
		"a key that does not verify": jwk(t, "x", `"key_ops":["sign"],`),
		"another algorithm":          jwk(t, "x", `"alg":"ES384",`),
		"a secret":                   `{"kty":"oct","k":"c2VjcmV0"}`,
	} {
		keys, skipped, err := claim169.ImportKeys(fmt.Appendf(nil, `{"keys":[%s,%s]}`, key, good))
		if err != nil || len(keys) != 1 || len(skipped) != 1 || skipped[0].Index != 0 || skipped[0].Err == nil {
			t.Errorf("%s: %d keys, %+v, %v", name, len(keys), skipped, err)
		}
	}
	for _, members := range []string{`"alg":"EdDSA",`, `"alg":"Ed25519",`, `"use":"sig","key_ops":["verify"],`} {
		if keys, _, err := claim169.ImportKeys([]byte(jwk(t, "x", members))); err != nil || len(keys) != 1 {
			t.Errorf("%s: %v", members, err)
		}
	}
}

// certificate is a PEM certificate of a new key.
func certificate(t *testing.T, change func(*x509.Certificate)) []byte {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "TEST issuer"}, NotBefore: noon.AddDate(0, -1, 0), NotAfter: noon.AddDate(1, 0, 0),
		KeyUsage: x509.KeyUsageDigitalSignature,
	}
	change(template)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

func TestACertificatesTimesAndUsageCount(t *testing.T) {
	keys, _, err := claim169.ImportKeys(certificate(t, func(*x509.Certificate) {}))
	if err != nil || keys[0].From != noon.AddDate(0, -1, 0).Unix() || keys[0].Until != noon.AddDate(1, 0, 0).Unix()+1 {
		t.Errorf("%+v, %v", keys, err)
	}
	if keys, _, err := claim169.ImportKeys(certificate(t, func(c *x509.Certificate) { c.KeyUsage = 0 })); err != nil || len(keys) != 1 {
		t.Errorf("without key usage: %v", err)
	}
	for name, change := range map[string]func(*x509.Certificate){
		"an authority":                   func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageCertSign },
		"one that ends before it begins": func(c *x509.Certificate) { c.NotAfter = c.NotBefore.Add(-time.Hour) },
	} {
		if _, skipped, err := claim169.ImportKeys(certificate(t, change)); err == nil || len(skipped) != 1 {
			t.Errorf("%s was taken: %+v", name, skipped)
		}
	}
}

func TestARSAKeyIsForPS256Only(t *testing.T) {
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	n := base64.RawURLEncoding.EncodeToString(private.N.Bytes())
	for alg, want := range map[string]bool{"PS256": true, "RS256": false, "RSA-OAEP": false} {
		_, _, err := claim169.ImportKeys(fmt.Appendf(nil, `{"kty":"RSA","alg":%q,"n":%q,"e":"AQAB"}`, alg, n))
		if (err == nil) != want {
			t.Errorf("%s: %v", alg, err)
		}
	}
}
