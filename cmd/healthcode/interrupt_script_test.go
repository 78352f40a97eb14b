package main

import (
	"bufio"
	"bytes"
	"errors"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"

	"github.com/rogpeppe/go-internal/testscript"
)

// interruptFromScript starts a command whose input stays open and empty, waits until a line that it prints holds the word, sends it the signal, and
// wants it to end with the exit code. What it printed is left in interrupted.out and interrupted.err.
func interruptFromScript(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 4 {
		ts.Fatalf("usage: interrupt INT|TERM CODE WORD COMMAND ARG...")
	}
	signal := map[string]os.Signal{"INT": syscall.SIGINT, "TERM": syscall.SIGTERM}[args[0]]
	want, err := strconv.Atoi(args[1])
	ts.Check(err)
	cmd := exec.Command(args[3], args[4:]...)
	cmd.Dir, cmd.Env = ts.MkAbs("."), append(os.Environ(), "HOME="+ts.Getenv("HOME"))
	var all, errs bytes.Buffer
	cmd.Stderr = &errs
	in, err := cmd.StdinPipe()
	ts.Check(err)
	defer func() { _ = in.Close() }()
	out, err := cmd.StdoutPipe()
	ts.Check(err)
	ts.Check(cmd.Start())
	ts.Defer(func() { _ = cmd.Process.Kill() })
	lines, said := bufio.NewScanner(out), false
	for lines.Scan() {
		all.WriteString(lines.Text() + "\n")
		if !said && strings.Contains(lines.Text(), args[2]) {
			said = true
			ts.Check(cmd.Process.Signal(signal))
		}
	}
	err = cmd.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		ts.Check(err)
	}
	ts.Check(os.WriteFile(ts.MkAbs("interrupted.out"), all.Bytes(), 0o600))
	ts.Check(os.WriteFile(ts.MkAbs("interrupted.err"), errs.Bytes(), 0o600))
	if got := cmd.ProcessState.ExitCode(); !said || got != want {
		ts.Fatalf("%q was said: %v; exit code %d, want %d", args[2], said, got, want)
	}
}
