package login_test

import (
	"encoding/json"
	"reflect"
	"testing"

	"healthcode.example/api/login"
)

// FuzzParseSettings wants that what is accepted says again what it said.
func FuzzParseSettings(f *testing.F) {
	f.Add([]byte(`{"providers":[{"name":"gov","issuer":"https://login.example/realm","client_id":"healthcode"}]}`))
	f.Add([]byte(`{"providers":[{"name":"gov","issuer":"http://127.0.0.1:1/x","client_id":"c","claims":{"name":"n"}}],"policy":{"resident-id":[{"amr":["face"]}]},` +
		`"register":{"address":"https://register.example/v1","token_file":"t"},"paper":{"everybody":true,"help":{"en":"Call 1"}}}`))
	f.Add([]byte(`{"providers":[]} {}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := login.ParseSettings(b)
		if err != nil {
			return
		}
		again, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		same, err := login.ParseSettings(again)
		if err != nil || len(same.Providers) != len(s.Providers) || !reflect.DeepEqual(same.Policy, s.Policy) {
			t.Fatalf("%s was read and written as %s: %v", b, again, err)
		}
	})
}
