package wallet

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"healthcode.example/health"
)

// Session is a log-in as the store keeps it. The token itself is kept nowhere:
// Hash is its SHA-256, and a token has 256 random bits.
type Session struct {
	Hash    [32]byte
	Person  health.PersonID
	Since   int64    // unix seconds of the log-in
	Seen    int64    // unix seconds of the last use; what the store has lags by an hour and more, see Service.WriteUses
	Methods []string // amr of the log-in
	Roles   []Role   // empty for residents
	Guarded bool     // of somebody under 14: it needs a guardian in force who has consented
}

// Has says whether the session carries the role.
func (s Session) Has(r Role) bool { return slices.Contains(s.Roles, r) }

// Actor is the capacity in which the session's person acts for others: that of
// the first of their roles in Roles, BySelf without one.
func (s Session) Actor() Actor {
	for _, r := range Roles {
		if s.Has(r) {
			return Actor(r)
		}
	}
	return BySelf
}

// freshFor is how old a log-in may be for what cannot be undone.
const freshFor = 10 * time.Minute

// Fresh says whether the log-in was just now: whoever has found a telephone
// that is logged in must not do for good what its owner would not.
func (s Session) Fresh(at time.Time) bool {
	age := at.Sub(time.Unix(s.Since, 0))
	return age <= freshFor && age >= -time.Minute
}

// How long sessions last unless the configuration says otherwise. Staff sit at
// shared counters and see other people's data: theirs end within the working day.
const (
	DefaultSessionIdle     = 7 * 24 * time.Hour
	DefaultSessionAbsolute = 30 * 24 * time.Hour
	staffIdle              = 30 * time.Minute
	staffAbsolute          = 10 * time.Hour
)

// SessionLimits are how long the session lasts unused and at all. The
// configuration can make a staff session shorter, never longer.
func (s *Service) SessionLimits(ses Session) (idle, absolute time.Duration) {
	idle, absolute = s.SessionIdle, s.SessionAbsolute
	if len(ses.Roles) > 0 {
		idle, absolute = min(idle, staffIdle), min(absolute, staffAbsolute)
	}
	return idle, absolute
}

// Session returns the session of a token and notes in memory that it was used.
// It writes nothing; WriteUses does. ErrNoSession when the token is
// unknown, was unused for too long, is too old or was logged out.
func (s *Service) Session(ctx context.Context, token string, at time.Time) (Session, error) {
	hash, ok := hashToken(token)
	if !ok {
		return Session{}, fmt.Errorf("find the session: %w", ErrNoSession)
	}
	ses, err := s.Store.Session(ctx, hash)
	if errors.Is(err, ErrNoSession) {
		s.seen.forget(hash)
	}
	if err != nil {
		return Session{}, fmt.Errorf("find the session: %w", err)
	}
	used, now := max(ses.Seen, s.seen.last(hash)), at.Unix()
	lately := ses
	lately.Seen = used
	if s.over(lately, at) {
		return Session{}, fmt.Errorf("find the session: %w", ErrNoSession)
	}
	s.seen.note(ses, now)
	ses.Seen = max(used, now)
	return ses, nil
}

// over says whether the session is too old or was unused for too long.
func (s *Service) over(ses Session, at time.Time) bool {
	idle, absolute := s.SessionLimits(ses)
	return at.Unix()-ses.Seen >= int64(idle/time.Second) || at.Unix()-ses.Since >= int64(absolute/time.Second)
}

// sweepBatch is how many sessions one transaction of a sweep looks at.
const sweepBatch = 1000

// SweepSessions takes the sessions that are over at the time out of the store,
// a batch at a time, and says how many; those of people who never come back
// would stay there for good. It may run beside everything else.
func (s *Service) SweepSessions(ctx context.Context, at time.Time) (ended int, err error) {
	over := func(ses Session) bool {
		ses.Seen = max(ses.Seen, s.seen.last(ses.Hash))
		return s.over(ses, at)
	}
	for after := ([32]byte{}); ; {
		next, n, err := s.Store.SweepSessions(ctx, after, sweepBatch, over)
		if err != nil {
			return ended, fmt.Errorf("sweep the sessions: %w", err)
		}
		if ended += n; next == ([32]byte{}) {
			return ended, nil
		}
		after = next
	}
}

// LogOut ends all sessions of the person, wherever they were begun. Repeating
// it changes nothing.
func (s *Service) LogOut(ctx context.Context, person health.PersonID, at time.Time) error {
	if err := s.Store.EndSessions(ctx, person, at.Unix()); err != nil {
		return fmt.Errorf("log person %s out: %w", person, err)
	}
	return nil
}

// tokenSize is the bytes of a token before it is written as text.
const tokenSize = 32

var tokenText = base64.RawURLEncoding.Strict()

// newToken makes a token, 43 characters of A-Z a-z 0-9 - and _, and its hash.
func newToken(rand io.Reader) (token string, hash [32]byte, err error) {
	var secret [tokenSize]byte
	if _, err := io.ReadFull(rand, secret[:]); err != nil {
		return "", hash, fmt.Errorf("read random bytes: %w", err)
	}
	return tokenText.EncodeToString(secret[:]), sha256.Sum256(secret[:]), nil
}

// hashToken is how the store knows a token; false for what no token looks like.
func hashToken(token string) (hash [32]byte, ok bool) {
	if len(token) != tokenText.EncodedLen(tokenSize) {
		return hash, false
	}
	secret, err := tokenText.DecodeString(token)
	if err != nil {
		return hash, false
	}
	return sha256.Sum256(secret), true
}
