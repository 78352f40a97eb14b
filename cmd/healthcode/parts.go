package main

import (
	"fmt"
	"strings"
	"time"

	"healthcode.example/verifier/shc"
)

// partShown is the answer to one part of a card that stands on several symbols: no verdict, but what to show next. In JSON it has no "verdict".
type partShown struct {
	Seen    string `json:"seen"`
	Part    int    `json:"part"`
	Of      int    `json:"of"`
	Missing int    `json:"missing"`
}

func newPartShown(w *shc.Waiting) *partShown { return &partShown{w.String(), w.Part, w.Of, w.Missing} }

// collect gives what there is to judge when the line was read, or that more is to be shown. An empty line is neither.
func collect(parts *shc.Collector, l line, at time.Time) (line, *partShown) {
	if l.tooLong || strings.TrimSpace(l.text) == "" {
		return l, nil
	}
	text, wait := parts.Take(l.text, at)
	if wait != nil {
		return l, newPartShown(wait)
	}
	l.text = text
	return l, nil
}

// printPart says it to people, in no colour and with none of the signs of a verdict.
func printPart(c *console, p *partShown) error {
	next := "show the next"
	if p.Missing > 1 {
		next = fmt.Sprintf("show the other %d", p.Missing)
	}
	_, err := fmt.Fprintf(c.out, "… %s: %s within %d seconds\n  请出示下一部分 · 請出示下一部分\n", p.Seen, next, int(shc.CollectFor/time.Second))
	return err
}

// joinParts makes one text of several arguments, which must be parts of one card.
func joinParts(texts []string) (string, error) {
	for _, text := range texts {
		if p, err := shc.ReadPart(strings.TrimSpace(text)); len(texts) > 1 && (err != nil || p.Of < 2) {
			return "", usage("give one code at a time: several are read only as the parts of one SMART Health Card (shc:/1/2/… and shc:/2/2/…)")
		}
	}
	return strings.Join(texts, "\n"), nil
}
