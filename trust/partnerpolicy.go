package trust

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"healthcode.example/credential"
)

// PartnerPolicy says which codes of a partner count here, and as what. It can only narrow: what the code or the partner's own policy refuses
// stays refused. The zero value of a field other than Kinds asks nothing, except UnknownAge.
//
//	partner-policy = {
//	    1: [ 1*3 kind ],                       ; admitted
//	  ? 2: [ colour, colour, colour ],         ; what their green, yellow, red are here; absent: the same
//	  ? 3: 60..31622400,                       ; unknown age in seconds; absent: a code whose status is unknown does not count
//	  ? 4: 60..2678400,                        ; refresh age in seconds: the code's iat is at most so old
//	  ? 5: 1..720,                             ; test age in hours: its negative sample is at most so old
//	  ? 6: true,                               ; its codes end with the day (UTC+8) of their iat, after 23:59:59
//	  ? 7: [ 1*16 gate ]                       ; the sorts of gates at which its codes count; absent: all
//	}
type PartnerPolicy struct {
	Kinds      []credential.Kind
	Colours    ColourMap
	UnknownAge time.Duration
	RefreshAge time.Duration
	TestAge    time.Duration // whole hours
	EndOfDay   bool
	Gates      []string // sorts of gates, in a-z, 0-9 and -; empty: all
}

// ColourMap gives our colour for each of theirs: of green, yellow, red in this order. The zero value is the identity.
type ColourMap [3]credential.Colour

var sameColours = ColourMap{credential.Green, credential.Yellow, credential.Red}

// Of gives what their colour is here. A colour outside the registry stays what it is: nothing.
func (m ColourMap) Of(theirs credential.Colour) credential.Colour {
	if m == (ColourMap{}) || !theirs.Valid() {
		return theirs
	}
	return m[theirs-1]
}

// validate insists on an order that a slip of the pen would break: what is worse there is not better here, and red never becomes green.
func (m ColourMap) validate() error {
	if m == (ColourMap{}) {
		return nil
	}
	for _, c := range m {
		if !c.Valid() {
			return fmt.Errorf("colour map names colour %d, which is not in the registry", c)
		}
	}
	if m[0] > m[1] || m[1] > m[2] || m[2] == credential.Green {
		return fmt.Errorf("colour map makes green, yellow, red of the partner %v, %v, %v: a worse colour may not become a better one, nor red green", m[0], m[1], m[2])
	}
	return nil
}

type wirePartnerPolicy struct {
	Kinds    []uint64 `cbor:"1,keyasint"`
	Colours  []uint64 `cbor:"2,keyasint,omitempty"`
	Unknown  int64    `cbor:"3,keyasint,omitempty"`
	Refresh  int64    `cbor:"4,keyasint,omitempty"`
	Test     int64    `cbor:"5,keyasint,omitempty"`
	EndOfDay bool     `cbor:"6,keyasint,omitempty"`
	Gates    []string `cbor:"7,keyasint,omitempty"`
}

// Admits says whether codes of the kind count.
func (p *PartnerPolicy) Admits(k credential.Kind) bool { return slices.Contains(p.Kinds, k) }

// CountsAt says whether codes count at a gate of the sort. A gate that is of no sort (empty) takes only what counts everywhere.
func (p *PartnerPolicy) CountsAt(gate string) bool {
	return len(p.Gates) == 0 || slices.Contains(p.Gates, gate)
}

