package dcc

import (
	"strings"

	"healthcode.example/trust"
	"healthcode.example/verifier"
)

// What the value sets of the specification name (eHealth Network, "Value Sets for EU Digital COVID Certificates" 1.14: disease, test result and
// type of test, of SNOMED CT and LOINC). Nothing else is a proof: other codes for the same, such as SNOMED's 10828004 "positive", are none.
const (
	diseaseCOVID19 = "840539006"
	detected       = "260373001"
	notDetected    = "260415000"
	kindNAAT       = "LP6464-4"
	kindAntigen    = "LP217198-3"
)

// Bounds of what can be true, whoever wrote it.
const (
	schema     = "1." // what ver begins with: another major version may mean anything by the same fields
	maxDoses   = 9    // dose_posint of the first schemas
	afterFirst = 10   // days from a first positive test until a recovery counts: real issuers write the eleventh day, counting the first
)

// finding is what the one entry proves, and the times that bound it: from the latest of what has happened or begun, until its own end if it
// has one, with the hour of a negative sample.
type finding struct {
	verifier.Finding
	from   int64 // Unix seconds
	until  int64 // Unix seconds, the first no longer covered; zero: as long as the certificate
	tested int64 // hours since 1970; zero: no negative sample
}

// finding reads the entry. What is not exactly as the value sets and the schema say is not recognised.
func (c *Certificate) finding() finding {
	e := c.entry()
	if short(e.disease) != diseaseCOVID19 || !strings.HasPrefix(short(c.content.version), schema) {
		return finding{}
	}
	var f finding
	var happened value
	switch c.Proof() {
	case trust.Vaccination:
		f, happened = e.vaccination(), e.date
	case trust.Test:
		f, happened = e.test(), e.sampled
	case trust.Recovery:
		f, happened = e.recovery(), e.positive
	}
	if f.Finding != verifier.Infected && !verifier.ForeignPossible(short(happened), short(c.content.born), c.Issued) {
		return finding{from: f.from}
	}
	return f
}

// vaccination: doses are whole numbers from 1 (dose_posint of the schema 1.3.0). A booster may count beyond the series; a course that is not
// finished has no colour (Regulation (EU) 2021/953, Article 5(5): what is accepted is a completed one).
func (e *entry) vaccination() finding {
	n, ok1 := number(e.dose)
	of, ok2 := number(e.of)
	day, _, ok3 := verifier.ForeignDay(short(e.date))
	switch {
	case !ok1 || !ok2 || !ok3 || n < 1 || of < 1 || n > maxDoses || of > maxDoses:
		return finding{}
	case !prophylaxes[short(e.vaccine)] || !products[short(e.product)]:
		return finding{}
	case n < of:
		return finding{Finding: verifier.NoColour, from: day}
	}
	return finding{Finding: verifier.Healthy, from: day}
}

func (e *entry) test() finding {
	kind := short(e.kind)
	at, ok := verifier.ForeignTime(short(e.sampled))
	if !ok || kind != kindNAAT && kind != kindAntigen {
		return finding{}
	}
	switch short(e.result) {
	case detected:
		return finding{Finding: verifier.Infected, from: at.Unix()}
	case notDetected:
		return finding{Finding: verifier.Healthy, from: at.Unix(), tested: at.Unix() / 3600}
	}
	return finding{}
}

// recovery counts from the first of its days to the last, df and du. The first lies ten days after the first positive test at least.
func (e *entry) recovery() finding {
	first, _, ok1 := verifier.ForeignDay(short(e.positive))
	from, _, ok2 := verifier.ForeignDay(short(e.from))
	_, until, ok3 := verifier.ForeignDay(short(e.validity))
	if !ok1 || !ok2 || !ok3 {
		return finding{}
	}
	if from < first+afterFirst*24*3600 || until <= from {
		return finding{from: max(first, from)}
	}
	return finding{Finding: verifier.Healthy, from: from, until: until}
}
