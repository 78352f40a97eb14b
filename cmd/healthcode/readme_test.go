package main

import (
	"bufio"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestTheReadmesCommandsRun does what a newcomer does: every command of the README that calls the program, in its order, in one directory.
func TestTheReadmesCommandsRun(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	base := startDemoService(t, dir)
	commands := regexp.MustCompile(`(?m)^    (?:\$ )?(?:make build && )?(bin/healthcode .+)$`).FindAllStringSubmatch(string(text), -1)
	if len(commands) < 10 {
		t.Fatalf("only %d commands were found", len(commands))
	}
	for _, c := range commands {
		line := strings.ReplaceAll(strings.ReplaceAll(c[1], "bin/healthcode", "healthcode"), "http://127.0.0.1:8080", base)
		run := exec.Command("sh", "-c", line)
		run.Dir = dir
		out, err := run.CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", c[1], err, out)
		}
	}
}

// startDemoService runs healthcode serve on a demonstration until the test ends, and gives its address.
func startDemoService(t *testing.T, dir string) string {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, "healthcode", "serve", "--data", filepath.Join(dir, "data"), "--listen", "127.0.0.1:0")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		_ = cmd.Wait() // it was ended
	})
	base := ""
	lines := bufio.NewScanner(out)
	for lines.Scan() && lines.Text() != "Ctrl-C stops it." {
		if m := regexp.MustCompile(`^  (http://[0-9.:]+) `).FindStringSubmatch(lines.Text()); m != nil {
			base = m[1]
		}
	}
	if base == "" {
		t.Fatal("the service did not start")
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	return base
}
