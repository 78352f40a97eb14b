package shc

import "healthcode.example/verifier"

// finding is what a record, or all of them, prove, the latest of the times in them, and the hour of the latest negative sample.
type finding struct {
	verifier.Finding
	from   int64 // Unix seconds
	tested int64 // hours since 1970; zero: no negative sample
}

// records are the findings of all doses and tests on the card.
func (c *Card) records() (all []finding) {
	for _, r := range c.immunizations() {
		all = append(all, r.dose())
	}
	for _, r := range c.tests() {
		all = append(all, r.test())
	}
	return all
}

// together is the finding of several records: one that found the virus speaks for all of them; else each must be recognised.
func together(records []finding) (out finding) {
	for i, f := range records {
		switch {
		case i == 0 || f.Finding == verifier.Infected:
			out.Finding = f.Finding
		case f.Finding == verifier.Unrecognised && out.Finding != verifier.Infected:
			out.Finding = verifier.Unrecognised
		}
		out.from, out.tested = max(out.from, f.from), max(out.tested, f.tested)
	}
	if out.Finding != verifier.Healthy {
		out.tested = 0
	}
	return out
}

// dose is of a vaccine against COVID-19, given at a time. How many make a course the format does not say: the line counts them.
func (r *resource) dose() finding {
	at, ok := moment(r.Occurrence)
	if !ok || !r.Vaccine.among(vaccines) {
		return finding{}
	}
	return finding{Finding: verifier.Healthy, from: at}
}

func (r *resource) test() finding {
	at, ok := moment(r.Effective)
	yes, no := r.Result.among(found), r.Result.among(notFound)
	switch {
	case !ok || !r.Code.among(virusTests) || yes == no:
		return finding{}
	case yes:
		return finding{Finding: verifier.Infected, from: at}
	}
	return finding{Finding: verifier.Healthy, from: at, tested: at / 3600}
}

// moment reads a FHIR dateTime (R4 §2.24.0.1) to the second, or as the first second of its day. A month or a year alone is too little.
func moment(s string) (int64, bool) {
	s = short(s)
	if at, ok := verifier.ForeignTime(s); ok {
		return at.Unix(), true
	}
	first, _, ok := verifier.ForeignDay(s)
	return first, ok && first > 0
}
