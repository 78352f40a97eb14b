package wallet

import "sync"

// lastSeen remembers when sessions were last used, so that a request need not
// write. It is safe for concurrent use. What it forgets, by a restart or by
// being full, makes a session look up to an hour less recently used: that can
// end a session early and never lets one live too long.
type lastSeen struct {
	mu  sync.Mutex
	all map[[32]byte]seenAt
}

type seenAt struct{ used, written int64 } // unix seconds

const (
	touchEvery  = 3600    // seconds between two writes of one session's last use
	maxLastSeen = 1 << 20 // sessions remembered, about 100 MB
)

// last is when the session was used, 0 when nothing is remembered.
func (l *lastSeen) last(hash [32]byte) int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all[hash].used
}

// note remembers the use of a session begun at since, and says whether it is
// time to write it; of callers at the same time one is told so.
func (l *lastSeen) note(hash [32]byte, since, now int64) (write bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	was, known := l.all[hash]
	if !known {
		was = seenAt{written: since}
		if l.all == nil || len(l.all) >= maxLastSeen {
			l.all = make(map[[32]byte]seenAt)
		}
	}
	write = now-was.written >= touchEvery
	if write {
		was.written = now
	}
	was.used = max(was.used, now)
	l.all[hash] = was
	return write
}

func (l *lastSeen) forget(hash [32]byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.all, hash)
}
