package main

import (
	"context"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"
)

// What is made by a clock that was set back would be dated before what it follows.
func TestNothingIsMadeByAClockThatWasSetBack(t *testing.T) {
	m := newMachine(t)
	m.at = m.at.Add(time.Hour)
	m.must("bundle", "export", "--data", m.data, "--publish", "--out", m.path("bundle"), "--root", m.path("root"))
	other := newRegionMachine(t, "CN-MO")
	other.must("bundle", "export", "--data", other.data, "--publish", "--out", m.path("theirs"), "--root", m.path("their.root"))
	fingerprint := regexp.MustCompile(`"fingerprint":"([0-9a-f]{64})"`).FindStringSubmatch(m.must("root", "inspect", "--json", m.path("their.root")))[1]
	add := []string{"partner", "add", "--name", "Macao", "--issuer", "CN-MO", "--partner-root", m.path("their.root"), "--root-fingerprint", fingerprint}
	m.at = m.at.Add(-30 * time.Minute) // behind the snapshot, and not behind the key list
	before := m.written()
	for _, c := range [][]string{
		{"keys", "propose", "--bundle", m.path("bundle"), "--demo", "--out", m.path("proposal")},
		append(add, "--bundle", m.path("bundle"), "--demo", "--out", m.path("proposal")),
		append(add, "--data", m.data, "--out", m.path("proposal")),
		append(add, "--data", m.data, "--yes"),
		{"partner", "remove", "--data", m.data, "--yes", "Macao"},
		{"issue", "--data", m.data, "--all", "--out", m.path("codes")},
		{"bundle", "export", "--data", m.data, "--publish", "--out", m.path("later")},
	} {
		code, _, errs := m.run(context.Background(), c...)
		if code != 1 || !strings.Contains(errs, "set the clock") || !strings.Contains(errs, "clock says") {
			t.Errorf("%s: exit %d, %s", strings.Join(c[:2], " "), code, errs)
		}
	}
	if code, _, errs := m.serve(); code == 0 || !strings.Contains(errs, "set the clock") {
		t.Errorf("serve: exit %d, %s", code, errs)
	}
	for _, name := range []string{"proposal", "codes", "later"} {
		if _, err := os.Stat(m.path(name)); err == nil {
			t.Errorf("%s was written", name)
		}
	}
	if m.written() != before {
		t.Error("the store was changed")
	}
	code, out, errs := m.run(context.Background(), "bundle", "export", "--data", m.data, "--out", m.path("same"))
	if code != 0 || !strings.Contains(errs, "set the clock") || strings.Contains(out, "ago") {
		t.Errorf("what is published already is handed out: exit %d, %s%s", code, out, errs)
	}
}

// A partner's time never moves our floor; that one of two clocks is wrong is said all the same.
func TestAPartnersBundleFromTheFutureIsNamed(t *testing.T) {
	ours, theirs := newMachine(t), newRegionMachine(t, "CN-MO")
	theirs.at = theirs.at.Add(3 * time.Hour)
	theirs.must("bundle", "export", "--data", theirs.data, "--publish", "--out", ours.path("theirs"), "--root", ours.path("their.root"))
	fingerprint := regexp.MustCompile(`"fingerprint":"([0-9a-f]{64})"`).FindStringSubmatch(ours.must("root", "inspect", "--json", ours.path("their.root")))[1]
	ours.must("partner", "add", "--data", ours.data, "--name", "Macao", "--issuer", "CN-MO", "--partner-root", ours.path("their.root"), "--root-fingerprint", fingerprint, "--yes")
	ours.must("bundle", "export", "--data", ours.data, "--publish", "--out", ours.path("gate"))
	if out := ours.must("bundle", "partner", "--bundle", ours.path("gate"), "--demo", ours.path("theirs")); !strings.Contains(out, "it is 3 h ahead of this machine's clock") {
		t.Errorf("the partner's future is not named: %s", out)
	}
	ours.at = ours.at.Add(-time.Hour)
	code, out, _ := ours.run(context.Background(), "bundle", "partner", "--bundle", ours.path("gate"), "--demo", ours.path("theirs"))
	if code != 2 || !strings.Contains(out, "60 min before the bundle was published") {
		t.Errorf("a clock behind our own bundle: exit %d, %s", code, out)
	}
}
