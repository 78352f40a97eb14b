package symbol_test

import (
	"errors"
	"strings"
	"testing"

	"healthcode.example/wallet/symbol"
)

func TestTheTerminalShowsTheModules(t *testing.T) {
	for _, size := range []int{1, 140, 310} {
		s := newSymbol(t, codeText(size))
		var coloured, plain strings.Builder
		if err := s.Terminal(&coloured); err != nil {
			t.Fatal(err)
		}
		if err := s.Plain(&plain); err != nil {
			t.Fatal(err)
		}
		var bare []string
		for _, line := range lines(coloured.String()) {
			line, begun := strings.CutPrefix(line, "\x1b[38;5;16;48;5;231m")
			line, ended := strings.CutSuffix(line, "\x1b[0m")
			if !begun || !ended {
				t.Fatalf("the line %q does not set its colours and put them back", line)
			}
			bare = append(bare, line)
		}
		checkBlocks(t, s, bare, true)
		if strings.ContainsRune(plain.String(), '\x1b') {
			t.Error("the plain form holds an escape sequence")
		}
		checkBlocks(t, s, lines(plain.String()), false)
	}
}

func lines(text string) []string {
	return strings.Split(strings.TrimSuffix(text, "\n"), "\n")
}

// checkBlocks reads the lines back as modules; ink says that blocks are dark.
func checkBlocks(t *testing.T, s *symbol.Symbol, lines []string, ink bool) {
	t.Helper()
	if want := (s.Size() + 8 + 1) / 2; len(lines) != want {
		t.Fatalf("%d lines, want %d", len(lines), want)
	}
	for i, line := range lines {
		cells := []rune(line)
		if len(cells) != s.Size()+8 {
			t.Fatalf("line %d has %d characters, want %d", i, len(cells), s.Size()+8)
		}
		for x, cell := range cells {
			upper, lower := (cell == '█' || cell == '▀') == ink, (cell == '█' || cell == '▄') == ink
			y := 2*i - 4
			if upper != s.Dark(x-4, y) || lower != s.Dark(x-4, y+1) {
				t.Fatalf("the character %q of line %d, column %d does not show its modules", cell, i, x)
			}
		}
	}
}

func TestAClosedTerminalIsReported(t *testing.T) {
	s := newSymbol(t, "YK1:AB")
	for name, draw := range map[string]func() error{
		"terminal": func() error { return s.Terminal(closed{}) },
		"plain":    func() error { return s.Plain(closed{}) },
	} {
		if err := draw(); !errors.Is(err, errClosed) {
			t.Errorf("%s: %v, want the writer's error", name, err)
		}
	}
}

var errClosed = errors.New("closed")

type closed struct{}

func (closed) Write([]byte) (int, error) { return 0, errClosed }
