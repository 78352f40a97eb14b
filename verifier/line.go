package verifier

import (
	"fmt"
	"strings"
)

// Line is one line for the person at the gate, in the languages of the registry. What a foreign issuer wrote stands in it as it was written.
type Line struct {
	Hans string `json:"zh-Hans"`
	Hant string `json:"zh-Hant"`
	En   string `json:"en"`
}

// Linef writes the same things into a format of each language. The formats take them in one order; %[2]d reads another.
func Linef(hans, hant, en string, args ...any) Line {
	return Line{fmt.Sprintf(hans, args...), fmt.Sprintf(hant, args...), fmt.Sprintf(en, args...)}
}

// Plus is the line with another behind it.
func (l Line) Plus(o Line) Line { return Line{l.Hans + o.Hans, l.Hant + o.Hant, l.En + o.En} }

// JoinLines is all of them, one behind the other.
func JoinLines(parts ...Line) Line {
	var hans, hant, en strings.Builder
	hans.Grow(total(parts, func(l *Line) int { return len(l.Hans) }))
	hant.Grow(total(parts, func(l *Line) int { return len(l.Hant) }))
	en.Grow(total(parts, func(l *Line) int { return len(l.En) }))
	for i := range parts {
		hans.WriteString(parts[i].Hans)
		hant.WriteString(parts[i].Hant)
		en.WriteString(parts[i].En)
	}
	return Line{hans.String(), hant.String(), en.String()}
}

func total(parts []Line, length func(*Line) int) (n int) {
	for i := range parts {
		n += length(&parts[i])
	}
	return n
}

// shown bounds each language, and keeps control characters out of it.
func (l Line) shown() Line { return Line{line(l.Hans), line(l.Hant), line(l.En)} }
