package main

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"
)

func TestSessionsAreSweptAtTheStartAndAtEveryTickAlsoAfterAFailure(t *testing.T) {
	ctx, stop := context.WithCancel(context.Background())
	ticks, swept := make(chan time.Time), make(chan time.Time)
	clock := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	calls := 0
	sweep := func(_ context.Context, at time.Time) (int, error) {
		calls++
		swept <- at
		if calls == 1 {
			return 0, errors.New("the disk is full")
		}
		return calls, nil
	}
	var log bytes.Buffer
	done := make(chan struct{})
	go func() {
		defer close(done)
		keepSweeping(ctx, ticks, func() time.Time { return clock.Add(time.Duration(calls) * time.Hour) }, sweep, slog.New(slog.NewTextHandler(&log, nil)))
	}()
	for i := range 3 {
		if i > 0 {
			ticks <- time.Time{}
		}
		if at := <-swept; !at.Equal(clock.Add(time.Duration(i) * time.Hour)) {
			t.Errorf("sweep %d is at %v", i, at)
		}
	}
	stop()
	<-done
	if text := log.String(); !strings.Contains(text, "the disk is full") || !strings.Contains(text, "sessions=2") {
		t.Errorf("the log says %q", text)
	}
}
