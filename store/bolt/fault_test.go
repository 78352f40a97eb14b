package bolt_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// need skips a test for what is missing, or fails it where nothing may be
// skipped.
func need(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("REQUIRE_ALL") == "1" {
		t.Fatalf("needs %s", what)
	}
	t.Skipf("needs %s", what)
}

// Every call that writes or syncs fails once, each in a run of its own: the
// n-th of its kind on the thread that opens the file, and the n-th on the
// writer's.
func TestEveryWriteThatFailsLosesNothingAcknowledged(t *testing.T) {
	strace, err := exec.LookPath("strace")
	if err != nil {
		need(t, "strace (Debian's package strace)")
	}
	for call, least := range map[string]int{"pwrite64": 30, "fdatasync": 15, "fsync": 2, "ftruncate": 2} {
		t.Run(call, func(t *testing.T) {
			t.Parallel()
			n := 1
			for ; failOnce(t, strace, call, n); n++ {
			}
			t.Logf("%d faults", n-1)
			if n-1 < least {
				t.Errorf("only %d faults were met, which is too few to mean anything", n-1)
			}
		})
	}
}

// failOnce runs a child whose n-th call fails, and checks the store after it.
// It is false when there is no n-th call.
func failOnce(t *testing.T, strace, call string, n int) bool {
	t.Helper()
	dir := t.TempDir()
	path, log := filepath.Join(dir, "store"), filepath.Join(dir, "log")
	cmd := childCommand(t, path, 0, "once", strace, "-f", "-qq", "-o", log, "-e", "trace="+call,
		"-e", fmt.Sprint("inject=", call, ":error=EIO:when=", n))
	var out, complaints bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaints
	runErr := cmd.Run()
	var exit *exec.ExitError
	if runErr != nil && !errors.As(runErr, &exit) {
		t.Fatal(runErr)
	}
	trace, err := os.ReadFile(log)
	if err != nil || !bytes.Contains(trace, []byte(call)) {
		need(t, "permission to trace a process: "+complaints.String())
	}
	injected := bytes.Contains(trace, []byte("(INJECTED)"))
	if injected != (runErr != nil) {
		t.Fatalf("fault %d: injected %v, and the child says %v %s", n, injected, runErr, complaints.String())
	}
	a := newAcknowledged()
	for line := range strings.Lines(out.String()) {
		a.hear(t, strings.TrimSuffix(line, "\n"))
	}
	a.check(t, path, 0)
	if t.Failed() {
		t.Fatalf("after fault %d:\n%s\n%s", n, complaints.String(), trace)
	}
	return injected
}
