package wallet

import (
	"context"

	"healthcode.example/health"
)

// Sessions keeps log-ins and what was agreed to at them. What store.go says of
// every method holds here too. A restore (issuer.Restorer) MUST end every
// session, since one that was logged out after the backup would come back.
type Sessions interface {
	// AddSession stores ses and, unless accepted is empty, that its person
	// accepted this version of the agreement at ses.Since. When the person has
	// MaxSessions, the one whose Seen is lowest ends. ErrNoPerson; ErrDeceased;
	// ErrTooYoung when ses is Guarded and no guardianship over the person with a
	// consent is in force at ses.Since. A Hash that is stored MUST be refused.
	// Events log_in and agreement.
	AddSession(ctx context.Context, ses Session, accepted string) error
	// Session returns a session; ErrNoSession.
	Session(ctx context.Context, hash [32]byte) (Session, error)
	// TouchSessions raises the Seen of each session, and never lowers it. One
	// that has ended MUST be passed over and stay ended. uses is not changed.
	TouchSessions(ctx context.Context, uses []SessionUse) error
	// EndSessions ends all sessions of the person; none is no error.
	// Event log_out when there was one.
	EndSessions(ctx context.Context, person health.PersonID, at int64) error
	// SweepSessions looks at no more than limit sessions, those whose Hash is
	// next above after, ascending, and ends those of which over is true. next is
	// the last that it looked at, and the zero hash when there are none above.
	// A session that is raised meanwhile is asked about again before it ends.
	// Without one to end nothing is written. No event: nobody logged out. over
	// may run more than once and MUST NOT call the store.
	SweepSessions(ctx context.Context, after [32]byte, limit int, over func(Session) bool) (next [32]byte, ended int, err error)
	// Agreement returns what the person accepted last, zero for nothing.
	// ErrNoPerson.
	Agreement(ctx context.Context, person health.PersonID) (Acceptance, error)
}
