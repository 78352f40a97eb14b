package shc_test

import (
	"maps"
	"strings"
	"testing"
	"time"

	"healthcode.example/credential"
	"healthcode.example/trust"
	"healthcode.example/verifier"
	"healthcode.example/verifier/foreigntest"
	"healthcode.example/verifier/shc"
)

const (
	snomed = "http://snomed.info/sct"
	loinc  = "http://loinc.org"
	today  = "2026-03-02T06:30:00Z"

	meaning = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
)

// gateOf is a gate whose policy on the issuer was changed.
func gateOf(t testing.TB, change func(*trust.Partner)) *verifier.Verifier {
	t.Helper()
	entry := foreigntest.Entry(shc.Name, []trust.PartnerKey{{Key: signer(t).Public(), Purposes: []trust.Purpose{trust.Paper}, KeyID: []byte("key")}}, issuer)
	change(&entry)
	b, err := foreigntest.Bundle(noon, entry)
	if err != nil {
		t.Fatal(err)
	}
	return verifier.New(b, verifier.Policy{}, shc.Format{})
}

func greens(p *trust.Partner) {
	p.Policy.Colours = trust.ColourMap{credential.Green, credential.Red, credential.Red}
}

// with is the resource with some fields otherwise; nil takes one away.
func with(resource map[string]any, fields map[string]any) map[string]any {
	resource = maps.Clone(resource)
	for name, v := range fields {
		if resource[name] = v; v == nil {
			delete(resource, name)
		}
	}
	return resource
}

func coded(pairs ...string) map[string]any {
	var coding []any
	for i := 0; i < len(pairs); i += 2 {
		coding = append(coding, map[string]any{"system": pairs[i], "code": pairs[i+1]})
	}
	return map[string]any{"coding": coding}
}

// scan shows a card of the person with these records.
func scan(t testing.TB, g *verifier.Verifier, resources ...map[string]any) verifier.Result {
	t.Helper()
	c := newCard()
	c.entries(append([]map[string]any{foreigntest.Patient()}, resources...)...)
	return g.Verify(c.text(t), noon, nil)
}

func test(system, result string) map[string]any {
	return foreigntest.Observation(system, result, today)
}

func dose() map[string]any { return foreigntest.Dose("2021-01-29") }

