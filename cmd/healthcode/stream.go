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
	"sync"
	"time"

	"healthcode.example/verifier"
)

// Limits of a stream, which may have no end.
const (
	maxLine  = 1 << 20 // bytes; a longer line is answered too_long without being kept
	maxAhead = 64      // lines read and not yet answered
)

// line is one line on its way: read, answered by whichever worker is free, written in its turn.
type line struct {
	text    string
	tooLong bool
	answer  chan []byte
}

// stream answers every line of the input. Order is kept by a queue of lines; the answers are made by as many workers as there are processors.
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
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	queue, work := make(chan *line, maxAhead), make(chan *line, maxAhead)
	failed := make(chan error, 1)
	go func() {
		failed <- readLines(ctx, in, queue, work)
	}()
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for l := range work {
				l.answer <- q.line(l, clock())
			}
		})
	}
	if err := writeAnswers(ctx, c.out, queue); err != nil {
		return err // the reader may be waiting for a line that never comes: it ends with the process
	}
	workers.Wait()
	return <-failed
}

// line gives the JSON of one answer.
func (q *question) line(l *line, at time.Time) []byte {
	r := verifier.Result{Verdict: verifier.Refuse, Reason: verifier.ReasonTooLong, Remedy: verifier.ReasonTooLong.Remedy(), Members: []verifier.Member{}}
	if !l.tooLong {
		r = q.answer(l.text, at)
	}
	b, err := json.Marshal(r)
	if err != nil { // no Result is made that has no JSON; if one were, its line must still be answered, and not with accept
		b = []byte(`{"verdict":"refuse","reason":"claims","members":[]}`)
	}
	return append(b, '\n')
}

// readLines puts each line into both channels and closes them at the end.
func readLines(ctx context.Context, in io.Reader, queue, work chan<- *line) error {
	defer close(queue)
	defer close(work)
	r := bufio.NewReaderSize(in, 64<<10)
	for {
		l, err := readLine(r)
		if l != nil {
			select {
			case queue <- l:
			case <-ctx.Done():
				return ctx.Err()
			}
			work <- l // never waits for long: the workers wait for nobody
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read the codes: %w", err)
		}
	}
}

// readLine reads to the end of the line and keeps no more than maxLine bytes of it; nil at the end of the input.
func readLine(r *bufio.Reader) (*line, error) {
	l := &line{answer: make(chan []byte, 1)}
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
		if err != nil && len(text) == 0 && !l.tooLong {
			return nil, err
		}
		text = trimLine(text)
		l.tooLong = l.tooLong || len(text) > maxLine
		l.text = string(text)
		return l, err
	}
}

// writeAnswers writes in the order of the queue, and flushes whenever it would have to wait for the next line.
func writeAnswers(ctx context.Context, out io.Writer, queue <-chan *line) error {
	w := bufio.NewWriterSize(out, 64<<10)
	for {
		var l *line
		var open bool
		select {
		case l, open = <-queue:
		default:
			if err := w.Flush(); err != nil {
				return fmt.Errorf("write the answers: %w", err)
			}
			select {
			case l, open = <-queue:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		if !open {
			return w.Flush()
		}
		if _, err := w.Write(<-l.answer); err != nil {
			return fmt.Errorf("write the answers: %w", err)
		}
	}
}
