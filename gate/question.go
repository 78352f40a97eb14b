package gate

import (
	"context"
	"encoding/json"
	"io"
	"runtime"
	"time"

	"healthcode.example/credential"
	"healthcode.example/gate/scan"
	"healthcode.example/queue"
	"healthcode.example/verifier"
	"healthcode.example/wallet"
)

// Question is what a gate that keeps nothing asks of each code. It is not changed by use, and any number may ask it at a time.
type Question struct {
	Verifier  *verifier.Verifier
	Challenge []byte               // which the presentation must answer; nil: none was drawn
	Document  *wallet.Document     // nil: anybody's
	Salt      *credential.Revealed // of a paper code; nil: it was not shown
}

// Answer judges one code.
func (q *Question) Answer(text string, at time.Time) verifier.Result {
	r := q.Verifier.Verify(text, at, q.Challenge)
	if q.Salt != nil {
		r = r.Reveal(*q.Salt)
	}
	if q.Document != nil {
		r = r.RequireDocument(string(q.Document.Type), q.Document.Number)
	}
	return r
}

// Stream answers every line of the input with a JSON object on a line, in order, until the input ends. It calls count before it reads a line, and from
// the same goroutine.
func (q *Question) Stream(ctx context.Context, in io.Reader, out io.Writer, now func() time.Time, count func()) error {
	lines := scan.NewLines(in)
	var parts scan.Collector // only the reader's
	next := func() (scan.Line, error) {
		count()
		l, err := lines.Next()
		if err == nil {
			l = parts.Take(l, now())
		}
		return l, err
	}
	answer := func(_ context.Context, l scan.Line) ([]byte, error) { return q.line(l, now()) }
	return queue.Run(ctx, runtime.GOMAXPROCS(0), next, answer, out)
}

// line gives the JSON of one answer.
func (q *Question) line(l scan.Line, at time.Time) ([]byte, error) {
	var answer any = l.Part
	switch {
	case l.TooLong:
		answer = tooLong()
	case l.Part == nil:
		answer = q.Answer(l.Text, at)
	}
	b, err := json.Marshal(answer)
	return append(b, '\n'), err
}

// tooLong is the Result on a line that is longer than any code.
func tooLong() verifier.Result {
	return verifier.Result{Verdict: verifier.Refuse, Reason: verifier.ReasonTooLong, Remedy: verifier.ReasonTooLong.Remedy(), Members: []verifier.Member{}}
}

// Unreadable is the Result on a picture in which there is no code to look at; seen says what it is.
func Unreadable(seen string) verifier.Result {
	return verifier.Result{Verdict: verifier.Refuse, Reason: verifier.ReasonOtherFormat, Remedy: verifier.RemedyRescan, Seen: seen, Members: []verifier.Member{}}
}
