package paper

import (
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

const (
	point      = 25.4 / 72 // mm
	leading    = 1.38      // of a line to its size
	tight      = 1.2       // of a line that stands alone
	codeSize   = 0.24      // of the number below a framed character, to the name's size
	frameWidth = 1.06      // of a framed character, to the size
	markGap    = 0.35      // after the mark of a colour, to the size
	smallest   = 0.6       // how far the letters of a full column may shrink
)

// composed gives the text with its marks in the letters that have them (NFC): fonts draw é, and no mark beside a letter.
func composed(text string) string { return norm.NFC.String(text) }

// textWidth is the width in mm of a line of size points; a character without glyph takes its frame.
func textWidth(text string, size float64) (width float64) {
	for _, r := range text {
		if font, w := glyph(r); font != "" {
			width += w / unit * size * point
		} else {
			width += frameWidth * size * point
		}
	}
	return width
}

// bold is how much wider the outline of bold letters is drawn, to the size: the fonts are shipped in one weight.
const bold = 0.028

// height is what the block takes of a column of the width, without the gap.
func (b *block) height(width float64) float64 {
	switch b.kind {
	case name:
		if CheckText(b.text) != nil {
			return b.size * point * (tight + codeSize*1.5)
		}
		return b.size * point * tight
	case sign:
		return b.size * point * tight
	}
	return float64(len(wrap(b.text, b.size, width))) * b.size * point * leading
}

// fit makes the letters of the column smaller until it ends above its limit, and a name until it fits its line.
func (c *column) fit() error {
	for i := range c.blocks {
		if b := &c.blocks[i]; b.kind == name {
			b.size *= min(1, c.width/textWidth(b.text, b.size))
		}
	}
	whole := 1.0
	for c.bottom() > c.limit {
		whole *= 0.97
		if whole < smallest {
			return fmt.Errorf("paper: the words do not fit the sheet: shorten the text on help")
		}
		for i := range c.blocks {
			c.blocks[i].size *= 0.97
			c.blocks[i].gap *= 0.97
		}
	}
	return nil
}

func (c *column) bottom() float64 {
	y := c.y
	for i := range c.blocks {
		y += c.blocks[i].gap + c.blocks[i].height(c.width)
	}
	return y
}

// wrap breaks the text into lines of the width in mm: at spaces, and before each Han character, but never before closing punctuation or
// after opening.
func wrap(text string, size, width float64) (lines []string) {
	rest := ""
	for _, piece := range pieces(text) {
		if rest != "" && textWidth(rest+strings.TrimRight(piece, " "), size) > width {
			lines = append(lines, strings.TrimRight(rest, " "))
			rest = ""
			piece = strings.TrimLeft(piece, " ")
		}
		rest += piece
	}
	return append(lines, rest)
}

const (
	closing = "，。；：、）」』》！？,.;:)!?"
	opening = "（「『《("
)

// pieces cuts the text where a line may end.
func pieces(text string) (all []string) {
	runes := []rune(text)
	from := 0
	for i := 1; i < len(runes); i++ {
		before, r := runes[i-1], runes[i]
		wide := unicode.Is(unicode.Han, before) || unicode.Is(unicode.Han, r) || strings.ContainsRune(closing, before) && before > 0xff || strings.ContainsRune(opening, r) && r > 0xff
		dated := unicode.IsDigit(before) || unicode.IsDigit(r) // 2026年11月 stays whole
		if r == ' ' || strings.ContainsRune(closing, r) || strings.ContainsRune(opening, before) || before != ' ' && (!wide || dated) {
			continue
		}
		all = append(all, string(runes[from:i]))
		from = i
	}
	return append(all, string(runes[from:]))
}
