package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"time"

	"healthcode.example/gate/scan"
	"healthcode.example/queue"
	"healthcode.example/verifier"
)

// stream answers every line of the input.
func (v *verifyCommand) stream(ctx context.Context, c *console, q *question, at time.Time) error {
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
	lines := scan.NewLines(in)
	bar := newProgress(c, "codes", 0)
	defer bar.end()
	var parts scan.Collector // only the reader's
	next := func() (scan.Line, error) {
		if !c.terminal { // the answers themselves show how far it is
			bar.set(bar.done + 1)
		}
		l, err := lines.Next()
		if err == nil {
			l = parts.Take(l, clock())
		}
		return l, err
	}
	answer := func(_ context.Context, l scan.Line) ([]byte, error) { return q.line(l, clock()) }
	return queue.Run(ctx, runtime.GOMAXPROCS(0), next, answer, c.out)
}

// line gives the JSON of one answer.
func (q *question) line(l scan.Line, at time.Time) ([]byte, error) {
	var answer any = l.Part
	switch {
	case l.TooLong:
		answer = verifier.Result{Verdict: verifier.Refuse, Reason: verifier.ReasonTooLong, Remedy: verifier.ReasonTooLong.Remedy(), Members: []verifier.Member{}}
	case l.Part == nil:
		answer = q.answer(l.Text, at)
	}
	b, err := json.Marshal(answer)
	return append(b, '\n'), err
}
