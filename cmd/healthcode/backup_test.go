package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestARunningServiceGivesABackup(t *testing.T) {
	dir, err := os.MkdirTemp("", "hc") // short: the path of a socket has at most 107 bytes
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	data := filepath.Join(dir, "data")
	s := startService(t, data)
	file := filepath.Join(dir, "while.ykbackup")
	healthcode := func(args ...string) string {
		t.Helper()
		out, err := exec.Command("healthcode", args...).CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %v: %s", args, err, out)
		}
		return string(out)
	}
	healthcode("backup", "--data", data, file)
	if got := healthcode("backup", "--check", file); !strings.Contains(got, "is whole") {
		t.Errorf("checked: %s", got)
	}
	gate := filepath.Join(dir, "gate.ykb")
	healthcode("bundle", "update", "--bundle", gate, "--demo", s.base+"/.well-known/healthcode/bundle")
	if out, err := exec.Command("healthcode", "restore", "--data", data, "--published", gate, "--apply", file).CombinedOutput(); err == nil || !strings.Contains(string(out), "end the service first") {
		t.Errorf("restored under a running service: %v: %s", err, out)
	}
	s.stop()
	if got := healthcode("restore", "--data", data, "--published", gate, "--apply", file); !strings.Contains(got, "Done") {
		t.Errorf("restored: %s", got)
	}
	again := startService(t, data)
	healthcode("bundle", "update", "--bundle", gate, "--demo", again.base+"/.well-known/healthcode/bundle")
	again.stop()
}
