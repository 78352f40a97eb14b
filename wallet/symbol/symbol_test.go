package symbol_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"healthcode.example/crypto/base45"
	"healthcode.example/wallet/symbol"
)

// codeText returns the text of a code of so many bytes, the same at each call.
func codeText(size int) string {
	source := rand.New(rand.NewPCG(1, uint64(size)))
	code := make([]byte, size)
	for i := range code {
		code[i] = byte(source.Uint32())
	}
	return "YK1:" + base45.Encode(code)
}

func newSymbol(t testing.TB, text string) *symbol.Symbol {
	t.Helper()
	s, err := symbol.New(text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// The sizes that the protocol holds codes to, and the versions they must fit.
func TestCodesFitTheVersionsOfTheProtocol(t *testing.T) {
	for _, c := range []struct {
		name        string
		size, limit int
	}{
		{"paper adult", 150, 9},
		{"phone presentation of an adult", 310, 13},
		{"phone presentation of a dependant", 319, 13},
		{"presentation with digest and salt", 360, 15},
		{"household of five", 430, 16},
	} {
		s := newSymbol(t, codeText(c.size))
		if s.Version() > c.limit {
			t.Errorf("%s, %d bytes: version %d, want at most %d", c.name, c.size, s.Version(), c.limit)
		}
		if s.Size() != 17+4*s.Version() {
			t.Errorf("%s: %d modules on a side in version %d", c.name, s.Size(), s.Version())
		}
	}
}

func TestTextsThatNoSymbolHoldsAreRefused(t *testing.T) {
	for name, c := range map[string]struct{ text, says string }{
		"empty":      {"", "empty"},
		"lower case": {"YK1:ab", "offset 4"},
		"a line end": {"YK1:AB\n", "offset 6"},
		"not ASCII":  {"YK1:张", "offset 4"},
		"too long":   {strings.Repeat("A", 3392), "does not fit"},
	} {
		s, err := symbol.New(c.text)
		if err == nil || s != nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want an error with %q", name, err, c.says)
		}
	}
	if s := newSymbol(t, strings.Repeat("A", 3391)); s.Version() != 40 {
		t.Errorf("the longest text has version %d, want 40", s.Version())
	}
}

func TestOutsideIsLight(t *testing.T) {
	s := newSymbol(t, "YK1:AB")
	n := s.Size()
	for _, at := range [][2]int{{-1, 0}, {0, -1}, {n, 0}, {0, n}, {-5, -5}, {n + 9, n + 9}} {
		if s.Dark(at[0], at[1]) {
			t.Errorf("the module at %v is dark", at)
		}
	}
	if !s.Dark(0, 0) || !s.Dark(n-1, 0) || !s.Dark(0, n-1) {
		t.Error("a corner of a finder pattern is light")
	}
}

func TestASymbolIsSafeForConcurrentUse(t *testing.T) {
	s := newSymbol(t, codeText(140))
	want := fmt.Sprintf("%x", pngOf(t, s, 3))
	var done sync.WaitGroup
	for range 4 {
		done.Go(func() {
			for range 10 {
				b, err := s.PNG(3)
				if err != nil || fmt.Sprintf("%x", b) != want {
					t.Errorf("a picture drawn beside others differs: %v", err)
				}
			}
		})
	}
	done.Wait()
}
