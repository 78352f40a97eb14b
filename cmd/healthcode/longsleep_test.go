package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"healthcode.example/issuer/ceremony"
	"healthcode.example/trust"
)

// foundedOnce is the region of founded: each of its keys takes the work of its passphrase, so it is made once and copied.
var foundedOnce struct {
	sync.Once
	dir string // empty until all of it is there
}

// founded is a region that a ceremony has founded, on one machine that plays all roles.
func founded(t *testing.T) *machine {
	t.Helper()
	foundedOnce.Do(func() {
		dir := filepath.Join(scratch, "founded")
		must(t, os.Mkdir(dir, 0o700))
		foundRegion(t, machineAt(t, dir))
		foundedOnce.dir = dir
	})
	if foundedOnce.dir == "" {
		t.Fatal("the region could not be founded: see the first test that needed it")
	}
	m := machineAt(t, t.TempDir())
	if out, err := exec.Command("cp", "-Rp", foundedOnce.dir+"/.", m.dir).CombinedOutput(); err != nil { // with the modes of its secrets
		t.Fatalf("copy the region: %v: %s", err, out)
	}
	return m
}

func machineAt(t *testing.T, dir string) *machine {
	m := &machine{t: t, dir: dir, at: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}
	m.data = m.path("data")
	return m
}

