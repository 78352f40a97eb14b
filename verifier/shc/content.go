package shc

import (
	"slices"
	"strings"
	"time"

	"healthcode.example/trust"
	"healthcode.example/verifier"
)

const (
	maxField = 80  // bytes of one text that is shown
	maxName  = 160 // bytes of a name
)

func short(s string) string {
	if len(s) > maxField {
		return ""
	}
	return s
}

// Types of resources that are read.
const (
	typePatient      = "Patient"
	typeImmunization = "Immunization"
	typeObservation  = "Observation"
)

// aside are the types of resources that say where, by whom and with what: they are passed over. What another one says, nobody here knows: it may be
// a diagnosis.
var aside = []string{"Organization", "Location", "Practitioner", "PractitionerRole", "Device", "Specimen"}

// understood says whether the resource is one that is read or passed over.
func (r *resource) understood() bool {
	switch r.Type {
	case typePatient, typeImmunization, typeObservation:
		return true
	}
	return slices.Contains(aside, r.Type)
}

// resources gives the resources of a type, less those of the statuses.
func (c *Card) resources(kind string, less ...string) (all []*resource) {
	for i := range c.bundle.Entries {
		r := &c.bundle.Entries[i].Resource
		if r.Type == kind && !slices.Contains(less, r.Status) {
			all = append(all, r)
		}
	}
	return all
}

// immunizations and tests are the records of the card but those that say of themselves that there was nothing. A status that means anything else,
// or that nobody knows, takes no record away: what is not final may have found the virus.
func (c *Card) immunizations() []*resource {
	return c.resources(typeImmunization, "not-done", "entered-in-error")
}

func (c *Card) tests() []*resource {
	return c.resources(typeObservation, "cancelled", "entered-in-error")
}

// counts says whether what the record says has happened, and is the last word on it (R4 immunization-status, observation-status).
func (r *resource) counts() bool {
	switch r.Type {
	case typeImmunization:
		return r.Status == "completed"
	case typeObservation:
		return r.Status == "final" || r.Status == "amended" || r.Status == "corrected"
	}
	return false
}

// patient is the one person of the card and the name of that entry; nil for a card of nobody or of several, or where another entry has that name.
func (c *Card) patient() (person *resource, url string) {
	for i := range c.bundle.Entries {
		e := &c.bundle.Entries[i]
		if e.Resource.Type != typePatient {
			continue
		}
		if person != nil {
			return nil, ""
		}
		person, url = &e.Resource, e.FullURL
	}
	for i := range c.bundle.Entries {
		e := &c.bundle.Entries[i]
		if e.FullURL == url && &e.Resource != person {
			return nil, ""
		}
	}
	return person, url
}

// ofOne says whether each record is of the one person of the card.
func (c *Card) ofOne() bool {
	person, url := c.patient()
	if person == nil {
		return false
	}
	for _, r := range slices.Concat(c.immunizations(), c.tests()) {
		if !r.about(url) {
			return false
		}
	}
	return true
}

// Name is the holder's full name at the time, given name first. A card of several patients names nobody.
func (c *Card) Name(at time.Time) string {
	person, _ := c.patient()
	if person == nil {
		return ""
	}
	n := current(person.Name, at)
	if n == nil {
		return ""
	}
	name := strings.TrimSpace(strings.Join(n.Given, " ") + " " + n.Family)
	if name == "" {
		name = strings.TrimSpace(n.Text)
	}
	if len(name) > maxName {
		return ""
	}
	return name
}

// uses are those of a name that may stand on a document, the best first (R4 name-use). Those of old, and those that hide somebody, are none.
var uses = []string{"official", "usual", "", "temp"}

// current is the name that the person has now; nil if there is none.
func current(names []humanName, at time.Time) *humanName {
	for _, use := range uses {
		for i := range names {
			if n := &names[i]; n.Use == use && !n.any() && n.covers(at) {
				return n
			}
		}
	}
	return nil
}

// covers says whether the name is borne at the time. A period of which a day is the end includes that day (R4 §2.24.0.11); an end or a beginning
// that is no day is not understood, and the name passed over.
func (n *humanName) covers(at time.Time) bool {
	if s := n.Period.Start; s != "" {
		if first, ok := moment(s); !ok || at.Unix() < first {
			return false
		}
	}
	if s := n.Period.End; s != "" {
		if end, ok := verifier.ForeignTime(short(s)); ok {
			return at.Before(end)
		}
		_, after, ok := verifier.ForeignDay(short(s))
		return ok && at.Unix() < after
	}
	return true
}

// Proof says what the card vouches for, or zero unless it is of one kind.
func (c *Card) Proof() trust.Proof {
	doses, tests := len(c.immunizations()), len(c.tests())
	switch {
	case doses > 0 && tests == 0:
		return trust.Vaccination
	case tests > 0 && doses == 0:
		return trust.Test
	}
	return 0
}

// Proves says in one line what the card vouches for.
func (c *Card) Proves() verifier.Line {
	doses, tests := c.immunizations(), c.tests()
	doses = slices.DeleteFunc(doses, func(r *resource) bool { return !r.counts() })
	switch {
	case len(doses) > 0 && len(tests) > 0:
		return vaccinations(doses).Plus(verifier.Line{Hans: "；", Hant: "；", En: "; "}).Plus(c.outcome())
	case len(doses) > 0:
		return vaccinations(doses)
	case len(tests) > 0:
		return c.outcome()
	}
	return verifier.Line{Hans: "健康卡，无接种也无检测记录", Hant: "健康卡，無接種也無檢測紀錄", En: "health card, neither vaccination nor test"}
}

// vaccinations counts doses by their days: nobody has two on one, but a registry often has one twice, from who gave it and from who ordered it.
func vaccinations(doses []*resource) verifier.Line {
	last, noun, n := "", "doses", 0
	days := make(map[string]bool)
	for _, r := range doses {
		at := short(r.Occurrence)
		day := at[:min(len(at), len(time.DateOnly))]
		if last = max(last, at); day == "" || !days[day] {
			n++
		}
		days[day] = true
	}
	if n == 1 {
		noun = "dose"
	}
	out := verifier.Linef("接种疫苗，记录%[1]d剂", "接種疫苗，紀錄%[1]d劑", "vaccination, %[1]d %[2]s recorded", n, noun)
	if last == "" {
		return out
	}
	return out.Plus(verifier.Linef("，最近 %s", "，最近 %s", ", last %s", last))
}

// outcome is that of all tests: one that found the virus speaks for all, and one that nobody can read for those that did not.
func (c *Card) outcome() verifier.Line {
	var all []finding
	latest, when := int64(0), ""
	for _, r := range c.tests() {
		f := c.test(r)
		if all = append(all, f); f.from > latest {
			latest, when = f.from, r.Effective
		}
	}
	switch together(all).Finding {
	case verifier.Infected:
		return verifier.Line{Hans: "检测阳性", Hant: "檢測陽性", En: "positive test"}
	case verifier.Healthy:
		return verifier.Linef("检测阴性，采样 %s", "檢測陰性，採樣 %s", "negative test, sampled %s", when)
	}
	return verifier.Line{Hans: "检测结果不明", Hant: "檢測結果不明", En: "test without a clear result"}
}
