package trust_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// mutants are faults in the rules of Update, one line each. The histories must find every one of them: a test that no fault can fail says
// nothing. The faults are laid over the source by the go command and are in no build.
var mutants = []struct{ name, file, was, is string }{
	{"a key list may go back", "update.go", "case now.Version < old.Version:", "case false:"},
	{"a snapshot may go back by one", "update.go", "case s.Version < old.Version:", "case s.Version+1 < old.Version:"},
	{"two snapshots may have one version", "update.go", "case s.Version == old.Version && !bytes.Equal(b.snapshot.message.Payload, have.snapshot.message.Payload):", "case false:"},
	{"the clock floor may go back", "update.go", "case s.IssuedAt < old.IssuedAt || s.Ceiling < old.Ceiling:", "case s.Ceiling < old.Ceiling:"},
	{"the ceiling may go back", "update.go", "case s.IssuedAt < old.IssuedAt || s.Ceiling < old.Ceiling:", "case s.IssuedAt < old.IssuedAt:"},
	{"a snapshot is good one second longer", "bundle.go", "now >= b.snapshot.snapshot.ExpiresAt", "now > b.snapshot.snapshot.ExpiresAt"},
	{"a new root needs no word of the old one", "update.go", "case !r.signedBy(b.root.root) || !r.signedBy(r.root):", "case !r.signedBy(r.root):"},
	{"a new root needs no word of its own", "update.go", "case !r.signedBy(b.root.root) || !r.signedBy(r.root):", "case !r.signedBy(b.root.root):"},
	{"a root may be skipped", "update.go", "case r.root.Version != b.root.root.Version+1:", "case false:"},
	{"the former root's list keys still sign", "update.go", "b.keys.message.CountValid(root.ListKeys); n", "b.keys.message.CountValid(have.root.root.ListKeys); n"},
	{"a snapshot goes with any key list of its version", "update.go", "|| s.KeyListHash != b.keys.hash {", "{"},
	{"a compromised key resets nothing", "run.go", "return key != nil && key.State == Compromised", "return key != nil && key.State == 99"},
	{"a retired key resets the floor", "run.go", "return key != nil && key.State == Compromised", "return key != nil && key.State != Published"},
	{"a missing key resets the floor", "run.go", "return key != nil && key.State == Compromised", "return key == nil || key.State == Compromised"},
	{"a higher threshold resets the floor", "update.go", "return have.keys.message.CountValid(kept) < have.root.root.ListThreshold", "return have.keys.message.CountValid(kept) < b.root.root.ListThreshold"},
	{"a change of signers brings a list of before back", "update.go", "b.replacedListKeys(have) && !b.formerlyGood(have) {", "b.replacedListKeys(have) {"},
	{"a compromised key signs snapshots", "keylist.go", "return k.State != Compromised && at", "return at"},
	{"a list may lose an entry", "update.go", "(now.Width != old.Width || !now.covers(old))", "now.Width != old.Width"},
	{"a list may vanish", "update.go", "case now == nil && b.snapshot.snapshot.IssuedAt < ListEnd(old.Purpose, old.Day, have.keys.list.Policy):", "case false:"},
	{"a list ends by the new policy", "update.go", "ListEnd(old.Purpose, old.Day, have.keys.list.Policy)", "ListEnd(old.Purpose, old.Day, b.keys.list.Policy)"},
	{"an expired bundle replaces one", "update.go", "if part := b.Expired(at); part != \"\" {", "if part := b.Expired(at); part == \"never\" {"},
	{"a clock that was set back makes an expired part current", "update.go", "at = later(at, time.Unix(have.snapshot.snapshot.IssuedAt, 0))", ""},
	{"an older chain of roots is taken", "update.go", "last < b.root.root.Version {", "last+1 < b.root.root.Version {"},
	{"a wrong signature beyond the threshold is passed over", "update.go", "if err := p.checkSignatures(next.chain); err != nil {", "if err := error(nil); err != nil {"},
	{"roots that a file leaves out ask nothing", "update.go", "if err := p.checkSignatures(next.chain); err != nil {", "if err := p.checkSignatures(p.roots); err != nil {"},
	{"a stranger's signature is passed over", "signatures.go", "keys, strangers := r.root.RootKeys, false", "keys, strangers := r.root.RootKeys, true"},
	{"a former signer's signature on a key list is refused", "signatures.go", "keys = append(keys, r.root.ListKeys...)", "keys = r.root.ListKeys"},
	{"lists need not be the snapshot's", "bundle.go", "if uint64(len(encoded)) != ref.Size || sha256.Sum256(encoded) != ref.Hash {", "if uint64(len(encoded)) != ref.Size && sha256.Sum256(encoded) != ref.Hash {"},
}

func TestTheHistoriesFindEveryPlantedFault(t *testing.T) {
	if os.Getenv("HEALTHCODE_LONG") != "1" {
		t.Skip("builds the package once a fault: set HEALTHCODE_LONG=1")
	}
	found := 0
	for _, m := range mutants {
		t.Run(m.name, func(t *testing.T) {
			out, err := runMutant(t, m.file, m.was, m.is)
			if err == nil {
				t.Fatalf("8,000 histories found no difference:\n%s", out)
			}
			if !strings.Contains(out, "the oracle") {
				t.Fatalf("the fault was not found but broke the build or something else:\n%s", out)
			}
			found++
		})
	}
	t.Logf("found %d of %d planted faults", found, len(mutants))
}

// TestEveryPlantedFaultHasItsLine runs each time, so that a change of the source is not found by the long run alone.
func TestEveryPlantedFaultHasItsLine(t *testing.T) {
	for _, m := range mutants {
		source, err := os.ReadFile(m.file)
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(string(source), m.was); n != 1 {
			t.Errorf("%s: the line %q stands %d times in %s: adjust the fault to the source", m.name, m.was, n, m.file)
		}
	}
}

// runMutant runs the histories on the package with one line of one file changed.
func runMutant(t *testing.T, file, was, is string) (out string, err error) {
	t.Helper()
	path, err := filepath.Abs(file)
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	changed, overlay := filepath.Join(dir, file), filepath.Join(dir, "overlay.json")
	b, err := json.Marshal(map[string]map[string]string{"Replace": {path: changed}})
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{changed: strings.Replace(string(source), was, is, 1), overlay: string(b)} {
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("go", "test", "-overlay", overlay, "-vet=off", "-count=1", "-failfast", "-run", "^TestHistories", ".", "-rapid.nofailfile", "-rapid.shrinktime=0s")
	cmd.Env = append(os.Environ(), "HEALTHCODE_LONG=0", "HEALTHCODE_HISTORIES=2000")
	text, err := cmd.CombinedOutput()
	return string(text), err
}
