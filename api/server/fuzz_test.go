package server

import (
	"bytes"
	"encoding/json"
	"testing"

	"healthcode.example/api"
)

// FuzzReadDeviceRequest: what it takes, encoding/json takes with the same meaning; what it refuses is a problem of the caller.
func FuzzReadDeviceRequest(f *testing.F) {
	for _, seed := range []string{
		`{"key":{"kty":"EC","crv":"P-256","x":"AA","y":"BB"}}`, `{"key":{"kty":"EC","ext":true,"key_ops":["verify",[{}]],"kid":null}}`,
		`{"key":{"d":"AA"}}`, `{"key":{"x":"a","x":"b"}}`, `{"document":false}`, `{"key":{"alg":[[[[[]]]]]}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		q, err := readDeviceRequest(body)
		if err != nil {
			if p := api.ProblemOf(err); p == nil || p.Status != 400 || p.Detail == "" {
				t.Fatalf("refused with %v", err)
			}
			return
		}
		var want api.DeviceRequest
		if err := json.NewDecoder(bytes.NewReader(body)).Decode(&want); err != nil {
			t.Fatalf("taken, and encoding/json says %v", err)
		}
		if want.Key == nil || *want.Key != *q.Key {
			t.Fatalf("read %+v, encoding/json reads %+v", q, want)
		}
	})
}
