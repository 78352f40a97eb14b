package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"healthcode.example/queue"
)

func TestAFailedIssueTouchesNoFile(t *testing.T) {
	m := newMachine(t)
	if err := os.WriteFile(m.path("codes"), []byte("former\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, _ := m.run(context.Background(), "issue", "--data", m.data, "--document", "passport:X99A0001", "--out", m.path("codes")); code != 1 {
		t.Fatalf("issue for nobody: exit %d", code)
	}
	if b, err := os.ReadFile(m.path("codes")); err != nil || string(b) != "former\n" {
		t.Errorf("the file holds %q (%v)", b, err)
	}
}

func TestAnIssueThatCannotBeWrittenEndsNoPrint(t *testing.T) {
	m := newMachine(t)
	first := m.must("issue", "--data", m.data, "--all")
	code, _, errs := m.run(context.Background(), "issue", "--data", m.data, "--all", "--out", m.path("nodir/codes"))
	if code != exitFailed || strings.Contains(errs, "codes in") {
		t.Errorf("into a directory that is not there: exit %d: %s", code, errs)
	}
	if m.must("issue", "--data", m.data, "--all", "--redraw") != first {
		t.Error("the former prints were ended")
	}
	code, _, errs = m.run(context.Background(), "issue", "--data", m.data, "--all", "--out", m.path("codes"))
	if b, err := os.ReadFile(m.path("codes")); code != exitOK || err != nil || strings.Count(string(b), "\n") != 2 || !strings.Contains(errs, "2 codes in") {
		t.Errorf("exit %d, %q (%v): %s", code, b, err, errs)
	}
	if left, err := filepath.Glob(m.path(".*.tmp")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v (%v)", left, err)
	}
}

func TestRedrawGivesThePrintInForce(t *testing.T) {
	m := newMachine(t)
	first := m.must("issue", "--data", m.data, "--all")
	if again := m.must("issue", "--data", m.data, "--all", "--redraw"); again != first {
		t.Error("a redraw gives other prints")
	}
	if m.must("issue", "--data", m.data, "--all") == first {
		t.Error("issue without --redraw made no new prints")
	}
}

// A command that is interrupted delivers the codes that it made: what is in the file are the prints in force.
func TestAnInterruptedIssueDeliversWhatItMade(t *testing.T) {
	m := newMachine(t)
	ctx, cancel := context.WithCancel(context.Background())
	var made []string
	n := 0
	next := func() (int, error) {
		if n++; n == 200 {
			cancel()
		}
		return n, nil
	}
	do := func(ctx context.Context, n int) ([]byte, error) {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		made = append(made, "x")
		return []byte("x"), nil
	}
	var out strings.Builder
	if err := queue.Run(ctx, 1, next, do, &out); err == nil {
		t.Error("no error after the end of the context")
	}
	if out.Len() != len(made) || len(made) == 0 {
		t.Errorf("%d made, %d delivered", len(made), out.Len())
	}
	ended, end := context.WithCancel(context.Background())
	end()
	if code, _, errs := m.run(ended, "issue", "--data", m.data, "--all", "--out", m.path("codes")); code != exitInterrupted || strings.Contains(errs, "context canceled") {
		t.Errorf("exit %d: %s", code, errs)
	}
}
