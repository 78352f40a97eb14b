package nzcp_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"healthcode.example/crypto/cose"
	"healthcode.example/verifier/foreigntest"
	"healthcode.example/verifier/nzcp"
)

// methodOf is a verification method of the issuer with a key of the tests.
func methodOf(t *testing.T, name, key string) map[string]any {
	t.Helper()
	k, err := foreigntest.Key(cose.ES256, key)
	if err != nil {
		t.Fatal(err)
	}
	public, _ := k.Public().ECDSA()
	return map[string]any{"id": issuer + "#" + name, "controller": issuer, "type": "JsonWebKey2020", "publicKeyJwk": foreigntest.JWK(public)}
}

// documentOf lists methods and assertions, whatever they are.
func documentOf(t *testing.T, methods, assertions []any) []byte {
	t.Helper()
	b, err := json.Marshal(map[string]any{"id": issuer, "verificationMethod": methods, "assertionMethod": assertions})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// kids are those of the keys, in their order.
func kids(d *nzcp.Document) (all string) {
	for _, k := range d.Keys {
		all += string(k.KeyID) + " "
	}
	return strings.TrimSpace(all)
}

func TestABrokenEntryDoesNotVoidTheDocument(t *testing.T) {
	good, other := methodOf(t, "good", "good"), methodOf(t, "other", "other")
	ids := []any{issuer + "#good", issuer + "#other"}
	for name, c := range map[string]struct {
		methods, assertions []any
		left                string // out: the list
	}{
		"a method by number":               {[]any{5, good}, ids, "verificationMethod"},
		"a method that is nothing":         {[]any{nil, good}, ids, "verificationMethod"},
		"an id in an array":                {[]any{map[string]any{"id": ids}, good}, ids, "verificationMethod"},
		"a key that is a text":             {[]any{map[string]any{"id": ids[1], "controller": issuer, "publicKeyJwk": "x"}, good}, ids, "verificationMethod"},
		"a method that another controls":   {[]any{controlled(methodOf(t, "other", "other")), good}, ids, "verificationMethod"},
		"a private key":                    {[]any{private(other), good}, ids, "verificationMethod"},
		"an assertion by number":           {[]any{good}, []any{7, ids[0]}, "assertionMethod"},
		"an assertion that is written out": {[]any{good}, []any{other, ids[0]}, "assertionMethod"},
	} {
		d, err := nzcp.ImportDocument(documentOf(t, c.methods, c.assertions), issuer)
		if err != nil || kids(d) != "good" || len(d.Skipped) != 1 || d.Skipped[0].List != c.left || d.Skipped[0].Index != 0 || d.Skipped[0].Err == nil {
			t.Errorf("%s: %+v, %v", name, d, err)
		}
	}
}

// controlled is the method under a controller that is not its issuer.
func controlled(method map[string]any) map[string]any {
	method["controller"] = "did:web:other.example"
	return method
}

func private(method map[string]any) map[string]any {
	method["publicKeyJwk"].(map[string]any)["d"] = "AAAA"
	return method
}

func TestEveryMethodThatIsListedForAssertionsCounts(t *testing.T) {
	methods := []any{methodOf(t, "1", "first"), methodOf(t, "2", "second"), methodOf(t, "3", "third"), methodOf(t, "again", "first")}
	d, err := nzcp.ImportDocument(documentOf(t, methods, []any{issuer + "#2", issuer + "#1", issuer + "#again"}), issuer)
	if err != nil || kids(d) != "1 2 again" || len(d.Skipped) != 1 || d.Skipped[0].ID != issuer+"#3" {
		t.Errorf("%+v, %v", d, err)
	}
}

func TestOfTwoMethodsUnderOneIDNeitherIsTaken(t *testing.T) {
	methods := []any{methodOf(t, "1", "first"), methodOf(t, "2", "second"), methodOf(t, "1", "other"), methodOf(t, "2", "second")}
	d, err := nzcp.ImportDocument(documentOf(t, methods, []any{issuer + "#1", issuer + "#2"}), issuer)
	if err != nil || kids(d) != "2" || len(d.Skipped) != 3 || !strings.Contains(d.Skipped[0].Err.Error(), "same id") || !strings.Contains(d.Skipped[2].Err.Error(), "twice") {
		t.Errorf("%+v, %v", d, err)
	}
}

func TestADocumentThatCanBeReadInTwoWaysIsRefused(t *testing.T) {
	good := string(documentOf(t, []any{methodOf(t, "1", "first")}, []any{issuer + "#1"}))
	for name, document := range map[string]string{
		"two ids":              strings.Replace(good, "{", fmt.Sprintf(`{"id":%q,`, issuer), 1),
		"two lists of methods": strings.Replace(good, "{", `{"verificationMethod":[],`, 1),
		"no assertions":        strings.Replace(good, "assertionMethod", "assertion", 1),
		"an array":             "[" + good + "]",
		"two documents":        good + good,
	} {
		if d, err := nzcp.ImportDocument([]byte(document), issuer); err == nil {
			t.Errorf("%s: %+v", name, d)
		}
	}
	if _, err := nzcp.ImportDocument([]byte(good), issuer); err != nil {
		t.Error(err)
	}
}

func TestAnIssuerIsADIDOfTheWebAndNothingThatLooksLikeOne(t *testing.T) {
	good := string(documentOf(t, []any{methodOf(t, "1", "first")}, []any{issuer + "#1"}))
	for did, want := range map[string]bool{
		issuer: true, "did:web:issuer.example:passes:2": true, "did:web:issuer.example%3A8443": true, "did:web:xn--issuer-q4a.example": true,
		"did:web:": false, "did:web:issuer.ex\u0430mple": false, "did:web:issuer.example/path": false, "did:web:issuer.example#1": false, "did:web:issuer.example?x": false,
		"did:web:issuer example": false, "did:web:issuer.example%3": false, "did:web:issuer.example%zz": false, "did:web::8443": false, "did:web:issuer.example:": false,
		"did:key:z6Mk": false, "DID:web:issuer.example": false, "did:web:.": false, "did:web:issuer.example.": false, "did:web:issuer..example": false,
		"did:web:Issuer.example": false,
	} {
		d, err := nzcp.ImportDocument([]byte(strings.ReplaceAll(good, issuer, did)), did)
		if (err == nil) != want || want && len(d.Keys) != 1 {
			t.Errorf("%q: %v, want it taken: %v", did, err, want)
		}
	}
}
