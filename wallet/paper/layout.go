package paper

import (
	"fmt"

	"healthcode.example/wallet/symbol"
)

// page is a sheet laid out; lengths are millimetres from the top left, sizes of letters are points.
type page struct {
	width, height float64
	language      Language
	title         string
	columns       []column
	symbols       []placed
	lines         []line
	hatches       []rect
}

// column is a stack of blocks. It ends above limit: where a text is too long for that, all its letters are made smaller.
type column struct {
	x, y, width, limit float64
	blocks             []block
}

// kind is how a block is drawn.
type kind int

const (
	words kind = iota
	name       // one line, with a frame for each character that no font has
	sign       // the mark of the colour before the words
)

// block is a paragraph.
type block struct {
	kind          kind
	tag           string // of HTML
	language      Language
	text          string
	size          float64
	strong, faint bool
	gap           float64 // above
	mark          mark
}

type rect struct{ x, y, width, height float64 }

// placed is a symbol in its square, the quiet zone within.
type placed struct {
	rect
	symbol *symbol.Symbol
	label  string
}

type line struct {
	x1, y1, x2, y2 float64
	dashed         bool
}

// quiet is the light margin of a symbol in modules, ISO/IEC 18004 §9.1.
const quiet = 4

// minModule is the least size of a module, in mm, that common cameras read from paper.
const minModule = 0.4

// place puts the symbol so that its dark part begins at x and y, and its square has the given side.
func place(s *symbol.Symbol, x, y, side float64, label string) (placed, error) {
	module := side / float64(s.Size()+2*quiet)
	if module < minModule {
		return placed{}, fmt.Errorf("paper: a symbol of version %d would have modules of %.2f mm, smaller than %.1f", s.Version(), module, minModule)
	}
	return placed{rect{x - quiet*module, y - quiet*module, side, side}, s, label}, nil
}

// layOut places everything on the paper of the format.
func layOut(s Sheet) (*page, error) {
	c, err := s.read()
	if err != nil {
		return nil, err
	}
	if _, err := glyphs(); err != nil {
		return nil, err
	}
	p := &page{language: c.Language, title: texts[c.Language].title}
	if c.Format == Card {
		err = c.card(p)
	} else {
		err = c.a4(p)
	}
	if err != nil {
		return nil, err
	}
	for i := range p.columns {
		if err := p.columns[i].fit(); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// say makes a paragraph of what the sheet's own language says.
func (c *content) say(tag string, size, gap float64, of func(*wording) string) block {
	return block{tag: tag, language: c.Language, text: of(texts[c.Language]), size: size, gap: gap}
}

// small makes faint paragraphs of what the other languages say, one for two that say the same.
func (c *content) small(size, gap float64, of func(*wording) string) (all []block) {
	said := map[string]bool{of(texts[c.Language]): true}
	for _, l := range others(c.Language) {
		if said[of(texts[l])] {
			continue
		}
		said[of(texts[l])] = true
		all = append(all, block{tag: "p", language: l, text: of(texts[l]), size: size, gap: gap, faint: true})
	}
	return all
}

// smallLine joins what the other languages say in a line of their own.
func (c *content) smallLine(size, gap float64, of func(*wording) string) block {
	rest := others(c.Language)
	return block{tag: "p", language: rest[0], text: of(texts[rest[0]]) + "  ·  " + of(texts[rest[1]]), size: size, gap: gap, faint: true}
}

func (b block) inBold() block {
	b.strong = true
	return b
}

func (b block) inGrey() block {
	b.faint = true
	return b
}

// nameBlocks are the masked name and, when a character of it cannot be drawn, the line that says so.
func (c *content) nameBlocks(size, note, gap float64) []block {
	all := []block{{kind: name, tag: "p", language: c.Language, text: composed(c.name), size: size, strong: true, gap: gap}}
	if CheckText(all[0].text) == nil {
		return all
	}
	return append(all, c.say("p", note, note/6, func(w *wording) string { return w.incomplete }))
}

// colourBlock is the colour as mark and word.
func (c *content) colourBlock(size, gap float64) block {
	b := c.say("p", size, gap, func(w *wording) string { return w.colours[c.colour] }).inBold()
	b.kind, b.mark = sign, marks[c.colour]
	return b
}

func (c *content) validity(w *wording) string {
	return w.validity + " " + w.from(c.from) + " " + w.until(c.until)
}

func (c *content) helpBlocks(heading, size, small, gap float64) []block {
	all := []block{c.say("h2", heading, gap, func(w *wording) string { return w.help }).inBold()}
	all = append(all, block{tag: "p", language: c.Language, text: c.Help.in(c.Language, c.Language), size: size, gap: size / 10})
	for _, l := range others(c.Language) {
		if text := c.Help[l]; text != "" && text != all[1].text {
			all = append(all, block{tag: "p", language: l, text: texts[l].help + ": " + text, size: small, gap: small / 10, faint: true})
		}
	}
	return all
}
