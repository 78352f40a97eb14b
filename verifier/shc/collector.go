package shc

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"time"
)

// CollectFor is how long the parts of a card may take from the first one shown.
const CollectFor = 60 * time.Second

// Collector puts the parts of one card together that are shown one after the other, in any order: at most one card, of at most MaxText
// characters, for at most CollectFor. It judges nothing. Of the last card that was complete it keeps what tells its parts, and nothing of them: one
// that a scanner reads again belongs to no card of the next person. The zero value holds nothing; it is for one goroutine.
type Collector struct {
	parts  [maxParts]string // texts by number; empty: not shown yet
	of     int              // zero: none is held
	since  time.Time
	former [maxParts]digest // of the parts of the last card
	again  bool             // all that is held are parts of that
}

type digest = [sha256.Size]byte

// Waiting says which part was shown and how many are still to be shown.
type Waiting struct{ Part, Of, Missing int }

func (w *Waiting) String() string {
	return fmt.Sprintf("part %d of %d of a SMART Health Card", w.Part, w.Of)
}

// Take takes what was shown at the time. Where it is a part of a card and others are missing, it says so. Else it gives the text that is to be
// judged: all parts of the card with white space between them, or, of whatever is no part, what was shown. A part of another card than those held,
// or after their time, begins a new one, and so does one beside parts of the card that was complete before; what is no part ends the one that was held.
func (c *Collector) Take(text string, at time.Time) (string, *Waiting) {
	shown := text
	text = strings.TrimSpace(text)
	p, err := ReadPart(text)
	if err != nil || p.Of < 2 || p.Digits == "" || strings.ContainsFunc(p.Digits, func(r rune) bool { return r < '0' || r > '9' }) {
		*c = Collector{}
		return shown, nil
	}
	again := c.former[p.Number-1] == sha256.Sum256([]byte(text))
	age, held := at.Sub(c.since), c.parts[p.Number-1]
	if c.of != p.Of || age < 0 || age > CollectFor || held != "" && held != text || c.again && !again {
		*c = Collector{of: p.Of, since: at, former: c.former, again: true}
	}
	c.parts[p.Number-1], c.again = text, c.again && again
	missing, length := 0, 0
	for _, part := range c.parts[:c.of] {
		if length += len(part); part == "" {
			missing++
		}
	}
	if missing > 0 && length <= MaxText {
		return "", &Waiting{p.Number, p.Of, missing}
	}
	whole := strings.Join(c.parts[:c.of], " ") // longer than any card: the reader refuses it as that
	former := Collector{}
	for i, part := range c.parts[:c.of] {
		former.former[i] = sha256.Sum256([]byte(part))
	}
	*c = former
	return whole, nil
}
