package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"healthcode.example/office/datadir"
)

func TestAnOutputSparesTheOfficesOwnFiles(t *testing.T) {
	m := newMachine(t)
	key, err := os.ReadFile(filepath.Join(m.data, datadir.MasterFile))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(m.path("apart.key"), key, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(m.data, m.path("link")); err != nil {
		t.Skip(err)
	}
	if err := os.Symlink(filepath.Join(m.data, datadir.MasterFile), m.path("innocent")); err != nil {
		t.Skip(err)
	}
	first := m.must("issue", "--data", m.data, "--all")
	text, _, _ := strings.Cut(first, "\n")
	for _, args := range [][]string{
		{"issue", "--data", m.data, "--all", "--out", filepath.Join(m.data, datadir.StoreFile)},
		{"issue", "--data", m.data, "--all", "--out", m.path("link/new.txt")},
		{"issue", "--data", m.data, "--all", "--out", m.path("apart.key")},
		{"bundle", "export", "--data", m.data, "--out", filepath.Join(m.data, datadir.MasterFile)},
		{"bundle", "export", "--data", m.data, "--out", m.path("innocent")},
		{"bundle", "export", "--data", m.data, "--out", m.path("b.ykb"), "--root", filepath.Join(m.data, datadir.KeysDir, datadir.RootFile)},
		{"bundle", "export", "--data", m.data, "--out", m.path("b.ykb"), "--jwks", m.path("apart.key")},
		{"bundle", "export", "--data", m.data, "--out", m.path("b.ykb"), "--status-lists", m.data},
		{"show", "--png", filepath.Join(m.data, datadir.StoreFile), text},
		{"show", "--svg", m.path("link/keys/authority.sealed"), text},
	} {
		if code, _, errs := m.run(context.Background(), args...); code != exitUsage {
			t.Errorf("%s: exit %d: %s", strings.Join(args, " "), code, errs)
		}
	}
	for _, path := range []string{m.path("apart.key"), filepath.Join(m.data, datadir.MasterFile)} {
		if b, err := os.ReadFile(path); err != nil || !bytes.Equal(b, key) {
			t.Errorf("%s has changed (%v)", path, err)
		}
	}
	if m.must("issue", "--data", m.data, "--all", "--redraw") != first {
		t.Error("the prints were ended")
	}
}

func TestAnOutputSparesTheOfficesOwnFilesWhileTheServiceRuns(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	startService(t, data, "--publish", "60s")
	beside(t, exitUsage, "", "issue", "--data", data, "--all", "--out", filepath.Join(data, datadir.StoreFile))
	beside(t, exitUsage, "", "bundle", "export", "--data", data, "--out", filepath.Join(data, datadir.MasterFile))
	beside(t, exitFailed, "", "issue", "--data", data, "--all", "--out", filepath.Join(data, "..", "nodir", "codes.txt"))
}
