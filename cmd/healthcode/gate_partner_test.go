package main

import (
	"bytes"
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"healthcode.example/gate/scan"
	"healthcode.example/office/files"
	"healthcode.example/verifier"
)

// The partner's bundle of --partner comes, is damaged and comes again while the gate is open.
func TestAPartnersFileThatFailsKeepsNothingElseOut(t *testing.T) {
	ours, theirs := newMachine(t), newRegionMachine(t, "CN-MO")
	theirs.must("bundle", "export", "--data", theirs.data, "--publish", "--out", ours.path("mo.ykb"), "--root", ours.path("mo.root"))
	fingerprint := regexp.MustCompile(`"fingerprint":"([0-9a-f]{64})"`).FindStringSubmatch(ours.must("root", "inspect", "--json", ours.path("mo.root")))[1]
	ours.must("partner", "add", "--data", ours.data, "--name", "Macao", "--issuer", "CN-MO", "--partner-root", ours.path("mo.root"), "--root-fingerprint", fingerprint, "--yes")
	theirs.must("issue", "--data", theirs.data, "--document", "passport:X99A0098", "--out", ours.path("mo.txt"))
	ours.must("issue", "--data", ours.data, "--document", "passport:X99A0098", "--out", ours.path("gd.txt"))
	export := func(m *machine, to string) {
		m.must("bundle", "export", "--data", m.data, "--publish", "--out", to)
	}
	export(ours, ours.path("gd.ykb"))
	var out, notes bytes.Buffer
	g := &gateCommand{JSON: true}
	g.Bundle, g.Demo, g.Partner = given(ours.path("gd.ykb")), true, []given{given(ours.path("mo.ykb"))}
	p, err := g.open(&console{out: &out, err: &notes, now: func() time.Time { return ours.at }, files: files.Disk{}})
	if err != nil {
		t.Fatal(err)
	}
	scan := func(file string) verifier.Reason {
		t.Helper()
		text, err := os.ReadFile(ours.path(file))
		if err != nil {
			t.Fatal(err)
		}
		out.Reset()
		if err := p.Take(scan.Line{Text: strings.TrimSpace(string(text))}); err != nil {
			t.Fatal(err)
		}
		var r struct{ Reason verifier.Reason }
		if err := json.Unmarshal(out.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		return r.Reason
	}
	expect := func(when, file string, want verifier.Reason) {
		t.Helper()
		if got := scan(file); got != want {
			t.Errorf("%s: %s is %s, want %s; %s", when, file, got, want, notes.String())
		}
	}
	later := func() {
		ours.at = ours.at.Add(10 * time.Second)
		theirs.at = ours.at
	}
	expect("at first", "mo.txt", verifier.ReasonOK)
	good, err := os.ReadFile(ours.path("mo.ykb"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(ours.path("mo.ykb"), good[:200], 0o600); err != nil {
		t.Fatal(err)
	}
	later()
	ours.must("evidence", "add", "--data", ours.data, "--document", "passport:X99A0098", "--kind", "positive_test", "--at", ours.at.Format(time.RFC3339), "--source", "laboratory")
	export(ours, ours.path("gd.ykb"))
	expect("with a damaged file of the partner", "mo.txt", verifier.ReasonOK)
	expect("our own newest beside it", "gd.txt", verifier.ReasonRevoked)
	if !strings.Contains(notes.String(), "the gate goes on without what is in --partner") {
		t.Errorf("the trouble is not told: %s", notes.String())
	}
	theirs.must("evidence", "add", "--data", theirs.data, "--document", "passport:X99A0098", "--kind", "positive_test", "--at", theirs.at.Format(time.RFC3339), "--source", "laboratory")
	export(theirs, ours.path("mo.ykb"))
	later()
	expect("with the partner's newest", "mo.txt", verifier.ReasonRevoked)
	if err := os.WriteFile(ours.path("mo.ykb"), good, 0o600); err != nil {
		t.Fatal(err)
	}
	later()
	expect("with the partner's former one put back", "mo.txt", verifier.ReasonRevoked)
	if err := os.Remove(ours.path("mo.ykb")); err != nil {
		t.Fatal(err)
	}
	later()
	expect("with none", "mo.txt", verifier.ReasonRevoked)
}
