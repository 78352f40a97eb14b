package main

import (
	"context"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"healthcode.example/office/datadir"
	"healthcode.example/store/bolt"
)

// kills is how often a restore is killed: 300 times with HEALTHCODE_LONG=1.
func kills() int {
	if os.Getenv("HEALTHCODE_LONG") == "1" {
		return 300
	}
	return 30
}

// A restore that is killed at any moment leaves one whole store in its place, the former or the restored; the next goes on from whichever it is.
func TestARestoreThatIsKilledLeavesOneWholeStore(t *testing.T) {
	m := newMachine(t)
	m.at = time.Now().Add(-time.Hour)
	m.must("bundle", "export", "--data", m.data, "--publish", "--out", m.path("gate.ykb"))
	m.must("backup", "--data", m.data, m.path("one.ykbackup"))
	args := []string{"restore", "--data", m.data, "--published", m.path("gate.ykb"), "--apply", m.path("one.ykbackup")}
	began := time.Now()
	if out, err := exec.Command("healthcode", args...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	whole := time.Since(began)
	rng, version, restored := rand.New(rand.NewPCG(1, 2)), uint64(0), 0
	for range kills() {
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(rng.Int64N(int64(whole)*5/4+1)))
		_ = exec.CommandContext(ctx, "healthcode", args...).Run() // killed, or not
		cancel()
		p, _, err := bolt.ReadFormer(t.Context(), filepath.Join(m.data, datadir.StoreFile))
		if err != nil {
			t.Fatalf("after a kill: %v", err)
		}
		if p.Version < version {
			t.Fatalf("version %d after %d", p.Version, version)
		}
		if p.Version > version {
			restored++
		}
		version = p.Version
	}
	out, err := exec.Command("healthcode", args...).CombinedOutput()
	if err != nil {
		t.Fatalf("the next restore: %v: %s", err, out)
	}
	m.at = time.Now()
	m.must("bundle", "export", "--data", m.data, "--out", m.path("after.ykb"))
	m.must("bundle", "update", "--bundle", m.path("gate.ykb"), "--demo", m.path("after.ykb"))
	entries, err := os.ReadDir(m.data)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".restore") {
			t.Errorf("%s is left", e.Name())
		}
	}
	t.Logf("%d of %d restores came to their end", restored, kills())
}