func TestOnlyWhatTheValueSetsNameIsAProof(t *testing.T) {
	for name, record := range map[string]map[string]any{
		"a result in words":                                 with(test(snomed, ""), map[string]any{"valueCodeableConcept": map[string]any{"text": "NEGATIVE"}}),
		"a result in a text":                                with(test(snomed, ""), map[string]any{"valueCodeableConcept": nil, "valueString": "POSITIVE"}),
		"no result":                                         with(test(snomed, ""), map[string]any{"valueCodeableConcept": nil}),
		"a presumptive positive":                            test(snomed, "720735008"),
		"an inconclusive result":                            test(snomed, "419984006"),
		"LOINC's word for inconclusive":                     test(loinc, "LA9663-1"),
		"SNOMED's code under LOINC":                         test(loinc, "260415000"),
		"LOINC's code under SNOMED":                         test(snomed, "LA6577-6"),
		"a code of no system":                               test("", "260415000"),
		"a result that is both":                             with(test(snomed, ""), map[string]any{"valueCodeableConcept": coded(snomed, "260415000", loinc, "LA6576-8")}),
		"a test of no kind":                                 with(test(snomed, "260415000"), map[string]any{"code": nil}),
		"a test for antibodies":                             with(test(snomed, "260385009"), map[string]any{"code": coded(loinc, "94563-4")}),
		"a positive test for antibodies":                    with(test(snomed, "10828004"), map[string]any{"code": coded(loinc, "94563-4")}),
		"a test for another virus":                          with(test(snomed, "260385009"), map[string]any{"code": coded(loinc, "75622-1")}),
		"a test whose kind is of another system":            with(test(snomed, "260385009"), map[string]any{"code": coded(snomed, "94500-6")}),
		"a sample of no time":                               with(test(snomed, "260415000"), map[string]any{"effectiveDateTime": nil}),
		"a sample of a month":                               with(test(snomed, "260415000"), map[string]any{"effectiveDateTime": "2026-02"}),
		"a sample of the day before 1970":                   with(test(snomed, "260415000"), map[string]any{"effectiveDateTime": "1970-01-01"}),
		"a vaccination against influenza":                   with(dose(), map[string]any{"vaccineCode": coded("http://hl7.org/fhir/sid/cvx", "140")}),
		"a vaccination with a code of another system":       with(dose(), map[string]any{"vaccineCode": coded(snomed, "207")}),
		"a vaccination of no vaccine":                       with(dose(), map[string]any{"vaccineCode": nil}),
		"a vaccination of no day":                           with(dose(), map[string]any{"occurrenceDateTime": nil}),
		"a vaccination of a year":                           with(dose(), map[string]any{"occurrenceDateTime": "2021"}),
		"a positive test at a time that nobody can read":    with(test(snomed, "260373001"), map[string]any{"effectiveDateTime": "lately"}),
		"a positive result of a test that is not the virus": with(test(snomed, "260373001"), map[string]any{"code": coded(loinc, "x")}),
	} {
		for policy, change := range map[string]func(*trust.Partner){"no colours": func(*trust.Partner) {}, "colours": greens} {
			for beside, records := range map[string][]map[string]any{
				"alone": {record}, "after a dose": {dose(), record}, "before a dose": {record, dose()}, "before a negative test": {record, test(snomed, "260415000")},
			} {
				r := scan(t, gateOf(t, change), records...)
				if r.Verdict != verifier.CannotSay || r.Reason != verifier.ReasonNotProved || r.Remedy != verifier.RemedyDocument {
					t.Errorf("%s, %s, %s: %v %v", name, beside, policy, r.Verdict, r.Reason)
				}
				for _, m := range r.Members {
					if m.Name != "" || m.Colour != 0 || m.Proves != (verifier.Line{}) || !m.Tested.IsZero() {
						t.Errorf("%s, %s, %s: with data %+v", name, beside, policy, m)
					}
				}
			}
		}
	}
}

