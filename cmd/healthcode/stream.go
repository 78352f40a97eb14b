package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"time"

	"healthcode.example/verifier"
)

// maxLine bounds a line of a stream in bytes; a longer one is answered too_long without being kept.
const maxLine = 1 << 20

// line is one line of a stream.
type line struct {
	text    string
	tooLong bool
}

// stream answers every line of the input.
func (v *verifyCommand) stream(ctx context.Context, c *console, q *question, at time.Time) error {
	in := c.in
	if v.Code != nil && *v.Code != "-" {
		f, err := os.Open(*v.Code)
		if err != nil {
			return usage("--stream reads lines from a file or from standard input: %w", err)
		}
		defer func() { _ = f.Close() }() // only read
		in = f
	}
	clock := c.now
	if v.At != "" {
		clock = func() time.Time { return at }
	}
	r := bufio.NewReaderSize(in, 64<<10)
	bar := newProgress(c, "codes", 0)
	defer bar.end()
	next := func() (line, error) {
		if !c.terminal { // the answers themselves show how far it is
			bar.set(bar.done + 1)
		}
		return readLine(r)
	}
	answer := func(_ context.Context, l line) ([]byte, error) { return q.line(l, clock()) }
	return inOrder(ctx, runtime.GOMAXPROCS(0), next, answer, c.out)
}

// line gives the JSON of one answer.
func (q *question) line(l line, at time.Time) ([]byte, error) {
	r := verifier.Result{Verdict: verifier.Refuse, Reason: verifier.ReasonTooLong, Remedy: verifier.ReasonTooLong.Remedy(), Members: []verifier.Member{}}
	if !l.tooLong {
		r = q.answer(l.text, at)
	}
	b, err := json.Marshal(r)
	return append(b, '\n'), err
}

// readLine reads to the end of the line and keeps no more than maxLine bytes of it; io.EOF at the end of the input.
func readLine(r *bufio.Reader) (line, error) {
	var l line
	var text []byte
	for {
		part, err := r.ReadSlice('\n')
		if len(text)+len(part) > maxLine+2 { // with the end of the line
			l.tooLong, text = true, nil
		}
		if !l.tooLong {
			text = append(text, part...)
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return line{}, fmt.Errorf("read the codes: %w", err)
		}
		if err != nil && len(text) == 0 && !l.tooLong {
			return line{}, io.EOF
		}
		text = trimLine(text)
		l.tooLong = l.tooLong || len(text) > maxLine
		l.text = string(text)
		return l, nil
	}
}
