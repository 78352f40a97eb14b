package paper

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
)

//go:embed page.html
var pageSource string

var pageTemplate = template.Must(template.New("page").Parse(pageSource))

// htmlPage and what it holds is a page in the form of its template: lengths as text in mm, sizes in points, pictures drawn.
type htmlPage struct {
	Language      Language
	Title         string
	Width, Height string
	Columns       []htmlColumn
	Pictures      []htmlPicture
	Lines         []htmlLine
}

type htmlColumn struct {
	Left, Top, Width string
	Blocks           []htmlBlock
}

type htmlBlock struct {
	Heading   int // 1, 2, or 0 for a paragraph
	Language  Language
	Class     string
	Size, Gap string
	Mark      template.HTML
	Text      string
	Letters   []htmlLetter // of a name
}

// htmlLetter is a stretch of a name, or one character that the shipped fonts lack, with its number.
type htmlLetter struct{ Text, Number string }

type htmlPicture struct {
	Left, Top, Width, Height string
	Label                    string // empty: says nothing
	SVG                      template.HTML
}

type htmlLine struct {
	Left, Top, Width, Height, Class string
}

// Page writes the sheet as an HTML document of one page for the print dialog of a browser: no scripts, and nothing is fetched from anywhere. It holds
// its style in a style element and in attributes (style-src 'unsafe-inline' in a Content-Security-Policy). Letters are drawn with the fonts of
// the browser's machine; what the shipped fonts lack of a name is framed here too, over its number. Errors as of PDF.
func Page(s Sheet) ([]byte, error) {
	p, err := layOut(s)
	if err != nil {
		return nil, err
	}
	h := htmlPage{Language: p.language, Title: p.title, Width: mm(p.width), Height: mm(p.height)}
	for i := range p.columns {
		h.Columns = append(h.Columns, p.columns[i].html())
	}
	for _, r := range p.hatches {
		h.Pictures = append(h.Pictures, htmlPicture{mm(r.x), mm(r.y), mm(r.width), mm(r.height), "", hatchSVG(r)})
	}
	for _, qr := range p.symbols {
		// The SVG is numbers and words of ours.
		h.Pictures = append(h.Pictures, htmlPicture{mm(qr.x), mm(qr.y), mm(qr.width), mm(qr.height), qr.label, template.HTML(qr.symbol.SVG())})
	}
	for _, l := range p.lines {
		h.Lines = append(h.Lines, l.html())
	}
	var out bytes.Buffer
	if err := pageTemplate.Execute(&out, h); err != nil {
		return nil, fmt.Errorf("paper: write the page: %w", err)
	}
	return out.Bytes(), nil
}

func mm(v float64) string { return fmt.Sprintf("%.2f", v) }

func (c *column) html() htmlColumn {
	h := htmlColumn{Left: mm(c.x), Top: mm(c.y), Width: mm(c.width)}
	for i := range c.blocks {
		h.Blocks = append(h.Blocks, c.blocks[i].html())
	}
	return h
}

func (b *block) html() htmlBlock {
	h := htmlBlock{Language: b.language, Class: "w", Size: mm(b.size), Gap: mm(b.gap), Text: b.text}
	switch b.tag {
	case "h1":
		h.Heading = 1
	case "h2":
		h.Heading = 2
	}
	if b.kind != words {
		h.Class = "t"
	}
	if b.strong {
		h.Class += " s"
	}
	if b.faint {
		h.Class += " f"
	}
	switch b.kind {
	case name:
		h.Letters = letters(b.text)
	case sign:
		h.Mark = markSVG(b.mark)
	}
	return h
}

// letters cuts a name at the characters that the shipped fonts lack.
func letters(text string) (all []htmlLetter) {
	run := ""
	for _, r := range text {
		if Covered(r) {
			run += string(r)
			continue
		}
		if run != "" {
			all = append(all, htmlLetter{Text: run})
		}
		run = ""
		all = append(all, htmlLetter{string(r), fmt.Sprintf("%U", r)})
	}
	if run != "" {
		all = append(all, htmlLetter{Text: run})
	}
	return all
}

func (l line) html() htmlLine {
	h := htmlLine{Left: mm(l.x1), Top: mm(l.y1), Width: mm(l.x2 - l.x1), Height: mm(l.y2 - l.y1), Class: "h"}
	if l.x1 == l.x2 {
		h.Class = "v"
	}
	if l.dashed {
		h.Class += " d"
	}
	return h
}

// markSVG draws the mark of a colour.
func markSVG(m mark) template.HTML {
	stroke := "#fff"
	if m.dark {
		stroke = "#000"
	}
	svg := fmt.Appendf(nil, `<svg class="m" viewBox="0 0 1 1" aria-hidden="true"><path fill="#%02x%02x%02x" d="`, m.red, m.green, m.blue)
	svg = append(appendPath(svg, m.outline), `z"/>`...)
	for _, s := range m.strokes {
		svg = fmt.Appendf(svg, `<path fill="none" stroke="%s" stroke-width="%g" stroke-linecap="round" stroke-linejoin="round" d="`, stroke, markStroke)
		svg = append(appendPath(svg, s), `"/>`...)
	}
	return template.HTML(append(svg, "</svg>"...))
}

func appendPath(svg []byte, points [][2]float64) []byte {
	for i, p := range points {
		svg = fmt.Appendf(svg, "%c%.3f %.3f", "ML"[min(i, 1)], p[0], p[1])
	}
	return svg
}

// hatchSVG draws the strokes of a hatch.
func hatchSVG(r rect) template.HTML {
	svg := fmt.Appendf(nil, `<svg viewBox="0 0 %.2f %.2f" aria-hidden="true"><path fill="none" stroke="#6e6e6e" stroke-width="0.4" d="`, r.width, r.height)
	for _, l := range hatchLines(rect{0, 0, r.width, r.height}) {
		svg = fmt.Appendf(svg, "M%.2f %.2fL%.2f %.2f", l.x1, l.y1, l.x2, l.y2)
	}
	return template.HTML(append(svg, `"/></svg>`...))
}
