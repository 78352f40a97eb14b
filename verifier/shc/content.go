package shc

import (
	"slices"
	"strings"

	"healthcode.example/trust"
	"healthcode.example/verifier"
)

const (
	maxField = 80  // bytes of one text that is shown
	maxName  = 160 // bytes of a name
)

// bundle is the part of a FHIR R4 bundle that a gate needs.
type bundle struct {
	Entries []struct {
		Resource resource `json:"resource"`
	} `json:"entry"`
}

type resource struct {
	Type string `json:"resourceType"`
	Name []struct {
		Text   string   `json:"text"`
		Family string   `json:"family"`
		Given  []string `json:"given"`
	} `json:"name"`
	Status     string  `json:"status"`
	Code       concept `json:"code"` // of a test: which one it was
	Vaccine    concept `json:"vaccineCode"`
	Occurrence string  `json:"occurrenceDateTime"`
	Result     concept `json:"valueCodeableConcept"`
	Effective  string  `json:"effectiveDateTime"`
}

type concept struct {
	Coding []struct {
		System string `json:"system"`
		Code   string `json:"code"`
	} `json:"coding"`
}

// among says whether one of the codings, which are translations of one another, is in the value set.
func (c *concept) among(set codes) bool {
	for _, coding := range c.Coding {
		if set[coding.System][coding.Code] {
			return true
		}
	}
	return false
}

func short(s string) string {
	if len(s) > maxField {
		return ""
	}
	return s
}

// resources gives the completed resources of a type.
func (c *Card) resources(kind string, statuses ...string) (all []*resource) {
	for i := range c.bundle.Entries {
		r := &c.bundle.Entries[i].Resource
		if r.Type == kind && (len(statuses) == 0 || slices.Contains(statuses, r.Status)) {
			all = append(all, r)
		}
	}
	return all
}

func (c *Card) immunizations() []*resource { return c.resources("Immunization", "completed") }

func (c *Card) tests() []*resource {
	return c.resources("Observation", "final", "amended", "corrected")
}

// Name is the holder's full name, given name first. A card of several patients names nobody.
func (c *Card) Name() string {
	patients := c.resources("Patient")
	if len(patients) != 1 || len(patients[0].Name) == 0 {
		return ""
	}
	n := patients[0].Name[0]
	name := strings.TrimSpace(strings.Join(n.Given, " ") + " " + n.Family)
	if name == "" {
		name = strings.TrimSpace(n.Text)
	}
	if len(name) > maxName {
		return ""
	}
	return name
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

func vaccinations(doses []*resource) verifier.Line {
	last, noun := "", "doses"
	for _, r := range doses {
		last = max(last, short(r.Occurrence))
	}
	if len(doses) == 1 {
		noun = "dose"
	}
	out := verifier.Linef("接种疫苗，记录%[1]d剂", "接種疫苗，紀錄%[1]d劑", "vaccination, %[1]d %[2]s recorded", len(doses), noun)
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
		f := r.test()
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
