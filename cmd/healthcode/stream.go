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

	"healthcode.example/queue"
	"healthcode.example/verifier"
	"healthcode.example/verifier/shc"
)

// maxLine bounds a line of a stream in bytes; a longer one is answered too_long without being kept.
const maxLine = 1 << 20

// line is one line of a stream.
type line struct {
	text    string
	tooLong bool
	part    *partShown // in place of a verdict: more is to be shown; nil: the text is to be judged
}

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
	r := bufio.NewReaderSize(in, 64<<10)
	bar := newProgress(c, "codes", 0)
	defer bar.end()
	var parts shc.Collector // only the reader's
	next := func() (line, error) {
		if !c.terminal { // the answers themselves show how far it is
			bar.set(bar.done + 1)
		}
		l, err := readLine(r)
		if err == nil {
			l, l.part = collect(&parts, l, clock())
		}
		return l, err
	}
	answer := func(_ context.Context, l line) ([]byte, error) { return q.line(l, clock()) }
	return queue.Run(ctx, runtime.GOMAXPROCS(0), next, answer, c.out)
}

// line gives the JSON of one answer.
func (q *question) line(l line, at time.Time) ([]byte, error) {
	var answer any = l.part
	switch {
	case l.tooLong:
		answer = verifier.Result{Verdict: verifier.Refuse, Reason: verifier.ReasonTooLong, Remedy: verifier.ReasonTooLong.Remedy(), Members: []verifier.Member{}}
	case l.part == nil:
		answer = q.answer(l.text, at)
	}
	b, err := json.Marshal(answer)
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
