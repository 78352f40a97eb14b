package shc

import (
	"strings"

	"healthcode.example/verifier"
)

// finding is what a record, or all of them, prove, the latest of the times in them, and the hour of the latest negative sample.
type finding struct {
	verifier.Finding
	from   int64 // Unix seconds
	tested int64 // hours since 1970; zero: no negative sample
}

// records are the findings of all doses and tests on the card; none if not one of them counts. What modifies the person or the whole, or is a
// record of another sort, is one more that nobody recognises.
func (c *Card) records() (all []finding) {
	counted := false
	for _, r := range c.immunizations() {
		all, counted = append(all, c.dose(r)), counted || r.counts()
	}
	for _, r := range c.tests() {
		all, counted = append(all, c.test(r)), counted || r.counts()
	}
	if !counted {
		return nil
	}
	if c.unclear() {
		all = append(all, finding{})
	}
	return all
}

// fhirVersion is what the version begins with of which this reader is (R4, R4B): another one may mean anything by the same members.
const fhirVersion = "4."

// otherwise says whether the card has another value for it than the specification's ("Modeling W3C VCs"); one that it does not have is that one.
func otherwise(value, want string) bool { return value != "" && value != want }

// unclear says whether something around the records is to be understood before any of them is.
func (c *Card) unclear() bool {
	b := &c.bundle
	if b.any() || otherwise(b.Type, "Bundle") || otherwise(b.Kind, "collection") || c.version != "" && !strings.HasPrefix(c.version, fhirVersion) {
		return true
	}
	for i := range c.bundle.Entries {
		e := &c.bundle.Entries[i]
		if !e.Resource.understood() || e.any() || bool(e.Request || e.Response) || e.Resource.Type == typePatient && (e.Resource.any() || e.Resource.modified()) {
			return true
		}
	}
	return false
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

// possible says whether it can have happened to the one person of the card before it was issued. That there is one is seen to elsewhere.
func (c *Card) possible(happened string) bool {
	born := ""
	if person, _ := c.patient(); person != nil {
		born = short(person.Born)
	}
	return verifier.ForeignPossible(short(happened), born, max(c.Issued, c.from))
}

// dose is of a vaccine against COVID-19, of full strength, given at a time. How many make a course the format does not say: the line counts them.
func (c *Card) dose(r *resource) finding {
	at, ok := moment(r.Occurrence)
	if !ok || !r.counts() || r.any() || r.Subpotent || bool(r.InWords) || !r.Vaccine.among(vaccines) {
		return finding{}
	}
	if !c.possible(r.Occurrence) {
		return finding{from: at}
	}
	return finding{Finding: verifier.Healthy, from: at}
}

func (c *Card) test(r *resource) finding {
	at, ok := moment(r.Effective)
	if !ok || !r.counts() || r.any() || r.otherResults != (otherResults{}) || !r.Code.among(virusTests) {
		return finding{}
	}
	switch {
	case r.Result.among(found) && r.means(abnormal):
		return finding{Finding: verifier.Infected, from: at}
	case r.Result.among(notFound) && r.means(normal) && !c.possible(r.Effective):
		return finding{from: at}
	case r.Result.among(notFound) && r.means(normal):
		return finding{Finding: verifier.Healthy, from: at, tested: at / 3600}
	}
	return finding{}
}

// means says whether what the laboratory thinks of the result, if it says so, is in the set.
func (r *resource) means(set codes) bool {
	for i := range r.Meaning {
		if !r.Meaning[i].among(set) {
			return false
		}
	}
	return true
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
