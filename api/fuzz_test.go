package api_test

import (
	"bytes"
	"testing"

	"healthcode.example/api"
	"healthcode.example/crypto/cose"
)

// FuzzReadKeySets: of any set the keys that are kept are of a kind that our codes are signed with, each once, and each skipped one is named.
func FuzzReadKeySets(f *testing.F) {
	f.Add([]byte(`{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","kid":"a","purpose":"phone","verify_until":1790000000},{"kty":"EC"}]}`))
	f.Add([]byte(`{"keys":[{"kty":"EC","crv":"P-256","x":"AA","y":"AA"},{"d":""},null,17]}`))
	key, err := cose.Generate(cose.ES256, bytes.NewReader(bytes.Repeat([]byte{9}, 64)))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(append([]byte{0x81}, key.Public().Bytes()...))
	f.Add([]byte{0x82, 0xa3, 1, 1, 0x20, 6, 0x21, 0x40, 0xf6})
	f.Fuzz(func(t *testing.T, b []byte) {
		for name, read := range map[string]func([]byte) ([]api.SetKey, []api.Skipped, error){"JWK Set": api.ReadJWKSet, "COSE_KeySet": api.ReadCOSEKeySet} {
			keys, skipped, err := read(b)
			if err != nil && keys != nil {
				t.Errorf("%s: keys with an error: %v", name, err)
			}
			if len(keys)+len(skipped) > api.MaxSetKeys {
				t.Errorf("%s: %d elements", name, len(keys)+len(skipped))
			}
			seen := make(map[cose.KeyID]bool)
			for _, k := range keys {
				if again, err := cose.ParseKey(k.Key.Bytes()); err != nil || !again.Equal(k.Key) || seen[k.Key.ID()] || k.Purpose != 0 && !k.Purpose.Valid() || k.Until < 0 {
					t.Errorf("%s: kept %v of purpose %v until %d: %v", name, k.Key.ID(), k.Purpose, k.Until, err)
				}
				seen[k.Key.ID()] = true
			}
			for _, s := range skipped {
				if s.Index < 1 || s.Index > len(keys)+len(skipped) || s.Why == "" {
					t.Errorf("%s: skipped %+v", name, s)
				}
			}
		}
	})
}
