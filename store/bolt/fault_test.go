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

	"healthcode.example/store/bolt"
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

// Every call that writes or syncs fails once, each in a run of its own. strace
// counts the calls of a kind by thread, and the thread that makes a new file
// comes before the writer's: so the first faults are met with a new file, and
// all with one that is there.
func TestEveryWriteThatFailsLosesNothingAcknowledged(t *testing.T) {
	t.Parallel()
	strace, err := exec.LookPath("strace")
	if err != nil {
		need(t, "strace (Debian's package strace)")
	}
	for call, least := range map[string]int{"pwrite64": 30, "fdatasync": 15, "fsync": 2, "ftruncate": 1} {
		t.Run(call, func(t *testing.T) {
			t.Parallel()
			made, n := 1, 1
			for made <= 4 && failOnce(t, strace, call, made, false) {
				made++
			}
			for failOnce(t, strace, call, n, true) {
				n++
			}
			t.Logf("%d faults with a new file and %d with an old one", made-1, n-1)
			if made == 1 || n-1 < least {
				t.Errorf("that is too few to mean anything")
			}
		})
	}
}

// failOnce runs a child whose n-th call fails, and checks the store after it.
// It is false when there is no n-th call.
func failOnce(t *testing.T, strace, call string, n int, old bool) bool {
	t.Helper()
	dir := t.TempDir()
	path, log := filepath.Join(dir, "store"), filepath.Join(dir, "log")
	if old {
		s, err := bolt.Open(path, bolt.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
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
