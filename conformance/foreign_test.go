package conformance

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"healthcode.example/crypto/cose"
	"healthcode.example/trust"
	"healthcode.example/verifier"
	"healthcode.example/verifier/claim169"
	"healthcode.example/verifier/dcc"
	"healthcode.example/verifier/foreigntest"
	"healthcode.example/verifier/nzcp"
	"healthcode.example/verifier/shc"
)

func readText(t testing.TB, parts ...string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(parts...))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// trustListOutcomes imports the signed list whole, and makes one case of each signer: it is taken over, or skipped for a reason that is listed.
func trustListOutcomes(t *testing.T, dir string) (all []outcome) {
	list := readText(t, dir, "covpass_covpass-sdk-demo_dsc-list.json")
	key := readText(t, dir, "covpass_covpass-sdk-demo_dsc-list-signing-key.pem")
	imported, err := dcc.ImportList([]byte(list), []byte(key))
	if err != nil {
		t.Fatal(err)
	}
	altered := []byte(list)
	altered[len(altered)/2] ^= 1
	_, err = dcc.ImportList(altered, []byte(key))
	all = append(all, expect("an altered list", false, err == nil, "imported"))
	for _, country := range slices.Sorted(func(yield func(string) bool) {
		for c := range imported.Keys {
			if !yield(c) {
				return
			}
		}
	}) {
		for _, k := range imported.Keys[country] {
			all = append(all, outcome{name: country + " " + base64.StdEncoding.EncodeToString(k.KeyID), agree: true})
		}
	}
	var partners []trust.Partner
	for country, keys := range imported.Keys {
		partners = append(partners, foreigntest.Entry(dcc.Name, keys, country))
	}
	_, err = foreigntest.Bundle(time.Date(2022, 8, 1, 0, 0, 0, 0, time.UTC), partners...)
	all = append(all, expect("the imported list in a bundle of ours", true, err == nil, fmt.Sprint(err)))
	for _, s := range imported.Skipped {
		all = append(all, outcome{name: s.Country + " " + s.KeyID, detail: s.Err.Error()})
	}
	return all
}

func shcOutcomes(t *testing.T, dir string) (all []outcome) {
	keys, skipped, err := shc.ImportKeys([]byte(readText(t, dir, "issuer-jwks.json")))
	if err != nil || len(skipped) > 0 {
		t.Errorf("the issuer's key set: %v, skipped %d", err, len(skipped))
	}
	add := func(name string, want bool, text string, err error) {
		got, detail := false, fmt.Sprint(err)
		if err == nil {
			got, detail = shcPasses(t, keys, text)
		}
		all = append(all, expect(name, want, got, detail))
	}
	var file struct {
		Credentials []string `json:"verifiableCredential"`
	}
	readJSON(t, filepath.Join(dir, "example-00-e-file.smart-health-card"), &file)
	for i, jws := range file.Credentials {
		text, err := shc.Text(jws)
		add(fmt.Sprint("file ", i), true, text, err)
	}
	text, err := shc.Text(quoted(readText(t, dir, "example-jws.json")))
	add("jws", true, text, err)
	add("numeric", true, quoted(readText(t, dir, "example-numeric-qr-code.json")), nil)
	for _, name := range filesUnder(t, dir, ".txt") {
		text, err := shc.Text(strings.TrimSuffix(readText(t, dir, name), "\n"))
		add(strings.TrimSuffix(strings.TrimPrefix(name, "test-example-00-d-jws-"), ".txt"), false, text, err)
	}
	return all
}

// shcPasses shows a card to a gate whose key list has the issuer's keys, an hour after the card was issued. What a card proves is not the data's
// question.
func shcPasses(t *testing.T, keys []trust.PartnerKey, text string) (bool, string) {
	issuer, at := "https://spec.smarthealth.cards/examples/issuer", time.Date(2022, 1, 1, 0, 0, 0, 0, time.UTC)
	if c, err := shc.Read(text); err == nil {
		issuer, at = c.Issuer, time.Unix(c.Issued+3600, 0)
	}
	r := gateOf(t, at, shc.Name, issuer, keys, shc.Format{}).Verify(text, at, nil)
	passes := r.Reason == verifier.ReasonOK || r.Reason == verifier.ReasonColour || r.Reason == verifier.ReasonNotProved
	return passes, string(r.Reason)
}

// gateOf is a gate with a bundle of the time that has one partner.
func gateOf(t *testing.T, at time.Time, format, issuer string, keys []trust.PartnerKey, f verifier.Format) *verifier.Verifier {
	t.Helper()
	b, err := foreigntest.Bundle(at, foreigntest.Entry(format, keys, issuer))
	if err != nil {
		t.Fatal(err)
	}
	return verifier.New(b, verifier.Policy{}, f)
}

