package main

import (
	"context"
	"log/slog"
	"time"
)

// sweepEvery is how often sessions that are over are taken out of the store.
const sweepEvery = time.Hour

// keepSweeping sweeps at once and at every tick, until the context ends. What fails is logged and tried again at the next tick: a session that is
// over opens nothing, whether it is still in the store or not.
func keepSweeping(ctx context.Context, ticks <-chan time.Time, now func() time.Time, sweep func(context.Context, time.Time) (int, error), log *slog.Logger) {
	for {
		ended, err := sweep(ctx, now())
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			log.Error("sweep", slog.Any("error", err))
		case ended > 0:
			log.Info("sweep", slog.Int("sessions", ended))
		}
		select {
		case <-ctx.Done():
			return
		case <-ticks:
		}
	}
}
