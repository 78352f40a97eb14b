package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"healthcode.example/health"
	"healthcode.example/wallet/holder"
	"healthcode.example/wallet/symbol"
)

type walletListCommand struct {
	walletFlags
	JSON bool `help:"Write one JSON object."`
}

// listedMember is one line of the list.
type listedMember struct {
	Number   int       `json:"number"` // for --member and --household
	Member   string    `json:"member"`
	Name     string    `json:"name"`
	Relation string    `json:"relation,omitempty"`
	Colour   string    `json:"colour"`
	Expires  time.Time `json:"expires_at"`
	Current  bool      `json:"current"`
	Document bool      `json:"document"`
}

// Run reads the file.
func (l *walletListCommand) Run(c *console) error {
	file, err := l.open()
	if err != nil {
		return err
	}
	var all []listedMember
	for i, m := range file.Members(c.now()) {
		line := listedMember{Number: i + 1, Member: m.ID.String(), Name: m.Name, Colour: m.Colour.String(), Expires: m.ExpiresAt.UTC(), Current: m.Current, Document: m.Document}
		if m.Relation.Valid() {
			line.Relation = m.Relation.String()
		}
		all = append(all, line)
	}
	if l.JSON {
		return c.json(map[string]any{"service": file.Account().Service, "members": all})
	}
	if len(all) == 0 {
		c.printf("The wallet holds no code yet: run healthcode wallet refresh.\n")
		return nil
	}
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintf(w, "NO\tNAME\tWHO\tCOLOUR\tUNTIL\n")
	for _, m := range all {
		until := m.Expires.Local().Format("2006-01-02 15:04 MST")
		if !m.Current {
			until += " (over: refresh)"
		}
		who := m.Relation
		if who == "" {
			who = "self"
		}
		_, _ = fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\n", m.Number, m.Name, who, m.Colour, until)
	}
	return w.Flush()
}

// members finds people of the wallet by number of the list, name or identifier; "all" is everybody.
func membersOf(file *holder.File, flag, words string, at time.Time) ([]health.PersonID, error) {
	known := file.Members(at)
	if len(known) == 0 {
		return nil, fmt.Errorf("the wallet holds no code yet: run healthcode wallet refresh")
	}
	var ids []health.PersonID
	if words == "all" {
		for _, m := range known {
			ids = append(ids, m.ID)
		}
		return ids, nil
	}
	for _, word := range strings.Split(words, ",") {
		id, err := memberOf(known, strings.TrimSpace(word))
		if err != nil {
			return nil, usage("--%s: %w", flag, err)
		}
		ids = append(ids, id)
	}
	return ids, nil
}

func memberOf(known []holder.Member, word string) (health.PersonID, error) {
	if n, err := strconv.Atoi(word); err == nil && n >= 1 && n <= len(known) {
		return known[n-1].ID, nil
	}
	var found []health.PersonID
	for _, m := range known {
		if word == m.Name || word == m.ID.String() || word == "self" && !m.Relation.Valid() {
			found = append(found, m.ID)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return health.PersonID{}, fmt.Errorf("%q is nobody in this wallet: healthcode wallet list numbers its members", word)
	}
	return health.PersonID{}, fmt.Errorf("%q are %d people: name one by the number of healthcode wallet list", word, len(found))
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
    healthcode wallet present --member 2 --challenge 5f0c… --document --png - | display`
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
	if show.People, err = membersOf(file, flag, words, c.now()); err != nil {
		return show, err
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
		c.notef("This reveals the document number of everybody shown to the gate whose challenge this is: it can check a number that it has, or search for it.\n")
		if err := confirmed(c, p.Yes, "Show it?"); err != nil {
			return show, err
		}
	}
	return show, nil
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
		return drawSymbol(c, drawn)
	}
	b, err := drawn.PNG(8)
	if err != nil {
		return err
	}
	return c.write(p.PNG, b)
}
