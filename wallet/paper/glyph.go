package paper

import (
	_ "embed"
	"fmt"
	"sync"
	"unicode"

	"golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

// The shipped fonts, TrueType, Apache License 2.0; font/README.md tells their origin. They are strings because fpdf
// writes into the bytes it is given: each document gets a copy of its own.
var (
	//go:embed font/OpenSans-Regular.ttf
	latinFont string
	//go:embed font/DroidSansFallbackFull.ttf
	hanFont string
)

// The shipped fonts by their names in the PDF.
const (
	latin = "latin"
	han   = "han"
)

// face is a font that can be asked for glyphs and widths.
type face struct {
	name string
	font *sfnt.Font
}

// unit is the size at which widths are asked for; it divides the units of both fonts without loss that shows on paper.
const unit = 1000

func faces() (all []face, err error) {
	for _, f := range []struct {
		name, bytes string
	}{{latin, latinFont}, {han, hanFont}} {
		parsed, err := sfnt.Parse([]byte(f.bytes))
		if err != nil {
			return nil, fmt.Errorf("paper: read the shipped font %s: %w", f.name, err)
		}
		all = append(all, face{f.name, parsed})
	}
	return all, nil
}

// scripts are those that can be set one glyph after the other. A font may have glyphs of others and would still set them wrong: letters that
// join, run to the left or stand on one another. Marks too are only set as part of a letter that has its own glyph (NFC).
var scripts = []*unicode.RangeTable{unicode.Latin, unicode.Greek, unicode.Cyrillic, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Bopomofo, unicode.Common}

// glyphs are the font and width of each character up to U+FFFF, beyond which no shipped font has any. Laying out one sheet asks for tens
// of thousands: the table is made once, at the first sheet.
var glyphs = sync.OnceValues(func() (*[0x10000]drawn, error) {
	all, err := faces()
	if err != nil {
		return nil, err
	}
	var table [0x10000]drawn
	var buf sfnt.Buffer
	for r := range rune(len(table)) {
		if unicode.In(r, scripts...) && !unicode.IsMark(r) && unicode.IsPrint(r) {
			table[r] = find(all, &buf, r)
		}
	}
	return &table, nil
})

// drawn is how a character is drawn: the name of a shipped font, empty for none, and the width in thousandths of the size.
type drawn struct {
	font  string
	width float64
}

func find(all []face, buf *sfnt.Buffer, r rune) drawn {
	for _, f := range all {
		g, err := f.font.GlyphIndex(buf, r)
		if err != nil || g == 0 {
			continue
		}
		if advance, err := f.font.GlyphAdvance(buf, g, fixed.I(unit), font.HintingNone); err == nil {
			return drawn{f.name, float64(advance) / 64}
		}
	}
	return drawn{}
}

// glyph gives the shipped font that draws r and r's width; the name is empty when none does.
func glyph(r rune) (name string, width float64) {
	table, err := glyphs()
	if err != nil || r < 0 || int(r) >= len(table) {
		return "", 0 // PDF and Page report the error
	}
	return table[r].font, table[r].width
}

// Covered says whether the shipped fonts draw r. docs/paper.md counts what they cover by block.
func Covered(r rune) bool {
	name, _ := glyph(r)
	return name != ""
}

// CheckText refuses a text that the shipped fonts cannot draw in full. Only names are printed with gaps that say so.
func CheckText(text string) error {
	for _, r := range text {
		if !Covered(r) {
			return fmt.Errorf("the shipped fonts cannot draw %U: write the text without it", r)
		}
	}
	return nil
}