// quoted takes a JSON text or array of one, or the text itself.
func quoted(s string) string {
	var one string
	var many []string
	switch {
	case json.Unmarshal([]byte(s), &one) == nil:
		return one
	case json.Unmarshal([]byte(s), &many) == nil && len(many) == 1:
		return many[0]
	}
	return strings.TrimSpace(s)
}

func nzcpOutcomes(t *testing.T, dir string) (all []outcome) {
	examples := filepath.Join(dir, "spec", "examples")
	const issuer = "did:web:nzcp.covid19.health.nz"
	document, err := nzcp.ImportDocument([]byte(readText(t, examples, "valid", "did.json")), issuer)
	if err != nil || len(document.Skipped) > 0 {
		t.Fatalf("the issuer's document: %v", err)
	}
	at := time.Date(2021, 12, 1, 0, 0, 0, 0, time.UTC)
	gate := gateOf(t, at, nzcp.Name, issuer, document.Keys, nzcp.Format{})
	accept := func(text string) (bool, string) {
		r := gate.Verify(strings.TrimSpace(text), at, nil)
		return r.Verdict == verifier.Accept, string(r.Reason)
	}
	got, detail := accept(readText(t, examples, "valid", "nzcp.txt"))
	all = append(all, expect("valid", true, got, detail))
	for _, name := range filesUnder(t, filepath.Join(examples, "invalid"), ".txt") {
		got, detail := accept(readText(t, examples, "invalid", name))
		all = append(all, expect(strings.TrimSuffix(name, ".txt"), false, got, detail))
	}
	return all
}

// claim169Outcomes: what the data call valid is read with the expected name, and verifies where the key is given; the encrypted ones are
// refused by name; the invalid ones fail.
func claim169Outcomes(t *testing.T, dir string) (all []outcome) {
	for _, name := range filesUnder(t, dir, ".json") {
		var v struct {
			Category   string          `json:"category"`
			Text       string          `json:"qr_data"`
			Encryption json.RawMessage `json:"encryption_key"`
			Signing    *struct {
				Algorithm string `json:"algorithm"`
				Public    string `json:"public_key_hex"`
			} `json:"signing_key"`
			Claim struct {
				Name string `json:"fullName"`
			} `json:"expected_claim169"`
			Meta struct {
				Issuer  string `json:"issuer"`
				Expires int64  `json:"expiresAt"`
				Issued  int64  `json:"issuedAt"`
			} `json:"expected_cwt_meta"`
		}
		readJSON(t, filepath.Join(dir, name), &v)
		short := strings.TrimSuffix(name, ".json")
		id, err := claim169.Read(v.Text)
		switch {
		case v.Encryption != nil:
			all = append(all, expect(short+" refused by name", true, errors.Is(err, claim169.ErrEncrypted), fmt.Sprint(err)))
			continue
		case v.Category == "invalid":
			all = append(all, expect(short, false, err == nil, "read"))
			continue
		}
		same := err == nil && id.Name() == v.Claim.Name && id.Issuer == v.Meta.Issuer && id.Expires == v.Meta.Expires && id.Issued == v.Meta.Issued
		all = append(all, expect(short, true, same, fmt.Sprint("other content, or ", err)))
		if v.Signing != nil {
			got, detail := claim169Passes(t, v.Text, id, v.Signing.Algorithm, v.Signing.Public)
			all = append(all, expect(short+" verifies", true, got, detail))
		}
	}
	return all
}

// claim169Passes shows the code to a gate that has the key for its issuer, as it begins to be good, and wants the full name.
func claim169Passes(t *testing.T, text string, id *claim169.Identity, algorithm, public string) (bool, string) {
	b, err := hex.DecodeString(public)
	if err != nil || id == nil {
		return false, "unreadable"
	}
	var key *cose.PublicKey
	if algorithm == "ES256" {
		pub, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), b)
		if err != nil {
			return false, err.Error()
		}
		key, err = cose.NewES256(pub)
		if err != nil {
			return false, err.Error()
		}
	} else if key, err = cose.NewEd25519(b); err != nil {
		return false, err.Error()
	}
	at := time.Unix(id.Issued, 0)
	keys := []trust.PartnerKey{{Key: key, Purposes: []trust.Purpose{trust.Paper}, KeyID: id.Message.KeyID}}
	r := gateOf(t, at, claim169.Name, id.Issuer, keys, claim169.Format{FullName: true}).Verify(text, at, nil)
	return r.Verdict == verifier.Accept && r.Members[0].Name == id.Name(), string(r.Reason)
}
