package shc_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"healthcode.example/verifier"
	"healthcode.example/verifier/foreigntest"
	"healthcode.example/verifier/shc"
)

func jwkText(t testing.TB, name string) string {
	t.Helper()
	b, err := json.Marshal(jwkOf(t, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestAKeySetThatCanBeReadInTwoWaysIsRefused(t *testing.T) {
	key := jwkText(t, "one")
	for set, why := range map[string]string{
		`{"keys":[],"keys":[` + key + `]}`: "twice",
		`{"keys":[` + key + `],"KEYS":[]}`: "twice",
		`[` + key + `]`:                    `{"keys": [ … ]}`,
		key:                                `{"keys": [ … ]}`,
		`{"keys":` + key + `}`:             "array",
		`{"keys":[` + key + `]} ` + `{}`:   "JSON",
	} {
		if keys, _, err := shc.ImportKeys([]byte(set)); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%.60s: %d keys, %v, want %q", set, len(keys), err, why)
		}
	}
}

func TestAKeyThatCanBeReadInTwoWaysIsLeftOutAndTheOthersAreKept(t *testing.T) {
	one, two := jwkText(t, "one"), jwkText(t, "two")
	twice := strings.Replace(one, `{`, `{"x":"AAAA",`, 1)
	keys, skipped, err := shc.ImportKeys(fmt.Appendf(nil, `{"keys":[%s,%s]}`, twice, two))
	if err != nil || len(keys) != 1 || len(skipped) != 1 || skipped[0].Index != 0 || !strings.Contains(skipped[0].Err.Error(), "twice") {
		t.Errorf("%d keys, %+v, %v", len(keys), skipped, err)
	}
}

func TestUnderOneKidOnlyTheKeyWhoseThumbprintItIsCounts(t *testing.T) {
	one, two := jwkOf(t, "one"), jwkOf(t, "two")
	two["kid"] = one["kid"]
	set, err := json.Marshal(map[string]any{"keys": []any{two, one}})
	if err != nil {
		t.Fatal(err)
	}
	keys, skipped, err := shc.ImportKeys(set)
	if err != nil || len(keys) != 1 || string(keys[0].KeyID) != one["kid"] || len(skipped) != 1 || skipped[0].Index != 0 {
		t.Errorf("%+v, %+v, %v", keys, skipped, err)
	}
}

func TestCertificatesBesideAKeyAreNotLookedAt(t *testing.T) {
	key := jwkOf(t, "one")
	key["x5c"] = []string{"not even a certificate"}
	set, err := json.Marshal(map[string]any{"keys": []any{key}})
	if err != nil {
		t.Fatal(err)
	}
	if keys, _, err := shc.ImportKeys(set); err != nil || len(keys) != 1 || keys[0].Until != 0 {
		t.Errorf("%+v, %v", keys, err)
	}
}

// rawText signs the header and the payload as they are written.
func rawText(t testing.TB, header, payload string) string {
	t.Helper()
	jws, err := foreigntest.JWS([]byte(header), foreigntest.Deflate([]byte(payload)), foreigntest.With(signer(t)))
	if err != nil {
		t.Fatal(err)
	}
	text, err := shc.Text(jws)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestACardThatCanBeReadInTwoWaysIsRefused(t *testing.T) {
	const header = `{"alg":"ES256","zip":"DEF","kid":"key"}`
	payload, err := json.Marshal(newCard().payload)
	if err != nil {
		t.Fatal(err)
	}
	good := string(payload)
	g := gate(t)
	for name, c := range map[string]struct {
		header, payload string
		want            verifier.Reason
	}{
		"a good one":                  {header, good, verifier.ReasonOK},
		"two algorithms":              {`{"alg":"none","alg":"ES256","zip":"DEF","kid":"key"}`, good, verifier.ReasonEnvelope},
		"two kids":                    {`{"kid":"other","alg":"ES256","zip":"DEF","kid":"key"}`, good, verifier.ReasonEnvelope},
		"a kid in other letters":      {`{"KID":"other","alg":"ES256","zip":"DEF","kid":"key"}`, good, verifier.ReasonEnvelope},
		"two issuers":                 {header, strings.Replace(good, `{`, `{"iss":"https://other.example",`, 1), verifier.ReasonClaims},
		"two ends":                    {header, strings.Replace(good, `{`, `{"exp":1,"exp":4000000000,`, 1), verifier.ReasonClaims},
		"two names, deep down":        {header, strings.Replace(good, `"family":"Mustermann"`, `"family":"Other","family":"Mustermann"`, 1), verifier.ReasonClaims},
		"something after the payload": {header, good + `{}`, verifier.ReasonClaims},
		"arrays in each other":        {header, strings.Replace(good, `{`, `{"x":`+strings.Repeat("[", 5000)+strings.Repeat("]", 5000)+`,`, 1), verifier.ReasonClaims},
	} {
		if r := g.Verify(rawText(t, c.header, c.payload), noon, nil); r.Reason != c.want {
			t.Errorf("%s: %s, want %s", name, r.Reason, c.want)
		}
	}
}
