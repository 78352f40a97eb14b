package symbol

import (
	"bytes"
	"io"
)

// Black on white of the 256-colour palette, whose first sixteen only a
// terminal's theme may change.
const (
	blackOnWhite = "\x1b[38;5;16;48;5;231m"
	noColour     = "\x1b[0m"
)

// A character stands for two modules, one above the other.
const (
	fullBlock = "█"
	upperHalf = "▀"
	lowerHalf = "▄"
)

// Terminal writes the symbol with its quiet zone in half blocks, in colours of
// its own, so that it reads the same on dark and on light terminals. A line
// stands for two rows of modules: a paper code takes 31 lines of 61 characters.
func (s *Symbol) Terminal(w io.Writer) error {
	return s.write(w, blackOnWhite, noColour, [4]string{" ", lowerHalf, upperHalf, fullBlock})
}

// Plain writes the symbol as Terminal does, but without colours, for output
// that must not hold any. Its blocks are the light modules, so that it reads
// right where the ground is dark, as on most terminals.
func (s *Symbol) Plain(w io.Writer) error {
	return s.write(w, "", "", [4]string{fullBlock, upperHalf, lowerHalf, " "})
}

// Draw writes it as Terminal does where there are colours, and else as Plain does.
func (s *Symbol) Draw(w io.Writer, colours bool) error {
	if colours {
		return s.Terminal(w)
	}
	return s.Plain(w)
}

// write draws pairs of modules by blocks: neither dark, the lower, the upper,
// both. A line is begun and ended by the given texts.
func (s *Symbol) write(w io.Writer, begin, end string, blocks [4]string) error {
	var out bytes.Buffer
	for y := -quietZone; y < len(s.dark)+quietZone; y += 2 {
		out.WriteString(begin)
		for x := -quietZone; x < len(s.dark)+quietZone; x++ {
			pair := 0
			if s.Dark(x, y) {
				pair += 2
			}
			if s.Dark(x, y+1) {
				pair++
			}
			out.WriteString(blocks[pair])
		}
		out.WriteString(end + "\n")
	}
	_, err := w.Write(out.Bytes())
	return err
}
