package server

import (
	"bytes"
	"encoding/json"
	"testing"

	"healthcode.example/api"
)

// FuzzReadCodesRequest: what it takes, encoding/json takes with the same meaning; what it refuses is a problem of the caller.
func FuzzReadCodesRequest(f *testing.F) {
	for _, seed := range []string{
		`{"key":{"kty":"EC","crv":"P-256","x":"AA","y":"BB"}}`, `{"key":{"kty":"EC","ext":true,"key_ops":["verify",[{}]],"kid":null},"document":true}`,
		`{"key":{"d":"AA"}}`, `{"key":{"x":"a","x":"b"}}`, `{"document":false}`, `{"key":{"alg":[[[[[]]]]]}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		q, err := readCodesRequest(body)
		if err != nil {
			if p := api.ProblemOf(err); p == nil || p.Status != 400 || p.Detail == "" {
				t.Fatalf("refused with %v", err)
			}
			return
		}
		var want api.CodesRequest
		if err := json.NewDecoder(bytes.NewReader(body)).Decode(&want); err != nil {
			t.Fatalf("taken, and encoding/json says %v", err)
		}
		if want.Key == nil || *want.Key != *q.Key || want.Document != q.Document {
			t.Fatalf("read %+v, encoding/json reads %+v", q, want)
		}
	})
}
