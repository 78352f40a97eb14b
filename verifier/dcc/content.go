package dcc

import (
	"cmp"
	"fmt"
	"math"
	"strings"
	"time"

	"healthcode.example/credential"
)

// Codes of the value sets of the specification (SNOMED CT and LOINC).
const (
	diseaseCOVID19 = "840539006"
	detected       = "260373001"
	notDetected    = "260415000"
	kindNAAT       = "LP6464-4"
)

// entry is the certificate's one entry; nil unless Proof is set.
func (c *Certificate) entry() map[string]any {
	for _, list := range [][]map[string]any{c.content.Vaccinations, c.content.Tests, c.content.Recoveries} {
		if len(list) > 0 {
			return list[0]
		}
	}
	return nil
}

// text gives a field that is a text of sane length, or nothing.
func text(entry map[string]any, name string) string { return short(entry[name]) }

func short(v any) string {
	s, _ := v.(string)
	if len(s) > maxField {
		return ""
	}
	return s
}

// number gives a field that is a small whole number in any of its encodings.
func number(entry map[string]any, name string) (int, bool) {
	switch n := entry[name].(type) {
	case int64:
		return int(n), n >= 0 && n < 1000
	case float64:
		return int(n), n >= 0 && n < 1000 && n == math.Trunc(n)
	}
	return 0, false
}

// Country is the country under whose rules the certificate was given, ISO 3166-1.
func (c *Certificate) Country() string { return text(c.entry(), "co") }

// Name is the holder's full name, given name first.
func (c *Certificate) Name() string {
	n := &c.content.Name
	given := cmp.Or(short(n.Given), short(n.GivenInCapital))
	family := cmp.Or(short(n.Family), short(n.FamilyInCapital))
	return strings.TrimSpace(given + " " + family)
}

// maskedName masks each part of the name.
func (c *Certificate) maskedName() string { return credential.MaskName(c.Name()) }

// Infected says whether the certificate is of a test that found the disease.
func (c *Certificate) Infected() bool {
	return len(c.content.Tests) > 0 && text(c.content.Tests[0], "tr") == detected
}

// sampled gives when the sample of a negative test was taken, in hours since 1970 rounded down, or zero.
func (c *Certificate) sampled() int64 {
	if len(c.content.Tests) != 1 || text(c.content.Tests[0], "tr") != notDetected {
		return 0
	}
	at, ok := instant(text(c.content.Tests[0], "sc"))
	if !ok || at.Unix() <= 0 {
		return 0
	}
	return at.Unix() / 3600
}

// instant reads ISO 8601 as issuers write it: with seconds and offset, or offset without a colon, or none, which the specification forbids
// and which then means UTC.
func instant(s string) (time.Time, bool) {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05Z0700", "2006-01-02T15:04:05Z07", "2006-01-02T15:04:05"} {
		if at, err := time.Parse(layout, s); err == nil {
			return at, true
		}
	}
	return time.Time{}, false
}

// Proves says in one line what the certificate vouches for.
func (c *Certificate) Proves() string {
	e := c.entry()
	about := ""
	if tg := text(e, "tg"); tg != diseaseCOVID19 {
		about = " against another disease (" + tg + ")"
	}
	switch {
	case len(c.content.Vaccinations) > 0:
		return "vaccination" + about + doses(e) + part(", ", text(e, "mp")) + part(", ", text(e, "dt"))
	case len(c.content.Tests) > 0:
		return outcome(e) + about + part(", sampled ", text(e, "sc"))
	case len(c.content.Recoveries) > 0:
		return "recovery" + about + part(", first positive ", text(e, "fr")) + part(", valid ", text(e, "df")) + part(" to ", text(e, "du"))
	}
	return ""
}

func part(before, s string) string {
	if s == "" {
		return ""
	}
	return before + s
}

func doses(e map[string]any) string {
	n, ok1 := number(e, "dn")
	of, ok2 := number(e, "sd")
	if !ok1 || !ok2 {
		return ""
	}
	return fmt.Sprintf(", dose %d of %d", n, of)
}

func outcome(e map[string]any) string {
	kind := "antigen test"
	if text(e, "tt") == kindNAAT {
		kind = "NAAT test"
	}
	switch text(e, "tr") {
	case detected:
		return "positive " + kind
	case notDetected:
		return "negative " + kind
	}
	return kind + " without a clear result"
}
