package partner_test

import (
	"crypto/rand"
	"slices"
	"testing"

	"healthcode.example/partner"
	"healthcode.example/trust"
	"healthcode.example/verifier/claim169"
	"healthcode.example/verifier/dcc"
	"healthcode.example/verifier/foreigntest"
)

// FuzzImport holds every list of keys to one property: what is taken in can be published in a key list of ours and be read back.
func FuzzImport(f *testing.F) {
	all, err := foreigntest.Samples(noon, rand.Reader)
	if err != nil {
		f.Fatal(err)
	}
	for _, s := range all {
		f.Add(s.List, s.ListKey, s.Issuer)
	}
	f.Add([]byte(`{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`), []byte(nil), "https://id.example")
	f.Fuzz(func(t *testing.T, file, listKey []byte, issuer string) {
		if format := partner.Recognise(file, []string{issuer}); format != "" && !slices.Contains(trust.Formats(), format) {
			t.Errorf("recognised as %q, which no registry has", format)
		}
		for _, format := range []string{"", "HC1", "SHC", "NZCP", "C169"} {
			l, err := partner.Import(partner.Source{File: file, Format: format, Issuers: []string{issuer}, ListKey: listKey, At: noon})
			if err != nil {
				continue
			}
			publish(t, l.Entries("fuzzed", policy))
		}
		if keys, _, err := claim169.ImportKeys(file); err == nil {
			publish(t, []trust.Partner{{Name: "keys", Issuers: []string{"https://id.example"}, Formats: []string{claim169.Name}, Keys: keys, Policy: policy}})
		}
		if s, err := dcc.ParseSigner(file); err == nil && (s.Key == nil || len(s.KeyID) != dcc.KeyIDSize) {
			t.Errorf("a signer without a key or with a kid of %d bytes", len(s.KeyID))
		}
	})
}

// publish skips entries whose issuer our own rules refuse, which the list did not choose.
func publish(t *testing.T, entries []trust.Partner) {
	t.Helper()
	for i := range entries {
		entries[i].Issuers = []string{"XX"}
	}
	if _, err := foreigntest.Bundle(noon, entries...); err != nil {
		t.Errorf("taken in, and cannot be published: %v", err)
	}
}
