package paper

import (
	"bytes"
	"fmt"
	"time"

	"codeberg.org/go-pdf/fpdf"
)

// ink and faintInk are the greys of words.
const (
	ink      = 20
	faintInk = 90
	hairline = 0.15 // mm
)

// drawer writes a page as PDF.
type drawer struct {
	pdf  *fpdf.Fpdf
	page *page
}

// PDF draws the sheet as a document of one page (PDF 1.3, ISO 32000) with the glyphs that it uses embedded. It says nothing of the person beside what is on the
// sheet: no author, no title but the sheet's kind, and as its date that of the code. ErrNotPaper; an error when the words do not fit.
func PDF(s Sheet) ([]byte, error) {
	p, err := layOut(s)
	if err != nil {
		return nil, err
	}
	c, err := s.read()
	if err != nil {
		return nil, err
	}
	pdf := fpdf.NewCustom(&fpdf.InitType{UnitStr: "mm", Size: fpdf.SizeType{Wd: p.width, Ht: p.height}})
	pdf.SetCatalogSort(true) // else the order of a map of the library is that of the document
	pdf.SetCreationDate(c.from.In(time.UTC))
	pdf.SetModificationDate(c.from.In(time.UTC))
	pdf.SetProducer("healthcode", false)
	pdf.SetTitle(p.title, true)
	pdf.SetLang(string(p.language))
	pdf.SetAutoPageBreak(false, 0)
	pdf.AddUTF8FontFromBytes(latin, "", []byte(latinFont))
	pdf.AddUTF8FontFromBytes(han, "", []byte(hanFont))
	pdf.AddPage()
	d := &drawer{pdf, p}
	for _, h := range p.hatches {
		d.hatch(h)
	}
	for _, l := range p.lines {
		d.line(l)
	}
	for i := range p.columns {
		d.column(&p.columns[i])
	}
	for _, qr := range p.symbols {
		d.symbol(qr)
	}
	var out bytes.Buffer
	if err := pdf.Output(&out); err != nil {
		return nil, fmt.Errorf("paper: write the PDF: %w", err)
	}
	return out.Bytes(), nil
}

// symbol fills a rectangle for each run of dark modules in a row, all as one path: rectangles filled one by one show light seams where they
// meet.
func (d *drawer) symbol(qr placed) {
	n := qr.symbol.Size()
	module := qr.width / float64(n+2*quiet) / point
	left, top := qr.x/point+quiet*module, (d.page.height-qr.y)/point-quiet*module
	path := []byte("q 0 g\n")
	for y := range n {
		for x := 0; x < n; x++ {
			from := x
			for qr.symbol.Dark(x, y) {
				x++
			}
			if x > from {
				path = fmt.Appendf(path, "%.3f %.3f %.3f %.3f re\n", left+float64(from)*module, top-float64(y+1)*module, float64(x-from)*module, module)
			}
		}
	}
	d.pdf.RawWriteStr(string(path) + "f Q\n")
}

func (d *drawer) line(l line) {
	d.pdf.SetLineCapStyle("butt")
	d.pdf.SetDrawColor(150, 150, 150)
	d.pdf.SetLineWidth(hairline)
	if l.dashed {
		d.pdf.SetDrawColor(60, 60, 60)
		d.pdf.SetLineWidth(2 * hairline)
		d.pdf.SetDashPattern([]float64{2.4, 1.6}, 0)
	}
	d.pdf.Line(l.x1, l.y1, l.x2, l.y2)
	d.pdf.SetDashPattern(nil, 0)
}

// hatchStep is the distance of the strokes of a hatch in mm, near the size of a module of the symbol under it.
const hatchStep = 1.3

// hatch fills the rectangle with strokes in both diagonals.
func (d *drawer) hatch(r rect) {
	d.pdf.SetDrawColor(110, 110, 110)
	d.pdf.SetLineWidth(0.4)
	d.pdf.ClipRect(r.x, r.y, r.width, r.height, false)
	for _, l := range hatchLines(r) {
		d.pdf.Line(l.x1, l.y1, l.x2, l.y2)
	}
	d.pdf.ClipEnd()
}

func hatchLines(r rect) (lines []line) {
	for x := -r.height; x < r.width; x += hatchStep {
		lines = append(lines,
			line{x1: r.x + x, y1: r.y, x2: r.x + x + r.height, y2: r.y + r.height},
			line{x1: r.x + x + r.height, y1: r.y, x2: r.x + x, y2: r.y + r.height})
	}
	return lines
}
