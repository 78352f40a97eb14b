package wallet

import (
	"fmt"
	"sync"
	"time"
)

// How many claims of one guardian may fail.
const (
	maxFailedHour = 5
	maxFailedDay  = 20
	maxClaimants  = 1 << 17 // guardians remembered at a time
)

// ErrClaims says that a guardian's claims have failed too often.
type ErrClaims struct {
	RetryAfter time.Duration // at least a second
}

// Error says when to try again.
func (e ErrClaims) Error() string {
	return fmt.Sprintf("too many claims were not proven: try again in %s, or ask a community worker", e.RetryAfter.Round(time.Second))
}

// claimLimit counts failed claims in memory: a restart forgives them, which the
// hour's limit makes worth little. It is safe for concurrent use.
type claimLimit struct {
	mu     sync.Mutex
	failed map[Lookup][]int64 // by the guardian's document: unix seconds, ascending, of the last day
	swept  int64
}

// begin counts the claim as failed before its work begins, so that many at the
// same time count each; forgive takes it back. The error is an ErrClaims.
func (l *claimLimit) begin(guardian Lookup, at time.Time) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := at.Unix()
	l.sweep(now)
	failed := lastDay(l.failed[guardian], now)
	if wait := wait(failed, now, maxFailedHour, maxFailedDay); wait > 0 {
		return ErrClaims{RetryAfter: time.Duration(wait) * time.Second}
	}
	if _, known := l.failed[guardian]; !known && len(l.failed) >= maxClaimants {
		return ErrClaims{RetryAfter: time.Hour} // so many strangers failing is an attack: numbers are guarded first
	}
	l.failed[guardian] = append(failed, now)
	return nil
}

// wait is the seconds until there is room again after so many an hour and a day,
// 0 for at once. times are ascending.
func wait(times []int64, now int64, hour, day int) int64 {
	until, n := int64(0), len(times)
	if n >= hour {
		until = times[n-hour] + 3600
	}
	if n >= day {
		until = max(until, times[n-day]+24*3600)
	}
	return max(until-now, 0)
}

// forgive takes a claim begun at the time back.
func (l *claimLimit) forgive(guardian Lookup, at time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	failed := l.failed[guardian]
	for i := len(failed) - 1; i >= 0; i-- {
		if failed[i] == at.Unix() {
			l.failed[guardian] = append(failed[:i:i], failed[i+1:]...)
			return
		}
	}
}

// sweep forgets, once an hour, everybody whose failures are a day old.
func (l *claimLimit) sweep(now int64) {
	if l.failed != nil && now-l.swept < 3600 {
		return
	}
	l.swept = now
	kept := make(map[Lookup][]int64)
	for guardian, failed := range l.failed {
		if failed = lastDay(failed, now); len(failed) > 0 {
			kept[guardian] = failed
		}
	}
	l.failed = kept
}

// lastDay keeps the times of the last 24 hours.
func lastDay(failed []int64, now int64) []int64 {
	for len(failed) > 0 && now-failed[0] >= 24*3600 {
		failed = failed[1:]
	}
	return failed
}
