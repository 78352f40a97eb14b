package login_test

import (
	"strings"
	"testing"
	"time"

	"healthcode.example/api/login"
	"healthcode.example/wallet"
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
	for c, say := range map[string]string{
		`"sessions":{"idle":"30s"}`: "a minute", `"sessions":{"idle":"48h","absolute":"24h"}`: "sessions", `"sessions":{"absolute":"8761h"}`: "8760h", `"sessions":{"idle":"-1h"}`: "a minute",
		`"sessions":{"idle":"7 days"}`: "168h", `"sessions":{"idle":3600}`: "idle", `"sessions":{"staff":"1h"}`: "staff",
		`"devices":0`: "1 to 8", `"devices":9`: "1 to 8", `"devices":-1`: "1 to 8", `"devices":"3"`: "devices", `"hint":true`: "hint", `"hints":1`: "hints",
	} {
		if _, err := login.ParseSettings([]byte(strings.Replace(good, `"policy"`, c+`,"policy"`, 1))); err == nil || !strings.Contains(err.Error(), say) {
			t.Errorf("%s: %v", c, err)
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

// TestWhatIsConfiguredReachesTheWallet has every setting that is the wallet's arrive there, and what is not configured stay as it is.
func TestWhatIsConfiguredReachesTheWallet(t *testing.T) {
	own := wallet.Agreement{Version: "own", Text: map[string]string{"en": "own"}}
	bare := wallet.Config{Agreement: own, Consent: own, GuardianNames: true}
	s, err := login.ParseSettings([]byte(`{"providers":[{"name":"gov","issuer":"https://login.example","client_id":"hc"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	c := bare
	s.Configure(&c)
	if c.Agreement.Version != "own" || c.Consent.Version != "own" || c.Login != nil || c.SessionIdle != 0 || c.SessionAbsolute != 0 || c.Devices != 0 || c.Hints || c.Paper.Everybody || !c.GuardianNames {
		t.Errorf("without settings: %+v", c)
	}
	text := `{"version":"7","text":{"zh-Hans":"x","zh-Hant":"x","en":"x"}}`
	s, err = login.ParseSettings([]byte(`{"providers":[{"name":"gov","issuer":"https://login.example","client_id":"hc"}],"policy":{"passport":[{"acr":"x"}]},
		"sessions":{"idle":"24h","absolute":"240h"},"devices":5,"hints":true,"paper":{"everybody":true},"agreement":` + text + `,"consent":` + text + `}`))
	if err != nil {
		t.Fatal(err)
	}
	c = bare
	s.Configure(&c)
	if c.Agreement.Version != "7" || c.Consent.Version != "7" || c.Login["passport"][0].ACR != "x" || c.SessionIdle != 24*time.Hour || c.SessionAbsolute != 240*time.Hour ||
		c.Devices != 5 || !c.Hints || !c.Paper.Everybody {
		t.Errorf("with settings: %+v", c)
	}
}
