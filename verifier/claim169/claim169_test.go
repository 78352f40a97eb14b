package claim169_test

import (
	"strings"
	"testing"
	"time"

	"healthcode.example/credential"
	"healthcode.example/crypto/base45"
	"healthcode.example/crypto/cose"
	"healthcode.example/trust"
	"healthcode.example/verifier"
	"healthcode.example/verifier/claim169"
	"healthcode.example/verifier/foreigntest"

	"github.com/fxamacker/cbor/v2"
)

const issuer = "https://issuer.example"

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func signer(t testing.TB) *cose.PrivateKey {
	t.Helper()
	k, err := foreigntest.Key(cose.Ed25519, "Claim 169")
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func gate(t testing.TB) *verifier.Verifier {
	t.Helper()
	keys := []trust.PartnerKey{{Key: signer(t).Public(), Purposes: []trust.Purpose{trust.Paper}}}
	b, err := foreigntest.Bundle(noon, foreigntest.Entry(claim169.Name, keys, issuer))
	if err != nil {
		t.Fatal(err)
	}
	return verifier.New(b, verifier.Policy{}, claim169.Format{})
}

// identity is a good identity, to be spoilt.
func identity() *foreigntest.Message {
	return &foreigntest.Message{
		Tags: []uint64{18}, Protected: map[int]any{1: -8},
		Payload: map[int]any{1: issuer, 4: noon.AddDate(1, 0, 0).Unix(), 6: noon.Add(-time.Hour).Unix(), 169: map[int]any{1: "synthetic", 4: "Erika Mustermann"}},
	}
}

func scan(t testing.TB, m *foreigntest.Message) verifier.Result {
	t.Helper()
	b, err := m.Bytes(foreigntest.With(signer(t)))
	if err != nil {
		t.Fatal(err)
	}
	return gate(t).Verify(base45.Encode(foreigntest.Zlib(b)), noon, nil)
}

func TestAnIdentityOfAPartnerIsAccepted(t *testing.T) {
	r := scan(t, identity())
	if r.Verdict != verifier.Accept || r.Region != issuer || r.Members[0].Name != "E*** M***" || r.Members[0].Proves.En != "identity, nothing about health" {
		t.Errorf("got %+v", r)
	}
}

func TestAnIdentityIsNeverGreen(t *testing.T) {
	entry := foreigntest.Entry(claim169.Name, []trust.PartnerKey{{Key: signer(t).Public(), Purposes: []trust.Purpose{trust.Paper}}}, issuer)
	entry.Policy.Colours = trust.ColourMap{credential.Green, credential.Red, credential.Red}
	bundle, err := foreigntest.Bundle(noon, entry)
	if err != nil {
		t.Fatal(err)
	}
	b, err := identity().Bytes(foreigntest.With(signer(t)))
	if err != nil {
		t.Fatal(err)
	}
	r := verifier.New(bundle, verifier.Policy{}, claim169.Format{}).Verify(base45.Encode(foreigntest.Zlib(b)), noon, nil)
	if r.Verdict != verifier.Accept || r.Members[0].Colour != 0 {
		t.Errorf("got %+v", r)
	}
}

func TestANameInPartsIsPutTogether(t *testing.T) {
	m := identity()
	m.Payload.(map[int]any)[169] = map[int]any{5: "Erika", 7: "Mustermann"}
	if r := scan(t, m); r.Verdict != verifier.Accept || r.Members[0].Name != "E*** M***" {
		t.Errorf("got %+v", r)
	}
}

func TestAFaultyIdentityIsRefused(t *testing.T) {
	claim := func(label int, v any) func(*foreigntest.Message) {
		return func(m *foreigntest.Message) {
			if v == nil {
				delete(m.Payload.(map[int]any), label)
				return
			}
			m.Payload.(map[int]any)[label] = v
		}
	}
	for _, v := range []struct {
		name  string
		spoil func(*foreigntest.Message)
		want  verifier.Reason
	}{
		{"no claim 169", claim(169, nil), verifier.ReasonClaims},
		{"no time", claim(6, nil), verifier.ReasonClaims},
		{"a time that is too large", claim(6, 1e300), verifier.ReasonClaims},
		{"not yet valid", claim(5, noon.Unix()+3600), verifier.ReasonNotYetValid},
		{"expired", claim(4, noon.Unix()), verifier.ReasonExpired},
		{"another issuer", claim(1, "https://other.example"), verifier.ReasonRegionUnknown},
		{"a kid that nobody has", func(m *foreigntest.Message) { m.Unprotected = map[int]any{4: []byte("other")} }, verifier.ReasonKeyUnknown},
		{"another algorithm", func(m *foreigntest.Message) { m.Protected = map[int]any{1: -7} }, verifier.ReasonAlgorithm},
	} {
		m := identity()
		v.spoil(m)
		if r := scan(t, m); r.Reason != v.want || r.Verdict != verifier.Refuse {
			t.Errorf("%s: got %v, want %v", v.name, r.Reason, v.want)
		}
	}
}

func TestAnEncryptedIdentityIsRefusedByName(t *testing.T) {
	one := []any{[]byte{0xa1, 1, 3}, map[int]any{5: make([]byte, 12)}, []byte("sealed")}
	several := append(one[:3:3], []any{one})
	for name, message := range map[string]any{
		"for one": cbor.Tag{Number: 16, Content: one}, "for one, as a CWT": cbor.Tag{Number: 61, Content: cbor.Tag{Number: 16, Content: one}},
		"for several": cbor.Tag{Number: 96, Content: several}, "for several, as a CWT": cbor.Tag{Number: 61, Content: cbor.Tag{Number: 96, Content: several}},
		"for one, untagged": one,
	} {
		b, err := cbor.Marshal(message)
		if err != nil {
			t.Fatal(err)
		}
		r := gate(t).Verify(base45.Encode(foreigntest.Zlib(b)), noon, nil)
		if r.Verdict != verifier.Refuse || r.Reason != verifier.ReasonOtherFormat || r.Seen != "encrypted Claim 169 identity" {
			t.Errorf("%s: got %+v", name, r)
		}
	}
}

func TestOtherTextsAreLeftToOthers(t *testing.T) {
	packed := func(content string) string { return base45.Encode(foreigntest.Zlib([]byte(content))) }
	for _, text := range []string{
		"", "6B", "HC1:6BF", "YK1:6BF", "https://x.example", "00000", "shc:/56",
		"6BF", "V7F", "Y9F", "NCF", "NCFOXN", "6BF 1990", "Y9F LOT 20394 BOX 7", "NCF-2024/000123", "V7F hello",
		packed(""), packed("\xd2"), packed("hello"), packed("\x84\xa0"), packed("\xd2\x84"), packed("{\"a\":1}"), packed("\xd8\x1c\x84\x43"),
	} {
		if (claim169.Format{}).Detect(text) {
			t.Errorf("%q was taken for an identity", text)
		}
		if r := gate(t).Verify(text, noon, nil); r.Reason != verifier.ReasonOtherFormat && !strings.HasPrefix(text, "YK1:") {
			t.Errorf("%q: %s", text, r.Reason)
		}
	}
}

func TestADamagedIdentityIsStillOne(t *testing.T) {
	b, err := identity().Bytes(foreigntest.With(signer(t)))
	if err != nil {
		t.Fatal(err)
	}
	good := base45.Encode(foreigntest.Zlib(b))
	for name, text := range map[string]string{
		"cut short":                good[:len(good)-10],
		"cut in the half":          good[:len(good)/2],
		"a character too many":     good + "0",
		"another one near the end": good[:len(good)-3] + "000",
		"untagged":                 base45.Encode(foreigntest.Zlib(b[1:])) + "000",
	} {
		if r := gate(t).Verify(text, noon, nil); r.Verdict != verifier.Refuse || r.Reason == verifier.ReasonOtherFormat {
			t.Errorf("%s: %s", name, r.Reason)
		}
	}
}

func TestAnIdentityOfNobodyIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		identity map[int]any
		want     verifier.Reason
	}{
		"nothing":                          {map[int]any{}, verifier.ReasonClaims},
		"empty texts":                      {map[int]any{1: "", 4: ""}, verifier.ReasonClaims},
		"an identifier that is no text":    {map[int]any{1: 5}, verifier.ReasonClaims},
		"an identifier of signs":           {map[int]any{1: "- -"}, verifier.ReasonClaims},
		"a date of birth alone":            {map[int]any{8: "1990-01-01"}, verifier.ReasonClaims},
		"an identifier alone":              {map[int]any{1: "99"}, verifier.ReasonOK},
		"a name alone":                     {map[int]any{4: "Erika Mustermann"}, verifier.ReasonOK},
		"a family name alone":              {map[int]any{7: "Mustermann"}, verifier.ReasonOK},
		"a name of signs":                  {map[int]any{1: "99", 4: "."}, verifier.ReasonClaims},
		"a name of digits":                 {map[int]any{1: "99", 4: "123"}, verifier.ReasonClaims},
		"a name that nobody sees":          {map[int]any{1: "99", 4: "\u200b"}, verifier.ReasonClaims},
		"parts of a name that nobody sees": {map[int]any{1: "99", 5: "\u200b", 7: "."}, verifier.ReasonClaims},
	} {
		m := identity()
		m.Payload.(map[int]any)[169] = c.identity
		if r := scan(t, m); r.Reason != c.want {
			t.Errorf("%s: %v, want %v", name, r.Reason, c.want)
		}
	}
}

