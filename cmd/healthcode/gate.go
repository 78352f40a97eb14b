package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"healthcode.example/gate/scan"
	"healthcode.example/gate/verdict"
	"healthcode.example/verifier"
	"healthcode.example/verifier/shc"
	"healthcode.example/wallet"
)

type gateCommand struct {
	gateFlags
	Ask      bool  `help:"Draw a challenge before each code, which the holder's wallet must answer; it is drawn anew before its 60 seconds are over."`
	Document given `placeholder:"TYPE:NUMBER" help:"Ask whether each code belongs to this document."`
	JSON     bool  `help:"Write one JSON object a line, verdicts and challenges alike."`
}

// Help gives the examples.
func (*gateCommand) Help() string {
	return `Reads one code a line from standard input, as a scanner types them, and answers each at once, until the input or Ctrl-C ends it. The gate remembers
what it has seen for two minutes: the same presentation a second time is already shown. A line with a question mark alone draws a challenge, good for
60 seconds, as --ask does before every code: its symbol is shown to the holder, whose wallet answers it. With --ask the symbol is drawn anew every
50 seconds, and an answer to the one before still counts until its minute is over.

A part of a SMART Health Card that stands on several symbols is no code yet: the gate says which part it was and waits a minute for the others, in any
order, until something else is shown; then it answers the whole. With --json such a part has "part", "of" and "missing" and no verdict.

When the bundle's file or one of a partner is replaced, the next code is judged by the new one. A file that cannot be read or believed replaces nothing;
it is named once and tried again.

Examples:

    scanner | healthcode gate --bundle gate.ykb --root root.cose
    scanner | healthcode gate --bundle gate.ykb --root root.cose --ask --document resident-id:990106194401303151`
}

// post is a gate at work.
type post struct {
	*gateCommand
	c         *console
	gate      *verifier.Gate
	trust     gateTrust
	document  *wallet.Document
	challenge challenge
	parts     scan.Collector // of the card that is being shown
}

// lookEvery is how often a gate at which nobody is looks at its challenge.
const lookEvery = time.Second

// Run answers codes until the input or the context ends: both are how a gate is closed.
func (g *gateCommand) Run(ctx context.Context, c *console) error {
	p, err := g.open(c)
	if err != nil {
		return err
	}
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	return p.work(ctx, ticker.C)
}

// open reads what the gate believes.
func (g *gateCommand) open(c *console) (*post, error) {
	p := &post{gateCommand: g, c: c}
	if g.Document != "" {
		d, err := parseDocument(string(g.Document))
		if err != nil {
			return nil, err
		}
		p.document = &d
	}
	return p, p.read()
}

// scanned is one line of the scanner, or why there are no more.
type scanned struct {
	scan.Line
	err error
}

// listen reads lines on a goroutine of its own, since nothing interrupts a read. It ends with the input or the context, or with the process when
// a read never returns.
func listen(ctx context.Context, in io.Reader) <-chan scanned {
	lines := make(chan scanned)
	go func() {
		r := scan.NewLines(in)
		for {
			l, err := r.Next()
			select {
			case lines <- scanned{l, err}:
			case <-ctx.Done():
				return
			}
			if err != nil {
				return
			}
		}
	}()
	return lines
}

// work answers codes. At each look a challenge that will soon be over is drawn anew.
func (p *post) work(ctx context.Context, look <-chan time.Time) error {
	lines := listen(ctx, p.c.in)
	for {
		if p.Ask && p.challenge.stale(p.c.now()) {
			if err := p.draw(); err != nil {
				return err
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-look:
		case got := <-lines:
			if errors.Is(got.err, io.EOF) {
				return nil
			}
			if got.err != nil {
				return got.err
			}
			if err := p.take(got.Line); err != nil {
				return err
			}
		}
	}
}

// take answers one line.
func (p *post) take(l scan.Line) error {
	text := strings.TrimSpace(l.Text)
	switch {
	case text == "" && !l.TooLong:
		return nil
	case text == "?":
		return p.draw()
	}
	if l = p.parts.Take(l, p.c.now()); l.Part != nil {
		if p.JSON {
			return p.c.json(l.Part)
		}
		return printPart(p.c, l.Part)
	}
	if err := p.read(); err != nil {
		return err
	}
	r := verifier.Result{Verdict: verifier.Refuse, Reason: verifier.ReasonTooLong, Remedy: verifier.ReasonTooLong.Remedy(), Members: []verifier.Member{}}
	if !l.TooLong {
		r = p.challenge.judge(p.gate, strings.TrimSpace(l.Text), p.c.now())
	}
	if p.document != nil {
		r = r.RequireDocument(string(p.document.Type), p.document.Number)
	}
	if p.JSON {
		return p.c.json(r)
	}
	return verdict.Print(p.c.out, p.c.colour, r)
}

// printPart says it to people, in no colour and with none of the signs of a verdict.
func printPart(c *console, p *scan.Part) error {
	next := "show the next"
	if p.Missing > 1 {
		next = fmt.Sprintf("show the other %d", p.Missing)
	}
	_, err := fmt.Fprintf(c.out, "… %s: %s within %d seconds\n  请出示下一部分 · 請出示下一部分\n", p.Seen, next, int(shc.CollectFor/time.Second))
	return err
}
