// Package drill plays the day on which the key of all phone codes was stolen: with real ceremonies, a real store and a real checkpoint, on a
// province of invented people or on a copy of a real one. Every step checks its own outcome.
//
// In a copy the people, their phones, colours, holdings and prints are those of the region. Its keys are not, since nobody but the ceremony has
// those of root and key list: the copy is founded again with keys that are made for the day and thrown away. So codes that people hold in truth
// cannot be judged in the drill; some are issued in it beforehand.
package drill

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"healthcode.example/issuer"
	"healthcode.example/wallet"
)

// Store is where the day is played.
type Store interface {
	wallet.Store
	issuer.Store
}

// Copy is a store that was copied for a drill.
type Copy interface {
	Store
	// ForgetRegion takes publication, ceiling, signing keys and list keys away and leaves all else. One transaction.
	ForgetRegion(ctx context.Context) error
}

// Config says what is played. Store, Rand and Now are needed.
type Config struct {
	Store  Store            // empty, for invented people; with a Master a Copy
	Master []byte           // 32 bytes: the master key under which the people of the copy are sealed; nil invents people
	Region string           // of invented people; a copy knows its own
	People int              // to be invented, at least 1
	Sample time.Duration    // how long re-issuing is measured; 0 serves everybody
	Rand   io.Reader        // cryptographic
	Now    func() time.Time // the clock that measures

	Told     func(Step)                      // after each step; nil: nobody
	Progress func(what string, done, of int) // during long ones; nil: nobody
}

// Step is what happened in one part of the day.
type Step struct {
	What    string  `json:"what"`
	Seconds float64 `json:"seconds"`
	Result  string  `json:"result"`
}

// Report is what the day showed.
type Report struct {
	Copy    bool    `json:"copy"` // of a real region, with keys that are not its own
	People  int     `json:"people"`
	Phones  int     `json:"phones"`
	Steps   []Step  `json:"steps"`
	Rate    float64 `json:"phones_per_second"` // that fetched their codes
	Minutes float64 `json:"minutes_until_all_could_be_served"`
}

// Play goes through the day, and fails at the first step whose outcome is not as docs/ceremonies.md promises. The store is worth nothing
// afterwards.
func Play(ctx context.Context, c Config) (*Report, error) {
	if c.Told == nil {
		c.Told = func(Step) {}
	}
	if c.Progress == nil {
		c.Progress = func(string, int, int) {}
	}
	p := &province{Config: c, at: c.Now().Truncate(time.Second), report: &Report{Copy: c.Master != nil}}
	settle, what := p.invent, "the province before: people, phones, keys"
	if c.Master != nil {
		settle, what = p.takeOver, "the copy: its people, with keys made for this day"
	} else if c.People < 1 {
		return nil, errors.New("play the drill: it needs people")
	}
	for _, s := range []struct {
		what string
		do   func(context.Context) (string, error)
	}{
		{what, settle},
		{"codes in people's hands", p.before},
		{"the theft is noticed: a compromise is proposed", p.propose},
		{"two list signers sign copies, which are put together", p.sign},
		{"the server publishes; the standby begins to sign", p.publish},
		{"a checkpoint updates, and judges old and forged codes", p.judge},
		{"phones fetch new codes", p.reissue},
	} {
		begun := c.Now()
		result, err := s.do(ctx)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s.what, err)
		}
		done := Step{What: s.what, Seconds: c.Now().Sub(begun).Seconds(), Result: result}
		p.report.Steps = append(p.report.Steps, done)
		c.Told(done)
	}
	return p.report, nil
}
