package queue

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"
)

func counting(n int) func() (int, error) {
	i := 0
	return func() (int, error) {
		i++
		if i > n {
			return 0, io.EOF
		}
		return i, nil
	}
}

func TestARunKeepsTheOrderWhateverTakesLonger(t *testing.T) {
	var out, want bytes.Buffer
	slow := func(_ context.Context, i int) ([]byte, error) {
		time.Sleep(time.Duration(i%7) * 100 * time.Microsecond)
		return fmt.Appendf(nil, "%d\n", i), nil
	}
	if err := Run(t.Context(), 8, counting(500), slow, &out); err != nil {
		t.Fatal(err)
	}
	for i := range 500 {
		fmt.Fprintln(&want, i+1)
	}
	if out.String() != want.String() {
		t.Error("the answers are out of order")
	}
}

func TestARunAnswersBeforeTheNextLineComes(t *testing.T) {
	in, feed := io.Pipe()
	answers, out := io.Pipe()
	done := make(chan error, 1)
	go func() {
		b := make([]byte, 1)
		next := func() (byte, error) { _, err := io.ReadFull(in, b); return b[0], err }
		done <- Run(t.Context(), 2, next, func(_ context.Context, c byte) ([]byte, error) { return []byte{c, '!'}, nil }, out)
		_ = out.Close()
	}()
	for _, c := range "abc" { // each answer must come while the input is still open
		if _, err := feed.Write([]byte{byte(c)}); err != nil {
			t.Fatal(err)
		}
		got := make([]byte, 2)
		if _, err := io.ReadFull(answers, got); err != nil || got[0] != byte(c) {
			t.Fatalf("%q for %q (%v)", got, c, err)
		}
	}
	_ = feed.Close()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestARunEndsAtTheFirstError(t *testing.T) {
	broken := errors.New("broken")
	var out bytes.Buffer
	err := Run(t.Context(), 4, counting(1000), func(_ context.Context, i int) ([]byte, error) {
		if i == 10 {
			return nil, broken
		}
		return fmt.Appendf(nil, "%d\n", i), nil
	}, &out)
	if !errors.Is(err, broken) || strings.Count(out.String(), "\n") != 9 {
		t.Errorf("error %v after %q", err, out.String())
	}
	failing := func() (int, error) { return 0, broken }
	if err := Run(t.Context(), 4, failing, nil, io.Discard); !errors.Is(err, broken) {
		t.Errorf("an error of the input gives %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	endless := func() (int, error) { <-ctx.Done(); time.Sleep(time.Millisecond); return 1, nil }
	if err := Run(ctx, 1, endless, func(context.Context, int) ([]byte, error) { return nil, nil }, io.Discard); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled run gives %v", err)
	}
}
