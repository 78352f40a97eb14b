package login_test

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"healthcode.example/api/login"
)

// FuzzParseSettings wants that what is accepted says again what it said.
func FuzzParseSettings(f *testing.F) {
	f.Add([]byte(`{"providers":[{"name":"gov","issuer":"https://login.example/realm","client_id":"healthcode"}]}`))
	f.Add([]byte(`{"providers":[{"name":"gov","issuer":"http://127.0.0.1:1/x","client_id":"c","claims":{"name":"n"}}],"policy":{"resident-id":[{"amr":["face"]}]},` +
		`"register":{"address":"https://register.example/v1","token_file":"t"},"paper":{"everybody":true,"help":{"en":"Call 1"}}}`))
	f.Add([]byte(`{"providers":[{"name":"gov","issuer":"https://login.example","client_id":"c","auth_time":false,"claims":{"roles":"roles"}}],"sessions":{"idle":"1h","absolute":"720h"},"devices":3,"hints":true}`))
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
		if err != nil || len(same.Providers) != len(s.Providers) || !reflect.DeepEqual(same.Policy, s.Policy) || same.Sessions != s.Sessions {
			t.Fatalf("%s was read and written as %s: %v", b, again, err)
		}
	})
}

// FuzzDuration wants that what is accepted is a minute to a year and says again what it said.
func FuzzDuration(f *testing.F) {
	for _, text := range []string{"168h", "1m", "8760h", "8760h1ns", "59s", "-1h", "1e9h", "7 days", "1h1h", "", "∞", "999999999999999999999h"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var d, again login.Duration
		if err := d.UnmarshalText(b); err != nil {
			if d != 0 {
				t.Errorf("%q was refused and left %d", b, d)
			}
			return
		}
		text, err := d.MarshalText()
		if err != nil || again.UnmarshalText(text) != nil || again != d || time.Duration(d) < time.Minute || time.Duration(d) > 8760*time.Hour {
			t.Errorf("%q was read as %d and written as %q", b, d, text)
		}
	})
}
