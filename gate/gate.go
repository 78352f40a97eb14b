// Package gate is a gate at work: it answers code after code, asks for answers to challenges, and follows the files of what it believes. What comes before
// it is read by gate/scan and gate/picture, what it believes by gate/belief, and its verdicts are said by gate/verdict.
package gate

import (
	"context"
	"errors"
	"io"
	"strings"
	"time"

	"healthcode.example/gate/belief"
	"healthcode.example/gate/scan"
	"healthcode.example/verifier"
	"healthcode.example/wallet"
)

// Config is what a gate is made of.
type Config struct {
	Files    belief.Files
	Ask      bool             // draw a challenge before each code
	Document *wallet.Document // whose codes are asked for; nil: anybody's
	Screen   Screen
	Note     belief.Note // tells the operator of trouble with the files
	Now      func() time.Time
	Rand     io.Reader // for challenges
}

// Post is a gate at work. It is for one goroutine at a time.
type Post struct {
	Config
	gate      *verifier.Gate
	belief    *belief.Follower
	challenge challenge
	parts     scan.Collector // of the card that is being shown
}

// LookEvery is how often a gate at which nobody is looks at its challenge.
const LookEvery = time.Second

// Open reads what the gate believes.
func Open(c Config) (*Post, error) {
	p := &Post{Config: c}
	var v *verifier.Verifier
	var err error
	if p.belief, v, err = belief.Follow(c.Files, c.Now(), c.Note); err != nil {
		return nil, err
	}
	p.gate = verifier.NewGate(v)
	return p, nil
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

// Work answers the lines of the input until it or the context ends: both are how a gate is closed. At each look a challenge that will soon be over is
// drawn anew; LookEvery is often enough.
func (p *Post) Work(ctx context.Context, in io.Reader, look <-chan time.Time) error {
	ctx, closed := context.WithCancel(ctx) // also for whoever listens, when a screen closes the gate
	defer closed()
	lines := listen(ctx, in)
	for {
		if p.Ask && p.challenge.stale(p.Now()) {
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
			if err := p.Take(got.Line); err != nil {
				return err
			}
		}
	}
}

// Take answers one line: a code, a part of one, or a question mark alone, which asks for a challenge. An error is the screen's, or of randomness.
func (p *Post) Take(l scan.Line) error {
	text := strings.TrimSpace(l.Text)
	switch {
	case text == "" && !l.TooLong:
		return nil
	case text == "?":
		return p.draw()
	}
	if l = p.parts.Take(l, p.Now()); l.Part != nil {
		return p.Screen.Part(l.Part)
	}
	if v := p.belief.Next(p.Now(), p.Note); v != nil {
		p.gate.Use(v)
	}
	r := tooLong()
	if !l.TooLong {
		r = p.challenge.judge(p.gate, strings.TrimSpace(l.Text), p.Now())
	}
	if p.Document != nil {
		r = r.RequireDocument(string(p.Document.Type), p.Document.Number)
	}
	return p.Screen.Verdict(r)
}
