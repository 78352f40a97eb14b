package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"healthcode.example/verifier"
)

// ask runs the service with the flags and posts one code to it.
func (m *machine) ask(code string, flags ...string) string {
	m.t.Helper()
	ctx, stop := context.WithTimeout(context.Background(), time.Minute)
	defer stop()
	answer, asked := "", false
	said := &said{heard: func(sofar string) {
		address := regexp.MustCompile(`http://127\.0\.0\.1:[0-9]+`).FindString(sofar)
		if asked || address == "" || !strings.Contains(sofar, "Ctrl-C stops it.") {
			return
		}
		asked = true
		go func() {
			defer stop()
			body, _ := json.Marshal(map[string]string{"code": code})
			r, err := http.Post(address+"/v1/verifications", "application/json", strings.NewReader(string(body)))
			if err != nil {
				answer = err.Error()
				return
			}
			defer func() { _ = r.Body.Close() }()
			b, _ := io.ReadAll(r.Body)
			answer = string(b)
		}()
	}}
	if code, _, errs := m.runInto(ctx, said, append([]string{"serve", "--data", m.data, "--listen", "127.0.0.1:0"}, flags...)...); code != 0 {
		m.t.Fatalf("serve: exit %d: %s", code, errs)
	}
	return answer
}

// Our list has the keys of the partner and an age for codes whose status is unknown; what the partner has revoked passes only where its bundle is not.
func TestAServiceLooksUpPartnersCodesInTheirOwnBundles(t *testing.T) {
	ours, theirs := newMachine(t), newRegionMachine(t, "CN-MO")
	theirs.must("issue", "--data", theirs.data, "--document", "passport:X99A0098", "--out", theirs.path("code"))
	theirs.must("bundle", "export", "--data", theirs.data, "--publish", "--out", theirs.path("b1"), "--root", theirs.path("root"), "--jwks", theirs.path("jwks"))
	var root struct{ Fingerprint string }
	if err := json.Unmarshal([]byte(theirs.must("root", "inspect", "--json", theirs.path("root"))), &root); err != nil {
		t.Fatal(err)
	}
	jwks, err := os.ReadFile(theirs.path("jwks"))
	if err != nil {
		t.Fatal(err)
	}
	ours.must("partner", "add", "--data", ours.data, "--name", "Macao", "--issuer", "CN-MO", "--partner-root", theirs.path("root"), "--root-fingerprint", root.Fingerprint,
		"--partner-keys", theirs.path("jwks"), "--keys-fingerprint", fmt.Sprintf("%x", sha256.Sum256(jwks)), "--unknown-age", "6h", "--yes")
	ours.must("bundle", "export", "--data", ours.data, "--publish", "--out", ours.path("gate"))
	theirs.must("evidence", "add", "--data", theirs.data, "--document", "passport:X99A0098", "--kind", "positive_test", "--at", "2026-03-02T08:00:00+08:00", "--source", "Laboratory 4")
	theirs.must("bundle", "export", "--data", theirs.data, "--publish", "--out", theirs.path("b2"))
	ours.must("bundle", "partner", "--bundle", ours.path("gate"), "--demo", theirs.path("b2"))
	code, err := os.ReadFile(theirs.path("code"))
	if err != nil {
		t.Fatal(err)
	}
	text := strings.TrimSpace(string(code))
	if got := ours.ask(text); !strings.Contains(got, `"status":"unknown"`) || !strings.Contains(got, `"verdict":"accept"`) {
		t.Errorf("by the keys alone: %s", got)
	}
	if got := ours.ask(text, "--partners", ours.path("gate")); !strings.Contains(got, `"reason":"revoked"`) {
		t.Errorf("with the partner's bundle: %s", got)
	}
}

// What a service has to say is read by whatever collects its log: a line of another form among those is lost, and one at every publication hides others.
func TestTroubleWithAPartnersBundleIsLoggedOnce(t *testing.T) {
	ours, theirs := newMachine(t), newRegionMachine(t, "CN-MO")
	theirs.must("bundle", "export", "--data", theirs.data, "--publish", "--out", theirs.path("b1"), "--root", theirs.path("root"))
	var root struct{ Fingerprint string }
	if err := json.Unmarshal([]byte(theirs.must("root", "inspect", "--json", theirs.path("root"))), &root); err != nil {
		t.Fatal(err)
	}
	ours.must("partner", "add", "--data", ours.data, "--name", "Macao", "--issuer", "CN-MO", "--partner-root", theirs.path("root"), "--root-fingerprint", root.Fingerprint, "--yes")
	ours.must("bundle", "export", "--data", ours.data, "--publish", "--out", ours.path("gate"))
	ours.must("bundle", "partner", "--bundle", ours.path("gate"), "--demo", theirs.path("b1"))
	kept, err := filepath.Glob(ours.path("gate") + ".partners/*.ykb")
	if err != nil || len(kept) != 1 {
		t.Fatal(kept, err)
	}
	if err := os.Truncate(kept[0], 100); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	s := &serveCommand{Partners: given(ours.path("gate"))}
	c := &console{now: func() time.Time { return ours.at }}
	partners, err := s.partnersOf(c, slog.New(slog.NewJSONHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	own, err := (&believeFlags{Demo: true}).believe(ours.path("gate"), ours.at)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		partners(verifier.New(own, verifier.Policy{Demo: true}), own)
	}
	if lines := strings.Split(strings.TrimSpace(log.String()), "\n"); len(lines) != 1 || !json.Valid([]byte(lines[0])) || !strings.Contains(lines[0], "CN-MO") {
		t.Errorf("the log holds %q", lines)
	}
}

func TestAServiceDoesNotStartWithPartnersBesideABundleThatIsNotThere(t *testing.T) {
	m := newMachine(t)
	ctx, stop := context.WithTimeout(context.Background(), time.Minute)
	defer stop()
	code, _, errs := m.run(ctx, "serve", "--data", m.data, "--listen", "127.0.0.1:0", "--partners", m.path("mistyped"))
	if code != exitBundle || !strings.Contains(errs, "--partners: the bundle cannot be read") {
		t.Errorf("exit %d: %s", code, errs)
	}
}
