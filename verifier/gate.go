package verifier

import (
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"healthcode.example/credential"
)

// What a gate remembers, and for how long.
const (
	shownFor      = 120 * time.Second // longer than a presentation is accepted
	challengeFor  = 60 * time.Second
	maxRemembered = 1 << 16 // presentations: 500 a second for two minutes
	maxOpen       = 1 << 10 // challenges
	challengeSize = 16
)

// Gate adds to a Verifier what one gate remembers: its open challenges, and what was shown there in the last two minutes. It is safe for
// concurrent use.
type Gate struct {
	verifier atomic.Pointer[Verifier]

	mu    sync.Mutex
	shown memory[[32]byte]
	open  memory[string] // challenges
}

// NewGate makes a gate that verifies with v.
func NewGate(v *Verifier) *Gate {
	g := &Gate{shown: newMemory[[32]byte](), open: newMemory[string]()}
	g.verifier.Store(v)
	return g
}

// Use takes a Verifier with newer trust. What the gate remembers stays.
func (g *Gate) Use(v *Verifier) { g.verifier.Store(v) }

// Challenge opens a challenge of 128 bits from rand, good once and for 60 seconds.
func (g *Gate) Challenge(rand io.Reader, at time.Time) ([]byte, error) {
	challenge := make([]byte, challengeSize)
	if _, err := io.ReadFull(rand, challenge); err != nil {
		return nil, fmt.Errorf("challenge: %w", err)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.open.forget(at)
	if n := len(g.open.until); n >= maxOpen {
		return nil, fmt.Errorf("challenge: %d are open at this gate; wait for them to be answered or to end after %v", n, challengeFor)
	}
	g.open.add(string(challenge), at.Add(challengeFor))
	return challenge, nil
}

// Verify is Verifier.Verify for this gate: a challenge must be one that is open here, which it closes when it is answered; and a presentation
// whose holder proof was right is refused when it comes a second time.
func (g *Gate) Verify(text string, at time.Time, challenge []byte) Result {
	if challenge != nil && !g.IsOpen(challenge, at) {
		return refuse(ReasonChallengeExpired)
	}
	r := g.verifier.Load().Verify(text, at, challenge)
	if r.shown == ([32]byte{}) || r.Reason == ReasonChallengeMissing || r.Reason == ReasonChallengeMismatch {
		return r
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.shown.forget(at)
	if g.shown.holds(r.shown, at) {
		again := refuse(ReasonAlreadyShown)
		again.Region, again.Ages = r.Region, r.Ages
		return again
	}
	if challenge != nil {
		if !g.open.holds(string(challenge), at) {
			return refuse(ReasonChallengeExpired) // answered by another scan in the meantime
		}
		g.open.drop(string(challenge))
	}
	if len(g.shown.until) >= maxRemembered {
		return cannotSay(ReasonAlreadyShown) // better than to forget what was shown
	}
	g.shown.add(r.shown, at.Add(shownFor))
	return r
}

// IsOpen says whether the challenge still waits for its answer.
func (g *Gate) IsOpen(challenge []byte, at time.Time) bool {
	if credential.CheckChallenge(challenge) != nil {
		return false
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.open.holds(string(challenge), at)
}
