package paper

// The card has the size of a bank card, ISO/IEC 7810 ID-1, rounded to whole millimetres in height: panels below one another.
const (
	cardWidth, cardHeight = 85.6, 54.0
	cardLeft              = 4.0
	cardSide              = 46.0 // of the symbol with its quiet zone
)

// card lays out two panels, front and back, to be folded once; with a second symbol it lies on a third between them and a hatched fourth
// covers it: folded like a fan the two face each other.
func (c *content) card(p *page) error {
	panels := 2.0
	if c.salt != nil {
		panels = 4
	}
	p.width, p.height = cardWidth, panels*cardHeight
	if err := c.cardFront(p); err != nil {
		return err
	}
	if c.salt != nil {
		if err := c.cardSalt(p); err != nil {
			return err
		}
	}
	c.cardBack(p, (panels-1)*cardHeight)
	for y := cardHeight; y < p.height-1; y += cardHeight {
		p.lines = append(p.lines, line{x1: 0, y1: y, x2: cardWidth, y2: y, dashed: true})
	}
	const edge = 0.15 // where to cut, when it is printed on larger paper
	p.lines = append(p.lines,
		line{x1: edge, y1: edge, x2: cardWidth - edge, y2: edge}, line{x1: edge, y1: p.height - edge, x2: cardWidth - edge, y2: p.height - edge},
		line{x1: edge, y1: edge, x2: edge, y2: p.height - edge}, line{x1: cardWidth - edge, y1: edge, x2: cardWidth - edge, y2: p.height - edge},
	)
	return nil
}

// cardFront is the symbol beside the person's words.
func (c *content) cardFront(p *page) error {
	dark := cardSide * float64(c.symbol.Size()) / float64(c.symbol.Size()+2*quiet)
	qr, err := place(c.symbol, cardLeft+0.5, (cardHeight-dark)/2, cardSide, texts[c.Language].symbol)
	if err != nil {
		return err
	}
	p.symbols = append(p.symbols, qr)
	all := []block{
		c.say("h1", 10, 0, func(w *wording) string { return w.title }).inBold(),
		c.smallLine(4.8, 0.2, func(w *wording) string { return w.title }),
	}
	all = append(all, c.nameBlocks(15, 4.6, 1.6)...)
	all = append(all,
		c.colourBlock(9.5, 1.4),
		c.smallLine(4.8, 0.3, func(w *wording) string { return w.colours[c.colour] }),
		c.say("p", 6.3, 1.8, func(w *wording) string { return w.from(c.from) }).inBold(),
		c.say("p", 6.3, 0, func(w *wording) string { return w.until(c.until) }).inBold(),
		c.say("p", 5, 0.2, func(w *wording) string { return w.inZone }).inGrey())
	all = append(all, c.small(4.3, 0.3, c.validity)...)
	left := cardLeft + 0.5 + dark + 3
	p.columns = append(p.columns, column{left, 5.6, cardWidth - 3.4 - left, cardHeight - 4, all})
	return nil
}

// cardBack says what the code is and what to do.
func (c *content) cardBack(p *page, y float64) {
	what := func(w *wording) string { return w.what }
	first := append([]block{c.say("p", 7, 0, what).inBold()}, c.small(4.8, 0.2, what)...)
	p.columns = append(p.columns, column{cardLeft, y + 4, cardWidth - 2*cardLeft, y + 18.5, first})
	lost := []block{c.say("h2", 6.8, 0, func(w *wording) string { return w.lost }).inBold(), c.say("p", 6.2, 0.3, func(w *wording) string { return w.lostText })}
	lost = append(lost, c.small(4.6, 0.4, func(w *wording) string { return w.lostText })...)
	help := c.helpBlocks(6.8, 6.2, 4.6, 0)
	help = append(help, c.say("p", 5.4, 1.6, func(w *wording) string { return w.colourNote }), c.say("p", 4.6, 1, func(w *wording) string { return w.issuer + " " + c.issuer }).inGrey())
	half := (cardWidth - 2*cardLeft - 4) / 2
	p.columns = append(p.columns, column{cardLeft, y + 21, half, y + cardHeight - 3, lost}, column{cardLeft + half + 4, y + 21, half, y + cardHeight - 3, help})
	p.lines = append(p.lines, line{x1: cardLeft, y1: y + 19.5, x2: cardWidth - cardLeft, y2: y + 19.5})
}

// cardSalt is the second symbol on the second panel, and the hatch on the third that lies on it.
func (c *content) cardSalt(p *page) error {
	const side = 26.0
	dark := side * float64(c.salt.Size()) / float64(c.salt.Size()+2*quiet)
	qr, err := place(c.salt, cardLeft+0.5, cardHeight+(cardHeight-dark)/2, side, texts[c.Language].saltSymbol)
	if err != nil {
		return err
	}
	p.symbols = append(p.symbols, qr)
	salt, fold := func(w *wording) string { return w.saltText }, func(w *wording) string { return w.foldCard }
	all := []block{c.say("h2", 8, 0, func(w *wording) string { return w.saltOf(c.document) }).inBold(), c.say("p", 6.2, 0.4, salt)}
	all = append(all, c.small(4.6, 0.4, salt)...)
	all = append(all, c.say("p", 6.2, 1.2, fold).inBold())
	all = append(all, c.small(4.6, 0.3, fold)...)
	left := cardLeft + 0.5 + dark + 4
	p.columns = append(p.columns, column{left, cardHeight + 4.5, cardWidth - cardLeft - left, 2*cardHeight - 3.5, all})
	p.hatches = append(p.hatches, rect{qr.x, 4*cardHeight - qr.y - qr.height, qr.width, qr.height})
	return nil
}
