package shc_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"healthcode.example/credential"
	"healthcode.example/crypto/cose"
	"healthcode.example/trust"
	"healthcode.example/verifier"
	"healthcode.example/verifier/foreigntest"
	"healthcode.example/verifier/shc"
)

const issuer = "https://issuer.example"

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// card is a good card of two doses, to be spoilt.
type card struct {
	header  map[string]any
	payload map[string]any
	content []byte // in place of the deflated payload, if there is any
}

func newCard() *card {
	return &card{
		header:  map[string]any{"alg": "ES256", "zip": "DEF", "kid": "key"},
		payload: foreigntest.Card(issuer, float64(noon.Add(-time.Hour).Unix())+0.5, nil, foreigntest.Patient(), foreigntest.Dose("2021-01-01"), foreigntest.Dose("2021-01-29")),
	}
}

func (c *card) entries(resources ...map[string]any) {
	var entries []any
	for _, r := range resources {
		entries = append(entries, map[string]any{"resource": r})
	}
	c.payload["vc"].(map[string]any)["credentialSubject"] = map[string]any{"fhirBundle": map[string]any{"entry": entries}}
}

func signer(t testing.TB) *cose.PrivateKey {
	t.Helper()
	k, err := foreigntest.Key(cose.ES256, "SHC")
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func (c *card) jws(t testing.TB) string {
	t.Helper()
	header, err := json.Marshal(c.header)
	if err != nil {
		t.Fatal(err)
	}
	content := c.content
	if content == nil {
		payload, err := json.Marshal(c.payload)
		if err != nil {
			t.Fatal(err)
		}
		content = foreigntest.Deflate(payload)
	}
	jws, err := foreigntest.JWS(header, content, foreigntest.With(signer(t)))
	if err != nil {
		t.Fatal(err)
	}
	return jws
}

func (c *card) text(t testing.TB) string {
	t.Helper()
	text, err := shc.Text(c.jws(t))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func gate(t testing.TB) *verifier.Verifier {
	t.Helper()
	keys := []trust.PartnerKey{{Key: signer(t).Public(), Purposes: []trust.Purpose{trust.Paper}, KeyID: []byte("key")}}
	b, err := foreigntest.Bundle(noon, foreigntest.Entry(shc.Name, keys, issuer))
	if err != nil {
		t.Fatal(err)
	}
	return verifier.New(b, verifier.Policy{}, shc.Format{})
}

func TestACardOfAPartnerIsAccepted(t *testing.T) {
	r := gate(t).Verify(newCard().text(t), noon, nil)
	if r.Verdict != verifier.Accept || r.Region != issuer || r.Status != verifier.StatusUnknown {
		t.Fatalf("got %+v", r)
	}
	m := r.Members[0]
	if m.Kind != credential.Foreign || m.Name != "E*** M***" || m.Proves.En != "vaccination, 2 doses recorded, last 2021-01-29" || !m.Until.IsZero() {
		t.Errorf("member: %+v", m)
	}
}

// parts cuts a text into n symbols.
func parts(text string, n int) (all []string) {
	digits := strings.TrimPrefix(text, "shc:/")
	for i := range n {
		all = append(all, fmt.Sprintf("shc:/%d/%d/%s", i+1, n, digits[i*len(digits)/n:(i+1)*len(digits)/n]))
	}
	return all
}

func TestACardOverSeveralSymbolsNeedsAllOfThem(t *testing.T) {
	g := gate(t)
	p := parts(newCard().text(t), 3)
	if r := g.Verify(p[2]+"\n"+p[0]+" "+p[1]+"\n"+p[0], noon, nil); r.Verdict != verifier.Accept {
		t.Errorf("all parts in another order, one twice: %v", r.Reason)
	}
	if r := g.Verify(p[1], noon, nil); r.Reason != verifier.ReasonOtherFormat || r.Seen != "part 2 of 3 of a SMART Health Card" {
		t.Errorf("one part: %+v", r)
	}
	for name, text := range map[string]string{
		"two of three parts":        p[0] + " " + p[1],
		"parts of different cards":  p[0] + " " + parts(newCard().text(t), 2)[1],
		"part 0":                    "shc:/0/2/56",
		"part 3 of 2":               "shc:/3/2/56",
		"part 01":                   "shc:/01/2/56",
		"a hundred parts":           "shc:/1/100/56",
		"a letter among the digits": p[0] + " " + p[1] + " " + p[2] + "x",
	} {
		if r := g.Verify(text, noon, nil); r.Verdict == verifier.Accept {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestAFaultyCardIsRefused(t *testing.T) {
	g := gate(t)
	header := func(name string, v any) func(*card) { return func(c *card) { c.header[name] = v } }
	payload := func(name string, v any) func(*card) { return func(c *card) { c.payload[name] = v } }
	for _, v := range []struct {
		name  string
		spoil func(*card)
		want  verifier.Reason
	}{
		{"no algorithm", header("alg", nil), verifier.ReasonAlgorithm},
		{"algorithm none", header("alg", "none"), verifier.ReasonAlgorithm},
		{"HS256", header("alg", "HS256"), verifier.ReasonAlgorithm},
		{"not compressed", header("zip", nil), verifier.ReasonEnvelope},
		{"a critical header", header("crit", []string{"x"}), verifier.ReasonEnvelope},
		{"no kid", header("kid", ""), verifier.ReasonEnvelope},
		{"an unknown kid", header("kid", "other"), verifier.ReasonKeyUnknown},
		{"content that does not inflate", func(c *card) { c.content = []byte("plain") }, verifier.ReasonEnvelope},
		{"content that is no JSON", func(c *card) { c.content = foreigntest.Deflate([]byte("plain")) }, verifier.ReasonClaims},
		{"something after the content", func(c *card) { c.content = append(foreigntest.Deflate([]byte("{}")), 0) }, verifier.ReasonEnvelope},
		{"another issuer", payload("iss", "https://other.example"), verifier.ReasonRegionUnknown},
		{"no time", payload("nbf", nil), verifier.ReasonClaims},
		{"a time that is too large", payload("nbf", 1e300), verifier.ReasonClaims},
		{"not yet valid", payload("nbf", noon.Unix()+3600), verifier.ReasonNotYetValid},
		{"expired", payload("exp", noon.Unix()), verifier.ReasonExpired},
		{"no health card", payload("vc", map[string]any{"type": []string{"other"}}), verifier.ReasonClaims},
	} {
		c := newCard()
		v.spoil(c)
		if r := g.Verify(c.text(t), noon, nil); r.Reason != v.want || r.Verdict != verifier.Refuse {
			t.Errorf("%s: got %v, want %v", v.name, r.Reason, v.want)
		}
	}
	altered := []byte(newCard().jws(t))
	altered[len(altered)-10] ^= 1
	if text, err := shc.Text(string(altered)); err == nil {
		if r := g.Verify(text, noon, nil); r.Reason != verifier.ReasonSignature {
			t.Errorf("an altered signature: %v", r.Reason)
		}
	}
}

func jwkOf(t testing.TB, name string) map[string]any {
	t.Helper()
	k, err := foreigntest.Key(cose.ES256, name)
	if err != nil {
		t.Fatal(err)
	}
	pub, _ := k.Public().ECDSA()
	return foreigntest.JWK(pub)
}

func TestABrokenKeyDoesNotVoidTheSet(t *testing.T) {
	private := jwkOf(t, "private")
	private["d"] = private["x"]
	off := jwkOf(t, "off the curve")
	off["x"] = off["y"]
	renamed := jwkOf(t, "renamed")
	renamed["kid"] = "another"
	set := []any{
		jwkOf(t, "1"), map[string]any{"kty": "from the future", "kid": "x"}, "not an object", nil, private, off, renamed,
		map[string]any{"kty": "RSA", "kid": "rsa", "n": "AQAB", "e": "AQAB"}, map[string]any{"kty": "oct", "k": "c2VjcmV0"}, jwkOf(t, "1"), jwkOf(t, "2"),
	}
	b, err := json.Marshal(map[string]any{"keys": set})
	if err != nil {
		t.Fatal(err)
	}
	keys, skipped, err := shc.ImportKeys(b)
	if err != nil || len(keys) != 2 || len(skipped) != len(set)-2 {
		t.Errorf("%d keys, %d skipped, %v", len(keys), len(skipped), err)
	}
	for _, s := range skipped {
		if s.Err == nil || s.Index == 0 || s.Index == len(set)-1 {
			t.Errorf("skipped: %+v", s)
		}
	}
	for _, empty := range []string{"", "{}", `{"keys":[]}`, `{"keys":5}`, `{"keys":[{}]}`} {
		if _, _, err := shc.ImportKeys([]byte(empty)); err == nil {
			t.Errorf("%q is a key set", empty)
		}
	}
}
