package demoregister_test

import (
	"testing"

	"healthcode.example/wallet/demoregister"
)

func FuzzParse(f *testing.F) {
	f.Add([]byte(province))
	f.Add([]byte(`{"people": []}`))
	f.Add([]byte(`{"people": [{"name": "", "documents": null}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := demoregister.Parse(b)
		if (r == nil) == (err == nil) {
			t.Fatalf("register %v, error %v", r != nil, err)
		}
	})
}
