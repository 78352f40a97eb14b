package main

import (
	"context"
	"fmt"
	"text/tabwriter"
	"time"

	"healthcode.example/wallet/holder"
	"healthcode.example/wallet/symbol"
)

type walletListCommand struct {
	walletFlags
	JSON bool `help:"Write one JSON object."`
}

// listedMember is one line of the list.
type listedMember struct {
	Number   int       `json:"number"` // the person's in every command
	Member   string    `json:"member"`
	Name     string    `json:"name"`
	Relation string    `json:"relation,omitempty"`
	Held     bool      `json:"held"` // there is a code, of which the rest speaks
	Colour   string    `json:"colour,omitempty"`
	Expires  time.Time `json:"expires_at,omitzero"`
	Current  bool      `json:"current"`
	Shows    bool      `json:"document"`                // it can be compared with a document
	Document string    `json:"document_type,omitempty"` // of this type
}

func listed(m holder.Member) listedMember {
	line := listedMember{Number: m.Number, Member: m.ID.String(), Name: m.Name, Held: m.Held, Current: m.Current, Shows: m.Shows}
	if m.Relation.Valid() {
		line.Relation = m.Relation.String()
	}
	if m.Held {
		line.Colour, line.Expires = m.Colour.String(), m.ExpiresAt.UTC()
	}
	if m.Person.Document != 0 {
		line.Document = m.Person.Document.String()
	}
	return line
}

// document says which document a gate can compare the code with.
func (l *listedMember) document() string {
	switch {
	case !l.Shows:
		return "–"
	case l.Document == "":
		return "yes"
	}
	return l.Document
}

// until says when the code ends, or what to do.
func (l *listedMember) until() string {
	switch {
	case !l.Held:
		return "no code: refresh"
	case !l.Current:
		return l.Expires.Local().Format("2006-01-02 15:04 MST") + " (over: refresh)"
	}
	return l.Expires.Local().Format("2006-01-02 15:04 MST")
}

// Run reads the file.
func (l *walletListCommand) Run(c *console) error {
	file, err := l.open()
	if err != nil {
		return err
	}
	all := make([]listedMember, 0)
	for _, m := range file.Members(c.now()) {
		all = append(all, listed(m))
	}
	if l.JSON {
		return c.json(map[string]any{"service": file.Account().Service, "members": all})
	}
	if len(all) == 0 {
		c.printf("The wallet knows nobody yet: run healthcode wallet refresh.\n")
		return nil
	}
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintf(w, "NO\tNAME\tWHO\tCOLOUR\tUNTIL\tDOCUMENT\n")
	for _, m := range all {
		who, colour := m.Relation, m.Colour
		if who == "" {
			who = "self"
		}
		if colour == "" {
			colour = "–"
		}
		_, _ = fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\t%s\n", m.Number, m.Name, who, colour, m.until(), m.document())
	}
	return w.Flush()
}

type walletPresentCommand struct {
	walletFlags
	Member    given         `xor:"who" required:"" placeholder:"WHO" help:"Whose code: a number or a name of the list, or self."`
	Household given         `xor:"who" required:"" placeholder:"WHO,WHO" help:"Several people in one symbol, or all."`
	Challenge given         `placeholder:"HEX" help:"The gate's challenge, as its screen or its symbol tells it, which the presentation answers."`
	Document  bool          `help:"Let the gate compare the document's number. Only with --challenge; asks for consent."`
	Yes       bool          `help:"Consent without being asked."`
	PNG       string        `name:"png" placeholder:"FILE" help:"Write the symbol as a PNG; - is standard output."`
	Text      bool          `help:"Write the text of the symbol."`
	For       time.Duration `default:"0s" help:"Draw it anew every 30 seconds for so long."`
}

// Help gives the examples.
func (*walletPresentCommand) Help() string {
	return `The symbol holds the time and dies within a minute. It needs no network.

Examples:

    healthcode wallet present --member self
    healthcode wallet present --household all --for 5m
    healthcode wallet present --member 2 --challenge 5f0c… --document --png - | display

A code can be compared with one document, which healthcode wallet list names: hand that one to the inspector. With another one the gate compares nothing
and has it looked at; healthcode wallet refresh --document-type fetches codes for another.`
}

// drawEvery is how often a phone draws its presentation anew.
const drawEvery = 30 * time.Second

// Run draws it, again and again with --for.
func (p *walletPresentCommand) Run(ctx context.Context, c *console) error {
	file, err := p.open()
	if err != nil {
		return err
	}
	show, err := p.show(c, file)
	if err != nil {
		return err
	}
	for left := p.For; ; left -= drawEvery {
		text, err := file.Present(show, c.now())
		if err != nil {
			return err
		}
		if err := p.draw(c, text); err != nil {
			return err
		}
		if left <= 0 {
			return nil
		}
		select {
		case <-time.After(min(left, drawEvery)):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// show is what is to be presented, with consent where it reveals a number.
func (p *walletPresentCommand) show(c *console, file *holder.File) (show holder.Show, err error) {
	words, flag := string(p.Member), "member"
	if p.Household != "" {
		words, flag = string(p.Household), "household"
	}
	people, err := membersOf(file, flag, words, c.now())
	if err != nil {
		return show, err
	}
	for _, m := range people {
		if !m.Held {
			return show, fmt.Errorf("there is no code of %s in this wallet: run healthcode wallet refresh", m.Name)
		}
		show.People = append(show.People, m.ID)
	}
	if flag == "member" && len(show.People) != 1 {
		return show, usage("--member names %d people: use --household", len(show.People))
	}
	if show.Challenge, err = parseChallenge(string(p.Challenge)); err != nil {
		return show, err
	}
	if show.Document = p.Document; !p.Document {
		return show, nil
	}
	if show.Challenge == nil {
		return show, usage("--document goes with --challenge: only a gate that asks may see it")
	}
	if !p.Yes {
		for _, m := range people {
			c.notef("This reveals the number of %s to the gate whose challenge this is: it can check a number that it has, or search for it.\n", documentOf(m))
		}
		if err := confirmed(c, p.Yes, "Show it?"); err != nil {
			return show, err
		}
	}
	return show, nil
}

// documentOf names whose document, and of which type, goes to the gate.
func documentOf(m holder.Member) string {
	if m.Person.Document == 0 {
		return "the document of " + m.Name
	}
	return "the " + m.Person.Document.String() + " of " + m.Name
}

// draw writes the symbol where it is wanted.
func (p *walletPresentCommand) draw(c *console, text string) error {
	if p.Text {
		c.printf("%s\n", text)
	}
	if p.Text && p.PNG == "" {
		return nil
	}
	drawn, err := symbol.New(text)
	if err != nil {
		return err
	}
	if p.PNG == "" {
		return drawn.Draw(c.out, c.colour)
	}
	b, err := drawn.PNG(8)
	if err != nil {
		return err
	}
	return c.write(p.PNG, b)
}
