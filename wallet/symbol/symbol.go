// Package symbol draws a code as a QR symbol (ISO/IEC 18004): as PNG, as SVG
// and in a terminal.
//
// The modules come from skip2/go-qrcode at error correction level M; the
// drawing is our own, since that library spends four fifths of its time on it.
package symbol

import (
	"errors"
	"fmt"
	"strings"

	"github.com/skip2/go-qrcode"
)

// quietZone is the light margin around the symbol in modules, ISO/IEC 18004 §9.1.
const quietZone = 4

// alphanumeric holds the characters of a QR symbol's alphanumeric mode, the
// 45 of base45.
const alphanumeric = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"

// Symbol is the square of modules that says a text. It never changes after New
// and is safe for concurrent use.
type Symbol struct {
	version int
	dark    [][]bool // rows of modules from the top, without the quiet zone
}

// New returns the smallest symbol of level M for text, which has the characters
// of the alphanumeric mode only (every code has): in another mode the symbol
// would be larger, and common scanners would change some of its bytes.
func New(text string) (*Symbol, error) {
	if text == "" {
		return nil, errors.New("symbol: the text is empty")
	}
	for i := range len(text) {
		if strings.IndexByte(alphanumeric, text[i]) < 0 {
			return nil, fmt.Errorf("symbol: byte 0x%02x at offset %d is not one of the 45 characters "+
				"of an alphanumeric symbol", text[i], i)
		}
	}
	code, err := qrcode.New(text, qrcode.Medium)
	if err != nil {
		return nil, fmt.Errorf("symbol: a text of %d characters does not fit a symbol of level M: %w", len(text), err)
	}
	// Bitmap tries all eight masks, nearly all the work, each time it is
	// called: so it is called once and the border is left to the drawing.
	code.DisableBorder = true
	return &Symbol{version: code.VersionNumber, dark: code.Bitmap()}, nil
}

// Version returns the symbol's version, 1 to 40.
func (s *Symbol) Version() int { return s.version }

// Size returns the number of modules on a side, 17 + 4·version, without the
// quiet zone.
func (s *Symbol) Size() int { return len(s.dark) }

// Dark reports whether the module in column x and row y, from 0 at the top
// left, is dark. What lies outside is the quiet zone and light.
func (s *Symbol) Dark(x, y int) bool {
	return y >= 0 && y < len(s.dark) && x >= 0 && x < len(s.dark[y]) && s.dark[y][x]
}

// side returns the number of modules on a side with the quiet zone.
func (s *Symbol) side() int { return len(s.dark) + 2*quietZone }

// run is a row's stretch of dark modules, columns from and up to but without
// to, counted with the quiet zone.
type run struct{ from, to int }

// appendRuns appends the dark stretches of the row to runs.
func appendRuns(runs []run, row []bool) []run {
	for x := 0; x < len(row); {
		if !row[x] {
			x++
			continue
		}
		from := x
		for x < len(row) && row[x] {
			x++
		}
		runs = append(runs, run{from + quietZone, x + quietZone})
	}
	return runs
}
