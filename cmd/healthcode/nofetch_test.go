package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
)

// A set may lie behind a redirect, or its keys name an address in the private network of whoever reads it: nobody is asked anything.
func TestNothingIsFetchedThatAPartnerOrItsKeysName(t *testing.T) {
	var asked atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		http.Redirect(w, r, "http://169.254.169.254/latest/meta-data", http.StatusFound)
	}))
	defer server.Close()
	ours, theirs := newMachine(t), newRegionMachine(t, "CN-MO")
	theirs.must("bundle", "export", "--data", theirs.data, "--out", theirs.path("bundle"), "--jwks", ours.path("jwks"), "--signed-keys", ours.path("jws"))
	plain, err := os.ReadFile(ours.path("jwks"))
	if err != nil {
		t.Fatal(err)
	}
	address := `"jku":"` + server.URL + `","x5u":"` + server.URL + `",`
	set := strings.ReplaceAll(string(plain), `{"alg"`, `{`+address+`"alg"`)
	if strings.Count(set, server.URL) < 4 {
		t.Fatalf("the set is not as it was expected to be: %s", plain)
	}
	if err := os.WriteFile(ours.path("named"), []byte(set), 0o600); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(set))
	add := func(more ...string) (int, string) {
		code, _, errs := ours.run(context.Background(), append([]string{"partner", "add", "--data", ours.data, "--name", "Macao", "--issuer", "CN-MO", "--unknown-age", "6h"}, more...)...)
		return code, errs
	}
	if code, errs := add("--partner-keys", ours.path("named"), "--keys-fingerprint", hex.EncodeToString(sum[:])); code != 0 {
		t.Errorf("a set whose keys name addresses: exit %d, %s", code, errs)
	}
	for _, flags := range [][]string{
		{"--partner-keys", server.URL + "/jwks.json", "--keys-fingerprint", hex.EncodeToString(sum[:])},
		{"--partner-keys", strings.Replace(server.URL, "http", "HTTP", 1), "--keys-fingerprint", hex.EncodeToString(sum[:])},
		{"--partner-root", server.URL + "/root.cose", "--root-fingerprint", hex.EncodeToString(sum[:])},
		{"--partner-keys", ours.path("jws"), "--list-key", server.URL, "--keys-fingerprint", hex.EncodeToString(sum[:])},
	} {
		if code, errs := add(flags...); code == 0 {
			t.Errorf("%s was taken: %s", flags[0], errs)
		}
	}
	if code, _, errs := ours.run(context.Background(), "verify", "--bundle", theirs.path("bundle"), "--demo", "--partner", server.URL+"/bundle", "YK1:"); code != 65 {
		t.Errorf("verify --partner of an address: exit %d, %s", code, errs)
	}
	if n := asked.Load(); n != 0 {
		t.Errorf("%d requests were made", n)
	}
}
