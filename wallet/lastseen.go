package wallet

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"sync"
)

// SessionUse is when a session was last used.
type SessionUse struct {
	Hash [32]byte
	Seen int64 // unix seconds
}

const (
	touchEvery        = 3600    // seconds between two writes of one session's last use
	defaultRemembered = 1 << 20 // sessions, about 100 MB
	maxTouched        = 1 << 14 // sessions in one transaction, so that no other writer waits for long
	roomTries         = 32      // sessions that are looked at to find one to be forgotten
)

// lastSeen remembers when sessions were last used, so that no request has to
// write it: what is due is taken from time to time and written together. It is
// safe for concurrent use. What it forgets, by a crash or by being full, makes a
// session look less recently used than it was: that can end a session early and
// never lets one live too long.
type lastSeen struct {
	most int

	mu  sync.Mutex
	all map[[32]byte]seenAt
}

type seenAt struct {
	used, written int64 // unix seconds; written is what the store knows
	staff         bool  // ends soon when it is not used
}

func newLastSeen(most int) *lastSeen {
	return &lastSeen{most: most, all: make(map[[32]byte]seenAt)}
}

// last is when the session was used, 0 when nothing is remembered.
func (l *lastSeen) last(hash [32]byte) int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all[hash].used
}

// note remembers that the session is used now. ses.Seen is what the store knows
// of it.
func (l *lastSeen) note(ses Session, now int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	was, known := l.all[ses.Hash]
	if !known && len(l.all) >= l.most {
		l.makeRoom()
	}
	was.used, was.written = max(was.used, now), max(was.written, ses.Seen)
	was.staff = len(ses.Roles) > 0
	l.all[ses.Hash] = was
}

// makeRoom forgets one session. It looks at a few, which are random since a map
// begins at a random one, for one of whose use the store knows nearly all; staff
// are forgotten only where it meets nobody else.
func (l *lastSeen) makeRoom() {
	var least [32]byte
	found, tries := false, 0
	for hash, was := range l.all {
		if !found || !was.staff {
			least, found = hash, true
		}
		if tries++; tries == roomTries || !was.staff && was.used-was.written < touchEvery {
			break
		}
	}
	delete(l.all, least)
}

// due are the uses that the store knows nothing of, those at least an hour later
// than what it knows, or with all every one. What it knows already is forgotten.
func (l *lastSeen) due(all bool) []SessionUse {
	l.mu.Lock()
	defer l.mu.Unlock()
	var uses []SessionUse
	for hash, was := range l.all {
		switch behind := was.used - was.written; {
		case behind <= 0:
			delete(l.all, hash)
		case all || behind >= touchEvery:
			uses = append(uses, SessionUse{hash, was.used})
		}
	}
	return uses
}

// written says that the store knows the uses.
func (l *lastSeen) written(uses []SessionUse) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, u := range uses {
		if was, known := l.all[u.Hash]; known {
			was.written = max(was.written, u.Seen)
			l.all[u.Hash] = was
		}
	}
}

func (l *lastSeen) forget(hash [32]byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.all, hash)
}

// WriteUses writes when sessions were last used, of each at most once an hour,
// and with all whatever the store does not know yet, as before the end of the
// process. It is one transaction unless there are very many. It is to be called
// every few minutes, since requests write nothing of it. What could not be
// written is remembered for the next call.
func (s *Service) WriteUses(ctx context.Context, all bool) error {
	uses := s.seen.due(all)
	// The store keeps them in this order: neighbours share its pages.
	slices.SortFunc(uses, func(a, b SessionUse) int { return bytes.Compare(a.Hash[:], b.Hash[:]) })
	for some := range slices.Chunk(uses, maxTouched) {
		if err := s.Store.TouchSessions(ctx, some); err != nil {
			return fmt.Errorf("write when %d sessions were last used: %w", len(uses), err)
		}
		s.seen.written(some)
	}
	return nil
}
