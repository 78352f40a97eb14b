package nzcp_test

import (
	"encoding/base32"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"healthcode.example/credential"
	"healthcode.example/crypto/cose"
	"healthcode.example/trust"
	"healthcode.example/verifier"
	"healthcode.example/verifier/foreigntest"
	"healthcode.example/verifier/nzcp"
)

const issuer = "did:web:issuer.example"

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func signer(t testing.TB) *cose.PrivateKey {
	t.Helper()
	k, err := foreigntest.Key(cose.ES256, "NZCP")
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// pass is a good pass, to be spoilt.
func pass() *foreigntest.Message {
	return &foreigntest.Message{
		Tags: []uint64{18}, Protected: map[int]any{1: -7, 4: []byte("key-1")},
		Payload: map[any]any{
			1: issuer, 5: noon.Add(-time.Hour).Unix(), 4: noon.AddDate(0, 3, 0).Unix(), 7: make([]byte, 16),
			"vc": map[string]any{
				"type": []string{"VerifiableCredential", "PublicCovidPass"}, "version": "1.0.0",
				"credentialSubject": map[string]any{"givenName": "Erika", "familyName": "Mustermann", "dob": "1990-01-01"},
			},
		},
	}
}

func scan(t testing.TB, m *foreigntest.Message) verifier.Result {
	t.Helper()
	b, err := m.Bytes(foreigntest.With(signer(t)))
	if err != nil {
		t.Fatal(err)
	}
	return gate(t).Verify("NZCP:/1/"+base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b), noon, nil)
}

func gate(t testing.TB) *verifier.Verifier {
	t.Helper()
	pub, _ := signer(t).Public().ECDSA()
	key := foreigntest.JWK(pub)
	method := func(name string, jwk any) any {
		return map[string]any{"id": issuer + "#" + name, "controller": issuer, "type": "JsonWebKey2020", "publicKeyJwk": jwk}
	}
	document, err := json.Marshal(map[string]any{
		"id":                 issuer,
		"verificationMethod": []any{method("broken", map[string]any{"kty": "EC"}), method("not-listed", key), method("key-1", key)},
		"assertionMethod":    []string{issuer + "#broken", issuer + "#key-1"},
	})
	if err != nil {
		t.Fatal(err)
	}
	d, err := nzcp.ImportDocument(document, issuer)
	if err != nil || len(d.Skipped) != 2 || len(d.Keys) != 1 {
		t.Fatalf("document: %+v, %v", d, err)
	}
	if _, err := nzcp.ImportDocument(document, "did:web:other.example"); err == nil {
		t.Error("a document of another issuer was taken")
	}
	b, err := foreigntest.Bundle(noon, foreigntest.Entry(nzcp.Name, d.Keys, issuer))
	if err != nil {
		t.Fatal(err)
	}
	return verifier.New(b, verifier.Policy{}, nzcp.Format{})
}

func TestAPassOfAPartnerIsAccepted(t *testing.T) {
	r := scan(t, pass())
	if r.Verdict != verifier.Accept || r.Region != issuer || r.Members[0].Name != "E*** M***" || r.Members[0].Proves.Hans == "" || r.Members[0].Until.IsZero() {
		t.Errorf("got %+v", r)
	}
}

