package paper

import "fmt"

// column writes the blocks below one another.
func (d *drawer) column(c *column) {
	y := c.y
	for i := range c.blocks {
		b := &c.blocks[i]
		y += b.gap
		d.ink(b)
		switch b.kind {
		case name:
			d.name(c.x, y, b)
		case sign:
			size := b.size * point
			d.mark(rect{c.x, y + size*(tight-1)/2, size, size}, b.mark)
			d.text(c.x+size*(1+markGap), baseline(y, b.size, tight), b.size, b.text)
		default:
			for j, text := range wrap(b.text, b.size, c.width) {
				d.text(c.x, baseline(y+float64(j)*b.size*point*leading, b.size, leading), b.size, text)
			}
		}
		y += b.height(c.width)
	}
}

// baseline is where the letters stand in a line that begins at y: Han characters reach 0.12 of the size below it and 0.88 above.
func baseline(y, size, leading float64) float64 { return y + size*point*(leading/2+0.38) }

// ink sets colour and weight.
func (d *drawer) ink(b *block) {
	grey := ink
	if b.faint {
		grey = faintInk
	}
	d.pdf.SetTextColor(grey, grey, grey)
	d.pdf.SetDrawColor(grey, grey, grey)
	d.pdf.SetLineWidth(b.size * point * bold)
	d.pdf.SetTextRenderingMode(0)
	if b.strong {
		d.pdf.SetTextRenderingMode(2) // fill and stroke
	}
}

// text writes one line from x on, each stretch in the font that has it, and returns where it ends.
func (d *drawer) text(x, baseline, size float64, text string) float64 {
	run, in := "", ""
	flush := func() {
		if run != "" {
			d.pdf.SetFont(in, "", size)
			d.pdf.Text(x, baseline, run)
			x += textWidth(run, size)
		}
		run = ""
	}
	for _, r := range text {
		font, _ := glyph(r)
		if font != in {
			flush()
			in = font
		}
		run += string(r)
	}
	flush()
	return x
}

// name writes the name, with an empty frame and the number below it for each character that no font has.
func (d *drawer) name(x, y float64, b *block) {
	size := b.size * point
	for _, r := range b.text {
		if Covered(r) {
			x = d.text(x, baseline(y, b.size, tight), b.size, string(r))
			continue
		}
		d.pdf.SetLineWidth(2 * hairline)
		d.pdf.Rect(x+size*0.08, y+size*(tight-0.9)/2, size*0.9, size*0.9, "D")
		number, small := fmt.Sprintf("%U", r), b.size*codeSize
		d.pdf.SetTextRenderingMode(0)
		d.text(x+(frameWidth*size-textWidth(number, small))/2, baseline(y+size*tight, small, tight), small, number)
		d.ink(b)
		x += frameWidth * size
	}
}

func (d *drawer) mark(at rect, m mark) {
	d.pdf.SetFillColor(m.red, m.green, m.blue)
	d.path(at, m.outline)
	d.pdf.ClosePath()
	d.pdf.DrawPath("F")
	grey := 255
	if m.dark {
		grey = 0
	}
	before, _, _ := d.pdf.GetDrawColor()
	width := d.pdf.GetLineWidth()
	d.pdf.SetDrawColor(grey, grey, grey)
	d.pdf.SetLineWidth(markStroke * at.width)
	d.pdf.SetLineCapStyle("round")
	d.pdf.SetLineJoinStyle("round")
	for _, s := range m.strokes {
		d.path(at, s)
		d.pdf.DrawPath("D")
	}
	d.pdf.SetDrawColor(before, before, before)
	d.pdf.SetLineWidth(width)
}

func (d *drawer) path(at rect, points [][2]float64) {
	d.pdf.MoveTo(at.x+points[0][0]*at.width, at.y+points[0][1]*at.height)
	for _, p := range points[1:] {
		d.pdf.LineTo(at.x+p[0]*at.width, at.y+p[1]*at.height)
	}
}