// ValidGate says whether the text can name a sort of gates: 1 to 32 of a-z, 0-9 and -.
func ValidGate(name string) bool {
	return name != "" && len(name) <= maxGateName && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

// End is the Unix time from which a code issued at iat no longer counts, or zero if the policy sets none.
func (p *PartnerPolicy) End(iat int64) int64 {
	if !p.EndOfDay {
		return 0
	}
	return credential.DayStart(credential.ListDay(iat) + 1)
}

func (p *PartnerPolicy) validate() error {
	if len(p.Kinds) == 0 || repeats(p.Kinds) {
		return fmt.Errorf("admits no kind, or names one twice")
	}
	for _, k := range p.Kinds {
		if !k.Valid() {
			return fmt.Errorf("kind %d is not in the registry", k)
		}
	}
	if err := p.Colours.validate(); err != nil {
		return err
	}
	if len(p.Gates) > maxGates || repeats(p.Gates) {
		return fmt.Errorf("names %d sorts of gates, want at most %d, each once", len(p.Gates), maxGates)
	}
	for _, g := range p.Gates {
		if !ValidGate(g) {
			return fmt.Errorf("gate %.8q must be 1 to %d of a-z, 0-9 and -", g, maxGateName)
		}
	}
	for _, a := range []struct {
		name              string
		age, unit, lo, hi time.Duration
	}{
		{"age with status unknown", p.UnknownAge, time.Second, minPartnerAge, maxUnknownAge},
		{"refresh age", p.RefreshAge, time.Second, minPartnerAge, credential.MaxPaperLifetime},
		{"test age", p.TestAge, time.Hour, time.Hour, maxTestAge},
	} {
		if a.age != 0 && (a.age < a.lo || a.age > a.hi || a.age%a.unit != 0) {
			return fmt.Errorf("%s of %v, want %v to %v in steps of %v", a.name, a.age, a.lo, a.hi, a.unit)
		}
	}
	return nil
}

func (p *PartnerPolicy) wire() wirePartnerPolicy {
	w := wirePartnerPolicy{
		Unknown: int64(p.UnknownAge / time.Second), Refresh: int64(p.RefreshAge / time.Second), Test: int64(p.TestAge / time.Hour), EndOfDay: p.EndOfDay,
		Gates: slices.Sorted(slices.Values(p.Gates)),
	}
	for _, k := range slices.Sorted(slices.Values(p.Kinds)) {
		w.Kinds = append(w.Kinds, uint64(k))
	}
	if p.Colours != (ColourMap{}) && p.Colours != sameColours {
		for _, c := range p.Colours {
			w.Colours = append(w.Colours, uint64(c))
		}
	}
	return w
}

// read bounds the numbers so far that none overflows; validate looks at the ranges.
func (w *wirePartnerPolicy) read() (p PartnerPolicy, err error) {
	if w.Unknown < 0 || w.Unknown > int64(maxUnknownAge/time.Second) || w.Refresh < 0 || w.Refresh > int64(maxUnknownAge/time.Second) ||
		w.Test < 0 || w.Test > int64(maxTestAge/time.Hour) {
		return p, fmt.Errorf("partner's policy: an age of %d s, %d s or %d h is out of range", w.Unknown, w.Refresh, w.Test)
	}
	p = PartnerPolicy{
		UnknownAge: time.Duration(w.Unknown) * time.Second, RefreshAge: time.Duration(w.Refresh) * time.Second,
		TestAge: time.Duration(w.Test) * time.Hour, EndOfDay: w.EndOfDay, Gates: w.Gates,
	}
	if !ascending(w.Gates, strings.Compare) {
		return p, fmt.Errorf("partner's policy: gates are not in ascending order, each once")
	}
	if !ascending(w.Kinds, cmp.Compare) {
		return p, fmt.Errorf("partner's policy: kinds are not in ascending order, each once")
	}
	for _, k := range w.Kinds {
		if k > 255 {
			return p, fmt.Errorf("partner's policy: kind %d is not in the registry", k)
		}
		p.Kinds = append(p.Kinds, credential.Kind(k))
	}
	p.Colours, err = readColours(w.Colours)
	return p, err
}

func readColours(w []uint64) (m ColourMap, err error) {
	if len(w) == 0 {
		return m, nil
	}
	if len(w) != len(m) {
		return m, fmt.Errorf("partner's policy: colour map of %d, want %d", len(w), len(m))
	}
	for i, c := range w {
		if c == 0 || c > uint64(credential.Red) {
			return m, fmt.Errorf("partner's policy: colour %d is not in the registry", c)
		}
		m[i] = credential.Colour(c)
	}
	if m == sameColours {
		return m, fmt.Errorf("partner's policy: a colour map that changes nothing must be left out")
	}
	return m, nil
}
