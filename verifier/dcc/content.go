package dcc

import (
	"cmp"
	"math"
	"strings"
	"time"

	"healthcode.example/credential"
	"healthcode.example/verifier"
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
func (c *Certificate) Proves() verifier.Line {
	e := c.entry()
	var about verifier.Line
	if tg := text(e, "tg"); tg != diseaseCOVID19 {
		about = verifier.Linef("（其他疾病 %s）", "（其他疾病 %s）", " against another disease (%s)", tg)
	}
	switch {
	case len(c.content.Vaccinations) > 0:
		return vaccination.Plus(about).Plus(doses(e)).Plus(part(comma, text(e, "mp"))).Plus(part(comma, text(e, "dt")))
	case len(c.content.Tests) > 0:
		return outcome(e).Plus(about).Plus(part(sampled, text(e, "sc")))
	case len(c.content.Recoveries) > 0:
		return recovery.Plus(about).Plus(part(firstPositive, text(e, "fr"))).Plus(part(validFrom, text(e, "df"))).Plus(part(validTo, text(e, "du")))
	}
	return verifier.Line{}
}

// Words of the line.
var (
	vaccination   = verifier.Line{Hans: "接种疫苗", Hant: "接種疫苗", En: "vaccination"}
	recovery      = verifier.Line{Hans: "康复", Hant: "康復", En: "recovery"}
	comma         = verifier.Line{Hans: "，", Hant: "，", En: ", "}
	sampled       = verifier.Line{Hans: "，采样 ", Hant: "，採樣 ", En: ", sampled "}
	firstPositive = verifier.Line{Hans: "，首次阳性 ", Hant: "，首次陽性 ", En: ", first positive "}
	validFrom     = verifier.Line{Hans: "，有效期 ", Hant: "，有效期 ", En: ", valid "}
	validTo       = verifier.Line{Hans: " 至 ", Hant: " 至 ", En: " to "}
	naat          = verifier.Line{Hans: "核酸检测", Hant: "核酸檢測", En: "NAAT test"}
	antigen       = verifier.Line{Hans: "抗原检测", Hant: "抗原檢測", En: "antigen test"}
)

func part(before verifier.Line, s string) verifier.Line {
	if s == "" {
		return verifier.Line{}
	}
	return before.Plus(verifier.Line{Hans: s, Hant: s, En: s})
}

func doses(e map[string]any) verifier.Line {
	n, ok1 := number(e, "dn")
	of, ok2 := number(e, "sd")
	if !ok1 || !ok2 {
		return verifier.Line{}
	}
	return verifier.Linef("，第%d剂，共%d剂", "，第%d劑，共%d劑", ", dose %d of %d", n, of)
}

func outcome(e map[string]any) verifier.Line {
	kind := antigen
	if text(e, "tt") == kindNAAT {
		kind = naat
	}
	switch text(e, "tr") {
	case detected:
		return verifier.Line{Hans: kind.Hans + "阳性", Hant: kind.Hant + "陽性", En: "positive " + kind.En}
	case notDetected:
		return verifier.Line{Hans: kind.Hans + "阴性", Hant: kind.Hant + "陰性", En: "negative " + kind.En}
	}
	return verifier.Line{Hans: kind.Hans + "结果不明", Hant: kind.Hant + "結果不明", En: kind.En + " without a clear result"}
}
