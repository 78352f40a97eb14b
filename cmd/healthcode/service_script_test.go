package main

import (
	"bufio"
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"syscall"

	"github.com/rogpeppe/go-internal/testscript"
)

// scriptService is the service that a script has running.
type scriptService struct{ cmd *exec.Cmd }

type serviceKey struct{}

// startScriptService runs healthcode serve --no-demo on a data directory until stop, and sets $base to its address.
func startScriptService(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: service DIR")
	}
	cmd := exec.Command("healthcode", "serve", "--no-demo", "--data", ts.MkAbs(args[0]), "--listen", "127.0.0.1:0", "--publish", "1s")
	cmd.Env = append(os.Environ(), "HOME="+ts.Getenv("HOME"))
	out, err := cmd.StdoutPipe()
	ts.Check(err)
	cmd.Stderr = io.Discard
	ts.Check(cmd.Start())
	ts.Defer(func() { _ = cmd.Process.Kill() })
	base := ""
	lines := bufio.NewScanner(out)
	for lines.Scan() && lines.Text() != "Ctrl-C stops it." {
		if m := regexp.MustCompile(`^  (http://[0-9.:]+) `).FindStringSubmatch(lines.Text()); m != nil {
			base = m[1]
		}
	}
	if base == "" {
		ts.Fatalf("the service did not start")
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	ts.Setenv("base", base)
	ts.Value(serviceKey{}).(*scriptService).cmd = cmd
}

// stopScriptService ends the service as Ctrl-C does.
func stopScriptService(ts *testscript.TestScript, neg bool, args []string) {
	s := ts.Value(serviceKey{}).(*scriptService)
	if neg || len(args) != 0 || s.cmd == nil {
		ts.Fatalf("usage: stop, after service")
	}
	ts.Check(s.cmd.Process.Signal(syscall.SIGINT))
	_, err := s.cmd.Process.Wait()
	ts.Check(err)
}

// fetchFromScript writes what the service answers on a path to a file.
func fetchFromScript(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: fetch PATH FILE")
	}
	answer, err := http.Get(ts.Getenv("base") + args[0])
	ts.Check(err)
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	ts.Check(err)
	if answer.StatusCode != http.StatusOK {
		ts.Fatalf("%s: %s: %s", args[0], answer.Status, body)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), body, 0o600))
}
