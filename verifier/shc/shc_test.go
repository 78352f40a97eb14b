package shc_test

import (
	"encoding/base64"
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
	c.payload["vc"].(map[string]any)["credentialSubject"] = map[string]any{"fhirBundle": map[string]any{"entry": foreigntest.Entries(resources...)}}
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
	half := parts(newCard().text(t), 2)
	if r := g.Verify(half[0], noon, nil); r.Reason != verifier.ReasonOtherFormat || r.Seen != "part 1 of 2 of a SMART Health Card" {
		t.Errorf("one part of two: %+v", r)
	}
	if r := g.Verify(strings.Repeat(half[0]+" ", 15)+half[1], noon, nil); r.Verdict != verifier.Accept {
		t.Errorf("sixteen texts: %v", r.Reason)
	}
	if r := g.Verify(strings.Repeat(half[0]+" ", 16)+half[1], noon, nil); r.Reason != verifier.ReasonEnvelope {
		t.Errorf("seventeen texts: %v", r.Reason)
	}
	if r := g.Verify(p[0]+" "+p[2]+" "+p[0], noon, nil); r.Reason != verifier.ReasonOtherFormat || r.Seen != "2 of 3 parts of a SMART Health Card" {
		t.Errorf("two of three parts: %+v", r)
	}
	for _, text := range []string{p[0] + " HC1:ABC", newCard().text(t) + "\nhello"} {
		if r := g.Verify(text, noon, nil); r.Reason != verifier.ReasonEnvelope {
			t.Errorf("something beside a card: %+v", r)
		}
	}
	for name, c := range map[string]struct {
		text string
		want verifier.Reason
	}{
		"two of three parts":                 {p[0] + " " + p[1], verifier.ReasonOtherFormat},
		"parts of different cards":           {p[0] + " " + half[1], verifier.ReasonEnvelope},
		"the same part of different cards":   {p[0] + " " + p[1] + " " + p[2] + " " + p[0][:10] + "77", verifier.ReasonEnvelope},
		"a part that holds nothing":          {p[0] + " shc:/2/3/ " + p[1] + " " + p[2], verifier.ReasonEnvelope},
		"a card that holds nothing":          {"shc:/", verifier.ReasonEnvelope},
		"part 0":                             {"shc:/0/2/56 " + half[1], verifier.ReasonEnvelope},
		"part 3 of 2":                        {"shc:/3/2/56 " + half[1], verifier.ReasonEnvelope},
		"part 01":                            {"shc:/01/2/56 " + half[1], verifier.ReasonEnvelope},
		"part 1 of 17":                       {"shc:/1/17/56", verifier.ReasonEnvelope},
		"part 17 of 17":                      {"shc:/17/17/56", verifier.ReasonEnvelope},
		"a part of no number":                {"shc:/1/56", verifier.ReasonEnvelope},
		"a letter among the digits":          {p[0] + " " + p[1] + " " + p[2][:len(p[2])-1] + "x", verifier.ReasonEnvelope},
		"a pair beyond the alphabet":         {p[0] + " " + p[1] + " " + p[2][:len(p[2])-2] + "78", verifier.ReasonEnvelope},
		"a digit too few":                    {p[0] + " " + p[1] + " " + p[2][:len(p[2])-1], verifier.ReasonEnvelope},
		"something else between the symbols": {p[0] + " YK1: " + p[1] + " " + p[2], verifier.ReasonEnvelope},
	} {
		if r := g.Verify(c.text, noon, nil); r.Verdict != verifier.Refuse || r.Reason != c.want {
			t.Errorf("%s: %v, want %v", name, r.Reason, c.want)
		}
	}
}

func TestASymbolIsPairsOfDigitsOfTheAlphabet(t *testing.T) {
	for digits, want := range map[string]string{"00": "-", "77": "z", "0077": "-z", "78": "", "99": "", "5:": "", ":5": "", "5/": "", "/5": "", "5": "", "": "", "5 ": "", "５": ""} {
		got, err := shc.Join("shc:/" + digits)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v", digits, got, err)
		}
	}
	for part, ok := range map[string]bool{
		"1/2": true, "2/2": true, "16/16": true, "3/2": false, "0/2": false, "01/2": false, "1/02": false, "+1/2": false, "1/17": false, "17/17": false, "/2": false, "1/": false,
	} {
		if _, err := shc.ReadPart("shc:/" + part + "/56"); (err == nil) != ok {
			t.Errorf("part %s: %v", part, err)
		}
	}
}

func TestASignatureHasSixtyFourBytes(t *testing.T) {
	jws := newCard().jws(t)
	head, _, _ := strings.Cut(jws[strings.Index(jws, ".")+1:], ".")
	head = jws[:strings.Index(jws, ".")+1] + head
	for n, want := range map[int]verifier.Reason{0: verifier.ReasonEnvelope, 63: verifier.ReasonEnvelope, 64: verifier.ReasonSignature, 65: verifier.ReasonEnvelope} {
		text, err := shc.Text(head + "." + base64.RawURLEncoding.EncodeToString(make([]byte, n)))
		if err != nil {
			t.Fatal(err)
		}
		if r := gate(t).Verify(text, noon, nil); r.Reason != want {
			t.Errorf("%d bytes: %v, want %v", n, r.Reason, want)
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
		{"the longest kid", header("kid", strings.Repeat("k", 64)), verifier.ReasonKeyUnknown},
		{"a kid that is too long", header("kid", strings.Repeat("k", 65)), verifier.ReasonEnvelope},
		{"compressed otherwise", header("zip", "GZIP"), verifier.ReasonEnvelope},
		{"a credential of another type", func(c *card) {
			c.payload["vc"].(map[string]any)["type"] = []string{"https://smarthealth.cards#covid19"}
		}, verifier.ReasonClaims},
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