func TestAProofThatTheValueSetsNameIsGreenWhereThePolicyGivesColours(t *testing.T) {
	negative := "negative test, sampled " + today
	for name, c := range map[string]struct {
		records []map[string]any
		line    string
	}{
		"SNOMED's not detected": {[]map[string]any{test(snomed, "260415000")}, negative},
		"SNOMED's negative":     {[]map[string]any{test(snomed, "260385009")}, negative},
		"LOINC's not detected":  {[]map[string]any{test(loinc, "LA11883-8")}, negative},
		"LOINC's negative":      {[]map[string]any{test(loinc, "LA6577-6")}, negative},
		"an antigen test":       {[]map[string]any{with(test(loinc, "LA6577-6"), map[string]any{"code": coded("https://local.example", "AG", loinc, "94558-4")})}, negative},
		"a result in two systems, one of them the issuer's own": {[]map[string]any{with(test(loinc, ""), map[string]any{
			"valueCodeableConcept": coded("https://local.example", "NEG", snomed, "260415000")})}, negative},
		"an amended result":   {[]map[string]any{with(test(loinc, "LA6577-6"), map[string]any{"status": "amended"})}, negative},
		"a corrected result":  {[]map[string]any{with(test(loinc, "LA6577-6"), map[string]any{"status": "corrected"})}, negative},
		"a sample of a day":   {[]map[string]any{foreigntest.Observation(snomed, "260415000", "2026-03-01")}, "negative test, sampled 2026-03-01"},
		"the later of two":    {[]map[string]any{test(snomed, "260415000"), foreigntest.Observation(snomed, "260415000", "2026-02-01T00:00:00Z")}, negative},
		"the later, last":     {[]map[string]any{foreigntest.Observation(snomed, "260415000", "2026-02-01T00:00:00Z"), test(snomed, "260415000")}, negative},
		"one dose":            {[]map[string]any{dose()}, "vaccination, 1 dose recorded, last 2021-01-29"},
		"a vaccine by SNOMED": {[]map[string]any{with(dose(), map[string]any{"vaccineCode": coded(snomed, "28581000087106")})}, "vaccination, 1 dose recorded, last 2021-01-29"},
		"a vaccine by ICD-11": {[]map[string]any{with(dose(), map[string]any{"vaccineCode": coded("http://id.who.int/icd11/mms", "XM8NQ0")})}, "vaccination, 1 dose recorded, last 2021-01-29"},
		"a dose and a test":   {[]map[string]any{test(snomed, "260415000"), dose()}, "vaccination, 1 dose recorded, last 2021-01-29; " + negative},
		"doses in any order":  {[]map[string]any{foreigntest.Dose("2021-03-01"), dose()}, "vaccination, 2 doses recorded, last 2021-03-01"},
		"beside a dose that was not given": {[]map[string]any{dose(), with(foreigntest.Dose("2022-01-01"), map[string]any{"status": "not-done"})},
			"vaccination, 1 dose recorded, last 2021-01-29"},
		"beside a positive test entered in error": {[]map[string]any{dose(), with(test(snomed, "260373001"), map[string]any{"status": "entered-in-error"})},
			"vaccination, 1 dose recorded, last 2021-01-29"},
		"beside a test that was cancelled": {[]map[string]any{dose(), with(test(snomed, "260373001"), map[string]any{"status": "cancelled"})},
			"vaccination, 1 dose recorded, last 2021-01-29"},
		"a result that the laboratory calls negative too": {[]map[string]any{with(test(snomed, "260415000"), map[string]any{"interpretation": []any{coded(meaning, "NEG")}})}, negative},
		"a vaccine in two systems": {[]map[string]any{with(dose(), map[string]any{"vaccineCode": coded("http://hl7.org/fhir/sid/cvx", "207", snomed, "28581000087106")})},
			"vaccination, 1 dose recorded, last 2021-01-29"},
		"a dose that is said to be of full strength": {[]map[string]any{with(dose(), map[string]any{"isSubpotent": false})}, "vaccination, 1 dose recorded, last 2021-01-29"},
	} {
		if r := scan(t, gate(t), c.records...); r.Verdict != verifier.Accept || r.Members[0].Colour != 0 || r.Members[0].Proves.En != c.line {
			t.Errorf("%s, no colours: %+v", name, r)
		}
		if r := scan(t, gateOf(t, greens), c.records...); r.Verdict != verifier.Accept || r.Members[0].Colour != credential.Green || r.Members[0].Proves.En != c.line {
			t.Errorf("%s, colours: %+v", name, r)
		}
	}
}

func TestAnInfectionSpeaksForTheWholeCard(t *testing.T) {
	unclear := test(snomed, "419984006")
	for name, positive := range map[string]map[string]any{
		"SNOMED's detected": test(snomed, "260373001"), "SNOMED's positive": test(snomed, "10828004"), "LOINC's detected": test(loinc, "LA11882-0"), "LOINC's positive": test(loinc, "LA6576-8"),
	} {
		for _, records := range [][]map[string]any{
			{positive}, {dose(), positive}, {positive, dose()}, {positive, test(snomed, "260415000")}, {test(snomed, "260415000"), positive}, {unclear, positive}, {positive, unclear},
		} {
			r := scan(t, gate(t), records...)
			if r.Verdict != verifier.Refuse || r.Reason != verifier.ReasonColour || r.Members[0].Colour != credential.Red || !r.Members[0].Tested.IsZero() {
				t.Errorf("%s among %d records: %+v", name, len(records), r)
			}
			if line := r.Members[0].Proves; !strings.HasSuffix(line.En, "positive test") || !strings.HasSuffix(line.Hans, "检测阳性") || !strings.HasSuffix(line.Hant, "檢測陽性") {
				t.Errorf("%s among %d records: %+v", name, len(records), line)
			}
		}
	}
}