// foundRegion holds the ceremony.
func foundRegion(t *testing.T, m *machine) {
	t.Helper()
	if err := os.WriteFile(m.path("pass"), []byte("a passphrase of this test\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"a", "b", "d", "e"} {
		m.must("signer", "new", "--out", m.path(name+".key"), "--public", m.path(name+".pub"), "--passphrase-file", m.path("pass"))
	}
	m.must("root", "init", "--region", "CN-GD", "--root-key", m.path("a.pub"), "--root-key", m.path("b.pub"), "--root-threshold", "2",
		"--list-key", m.path("d.pub"), "--list-key", m.path("e.pub"), "--list-threshold", "2",
		"--out", m.path("root.proposal"))
	m.sign("root", "root.proposal", "a", "b")
	m.must("root", "finish", "--out", m.path("root.cose"), m.path("root.proposal"))
	m.propose("1", []string{"--root", m.path("root.cose")}, "", "2026-03-02T00:00:00Z")
	m.must("keys", "publish", "--data", m.data, "--out", m.path("bundle"), m.path("keys-1.proposal"))
}

func (m *machine) sign(what, proposal string, signers ...string) {
	m.t.Helper()
	for _, s := range signers {
		m.must(what, "sign", "--key", m.path(s+".key"), "--passphrase-file", m.path("pass"), "--yes", m.path(proposal))
	}
}

// propose makes keys of every place, proposes them by a list of the given number, signs it, and brings the keys to the service.
func (m *machine) propose(list string, on []string, says, from string, more ...string) {
	m.t.Helper()
	args := append([]string{"keys", "propose", "--out", m.path("keys-" + list + ".proposal")}, on...)
	for _, purpose := range []string{"phone", "paper", "snapshot"} {
		for _, standby := range []bool{false, true} {
			name := purpose + list
			new := []string{"keys", "new", "--purpose", purpose, "--passphrase-file", m.path("pass")}
			if standby {
				name += "-spare"
				new = append(new, "--standby")
			} else if from != "" {
				new = append(new, "--from", from)
			}
			m.must(append(new, "--out", m.path(name+".key"), "--public", m.path(name+".pub"))...)
			args = append(args, "--add", m.path(name+".pub"))
			if !standby {
				m.must("keys", "import", "--data", m.data, "--root", m.path("root.cose"), "--passphrase-file", m.path("pass"), m.path(name+".key"))
			}
		}
	}
	code, out, errs := m.run(context.Background(), append(args, more...)...)
	if code != 0 || !strings.Contains(out+errs, says) {
		m.t.Fatalf("proposed with %d, and not %q: %s%s", code, says, out, errs)
	}
	m.sign("keys", "keys-"+list+".proposal", "d", "e")
}

// Every key, the key list and every bundle have ended when somebody looks at the region again.
func TestARegionThatSleptForFourHundredDaysComesBackByOneCeremony(t *testing.T) {
	m := founded(t)
	m.at = m.at.AddDate(0, 0, 400)
	code, _, errs := m.run(context.Background(), "bundle", "export", "--data", m.data, "--publish", "--out", m.path("late"))
	if code == 0 || !strings.Contains(errs, "sign until 2027-03-02") || !strings.Contains(errs, "healthcode keys propose --add") || strings.Contains(errs, "custodian") {
		t.Errorf("exit %d: %s", code, errs)
	}
	m.propose("2", []string{"--bundle", m.path("bundle"), "--root", m.path("root.cose")}, "may be used at once", m.at.Format(time.RFC3339))
	m.must("keys", "publish", "--data", m.data, "--out", m.path("bundle"), m.path("keys-2.proposal"))
	m.must("bundle", "update", "--bundle", m.path("gate"), "--root", m.path("root.cose"), m.path("bundle"))
}

func TestSignersReadThatNobodyWillSignSnapshots(t *testing.T) {
	m := founded(t)
	m.at = m.at.AddDate(0, 0, 400)
	m.propose("2", []string{"--bundle", m.path("bundle"), "--root", m.path("root.cose")}, "AFTER THIS NOBODY SIGNS snapshot of the whole region, until 2027-04-07", "")
	code, _, errs := m.run(context.Background(), "keys", "publish", "--data", m.data, "--out", m.path("bundle2"), m.path("keys-2.proposal"))
	if code == 0 || !strings.Contains(errs, "sign from 2027-04-07") {
		t.Errorf("exit %d: %s", code, errs)
	}
}

func TestACeremonyChangesThePolicyAndNothingThatExposesMoreThanADay(t *testing.T) {
	m := founded(t)
	on := []string{"keys", "propose", "--bundle", m.path("bundle"), "--root", m.path("root.cose"), "--out", m.path("no.proposal")}
	for _, c := range []struct {
		flags []string
		says  string
	}{
		{[]string{"--hard-age", "24h"}, "must be at most 24h"}, {[]string{"--soft-age", "21h"}, "beyond the hard age"}, {[]string{"--hard-age", "0s"}, "not a positive number"},
		{[]string{"--phone-lifetime", "48h"}, "phone lifetime 48h"},
	} {
		if code, _, errs := m.run(context.Background(), append(on, c.flags...)...); code == 0 || !strings.Contains(errs, c.says) {
			t.Errorf("%v: exit %d: %s", c.flags, code, errs)
		}
	}
	if _, err := os.Stat(m.path("no.proposal")); err == nil {
		t.Error("a policy that no gate takes was proposed")
	}
	out := m.must("keys", "propose", "--bundle", m.path("bundle"), "--root", m.path("root.cose"), "--hard-age", "16h", "--soft-age", "4h", "--paper-lifetime", "168h", "--out", m.path("p"))
	for _, says := range []string{"hard age of a bundle becomes 16h0m0s (before: 20h0m0s)", "soft age of a bundle becomes 4h0m0s", "codes that were issued for longer than 168h0m0s are REFUSED"} {
		if !strings.Contains(out, says) {
			t.Errorf("signers do not read %q in %s", says, out)
		}
	}
	m.sign("keys", "p", "d", "e")
	m.must("keys", "publish", "--data", m.data, "--out", m.path("bundle"), m.path("p"))
	if got := m.must("bundle", "inspect", "--root", m.path("root.cose"), m.path("bundle")); !strings.Contains(got, "key list    version 2") {
		t.Error(got)
	}
}

// A store is lost, and the office needs a month: the last snapshot, which is good for a day, has long expired.
func TestAStoreIsRestoredAlsoWhenItsLastPublicationHasExpired(t *testing.T) {
	m := founded(t)
	m.must("backup", "--data", m.data, m.path("store.bak"))
	m.must("bundle", "export", "--data", m.data, "--publish", "--out", m.path("bundle"))
	m.must("bundle", "update", "--bundle", m.path("gate"), "--root", m.path("root.cose"), m.path("bundle"))
	m.at = m.at.AddDate(0, 0, 30)
	if err := os.Remove(m.path("data/store.db")); err != nil {
		t.Fatal(err)
	}
	restore := []string{"restore", "--data", m.data, "--published", m.path("bundle"), m.path("store.bak")}
	m.must(restore...)
	m.must(append(restore, "--apply")...)
	m.must("bundle", "export", "--data", m.data, "--publish", "--out", m.path("after"))
	if got := m.must("bundle", "update", "--bundle", m.path("gate"), "--root", m.path("root.cose"), m.path("after")); !strings.Contains(got, "version") {
		t.Error(got)
	}
}

// forge is what a thief of the snapshot key publishes under our own key list.
func (m *machine) forge(version, ceiling uint64) string {
	m.t.Helper()
	read := func(name string) []byte {
		raw, err := os.ReadFile(m.path(name))
		if err != nil {
			m.t.Fatal(err)
		}
		return raw
	}
	check := func(err error) {
		m.t.Helper()
		if err != nil {
			m.t.Fatal(err)
		}
	}
	f, err := ceremony.ParseKeyFile(read("snapshot1.key"))
	check(err)
	key, err := f.Unlock([]byte("a passphrase of this test"))
	check(err)
	pinned, err := trust.Pin(read("root.cose"))
	check(err)
	b, err := trust.Update(pinned, read("bundle"), m.at)
	check(err)
	next := *b.Snapshot()
	next.Version, next.Ceiling = version, ceiling
	snapshot, err := trust.SignSnapshot(&next, b.SignedKeyList(), b.Lists(), key)
	check(err)
	forged, err := trust.Assemble(b.SignedRoots(), b.SignedKeyList(), snapshot, b.Lists())
	check(err)
	check(os.WriteFile(m.path("forged"), forged, 0o600))
	return m.path("forged")
}

// Whoever has the snapshot key may promise any handle and any version: a restore must neither count up to them nor end without a way out.
func TestARestoreBesideAForgedBundleSaysWhatToDo(t *testing.T) {
	m := founded(t)
	m.must("backup", "--data", m.data, m.path("store.bak"))
	for _, c := range []struct {
		version, ceiling uint64
		says             string
	}{{50, 1 << 60, "promises handles up to"}, {trust.MaxVersion, 1 << 20, "thieves ran it ahead"}} {
		code, out, errs := m.run(context.Background(), "restore", "--data", m.data, "--published", m.forge(c.version, c.ceiling), m.path("store.bak"))
		if code == 0 || !strings.Contains(errs, c.says) || !strings.Contains(errs, "Stolen list keys") {
			t.Errorf("version %d, handles up to %d: exit %d: %s%s", c.version, c.ceiling, code, out, errs)
		}
	}
	m.must("restore", "--data", m.data, "--published", m.path("bundle"), m.path("store.bak"))
}
