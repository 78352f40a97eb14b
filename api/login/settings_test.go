package login_test

import (
	"strings"
	"testing"
	"time"

	"healthcode.example/api/login"
)

func TestAConfigurationIsReadAndItsFaultsAreSaid(t *testing.T) {
	good := `{"providers":[{"name":"gov","title":{"en":"Government log-in"},"issuer":"https://login.example/realm","client_id":"hc",
		"client_secret_file":"gov.secret","claims":{"birthdate":"birth"}}],"policy":{"resident-id":[{"amr":["face"]}]}}`
	s, err := login.ParseSettings([]byte(good))
	if err != nil || s.Providers[0].Claims.Birth != "birth" || s.Policy["resident-id"][0].Methods[0] != "face" {
		t.Fatalf("%v %+v", err, s)
	}
	for fault, want := range map[string][2]string{
		"an unknown name":   {`"client_id"`, `"clientid"`},
		"http":              {"https://", "http://"},
		"no client":         {`"hc"`, `""`},
		"a bad name":        {`"gov","title"`, `"Gov Log-in","title"`},
		"an address's part": {"/realm", "/realm?x=1"},
		"an empty policy":   {`{"amr":["face"]}`, ``},
		"half an agreement": {`"policy"`, `"agreement":{"version":"1","text":{"en":"x"}},"policy"`},
		"something after":   {`[{"amr":["face"]}]}}`, `[]}} {}`},
	} {
		if _, err := login.ParseSettings([]byte(strings.Replace(good, want[0], want[1], 1))); err == nil {
			t.Errorf("%s was taken", fault)
		}
	}
	for _, c := range []string{"", "{}", `{"providers":[]}`} {
		if _, err := login.ParseSettings([]byte(c)); err == nil {
			t.Errorf("%q was taken", c)
		}
	}
	twice := login.Config{Providers: append(s.Providers, s.Providers...), Callback: callback, Now: time.Now}
	if _, err := login.New(twice); err == nil || !strings.Contains(err.Error(), "twice") {
		t.Errorf("%v", err)
	}
	for _, address := range []string{"http://code.example/v1/login/callback", "x", ""} {
		if _, err := login.New(login.Config{Providers: s.Providers, Callback: address, Now: time.Now}); err == nil {
			t.Errorf("the callback %q was taken", address)
		}
	}
}
