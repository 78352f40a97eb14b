package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAServiceWithProvidersOfItsOwnGreetsWithoutDemoPeople(t *testing.T) {
	dir := t.TempDir()
	configuration := filepath.Join(dir, "login.json")
	text := `{"providers":[{"name":"gov","title":{"zh-Hans":"登录","zh-Hant":"登入","en":"Log in"},"issuer":"http://127.0.0.1:9/realm","client_id":"healthcode"}]}`
	if err := os.WriteFile(configuration, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	own := startService(t, filepath.Join(dir, "data"), "--login", configuration)
	own.stop()
	if got := own.output.String(); strings.Contains(got, "demo people") || strings.Contains(got, "陈明") || !strings.Contains(got, "the providers of "+configuration) {
		t.Errorf("it greets with\n%s", got)
	}
	demo := startService(t, filepath.Join(dir, "data"))
	demo.stop()
	if got := demo.output.String(); !strings.Contains(got, "demo people") || !strings.Contains(got, "陈明") {
		t.Errorf("it greets with\n%s", got)
	}
}