func TestAPassIsGoodFromItsBeginningToTheSecondBeforeItsEnd(t *testing.T) {
	for name, c := range map[string]struct {
		from, until int64
		want        verifier.Reason
	}{
		"as far ahead as clocks skew": {noon.Unix() + 60, noon.Unix() + 3600, verifier.ReasonOK}, "a second further": {noon.Unix() + 61, noon.Unix() + 3600, verifier.ReasonNotYetValid},
		"its last second": {noon.Unix() - 60, noon.Unix() + 1, verifier.ReasonOK}, "its end": {noon.Unix() - 60, noon.Unix(), verifier.ReasonExpired},
	} {
		m := pass()
		m.Payload.(map[any]any)[5], m.Payload.(map[any]any)[4] = c.from, c.until
		if r := scan(t, m); r.Reason != c.want || c.want == verifier.ReasonOK && r.Members[0].Until.Unix() != c.until {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

func TestAPassIsGreenWhereThePolicyGivesColoursAndNeverATest(t *testing.T) {
	entry := foreigntest.Entry(nzcp.Name, []trust.PartnerKey{{Key: signer(t).Public(), Purposes: []trust.Purpose{trust.Paper}, KeyID: []byte("key-1")}}, issuer)
	b, err := pass().Bytes(foreigntest.With(signer(t)))
	if err != nil {
		t.Fatal(err)
	}
	text := "NZCP:/1/" + base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b)
	at := func(change func(*trust.Partner), format verifier.Format) verifier.Result {
		e := entry
		change(&e)
		bundle, err := foreigntest.Bundle(noon, e)
		if err != nil {
			t.Fatal(err)
		}
		return verifier.New(bundle, verifier.Policy{}, format).Verify(text, noon, nil)
	}
	r := at(func(p *trust.Partner) {
		p.Policy.Colours = trust.ColourMap{credential.Green, credential.Red, credential.Red}
	}, nzcp.Format{})
	if r.Verdict != verifier.Accept || r.Members[0].Colour != credential.Green {
		t.Errorf("with colours: %+v", r)
	}
	if r := at(func(p *trust.Partner) { p.Policy.TestAge = 48 * time.Hour }, nzcp.Format{}); r.Verdict != verifier.Refuse || r.Reason != verifier.ReasonTestMissing {
		t.Errorf("with a test age: %+v", r)
	}
	if r := at(func(p *trust.Partner) { p.Keys[0].Proofs = []trust.Proof{trust.Vaccination} }, nzcp.Format{}); r.Reason != verifier.ReasonKeyPurpose {
		t.Errorf("a key that may vouch for vaccinations only: %+v", r)
	}
	entry.Keys[0].Proofs = nil
	if r := at(func(*trust.Partner) {}, nzcp.Format{FullName: true}); len(r.Members) != 1 || r.Members[0].Name != "Erika Mustermann" || r.Members[0].Colour != 0 {
		t.Errorf("with the full name: %+v", r)
	}
}

func TestANameOfAHundredBytesIsReadAndABrokenTextIsNot(t *testing.T) {
	m := pass()
	m.Payload.(map[any]any)["vc"].(map[string]any)["credentialSubject"] = map[string]any{"givenName": strings.Repeat("x", 100), "familyName": strings.Repeat("y", 100), "dob": "1990-01-01"}
	if r := scan(t, m); r.Verdict != verifier.Accept {
		t.Errorf("names of a hundred bytes: %v", r.Reason)
	}
	b, err := pass().Bytes(foreigntest.With(signer(t)))
	if err != nil {
		t.Fatal(err)
	}
	text := "NZCP:/1/" + base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b)
	for _, end := range []string{"\n", "\r", "\r\n"} {
		for _, broken := range []string{text + end, text[:20] + end + text[20:]} {
			if r := gate(t).Verify(broken, noon, nil); r.Reason != verifier.ReasonEnvelope {
				t.Errorf("a line end in the text: %v", r.Reason)
			}
		}
	}
	for n, want := range map[int]verifier.Reason{nzcp.MaxText: verifier.ReasonEnvelope, nzcp.MaxText + 1: verifier.ReasonTooLong} {
		if r := gate(t).Verify("NZCP:/1/"+strings.Repeat("A", n-8), noon, nil); r.Reason != want {
			t.Errorf("a text of %d characters: %v", n, r.Reason)
		}
	}
}

func TestAPassIsSignedWithES256WhateverKeysThePartnerHas(t *testing.T) {
	key, err := foreigntest.Key(cose.Ed25519, "NZCP")
	if err != nil {
		t.Fatal(err)
	}
	bundle, err := foreigntest.Bundle(noon, foreigntest.Entry(nzcp.Name, []trust.PartnerKey{{Key: key.Public(), Purposes: []trust.Purpose{trust.Paper}, KeyID: []byte("key-1")}}, issuer))
	if err != nil {
		t.Fatal(err)
	}
	m := pass()
	m.Protected = map[int]any{1: -8, 4: []byte("key-1")}
	b, err := m.Bytes(foreigntest.With(key))
	if err != nil {
		t.Fatal(err)
	}
	text := "NZCP:/1/" + base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b)
	if r := verifier.New(bundle, verifier.Policy{}, nzcp.Format{}).Verify(text, noon, nil); r.Reason != verifier.ReasonAlgorithm {
		t.Errorf("EdDSA: %v", r.Reason)
	}
}

