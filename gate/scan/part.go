package scan

import (
	"errors"
	"strings"
	"time"

	"healthcode.example/verifier/shc"
)

// Part is the answer to one part of a card that stands on several symbols: no verdict, but what to show next. In JSON it has no "verdict".
type Part struct {
	Seen    string `json:"seen"`
	Part    int    `json:"part"`
	Of      int    `json:"of"`
	Missing int    `json:"missing"`
}

// Collector keeps the parts of the card that is being shown. Its zero value has none; it is for one goroutine at a time.
type Collector struct{ shown shc.Collector }

// Take gives the line as there is to judge when it was read, the whole card on the line of its last part, or with the Part that says that more is to
// be shown. An empty line is neither.
func (c *Collector) Take(l Line, at time.Time) Line {
	if l.TooLong || strings.TrimSpace(l.Text) == "" {
		return l
	}
	text, wait := c.shown.Take(l.Text, at)
	if wait != nil {
		l.Part = &Part{wait.String(), wait.Part, wait.Of, wait.Missing}
		return l
	}
	l.Text = text
	return l
}

// Join makes one text of several, which must be parts of one card.
func Join(texts []string) (string, error) {
	for _, text := range texts {
		if p, err := shc.ReadPart(strings.TrimSpace(text)); len(texts) > 1 && (err != nil || p.Of < 2) {
			return "", errors.New("give one code at a time: several are read only as the parts of one SMART Health Card (shc:/1/2/… and shc:/2/2/…)")
		}
	}
	return strings.Join(texts, "\n"), nil
}