func TestABeginningDoesNotMakeAnIdentityYounger(t *testing.T) {
	key := trust.PartnerKey{Key: signer(t).Public(), Purposes: []trust.Purpose{trust.Paper}, From: noon.AddDate(0, -1, 0).Unix()}
	entry := foreigntest.Entry(claim169.Name, []trust.PartnerKey{key}, issuer)
	entry.Policy.UnknownAge = 48 * time.Hour
	bundle, err := foreigntest.Bundle(noon, entry)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		issued, from any
		want         verifier.Reason
	}{
		"issued yesterday":                            {noon.AddDate(0, 0, -1).Unix(), nil, verifier.ReasonOK},
		"issued yesterday, good since an hour":        {noon.AddDate(0, 0, -1).Unix(), noon.Unix() - 3600, verifier.ReasonOK},
		"good since yesterday, issued at no time":     {nil, noon.AddDate(0, 0, -1).Unix(), verifier.ReasonOK},
		"issued three days ago, good since an hour":   {noon.AddDate(0, 0, -3).Unix(), noon.Unix() - 3600, verifier.ReasonPartnerAge},
		"issued before the key, good since yesterday": {noon.AddDate(0, -2, 0).Unix(), noon.AddDate(0, 0, -1).Unix(), verifier.ReasonKeyWindow},
		"issued yesterday, good in an hour":           {noon.AddDate(0, 0, -1).Unix(), noon.Unix() + 3600, verifier.ReasonNotYetValid},
		"good since yesterday, issued in an hour":     {noon.Unix() + 3600, noon.AddDate(0, 0, -1).Unix(), verifier.ReasonNotYetValid},
	} {
		m := identity()
		for label, at := range map[int]any{6: c.issued, 5: c.from} {
			if m.Payload.(map[int]any)[label] = at; at == nil {
				delete(m.Payload.(map[int]any), label)
			}
		}
		b, err := m.Bytes(foreigntest.With(signer(t)))
		if err != nil {
			t.Fatal(err)
		}
		if r := verifier.New(bundle, verifier.Policy{}, claim169.Format{}).Verify(base45.Encode(foreigntest.Zlib(b)), noon, nil); r.Reason != c.want {
			t.Errorf("%s: %v %v, want %v", name, r.Verdict, r.Reason, c.want)
		}
	}
}
