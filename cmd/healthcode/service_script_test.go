package main

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"syscall"

	"github.com/rogpeppe/go-internal/testscript"

	"healthcode.example/api/demoidp"
)

// scriptService is the service that a script has running.
type scriptService struct{ cmd *exec.Cmd }

type serviceKey struct{}

// startScriptService runs healthcode serve on a data directory until stop, and sets $base to its address.
func startScriptService(ts *testscript.TestScript, neg bool, args []string) {
	mode := "--no-demo"
	if len(args) == 2 && args[1] == "demo" {
		mode, args = "--demo", args[:1]
	}
	if neg || len(args) != 1 {
		ts.Fatalf("usage: service DIR [demo]")
	}
	cmd := exec.Command("healthcode", "serve", mode, "--data", ts.MkAbs(args[0]), "--listen", "127.0.0.1:0", "--publish", "1s")
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

// visitFromScript plays a browser before the pages of a demonstration.
func visitFromScript(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 4 || args[3] != "accept" && args[3] != "refuse" {
		ts.Fatalf("usage: visit FILE-WITH-ADDRESS PERSON METHOD accept|refuse")
	}
	address := regexp.MustCompile(`http://\S+`).FindString(ts.ReadFile(args[0]))
	if address == "" {
		ts.Fatalf("%s holds no address", args[0])
	}
	v := demoidp.Visitor{Person: args[1], Method: args[2], Accept: args[3] == "accept"}
	_, text, err := v.Visit(context.Background(), address, "")
	if (err != nil) != neg {
		ts.Fatalf("the visit ends with %q, %v", text, err)
	}
	if err != nil {
		text = err.Error()
	}
	ts.Check(os.WriteFile(ts.MkAbs("visit.out"), []byte(text), 0o600))
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
