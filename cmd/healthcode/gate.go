package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"healthcode.example/trust/bundlefile"
	"healthcode.example/verifier"
	"healthcode.example/wallet"
	"healthcode.example/wallet/symbol"
)

type gateCommand struct {
	gateFlags
	Ask      bool  `help:"Draw a challenge before each code, which the holder's wallet must answer within 60 seconds."`
	Document given `placeholder:"TYPE:NUMBER" help:"Ask whether each code belongs to this document."`
	JSON     bool  `help:"Write one JSON object a line, verdicts and challenges alike."`
}

// Help gives the examples.
func (*gateCommand) Help() string {
	return `Reads one code a line from standard input, as a scanner types them, and answers each at once. The gate remembers what it has seen for two minutes:
the same presentation a second time is already shown. A line with a question mark alone draws a challenge, as --ask does before every code: its
symbol is shown to the holder, whose wallet answers it. When the bundle's file or one of a partner that is kept beside it is replaced, the next code
is judged by the new one.

Examples:

    scanner | healthcode gate --bundle gate.ykb --root root.cose
    scanner | healthcode gate --bundle gate.ykb --root root.cose --ask --document resident-id:990106194401303151`
}

// post is a gate at work.
type post struct {
	*gateCommand
	c         *console
	gate      *verifier.Gate
	files     []os.FileInfo // of the bundles, when they were read
	document  *wallet.Document
	challenge []byte // that the next code must answer; nil: none
}

// Run answers codes until the input ends.
func (g *gateCommand) Run(ctx context.Context, c *console) error {
	p := &post{gateCommand: g, c: c}
	if g.Document != "" {
		d, err := parseDocument(string(g.Document))
		if err != nil {
			return err
		}
		p.document = &d
	}
	if err := p.read(); err != nil {
		return err
	}
	in := bufio.NewReaderSize(c.in, 64<<10)
	for ctx.Err() == nil {
		if err := p.ask(g.Ask && p.challenge == nil); err != nil {
			return err
		}
		l, err := readLine(in)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := p.take(l); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// read takes the bundle's file, and those of partners, if one of them is another than before. Trouble with a newer one is told, and the gate goes
// on with what it has.
func (p *post) read() error {
	files, err := p.stat()
	if err == nil && p.gate != nil && slices.EqualFunc(files, p.files, sameFile) {
		return nil
	}
	var v *verifier.Verifier
	if err == nil || p.gate == nil {
		v, err = p.load(p.c, p.c.now())
	}
	switch {
	case err != nil && p.gate == nil:
		return err
	case err != nil:
		p.c.notef("healthcode: the gate goes on with the bundle that it has: %v\n", err)
	case p.gate == nil:
		p.gate = verifier.NewGate(v)
	default:
		p.gate.Use(v)
	}
	p.files = files
	return nil
}

// stat looks at the files from which the gate's trust is read, without reading them.
func (p *post) stat() ([]os.FileInfo, error) {
	kept, _ := os.ReadDir(bundlefile.PartnerDir(string(p.Bundle))) // most gates keep none
	var files []os.FileInfo
	for _, entry := range kept {
		if filepath.Ext(entry.Name()) != ".ykb" {
			continue
		}
		if file, err := entry.Info(); err == nil { // one that is gone changes the number
			files = append(files, file)
		}
	}
	file, err := os.Stat(string(p.Bundle))
	return append(files, file), err
}

func sameFile(a, b os.FileInfo) bool {
	return a != nil && b != nil && os.SameFile(a, b) && a.ModTime().Equal(b.ModTime())
}

// ask draws a challenge where one is wanted.
func (p *post) ask(want bool) error {
	if !want {
		return nil
	}
	var err error
	if p.challenge, err = p.gate.Challenge(p.c.rand, p.c.now()); err != nil {
		return err
	}
	text := fmt.Sprintf("%x", p.challenge)
	if p.JSON {
		return p.c.json(map[string]string{"challenge": text})
	}
	drawn, err := symbol.New(strings.ToUpper(text))
	if err != nil {
		return err
	}
	p.c.printf("\nLet the wallet scan this and answer within 60 seconds:\n\n")
	if err := drawSymbol(p.c, drawn); err != nil {
		return err
	}
	p.c.printf("%s\n", text)
	return nil
}

// take answers one line.
func (p *post) take(l line) error {
	text := strings.TrimSpace(l.text)
	switch {
	case text == "" && !l.tooLong:
		return nil
	case text == "?":
		return p.ask(true)
	}
	if err := p.read(); err != nil {
		return err
	}
	r := verifier.Result{Verdict: verifier.Refuse, Reason: verifier.ReasonTooLong, Remedy: verifier.ReasonTooLong.Remedy(), Members: []verifier.Member{}}
	if !l.tooLong {
		r = p.gate.Verify(text, p.c.now(), p.challenge)
	}
	if p.document != nil {
		r = r.RequireDocument(string(p.document.Type), p.document.Number)
	}
	if p.challenge != nil && !p.gate.IsOpen(p.challenge, p.c.now()) { // answered, or its time is over
		p.challenge = nil
	}
	if p.JSON {
		return p.c.json(r)
	}
	return printVerdict(p.c, r)
}
