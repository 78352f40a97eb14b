package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"healthcode.example/credential"
	"healthcode.example/gate"
	"healthcode.example/gate/belief"
	"healthcode.example/gate/scan"
	"healthcode.example/gate/verdict"
	"healthcode.example/partner"
	"healthcode.example/trust"
	"healthcode.example/verifier"
)

// gateFlags say what a gate believes and of what sort it is.
type gateFlags struct {
	Bundle given `required:"" placeholder:"FILE" help:"The trust bundle of the gate."`
	believeFlags
	Partner   []given `placeholder:"FILE" help:"The bundle of a partner region that our key list names, to look up the status of its codes; once for each. Those that healthcode bundle partner has kept are found without."`
	Gate      given   `placeholder:"SORT" help:"The sort of this gate, as --gate of partner add names them; without it, what counts at some gates only does not count."`
	FullNames bool    `help:"Show the full name of a code of another format, where the procedure at this gate asks for it. Store it nowhere."`
}

type verifyCommand struct {
	gateFlags
	At        given    `placeholder:"RFC3339" help:"The gate's time; without it, now."`
	Challenge given    `placeholder:"HEX" help:"The gate's challenge, 16 to 32 bytes, which the presentation must answer."`
	Document  given    `placeholder:"TYPE:NUMBER" help:"Ask whether the code belongs to this document."`
	Salt      given    `placeholder:"TEXT" help:"The text of the symbol behind the fold of a paper code, for --document."`
	JSON      bool     `help:"Write one JSON object."`
	Stream    bool     `help:"Read one code a line, and write one JSON object a line, in order."`
	Code      []string `arg:"" optional:"" help:"The text of a code, a picture or text file of one, or - for standard input. Several are the parts of one SMART Health Card."`
}

// Help gives the examples.
func (*verifyCommand) Help() string {
	return `Exit code: 0 accept, 1 refuse, 2 cannot say, 64 wrong usage, 65 unreadable bundle; 74 where a file or stream fails.
With --stream it is 0 when every line was answered. There a part of a SMART Health Card that stands on several symbols is answered with an object
that has "part", "of" and "missing" and no verdict; the verdict on the card stands on the line of its last part.

Examples:

    healthcode verify --bundle demo/bundle.ykb --demo --at "$(cat demo/at)" demo/guardian.png
    healthcode verify --bundle gate.ykb --root 5f2c…90 "YK1:…"
    healthcode verify --bundle gate.ykb --root root.cose --document resident-id:990106194401303151 --salt "YKS1:…" paper.png
    healthcode verify --bundle gate.ykb --root root.cose --partner macao.ykb shown.png
    healthcode verify --bundle gate.ykb --root root.cose --gate border vaccination.png
    healthcode verify --bundle gate.ykb --root root.cose part1.png part2.png
    scanner | healthcode verify --bundle gate.ykb --root root.cose --stream`
}

// Run verifies one code, or a stream of them.
func (v *verifyCommand) Run(ctx context.Context, c *console) error {
	at, err := c.at(string(v.At))
	if err != nil {
		return err
	}
	q, err := v.question(c, at)
	if err != nil {
		return err
	}
	if v.Stream {
		return v.stream(ctx, c, q, at)
	}
	result, err := v.one(c, q, at)
	if err != nil {
		return err
	}
	if v.JSON {
		err = c.json(result)
	} else {
		err = verdict.Print(c.out, c.colour, result)
	}
	if err != nil || result.Verdict == verifier.Accept {
		return err
	}
	if result.Verdict == verifier.CannotSay {
		return &exitError{code: exitCannotSay}
	}
	return &exitError{code: exitFailed}
}

// question reads the flags that are the same for every code, the bundle last.
func (v *verifyCommand) question(c *console, at time.Time) (*gate.Question, error) {
	q := &gate.Question{}
	var err error
	if q.Challenge, err = parseChallenge(string(v.Challenge)); err != nil {
		return nil, err
	}
	if v.Document != "" {
		d, err := parseDocument("--document", string(v.Document))
		if err != nil {
			return nil, err
		}
		q.Document = &d
	}
	if v.Salt != "" {
		salt, err := credential.ParseSalt(string(v.Salt))
		if err != nil {
			return nil, usage("--salt: %w", err)
		}
		q.Salt = &salt
	}
	files, err := v.files()
	if err != nil {
		return nil, err
	}
	q.Verifier, err = files.Verifier(at, c.notef)
	return q, err
}

// files are what this gate believes.
func (g *gateFlags) files() (belief.Files, error) {
	if err := checkGate(g.Gate); err != nil {
		return belief.Files{}, err
	}
	partners := make([]string, len(g.Partner))
	for i, path := range g.Partner {
		partners[i] = string(path)
	}
	return belief.Files{Bundle: string(g.Bundle), Partners: partners, Pin: g.pin, Policy: verifier.Policy{Demo: g.Demo, Gate: string(g.Gate)}, Formats: partner.Formats(g.FullNames)}, nil
}

// checkGate looks at the sort of a gate before anything is done.
func checkGate(sort given) error {
	if sort != "" && !trust.ValidGate(string(sort)) {
		return usage("--gate %q: a sort of gates is named by 1 to 32 of a-z, 0-9 and -", sort)
	}
	return nil
}

// stream answers every line of the input.
func (v *verifyCommand) stream(ctx context.Context, c *console, q *gate.Question, at time.Time) error {
	in := c.in
	if len(v.Code) > 1 {
		return usage("--stream reads one file: give one, or - for standard input")
	}
	if len(v.Code) == 1 && v.Code[0] != "-" {
		if isPictureName(v.Code[0]) {
			return usage("--stream reads lines of text, and %s is a picture: leave --stream out", v.Code[0])
		}
		f, err := os.Open(v.Code[0])
		if err != nil {
			return fmt.Errorf("--stream reads lines from a file or from standard input: %w", err)
		}
		defer func() { _ = f.Close() }() // only read
		in = f
	}
	clock := c.now
	if v.At != "" {
		clock = func() time.Time { return at }
	}
	bar := newProgress(c, "codes", 0)
	defer bar.end()
	count := func() {
		if !c.terminal { // the answers themselves show how far it is
			bar.set(bar.done + 1)
		}
	}
	return q.Stream(ctx, in, c.out, clock, count)
}

// one reads the code, or its parts, and answers it.
func (v *verifyCommand) one(c *console, q *gate.Question, at time.Time) (verifier.Result, error) {
	if len(v.Code) == 0 {
		return verifier.Result{}, usage("give a code: its text, a file, or - for standard input")
	}
	var texts []string
	for _, arg := range v.Code {
		in, err := readCode(c, arg)
		if err != nil {
			return verifier.Result{}, err
		}
		if in.Trouble != "" {
			return gate.Unreadable(in.Trouble), nil
		}
		texts = append(texts, in.Text)
	}
	text, err := scan.Join(texts)
	if err != nil {
		return verifier.Result{}, usage("%w", err)
	}
	return q.Answer(text, at), nil
}
