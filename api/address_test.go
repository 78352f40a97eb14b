package api_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"healthcode.example/api"
	"healthcode.example/api/login"
	"healthcode.example/api/register"
)

// TestASecretGoesOverTLSOrNotBeyondThisMachine has everybody who sends one give the same answer.
func TestASecretGoesOverTLSOrNotBeyondThisMachine(t *testing.T) {
	for address, safe := range map[string]bool{
		"https://code.example":               true,
		"https://code.example:8443/v1":       true,
		"https://192.0.2.1":                  true,
		"http://127.0.0.1:8080":              true,
		"http://127.0.0.2/v1":                true,
		"http://127.255.255.254":             true,
		"http://[::1]:8080/v1":               true,
		"http://localhost:8080":              true,
		"http://LocalHost":                   true,
		"http://code.example":                false,
		"http://192.0.2.1":                   false,
		"http://10.0.0.1":                    false,
		"http://0.0.0.0:8080":                false,
		"http://[::]:8080":                   false,
		"http://127.0.0.1.code.example":      false,
		"http://localhost.code.example":      false,
		"http://127.1":                       false,
		"http://128.0.0.1":                   false,
		"http://[fe80::1]":                   false,
		"ftp://127.0.0.1":                    false,
		"HTTP://code.example":                false,
		"//code.example":                     false,
		"code.example":                       false,
		"https://":                           false,
		"https://:443":                       false,
		"https:code.example":                 false,
		"https://user:secret@code.example":   false,
		"https://code.example?x=1":           false,
		"https://code.example?":              false,
		"https://code.example#x":             false,
		"https://code.example/v1\nHost: x":   false,
		"":                                   false,
		"http://127.0.0.1@code.example/path": false,
	} {
		u, err := api.SafeAddress(address)
		if safe != (err == nil) || safe != (u != nil) {
			t.Errorf("%q: %v", address, err)
		}
		if err != nil && (strings.Contains(err.Error(), "secret") || !strings.Contains(err.Error(), "https")) {
			t.Errorf("%q: the error names no mend, or what it must not: %v", address, err)
		}
		if _, err := register.New(register.Config{Base: address}); safe != (err == nil) {
			t.Errorf("a register at %q: %v", address, err)
		}
		provider := login.Provider{Name: "x", Issuer: address, ClientID: "x"}
		settings := `{"providers":[{"name":"x","issuer":"https://login.example","client_id":"x"}],"register":{"address":` + strconv.Quote(address) + `}}`
		if _, err := login.ParseSettings([]byte(settings)); safe != (err == nil) {
			t.Errorf("a configured register at %q: %v", address, err)
		}
		settings = `{"providers":[{"name":"x","issuer":` + strconv.Quote(address) + `,"client_id":"x"}]}`
		if _, err := login.ParseSettings([]byte(settings)); safe != (err == nil) {
			t.Errorf("a configured provider at %q: %v", address, err)
		}
		if _, err := login.New(login.Config{Providers: []login.Provider{provider}, Callback: "https://code.example/v1/login/callback", Now: time.Now}); safe != (err == nil) {
			t.Errorf("a provider at %q: %v", address, err)
		}
	}
}
