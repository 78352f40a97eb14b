package main

import (
	"context"
	"log/slog"
	"time"
)

const (
	usesEvery  = 5 * time.Minute  // between two writes of when sessions were last used
	usesAtEnd  = 10 * time.Second // for the last of them
	usesFailed = "write when sessions were last used"
)

// keepUses writes from time to time when sessions were last used, since no request does, until the returned function is called, which writes what
// is left. What cannot be written is logged, and tried again at the next turn.
func (o *office) keepUses(ctx context.Context, log *slog.Logger) (stop func()) {
	turning, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		ticker := time.NewTicker(usesEvery)
		defer ticker.Stop()
		for {
			select {
			case <-turning.Done():
				return
			case <-ticker.C:
			}
			if err := o.wallet.WriteUses(turning, false); err != nil && turning.Err() == nil {
				log.Error(usesFailed, slog.Any("error", err))
			}
		}
	}()
	return func() {
		cancel()
		<-ended
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), usesAtEnd)
		defer cancel()
		if err := o.wallet.WriteUses(last, true); err != nil {
			log.Error(usesFailed, slog.Any("error", err))
		}
	}
}
