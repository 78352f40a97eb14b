package gate

import (
	"time"

	"healthcode.example/verifier"
)

// redrawAfter is how long a challenge stands on the screen. It is good for ten seconds more, which whoever has just scanned it has for the answer.
const redrawAfter = 50 * time.Second

// challenge is what the next code must answer: the one on the screen, or the one that stood there before as long as it is good.
type challenge struct {
	shown  []byte // nil: none is asked for
	drawn  time.Time
	former []byte // nil: none
}

// stale says whether a gate that asks before every code has to draw: nothing stands on the screen, or what does will soon be over. A clock that was
// set back tells nothing of how long it has stood there.
func (h *challenge) stale(at time.Time) bool {
	stood := at.Sub(h.drawn)
	return h.shown == nil || stood >= redrawAfter || stood < 0
}

// judge verifies a text, which has to answer a challenge if one is asked for. What has answered one is followed by no more answers to it.
func (h *challenge) judge(gate *verifier.Gate, text string, at time.Time) verifier.Result {
	r := gate.Verify(text, at, h.shown)
	if r.Reason == verifier.ReasonChallengeMismatch && h.former != nil && gate.IsOpen(h.former, at) {
		if r = gate.Verify(text, at, h.former); !gate.IsOpen(h.former, at) {
			*h = challenge{}
		}
	}
	if h.shown != nil && !gate.IsOpen(h.shown, at) { // answered, or its time is over
		*h = challenge{}
	}
	return r
}

// draw opens a challenge and shows it.
func (p *Post) draw() error {
	at := p.Now()
	drawn, err := p.gate.Challenge(p.Rand, at)
	if err != nil {
		return err
	}
	p.challenge = challenge{shown: drawn, drawn: at, former: p.challenge.shown}
	return p.Screen.Challenge(drawn)
}
