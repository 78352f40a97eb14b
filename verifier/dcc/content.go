package dcc

import (
	"cmp"
	"math"
	"strconv"
	"strings"

	"healthcode.example/verifier"
)

// entry is the certificate's one entry; an empty one unless Proof is set.
func (c *Certificate) entry() *entry {
	for _, l := range [...]list{c.content.vaccinations, c.content.tests, c.content.recoveries} {
		if l.n > 0 {
			return l.first
		}
	}
	return new(entry)
}

// short gives a field that is a text of sane length, or nothing.
func short(v value) string {
	s, _ := v.Text()
	if len(s) > maxField {
		return ""
	}
	return s
}

// number gives a field that is a small whole number in any of its encodings.
func number(v value) (int, bool) {
	n, ok := v.Number()
	return int(n), ok && n >= 0 && n < 1000 && n == math.Trunc(n)
}

// Country is the country under whose rules the certificate was given, ISO 3166-1.
func (c *Certificate) Country() string { return short(c.entry().country) }

// Name is the holder's full name, given name first.
func (c *Certificate) Name() string {
	n := &c.content.name
	given := cmp.Or(short(n.given), short(n.givenInCapital))
	family := cmp.Or(short(n.family), short(n.familyInCapital))
	return strings.TrimSpace(given + " " + family)
}

// Proves says in one line what the certificate vouches for, and what of it no value set names. Whether that is a proof is the finding's matter.
func (c *Certificate) Proves() verifier.Line {
	e := c.entry()
	var l line
	switch {
	case c.content.vaccinations.n > 0:
		l.add(vaccination)
		l.about(e)
		l.doses(e)
		l.part(comma, e.product)
		l.part(comma, e.date)
	case c.content.tests.n > 0:
		l.outcome(e)
		l.about(e)
		l.part(sampled, e.sampled)
	case c.content.recoveries.n > 0:
		l.add(recovery)
		l.about(e)
		l.part(firstPositive, e.positive)
		l.part(validFrom, e.from)
		l.part(validTo, e.validity)
	}
	return verifier.JoinLines(l.parts[:l.n]...)
}

// line gathers the parts of what is proved.
type line struct {
	parts [maxParts]verifier.Line
	n     int
}

const maxParts = 12 // the longest line has 10

func (l *line) add(part verifier.Line) {
	if l.n < len(l.parts) {
		l.parts[l.n] = part
		l.n++
	}
}

// word adds what is the same in every language.
func (l *line) word(s string) { l.add(verifier.Line{Hans: s, Hant: s, En: s}) }

// part adds a field with what stands before it, if there is one.
func (l *line) part(before verifier.Line, field value) {
	if s := short(field); s != "" {
		l.add(before)
		l.word(s)
	}
}

func (l *line) about(e *entry) {
	if tg := short(e.disease); tg != diseaseCOVID19 {
		l.add(verifier.Linef("（其他疾病 %s）", "（其他疾病 %s）", " (another disease, %s)", tg))
	}
}

func (l *line) doses(e *entry) {
	n, ok1 := number(e.dose)
	of, ok2 := number(e.of)
	if !ok1 || !ok2 {
		return
	}
	l.add(dose)
	l.word(strconv.Itoa(n))
	l.add(doseOf)
	l.word(strconv.Itoa(of))
	l.add(doseEnd)
}

func (l *line) outcome(e *entry) {
	kind := anyTest
	switch short(e.kind) {
	case kindNAAT:
		kind = naat
	case kindAntigen:
		kind = antigen
	}
	switch short(e.result) {
	case detected:
		l.add(verifier.Line{Hans: kind.Hans + "阳性", Hant: kind.Hant + "陽性", En: "positive " + kind.En})
	case notDetected:
		l.add(verifier.Line{Hans: kind.Hans + "阴性", Hant: kind.Hant + "陰性", En: "negative " + kind.En})
	default:
		l.add(verifier.Line{Hans: kind.Hans + "结果不明", Hant: kind.Hant + "結果不明", En: kind.En + " without a clear result"})
	}
}

// Words of the line.
var (
	vaccination   = verifier.Line{Hans: "接种疫苗", Hant: "接種疫苗", En: "vaccination"}
	recovery      = verifier.Line{Hans: "康复", Hant: "康復", En: "recovery"}
	dose          = verifier.Line{Hans: "，第", Hant: "，第", En: ", dose "}
	doseOf        = verifier.Line{Hans: "剂，共", Hant: "劑，共", En: " of "}
	doseEnd       = verifier.Line{Hans: "剂", Hant: "劑"}
	comma         = verifier.Line{Hans: "，", Hant: "，", En: ", "}
	sampled       = verifier.Line{Hans: "，采样 ", Hant: "，採樣 ", En: ", sampled "}
	firstPositive = verifier.Line{Hans: "，首次阳性 ", Hant: "，首次陽性 ", En: ", first positive "}
	validFrom     = verifier.Line{Hans: "，有效期 ", Hant: "，有效期 ", En: ", valid "}
	validTo       = verifier.Line{Hans: " 至 ", Hant: " 至 ", En: " to "}
	naat          = verifier.Line{Hans: "核酸检测", Hant: "核酸檢測", En: "NAAT test"}
	antigen       = verifier.Line{Hans: "抗原检测", Hant: "抗原檢測", En: "antigen test"}
	anyTest       = verifier.Line{Hans: "检测", Hant: "檢測", En: "test"}
)