func TestAFaultyPassIsRefused(t *testing.T) {
	claim := func(label any, v any) func(*foreigntest.Message) {
		return func(m *foreigntest.Message) { m.Payload.(map[any]any)[label] = v }
	}
	subject := func(name string, v any) func(*foreigntest.Message) {
		return func(m *foreigntest.Message) {
			vc := m.Payload.(map[any]any)["vc"].(map[string]any)
			if vc[name] = v; v == nil {
				delete(vc, name)
			}
		}
	}
	header := func(h map[int]any) func(*foreigntest.Message) {
		return func(m *foreigntest.Message) { m.Protected = h }
	}
	for _, v := range []struct {
		name  string
		spoil func(*foreigntest.Message)
		want  verifier.Reason
	}{
		{"another algorithm", header(map[int]any{1: -8, 4: []byte("key-1")}), verifier.ReasonAlgorithm},
		{"no kid", header(map[int]any{1: -7}), verifier.ReasonAlgorithm},
		{"a key that the document does not list for assertions", header(map[int]any{1: -7, 4: []byte("not-listed")}), verifier.ReasonKeyUnknown},
		{"another issuer", claim(1, "did:web:other.example"), verifier.ReasonRegionUnknown},
		{"an issuer that is no DID", claim(1, "issuer.example"), verifier.ReasonClaims},
		{"no end", claim(4, nil), verifier.ReasonClaims},
		{"no identifier", claim(7, nil), verifier.ReasonClaims},
		{"not yet valid", claim(5, noon.Unix()+3600), verifier.ReasonNotYetValid},
		{"expired", claim(4, noon.Unix()), verifier.ReasonExpired},
		{"an end before its beginning", claim(4, noon.Add(-time.Hour).Unix()), verifier.ReasonClaims},
		{"a beginning in 1970", claim(5, 0), verifier.ReasonClaims},
		{"an end after 9999", claim(4, 253402300800), verifier.ReasonClaims},
		{"an identifier of 15 bytes", claim(7, make([]byte, 15)), verifier.ReasonClaims},
		{"another credential", subject("type", []string{"VerifiableCredential", "Other"}), verifier.ReasonClaims},
		{"a credential of no sort", subject("type", []string{"VerifiableCredential"}), verifier.ReasonClaims},
		{"a pass and something else", subject("type", []string{"VerifiableCredential", "PublicCovidPass", "Withdrawn"}), verifier.ReasonClaims},
		{"something else and a pass", subject("type", []string{"VerifiableCredential", "Withdrawn", "PublicCovidPass"}), verifier.ReasonClaims},
		{"a pass that is no credential", subject("type", []string{"PublicCovidPass", "PublicCovidPass"}), verifier.ReasonClaims},
		{"no version", subject("version", nil), verifier.ReasonClaims},
		{"another version", subject("version", "1.0.1"), verifier.ReasonClaims},
		{"nobody", subject("credentialSubject", map[string]any{"familyName": "Mustermann"}), verifier.ReasonClaims},
		{"somebody of white space", subject("credentialSubject", map[string]any{"givenName": " "}), verifier.ReasonClaims},
		{"a given name that is too long", subject("credentialSubject", map[string]any{"givenName": strings.Repeat("x", 101)}), verifier.ReasonClaims},
		{"a family name that is too long", subject("credentialSubject", map[string]any{"givenName": "Erika", "familyName": strings.Repeat("x", 101)}), verifier.ReasonClaims},
	} {
		m := pass()
		v.spoil(m)
		if r := scan(t, m); r.Reason != v.want || r.Verdict != verifier.Refuse {
			t.Errorf("%s: got %v, want %v", v.name, r.Reason, v.want)
		}
	}
	for _, text := range []string{"NZCP:/1/", "NZCP:/1/2KCE\n", "NZCP:/1/1", "NZCP:/1/2kce"} {
		if r := gate(t).Verify(text, noon, nil); r.Verdict != verifier.Refuse || r.Reason == verifier.ReasonOtherFormat {
			t.Errorf("%q: %v", text, r.Reason)
		}
	}
	if r := gate(t).Verify("NZCP:/2/2KCE", noon, nil); r.Reason != verifier.ReasonOtherFormat || r.Seen == "" {
		t.Errorf("another version of the format: %+v", r)
	}
}

func TestAPassOfAnUnreadableNameIsNobodys(t *testing.T) {
	for name, want := range map[string]verifier.Reason{
		".": verifier.ReasonClaims, "- -": verifier.ReasonClaims, "123": verifier.ReasonClaims, "\u200b": verifier.ReasonClaims, "李": verifier.ReasonOK, "Ö.": verifier.ReasonOK,
	} {
		for _, subject := range []map[string]any{{"givenName": name, "dob": "1990-01-01"}, {"givenName": name, "familyName": ".", "dob": "1990-01-01"}} {
			m := pass()
			m.Payload.(map[any]any)["vc"].(map[string]any)["credentialSubject"] = subject
			if r := scan(t, m); r.Reason != want {
				t.Errorf("%+q: %v, want %v", name, r.Reason, want)
			}
		}
	}
}

func TestThePassSaysWhenItsHolderWasBorn(t *testing.T) {
	for birth, want := range map[any]verifier.Reason{
		"1990-01-01": verifier.ReasonOK, "2026-03-02": verifier.ReasonOK, "2026-03-03": verifier.ReasonOK, "1899-12-31": verifier.ReasonOK, "2026-03-04": verifier.ReasonClaims, "2090-01-01": verifier.ReasonClaims,
		"": verifier.ReasonClaims, nil: verifier.ReasonClaims, "1990": verifier.ReasonClaims, "1990-13-01": verifier.ReasonClaims, "01/01/1990": verifier.ReasonClaims,
		"1990-01-01T00:00:00Z": verifier.ReasonClaims, 19900101: verifier.ReasonClaims,
	} {
		m := pass()
		subject := map[string]any{"givenName": "Erika", "familyName": "Mustermann", "dob": birth}
		if birth == nil {
			delete(subject, "dob")
		}
		m.Payload.(map[any]any)["vc"].(map[string]any)["credentialSubject"] = subject
		if r := scan(t, m); r.Reason != want {
			t.Errorf("%v: %v, want %v", birth, r.Reason, want)
		}
	}
}
