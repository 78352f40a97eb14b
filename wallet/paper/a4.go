package paper

// The margins and lines of A4, in mm. What lies from a4Covered to the fold is hidden when the flap is folded up.
const (
	a4Width, a4Height = 210.0, 297.0
	a4Left            = 22.0
	a4Inner           = a4Width - 2*a4Left
	a4Top             = 60.0  // of the dark part of the symbol
	a4Side            = 84.0  // of the symbol with its quiet zone
	a4Right           = 108.0 // where the words beside the symbol begin
	a4Fold            = 247.0 // the fold; a flap reaches from it to the foot of the sheet
	a4Covered         = 2*a4Fold - a4Height
)

// a4 lays out a sheet of A4: head, symbol beside the person's words, what to do, and the fold at the foot.
func (c *content) a4(p *page) error {
	p.width, p.height = a4Width, a4Height
	qr, err := place(c.symbol, a4Left, a4Top, a4Side, texts[c.Language].symbol)
	if err != nil {
		return err
	}
	p.symbols = append(p.symbols, qr)
	title := c.say("h1", 32, 0, func(w *wording) string { return w.title }).inBold()
	others := c.smallLine(11, 1, func(w *wording) string { return w.title })
	p.columns = append(p.columns,
		column{a4Left, 22, a4Inner, 46, []block{title, others}},
		column{a4Right, a4Top - 1.6, a4Width - a4Left - a4Right, 141, c.a4Person()})
	p.lines = append(p.lines, line{x1: a4Left, y1: 50, x2: a4Width - a4Left, y2: 50}, line{x1: a4Left, y1: 145, x2: a4Width - a4Left, y2: 145})

	what := func(w *wording) string { return w.what }
	p.columns = append(p.columns, column{a4Left, 149, a4Inner, 164.5, append([]block{c.say("p", 12, 0, what).inBold()}, c.small(8, 0.6, what)...)})
	lost := []block{c.say("h2", 10.5, 0, func(w *wording) string { return w.lost }).inBold()}
	lost = append(lost, c.say("p", 9, 0.8, func(w *wording) string { return w.lostText }))
	lost = append(lost, c.small(6.5, 0.7, func(w *wording) string { return w.lostText })...)
	half := (a4Inner - 10) / 2
	p.columns = append(p.columns,
		column{a4Left, 166, half, a4Covered, lost},
		column{a4Left + half + 10, 166, half, a4Covered, c.helpBlocks(10.5, 9, 6.5, 0)})
	if c.salt == nil {
		return nil
	}
	return c.a4Salt(p)
}

// a4Person is what the sheet says of the person and the time.
func (c *content) a4Person() []block {
	all := []block{c.say("p", 8.5, 0, func(w *wording) string { return w.name }).inGrey()}
	all = append(all, c.nameBlocks(32, 8, 0.2)...)
	all = append(all,
		c.say("p", 8.5, 5, func(w *wording) string { return w.colour }).inGrey(),
		c.colourBlock(20, 0.8),
		c.smallLine(8, 1, func(w *wording) string { return w.colours[c.colour] }),
		c.say("p", 8.5, 0.8, func(w *wording) string { return w.colourNote }),
		c.say("p", 8.5, 5, func(w *wording) string { return w.validity + " · " + w.inZone }).inGrey(),
		c.say("p", 13, 0.8, func(w *wording) string { return w.from(c.from) }).inBold(),
		c.say("p", 13, 0.2, func(w *wording) string { return w.until(c.until) }).inBold())
	all = append(all, c.small(6.6, 0.5, func(w *wording) string { return c.validity(w) + " · " + w.inZone })...)
	return append(all, c.say("p", 7, 2.5, func(w *wording) string { return w.issuer + " " + c.issuer }).inGrey())
}

// a4Salt is the second symbol, the fold below it and the flap that covers it. What the flap has over the symbol when it is folded is hatched,
// against reading through thin paper.
func (c *content) a4Salt(p *page) error {
	const top, side, words = 208.0, 37.0, a4Left + 42
	qr, err := place(c.salt, a4Left, top, side, texts[c.Language].saltSymbol)
	if err != nil {
		return err
	}
	salt := func(w *wording) string { return w.saltText }
	flap := func(w *wording) string { return w.foldFlap }
	all := []block{c.say("h2", 10.5, 0, func(w *wording) string { return w.saltOf(c.document) }).inBold(), c.say("p", 9, 0.6, salt)}
	p.symbols = append(p.symbols, qr)
	p.columns = append(p.columns,
		column{words, top - 1.5, a4Width - a4Left - words, a4Fold - 1, append(all, c.small(6.5, 0.7, salt)...)},
		column{words, a4Fold + 6, a4Width - a4Left - words, 290, append([]block{c.say("p", 10.5, 0, flap).inBold()}, c.small(7.5, 0.8, flap)...)})
	p.lines = append(p.lines, line{x1: 0, y1: a4Fold, x2: a4Width, y2: a4Fold, dashed: true})
	p.hatches = append(p.hatches, rect{qr.x, 2*a4Fold - qr.y - qr.height, qr.width, qr.height})
	return nil
}