func TestACardThatProvesNothingIsRefused(t *testing.T) {
	for name, records := range map[string][]map[string]any{
		"a person and nothing else":  nil,
		"a dose that was not given":  {with(dose(), map[string]any{"status": "not-done"})},
		"a dose entered in error":    {with(dose(), map[string]any{"status": "entered-in-error"})},
		"a dose of no status":        {with(dose(), map[string]any{"status": nil})},
		"a test entered in error":    {with(test(snomed, "260415000"), map[string]any{"status": "entered-in-error"})},
		"a preliminary result":       {with(test(snomed, "260415000"), map[string]any{"status": "preliminary"})},
		"a test of no status":        {with(test(snomed, "260415000"), map[string]any{"status": nil})},
		"something else altogether":  {{"resourceType": "Condition"}},
		"a test that is called dose": {with(test(snomed, "260415000"), map[string]any{"status": "completed"})},
		"a dose with a test's state": {with(dose(), map[string]any{"status": "final"})},
	} {
		if r := scan(t, gate(t), records...); r.Verdict != verifier.Refuse || r.Reason != verifier.ReasonClaims || len(r.Members) != 0 {
			t.Errorf("%s: %v %v", name, r.Verdict, r.Reason)
		}
	}
}

func TestACardOfNobodyOrOfSeveralIsRefused(t *testing.T) {
	called := func(names ...any) map[string]any { return map[string]any{"resourceType": "Patient", "name": names} }
	person := func(family string, given ...string) any { return map[string]any{"family": family, "given": given} }
	for name, c := range map[string]struct {
		patients []map[string]any
		want     string // full; empty: refused
	}{
		"nobody":                  {nil, ""},
		"two":                     {[]map[string]any{foreigntest.Patient(), foreigntest.Patient()}, ""},
		"one without a name":      {[]map[string]any{called()}, ""},
		"one with an empty name":  {[]map[string]any{called(person(" ", ""))}, ""},
		"a name that is too long": {[]map[string]any{called(person(strings.Repeat("x", 161)))}, ""},
		"a long name":             {[]map[string]any{called(person(strings.Repeat("x", 160)))}, strings.Repeat("x", 160)},
		"a name in parts":         {[]map[string]any{called(person("Mustermann", "Erika", "B."))}, "Erika B. Mustermann"},
		"a name as a text":        {[]map[string]any{called(map[string]any{"text": " Erika Mustermann "})}, "Erika Mustermann"},
		"parts before a text":     {[]map[string]any{called(map[string]any{"text": "E. M.", "family": "Mustermann"})}, "Mustermann"},
		"the first of two names":  {[]map[string]any{called(person("Mustermann", "Erika"), person("Other"))}, "Erika Mustermann"},
	} {
		c1 := newCard()
		c1.entries(append(c.patients, dose())...)
		r := verifier.New(gate(t).Bundle(), verifier.Policy{}, shc.Format{FullName: true}).Verify(c1.text(t), noon, nil)
		if c.want == "" && (r.Verdict != verifier.Refuse || r.Reason != verifier.ReasonClaims) || c.want != "" && (r.Verdict != verifier.Accept || r.Members[0].Name != c.want) {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

func TestWhatHasNotHappenedProvesNothingYet(t *testing.T) {
	stamp := func(d time.Duration) string { return noon.Add(d).Format(time.RFC3339) }
	sampled := func(at string) map[string]any { return foreigntest.Observation(snomed, "260415000", at) }
	for name, c := range map[string]struct {
		records []map[string]any
		want    verifier.Reason
	}{
		"a sample of now": {[]map[string]any{sampled(stamp(0))}, verifier.ReasonOK},
		"a sample of the skew that clocks may have": {[]map[string]any{sampled(stamp(time.Minute))}, verifier.ReasonOK},
		"a sample of a second more":                 {[]map[string]any{sampled(stamp(61 * time.Second))}, verifier.ReasonNotYetValid},
		"a sample of next year":                     {[]map[string]any{sampled(stamp(366 * 24 * time.Hour))}, verifier.ReasonNotYetValid},
		"a sample of today":                         {[]map[string]any{sampled("2026-03-02")}, verifier.ReasonOK},
		"a sample of tomorrow":                      {[]map[string]any{sampled("2026-03-03")}, verifier.ReasonNotYetValid},
		"a sample of tomorrow after one of today":   {[]map[string]any{sampled("2026-03-02"), sampled("2026-03-03")}, verifier.ReasonNotYetValid},
		"a sample of tomorrow before one of today":  {[]map[string]any{sampled("2026-03-03"), sampled("2026-03-02")}, verifier.ReasonNotYetValid},
		"a positive sample of tomorrow":             {[]map[string]any{foreigntest.Observation(snomed, "260373001", "2026-03-03")}, verifier.ReasonNotYetValid},
		"a dose of today":                           {[]map[string]any{foreigntest.Dose("2026-03-02")}, verifier.ReasonOK},
		"a dose of tomorrow":                        {[]map[string]any{dose(), foreigntest.Dose("2026-03-03")}, verifier.ReasonNotYetValid},
	} {
		r := scan(t, gate(t), c.records...)
		if r.Reason != c.want || c.want != verifier.ReasonOK && (r.Verdict != verifier.Refuse || len(r.Members) != 0) {
			t.Errorf("%s: %v %v, want %v", name, r.Verdict, r.Reason, c.want)
		}
	}
}

func TestTheTestAgeCountsFromTheLastNegativeSampleRoundedDown(t *testing.T) {
	sampled := func(at string) map[string]any { return foreigntest.Observation(loinc, "LA6577-6", at) }
	g := gateOf(t, func(p *trust.Partner) { p.Policy.TestAge = 6 * time.Hour })
	for name, c := range map[string]struct {
		records []map[string]any
		want    verifier.Reason
		tested  string
	}{
		"of the hour":                         {[]map[string]any{sampled("2026-03-02T06:00:00Z")}, verifier.ReasonOK, "2026-03-02T06:00:00Z"},
		"within the hour":                     {[]map[string]any{sampled("2026-03-02T06:59:59Z")}, verifier.ReasonOK, "2026-03-02T06:00:00Z"},
		"a second before the hour":            {[]map[string]any{sampled("2026-03-02T05:59:59Z")}, verifier.ReasonTestOld, ""},
		"the later of two":                    {[]map[string]any{sampled("2026-03-02T07:00:00Z"), sampled("2026-03-01T07:00:00Z")}, verifier.ReasonOK, "2026-03-02T07:00:00Z"},
		"the later of two, last":              {[]map[string]any{sampled("2026-03-01T07:00:00Z"), sampled("2026-03-02T07:00:00Z")}, verifier.ReasonOK, "2026-03-02T07:00:00Z"},
		"a day counts from its beginning":     {[]map[string]any{sampled("2026-03-02")}, verifier.ReasonTestOld, ""},
		"a dose is none":                      {[]map[string]any{dose()}, verifier.ReasonTestMissing, ""},
		"beside a dose":                       {[]map[string]any{dose(), sampled("2026-03-02T06:00:00Z")}, verifier.ReasonOK, "2026-03-02T06:00:00Z"},
		"a result that nobody can read is no": {[]map[string]any{test(snomed, "419984006")}, verifier.ReasonTestMissing, ""},
	} {
		r := scan(t, g, c.records...)
		if r.Reason != c.want || c.tested != "" && r.Members[0].Tested.Format(time.RFC3339) != c.tested {
			t.Errorf("%s: %+v, want %v", name, r, c.want)
		}
	}
}

func TestAKeyForOneProofSignsNoCardOfTwo(t *testing.T) {
	for name, c := range map[string]struct {
		may     trust.Proof
		records []map[string]any
		want    verifier.Reason
	}{
		"a dose by a key for doses":           {trust.Vaccination, []map[string]any{dose()}, verifier.ReasonOK},
		"a test by a key for tests":           {trust.Test, []map[string]any{test(snomed, "260415000")}, verifier.ReasonOK},
		"a dose by a key for tests":           {trust.Test, []map[string]any{dose()}, verifier.ReasonKeyPurpose},
		"a test by a key for doses":           {trust.Vaccination, []map[string]any{test(snomed, "260415000")}, verifier.ReasonKeyPurpose},
		"a dose and a test by a key for one":  {trust.Test, []map[string]any{dose(), test(snomed, "260415000")}, verifier.ReasonKeyPurpose},
		"a test and a dose by one for doses":  {trust.Vaccination, []map[string]any{test(snomed, "260415000"), dose()}, verifier.ReasonKeyPurpose},
		"a dose that was not given is no one": {trust.Test, []map[string]any{with(dose(), map[string]any{"status": "not-done"}), test(snomed, "260415000")}, verifier.ReasonOK},
	} {
		g := gateOf(t, func(p *trust.Partner) { p.Keys[0].Proofs = []trust.Proof{c.may} })
		if r := scan(t, g, c.records...); r.Reason != c.want {
			t.Errorf("%s: %v, want %v", name, r.Reason, c.want)
		}
	}
}

func TestTheTimesOfACardAreRoundedDownAndInRange(t *testing.T) {
	now := float64(noon.Unix())
	for _, c := range []struct {
		claim string
		at    any
		want  verifier.Reason
	}{
		{"nbf", now + 60.5, verifier.ReasonOK}, {"nbf", now + 61, verifier.ReasonNotYetValid}, {"nbf", 253402300799, verifier.ReasonNotYetValid},
		{"nbf", 253402300799.5, verifier.ReasonClaims}, {"nbf", 0.5, verifier.ReasonClaims}, {"nbf", -1, verifier.ReasonClaims},
		{"exp", now + 0.9, verifier.ReasonExpired}, {"exp", now + 1, verifier.ReasonOK}, {"exp", 253402300799, verifier.ReasonOK}, {"exp", 253402300800, verifier.ReasonClaims},
		{"exp", 0, verifier.ReasonClaims}, {"exp", 0.5, verifier.ReasonClaims}, {"exp", -1, verifier.ReasonClaims}, {"exp", nil, verifier.ReasonOK}, {"exp", 1, verifier.ReasonExpired},
		{"iss", "", verifier.ReasonClaims},
		{"iat", now + 60.5, verifier.ReasonOK}, {"iat", now + 61, verifier.ReasonNotYetValid}, {"iat", 0, verifier.ReasonClaims}, {"iat", 1e300, verifier.ReasonClaims},
		{"iat", nil, verifier.ReasonOK}, {"iat", "x", verifier.ReasonClaims},
		{"expirationDate", "2026-03-02T12:00:00Z", verifier.ReasonExpired}, {"expirationDate", "2026-03-02T12:00:01Z", verifier.ReasonOK},
		{"expirationDate", "2021-01-01T00:00:00Z", verifier.ReasonExpired}, {"expirationDate", "some day", verifier.ReasonClaims}, {"expirationDate", "", verifier.ReasonClaims},
		{"expirationDate", nil, verifier.ReasonOK}, {"expirationDate", 5, verifier.ReasonClaims},
		{"issuanceDate", "2026-03-02T12:01:00Z", verifier.ReasonOK}, {"issuanceDate", "2026-03-02T12:01:01Z", verifier.ReasonNotYetValid},
		{"issuanceDate", "some day", verifier.ReasonClaims},
	} {
		card := newCard()
		into := card.payload
		if strings.HasSuffix(c.claim, "Date") {
			into = into["vc"].(map[string]any)
		}
		into[c.claim] = c.at
		if r := gate(t).Verify(card.text(t), noon, nil); r.Reason != c.want {
			t.Errorf("%s is %v: %v, want %v", c.claim, c.at, r.Reason, c.want)
		}
	}
}

func TestATimeThatIsTooLongIsNotRead(t *testing.T) {
	for n, want := range map[int]verifier.Reason{80: verifier.ReasonOK, 81: verifier.ReasonNotProved} {
		at := "2026-03-01T00:00:00." + strings.Repeat("0", n-21) + "Z"
		for _, record := range []map[string]any{foreigntest.Dose(at), foreigntest.Observation(snomed, "260415000", at)} {
			if r := scan(t, gate(t), record); r.Reason != want || want == verifier.ReasonOK && !strings.HasSuffix(r.Members[0].Proves.En, at) {
				t.Errorf("a time of %d bytes: %+v", n, r)
			}
		}
	}
}

func TestTheLineSaysWhatWasNotRecognised(t *testing.T) {
	for name, c := range map[string]struct {
		records []map[string]any
		want    verifier.Line
	}{
		"nothing":           {nil, verifier.Line{Hans: "健康卡，无接种也无检测记录", Hant: "健康卡，無接種也無檢測紀錄", En: "health card, neither vaccination nor test"}},
		"one dose twice":    {[]map[string]any{dose(), foreigntest.Dose("2021-01-29T10:00:00Z")}, verifier.Line{Hans: "接种疫苗，记录1剂，最近 2021-01-29T10:00:00Z", Hant: "接種疫苗，紀錄1劑，最近 2021-01-29T10:00:00Z", En: "vaccination, 1 dose recorded, last 2021-01-29T10:00:00Z"}},
		"two of no day":     {[]map[string]any{foreigntest.Dose(""), dose(), foreigntest.Dose("")}, verifier.Line{Hans: "接种疫苗，记录3剂，最近 2021-01-29", Hant: "接種疫苗，紀錄3劑，最近 2021-01-29", En: "vaccination, 3 doses recorded, last 2021-01-29"}},
		"a dose of no day":  {[]map[string]any{foreigntest.Dose("")}, verifier.Line{Hans: "接种疫苗，记录1剂", Hant: "接種疫苗，紀錄1劑", En: "vaccination, 1 dose recorded"}},
		"an unclear result": {[]map[string]any{test(snomed, "x"), test(snomed, "260415000")}, verifier.Line{Hans: "检测结果不明", Hant: "檢測結果不明", En: "test without a clear result"}},
		"an unclear, last":  {[]map[string]any{test(snomed, "260415000"), test(snomed, "x")}, verifier.Line{Hans: "检测结果不明", Hant: "檢測結果不明", En: "test without a clear result"}},
		"a dose and a test": {[]map[string]any{dose(), test(snomed, "260415000")}, verifier.Line{
			Hans: "接种疫苗，记录1剂，最近 2021-01-29；检测阴性，采样 " + today, Hant: "接種疫苗，紀錄1劑，最近 2021-01-29；檢測陰性，採樣 " + today,
			En: "vaccination, 1 dose recorded, last 2021-01-29; negative test, sampled " + today}},
	} {
		c1 := newCard()
		c1.entries(c.records...)
		card, err := shc.Read(c1.text(t))
		if err != nil || card.Proves() != c.want {
			t.Errorf("%s: %+v, %v", name, card.Proves(), err)
		}
	}
}

func TestACardEndsWithTheFirstOfItsEnds(t *testing.T) {
	for _, c := range []struct {
		exp  any
		date string
	}{{noon.Add(time.Hour).Unix(), "2026-03-02T14:00:00Z"}, {noon.Add(2 * time.Hour).Unix(), "2026-03-02T13:00:00Z"}, {nil, "2026-03-02T13:00:00Z"}} {
		card := newCard()
		card.payload["exp"] = c.exp
		card.payload["vc"].(map[string]any)["expirationDate"] = c.date
		if r := gate(t).Verify(card.text(t), noon, nil); r.Verdict != verifier.Accept || !r.Members[0].Until.Equal(noon.Add(time.Hour)) {
			t.Errorf("%v and %s: %+v", c.exp, c.date, r)
		}
	}
}

func TestAnIssuanceDoesNotMakeACardYounger(t *testing.T) {
	g := gateOf(t, func(p *trust.Partner) { p.Policy.UnknownAge = 24 * time.Hour })
	card := newCard()
	card.payload["nbf"], card.payload["iat"] = noon.Add(-25*time.Hour).Unix(), noon.Unix()
	if r := g.Verify(card.text(t), noon, nil); r.Reason != verifier.ReasonPartnerAge {
		t.Errorf("got %v", r.Reason)
	}
}

func TestACardEndsWhenItSays(t *testing.T) {
	c := newCard()
	c.payload["exp"] = float64(noon.Add(time.Hour).Unix()) + 0.9
	r := gate(t).Verify(c.text(t), noon, nil)
	if r.Verdict != verifier.Accept || !r.Members[0].Until.Equal(noon.Add(time.Hour)) {
		t.Errorf("got %+v", r)
	}
}
