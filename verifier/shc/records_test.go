package shc_test

import (
	"testing"
	"time"

	"healthcode.example/credential"
	"healthcode.example/trust"
	"healthcode.example/verifier"
	"healthcode.example/verifier/foreigntest"
	"healthcode.example/verifier/shc"
)

func TestAResultThatIsNotFinalIsNotPassedOver(t *testing.T) {
	for _, status := range []any{"preliminary", "registered", "unknown", "FINAL", "final ", "completed", "Cancelled", "entered-in-error ", "", nil} {
		positive := with(test(snomed, "260373001"), map[string]any{"status": status})
		for name, records := range map[string][]map[string]any{
			"after a negative test": {test(snomed, "260415000"), positive}, "before a negative test": {positive, test(snomed, "260415000")},
			"after a dose": {dose(), positive}, "before a dose": {positive, dose()},
		} {
			if r := scan(t, gateOf(t, greens), records...); r.Verdict != verifier.CannotSay || r.Reason != verifier.ReasonNotProved {
				t.Errorf("status %v, %s: %v %v", status, name, r.Verdict, r.Reason)
			}
		}
		if r := scan(t, gateOf(t, greens), positive, test(loinc, "LA6576-8")); r.Reason != verifier.ReasonColour || r.Members[0].Colour != credential.Red {
			t.Errorf("status %v, beside a positive test that is final: %v %v", status, r.Verdict, r.Reason)
		}
	}
}

func TestADoseOfAStatusThatNobodyKnowsMakesNothingBetter(t *testing.T) {
	for _, status := range []any{"Completed", "in-progress", "final", "", nil} {
		unknown := with(dose(), map[string]any{"status": status})
		for name, records := range map[string][]map[string]any{"beside a negative test": {test(snomed, "260415000"), unknown}, "beside a dose": {unknown, dose()}} {
			if r := scan(t, gateOf(t, greens), records...); r.Verdict != verifier.CannotSay || r.Reason != verifier.ReasonNotProved {
				t.Errorf("status %v, %s: %v %v", status, name, r.Verdict, r.Reason)
			}
		}
		r := scan(t, gate(t), unknown, dose(), test(snomed, "260373001"))
		if want := "vaccination, 1 dose recorded, last 2021-01-29; positive test"; r.Reason != verifier.ReasonColour || r.Members[0].Proves.En != want {
			t.Errorf("status %v, beside an infection: %+v", status, r)
		}
	}
}

func TestARecordOfSomebodyElseIsRefused(t *testing.T) {
	to := func(v string) map[string]any { return map[string]any{"reference": v} }
	for name, who := range map[string]any{
		"an entry that is not there":      to("resource:9"),
		"itself":                          to("resource:1"),
		"another Patient":                 to("Patient/other"),
		"a place":                         to("Location/1"),
		"one contained in the record":     to("#x"),
		"an entry in other words":         to("Resource:0"),
		"an entry and a part of it":       to("resource:0#x"),
		"nobody":                          to(""),
		"nothing":                         nil,
		"somebody by name":                map[string]any{"display": "Somebody Else"},
		"somebody by number":              map[string]any{"identifier": map[string]any{"value": "99"}},
		"the person, who is called a pet": map[string]any{"reference": "resource:0", "type": "Animal"},
		"the person, modified":            map[string]any{"reference": "resource:0", "modifierExtension": []any{}},
	} {
		for kind, record := range map[string]map[string]any{
			"a dose": with(dose(), map[string]any{"patient": who}), "a test": with(test(snomed, "260415000"), map[string]any{"subject": who}),
			"a positive test":                    with(test(snomed, "260373001"), map[string]any{"subject": who}),
			"a test that is not final":           with(test(snomed, "260373001"), map[string]any{"subject": who, "status": "preliminary"}),
			"a dose with a subject beside":       with(dose(), map[string]any{"patient": who, "subject": to("resource:0")}),
			"a test that calls its subject else": with(test(snomed, "260415000"), map[string]any{"subject": who, "patient": to("resource:0")}),
		} {
			for _, records := range [][]map[string]any{{record}, {dose(), record}, {record, dose()}} {
				if r := scan(t, gate(t), records...); r.Verdict != verifier.Refuse || r.Reason != verifier.ReasonClaims || len(r.Members) != 0 {
					t.Errorf("%s of %s: %v %v", kind, name, r.Verdict, r.Reason)
				}
			}
		}
	}
	for name, record := range map[string]map[string]any{
		"a test of another's child": with(test(snomed, "260415000"), map[string]any{"focus": []any{to("resource:9")}}),
		"a dose with two persons":   with(dose(), map[string]any{"subject": to("resource:9")}),
	} {
		if r := scan(t, gate(t), record); r.Reason != verifier.ReasonClaims {
			t.Errorf("%s: %v %v", name, r.Verdict, r.Reason)
		}
	}
	person := map[string]any{"reference": "resource:0", "type": "Patient", "display": "E. M."}
	if r := scan(t, gate(t), with(dose(), map[string]any{"patient": person}), with(test(snomed, "260415000"), map[string]any{"subject": person})); r.Verdict != verifier.Accept {
		t.Errorf("the person in more words: %v", r.Reason)
	}
	if r := scan(t, gate(t), dose(), with(dose(), map[string]any{"patient": to("resource:9"), "status": "entered-in-error"})); r.Verdict != verifier.Accept {
		t.Errorf("another's, entered in error: %v", r.Reason)
	}
}

func TestThePersonIsTheOneEntryOfTheName(t *testing.T) {
	for name, urls := range map[string][2]any{"no name": {nil, "resource:1"}, "an empty name": {"", "resource:1"}, "another name": {"resource:9", "resource:1"}, "a name of two": {"resource:0", "resource:0"}} {
		c := newCard()
		c.entries(foreigntest.Patient(), dose())
		entries := c.payload["vc"].(map[string]any)["credentialSubject"].(map[string]any)["fhirBundle"].(map[string]any)["entry"].([]any)
		for i, url := range urls {
			if entries[i].(map[string]any)["fullUrl"] = url; url == nil {
				delete(entries[i].(map[string]any), "fullUrl")
			}
		}
		if r := gate(t).Verify(c.text(t), noon, nil); r.Verdict != verifier.Refuse || r.Reason != verifier.ReasonClaims {
			t.Errorf("%s: %v %v", name, r.Verdict, r.Reason)
		}
	}
}

func TestARecordThatSaysTwoThingsProvesNeither(t *testing.T) {
	negative, positive := test(snomed, "260415000"), test(snomed, "260373001")
	result := func(pairs ...string) map[string]any { return map[string]any{"valueCodeableConcept": coded(pairs...)} }
	for name, record := range map[string]map[string]any{
		"not detected and presumptive":          with(negative, result(snomed, "260415000", snomed, "720735008")),
		"not detected and inconclusive":         with(negative, result(snomed, "419984006", snomed, "260415000")),
		"not detected and LOINC's inconclusive": with(negative, result(snomed, "260415000", loinc, "LA9663-1")),
		"not detected and a word of no system":  with(negative, result(snomed, "260415000", "", "260373001")),
		"not detected and no word of SNOMED":    with(negative, result(snomed, "260415000", snomed, "")),
		"not detected, detected":                with(negative, result(snomed, "260415000", snomed, "260373001")),
		"detected and presumptive":              with(positive, result(snomed, "260373001", snomed, "720735008")),
		"a result in the issuer's words alone":  with(negative, result("https://local.example", "NEG")),
		"for the virus and for antibodies":      with(negative, map[string]any{"code": coded(loinc, "94500-6", loinc, "94563-4")}),
		"for the virus, and SNOMED's word":      with(negative, map[string]any{"code": coded(loinc, "94500-6", snomed, "1")}),
		"against COVID-19 and influenza":        with(dose(), map[string]any{"vaccineCode": coded("http://hl7.org/fhir/sid/cvx", "207", "http://hl7.org/fhir/sid/cvx", "140")}),
		"against COVID-19 and SNOMED's other":   with(dose(), map[string]any{"vaccineCode": coded("http://hl7.org/fhir/sid/cvx", "207", snomed, "1")}),
		"a negative result with components":     with(negative, map[string]any{"component": []any{result(snomed, "260373001")}}),
		"a negative that is read as positive":   with(negative, map[string]any{"interpretation": []any{coded(meaning, "POS")}}),
		"a negative read both ways":             with(negative, map[string]any{"interpretation": []any{coded(meaning, "NEG"), coded(meaning, "A")}}),
		"a negative read in the issuer's words": with(negative, map[string]any{"interpretation": []any{coded("https://local.example", "x")}}),
		"a positive that is read as negative":   with(positive, map[string]any{"interpretation": []any{coded(meaning, "NEG")}}),
		"a negative result that is absent":      with(negative, map[string]any{"dataAbsentReason": coded("x", "error")}),
		"a negative result and a text":          with(negative, map[string]any{"valueString": "POSITIVE"}),
		"a negative result and a truth":         with(negative, map[string]any{"valueBoolean": true}),
		"a negative result and a number":        with(negative, map[string]any{"valueInteger": 1}),
		"a negative result and a quantity":      with(negative, map[string]any{"valueQuantity": map[string]any{"value": 20}}),
	} {
		for _, records := range [][]map[string]any{{record}, {dose(), record}, {record, negative}} {
			if r := scan(t, gateOf(t, greens), records...); r.Verdict != verifier.CannotSay || r.Reason != verifier.ReasonNotProved {
				t.Errorf("%s, %d records: %v %v", name, len(records), r.Verdict, r.Reason)
			}
		}
	}
}

func TestWhatModifiesARecordIsNotPassedOver(t *testing.T) {
	modified := map[string]any{"modifierExtension": []any{map[string]any{"url": "https://issuer.example/not", "valueBoolean": true}}}
	in := func(record map[string]any, name string) map[string]any {
		return with(record, map[string]any{name: with(record[name].(map[string]any), modified)})
	}
	for name, record := range map[string]map[string]any{
		"a dose": with(dose(), modified), "a test": with(test(snomed, "260415000"), modified), "a positive test": with(test(snomed, "260373001"), modified),
		"its vaccine": in(dose(), "vaccineCode"), "its kind": in(test(snomed, "260415000"), "code"), "its result": in(test(snomed, "260415000"), "valueCodeableConcept"),
		"a dose by rules of its own": with(dose(), map[string]any{"implicitRules": "https://issuer.example/rules"}),
		"a test by rules of its own": with(test(snomed, "260415000"), map[string]any{"implicitRules": "https://issuer.example/rules"}),
		"a dose that is too weak":    with(dose(), map[string]any{"isSubpotent": true}),
	} {
		for _, records := range [][]map[string]any{{record}, {dose(), record}, {record, dose()}} {
			if r := scan(t, gateOf(t, greens), records...); r.Verdict != verifier.CannotSay || r.Reason != verifier.ReasonNotProved {
				t.Errorf("%s, %d records: %v %v", name, len(records), r.Verdict, r.Reason)
			}
		}
	}
	for name, person := range map[string]map[string]any{
		"the person": modified, "rules of the person": {"implicitRules": "x"}, "a record out of use": {"active": false}, "the dead": {"deceasedBoolean": true},
		"the dead of a day": {"deceasedDateTime": "2020-01-01"}, "a record that another replaces": {"link": []any{map[string]any{"type": "replaced-by"}}},
	} {
		for want, record := range map[verifier.Reason]map[string]any{verifier.ReasonNotProved: dose(), verifier.ReasonColour: test(snomed, "260373001")} {
			c := newCard()
			c.entries(with(foreigntest.Patient(), person), record)
			if r := gateOf(t, greens).Verify(c.text(t), noon, nil); r.Reason != want {
				t.Errorf("%s: %v, want %v", name, r.Reason, want)
			}
		}
	}
	for name, modify := range map[string]func(bundle map[string]any){
		"the bundle": func(b map[string]any) { b["implicitRules"] = "x" },
		"an entry":   func(b map[string]any) { b["entry"].([]any)[1].(map[string]any)["modifierExtension"] = nil },
	} {
		c := newCard()
		modify(c.payload["vc"].(map[string]any)["credentialSubject"].(map[string]any)["fhirBundle"].(map[string]any))
		if r := gate(t).Verify(c.text(t), noon, nil); r.Reason != verifier.ReasonNotProved {
			t.Errorf("%s: %v", name, r.Reason)
		}
	}
	alive := map[string]any{"active": true, "deceasedBoolean": false}
	c := newCard()
	c.entries(with(foreigntest.Patient(), alive), dose())
	if r := gate(t).Verify(c.text(t), noon, nil); r.Verdict != verifier.Accept {
		t.Errorf("one who is said to live: %v", r.Reason)
	}
}

func TestTheNameIsTheOneThatThePersonHasNow(t *testing.T) {
	name := func(family, use string, period ...string) map[string]any {
		n := map[string]any{"family": family}
		if use != "" {
			n["use"] = use
		}
		if len(period) == 2 {
			n["period"] = map[string]any{"start": period[0], "end": period[1]}
		}
		return n
	}
	for what, c := range map[string]struct {
		names []any
		want  string // empty: refused
	}{
		"the official one after an old one":           {[]any{name("Before", "old"), name("Now", "official")}, "Now"},
		"the official one before the usual":           {[]any{name("Usual", "usual"), name("Official", "official")}, "Official"},
		"the usual one before one of no use":          {[]any{name("None", ""), name("Usual", "usual")}, "Usual"},
		"one of no use before a temporary one":        {[]any{name("Temporary", "temp"), name("None", "")}, "None"},
		"a temporary one alone":                       {[]any{name("Temporary", "temp")}, "Temporary"},
		"an old one alone":                            {[]any{name("Before", "old")}, ""},
		"a maiden name alone":                         {[]any{name("Before", "maiden")}, ""},
		"a nickname alone":                            {[]any{name("Nick", "nickname")}, ""},
		"an alias alone":                              {[]any{name("Alias", "anonymous")}, ""},
		"a use that nobody knows":                     {[]any{name("X", "OLD")}, ""},
		"an official one that has ended, and a usual": {[]any{name("Before", "official", "2000-01-01", "2026-03-01"), name("Now", "usual")}, "Now"},
		"one that ends today":                         {[]any{name("Now", "official", "2000-01-01", "2026-03-02")}, "Now"},
		"one that ended this morning":                 {[]any{name("Before", "official", "2000-01-01", "2026-03-02T11:59:59Z")}, ""},
		"one that begins tomorrow":                    {[]any{name("Later", "official", "2026-03-03", "2027-01-01"), name("Now", "official")}, "Now"},
		"one with an end that nobody can read":        {[]any{name("X", "official", "2000-01-01", "some day")}, ""},
		"one that is modified":                        {[]any{map[string]any{"family": "X", "modifierExtension": []any{}}}, ""},
	} {
		c1 := newCard()
		c1.entries(map[string]any{"resourceType": "Patient", "name": c.names}, dose())
		r := verifier.New(gate(t).Bundle(), verifier.Policy{}, shc.Format{FullName: true}).Verify(c1.text(t), noon, nil)
		if c.want == "" && r.Reason != verifier.ReasonClaims || c.want != "" && (r.Verdict != verifier.Accept || r.Members[0].Name != c.want) {
			t.Errorf("%s: %+v", what, r)
		}
	}
}

func TestANameInWhichNobodySeesALetterIsNobodys(t *testing.T) {
	for _, name := range []string{".", "- -", "123", "\u200b", "\u00ad", "\u202e", "\u0301", "😀"} {
		for _, full := range []bool{false, true} {
			c := newCard()
			c.entries(map[string]any{"resourceType": "Patient", "name": []any{map[string]any{"family": name}}}, dose())
			entry := foreigntest.Entry(shc.Name, []trust.PartnerKey{{Key: signer(t).Public(), Purposes: []trust.Purpose{trust.Paper}, KeyID: []byte("key")}}, issuer)
			b, err := foreigntest.Bundle(noon, entry)
			if err != nil {
				t.Fatal(err)
			}
			if r := verifier.New(b, verifier.Policy{}, shc.Format{FullName: full}).Verify(c.text(t), noon, nil); r.Verdict != verifier.Refuse || r.Reason != verifier.ReasonClaims {
				t.Errorf("%+q, full %v: %v %v", name, full, r.Verdict, r.Reason)
			}
		}
	}
}

func TestAResourceThatTheGateDoesNotReadIsNotPassedOver(t *testing.T) {
	for _, kind := range []any{"Condition", "DiagnosticReport", "Bundle", "observation", "Observation ", "OBSERVATION", "patient", "", nil} {
		other := with(test(snomed, "260373001"), map[string]any{"resourceType": kind})
		for _, records := range [][]map[string]any{{dose(), other}, {other, dose()}, {other, test(snomed, "260415000")}} {
			if r := scan(t, gateOf(t, greens), records...); r.Verdict != verifier.CannotSay || r.Reason != verifier.ReasonNotProved {
				t.Errorf("%v: %v %v", kind, r.Verdict, r.Reason)
			}
		}
		if r := scan(t, gateOf(t, greens), other, test(loinc, "LA6576-8")); r.Reason != verifier.ReasonColour {
			t.Errorf("%v beside an infection: %v %v", kind, r.Verdict, r.Reason)
		}
		if r := scan(t, gateOf(t, greens), other); r.Reason != verifier.ReasonClaims {
			t.Errorf("%v alone: %v %v", kind, r.Verdict, r.Reason)
		}
	}
	for _, kind := range []string{"Organization", "Location", "Practitioner", "PractitionerRole", "Device", "Specimen"} {
		if r := scan(t, gateOf(t, greens), dose(), map[string]any{"resourceType": kind}); r.Verdict != verifier.Accept {
			t.Errorf("%s: %v %v", kind, r.Verdict, r.Reason)
		}
	}
}

func TestNothingOfACardLiesBeforeTheOutbreakOrTheHoldersBirth(t *testing.T) {
	born := func(day any) map[string]any { return with(foreigntest.Patient(), map[string]any{"birthDate": day}) }
	negative := func(at string) map[string]any { return foreigntest.Observation(snomed, "260415000", at) }
	for name, c := range map[string]struct {
		person, record map[string]any
		want           verifier.Reason
	}{
		"a dose of the last century":          {born("1990-01-01"), foreigntest.Dose("1999-03-01"), verifier.ReasonNotProved},
		"a dose of the day before":            {born("1990-01-01"), foreigntest.Dose("2019-12-31"), verifier.ReasonNotProved},
		"a dose at a time before":             {born(nil), foreigntest.Dose("2019-12-31T23:59:59Z"), verifier.ReasonNotProved},
		"a negative sample before":            {born("1990-01-01"), negative("2019-12-31T10:00:00Z"), verifier.ReasonNotProved},
		"a dose before birth":                 {born("2021-01-30"), foreigntest.Dose("2021-01-29"), verifier.ReasonNotProved},
		"a dose before the month of birth":    {born("2021-02"), foreigntest.Dose("2021-01-29"), verifier.ReasonNotProved},
		"a sample before the year of birth":   {born("2022"), negative("2021-06-01T10:00:00Z"), verifier.ReasonNotProved},
		"a dose in the month of birth":        {born("2021-01"), foreigntest.Dose("2021-01-29"), verifier.ReasonOK},
		"a sample on the day of birth":        {born("2021-06-01"), negative("2021-06-01T10:00:00Z"), verifier.ReasonOK},
		"a dose of a trial":                   {born("1990-01-01"), foreigntest.Dose("2020-07-29"), verifier.ReasonOK},
		"a dose of somebody of unknown birth": {born(nil), foreigntest.Dose("2021-01-29"), verifier.ReasonOK},
		"an infection before birth":           {born("2022"), foreigntest.Observation(snomed, "260373001", "2021-06-01T10:00:00Z"), verifier.ReasonColour},
	} {
		card := newCard()
		card.entries(c.person, c.record)
		if r := gateOf(t, greens).Verify(card.text(t), noon, nil); r.Reason != c.want {
			t.Errorf("%s: %v %v, want %v", name, r.Verdict, r.Reason, c.want)
		}
	}
}

func TestOneSystemOfCodesByAnotherNameContradictsAsItself(t *testing.T) {
	result := func(pairs ...string) map[string]any {
		return with(test(snomed, "260415000"), map[string]any{"valueCodeableConcept": coded(append([]string{snomed, "260415000"}, pairs...)...)})
	}
	for _, name := range []string{"urn:oid:2.16.840.1.113883.6.96", "URN:OID:2.16.840.1.113883.6.96", "https://snomed.info/sct", "http://snomed.info/sct/", "http://snomed.info/sct|2022", "http://www.snomed.info/sct", "http://SNOMED.info/SCT", "http://snomed.info/sct/731000124108/version/20210901"} {
		if r := scan(t, gateOf(t, greens), result(name, "260373001")); r.Reason != verifier.ReasonNotProved {
			t.Errorf("not detected, and detected by %s: %v %v", name, r.Verdict, r.Reason)
		}
		if r := scan(t, gateOf(t, greens), result(name, "260385009")); r.Verdict != verifier.Accept {
			t.Errorf("not detected, and negative by %s: %v %v", name, r.Verdict, r.Reason)
		}
		if r := scan(t, gateOf(t, greens), test(name, "260415000")); r.Reason != verifier.ReasonNotProved {
			t.Errorf("not detected by %s alone: %v %v", name, r.Verdict, r.Reason)
		}
	}
	for name, record := range map[string]map[string]any{
		"LOINC's detected":           result("urn:oid:2.16.840.1.113883.6.1", "LA11882-0"),
		"another vaccine":            with(dose(), map[string]any{"vaccineCode": coded("http://hl7.org/fhir/sid/cvx", "207", "urn:oid:2.16.840.1.113883.12.292", "140")}),
		"positive by a former table": with(result(), map[string]any{"interpretation": []any{coded(meaning, "NEG", "http://terminology.hl7.org/CodeSystem/v2-0078", "POS")}}),
	} {
		if r := scan(t, gateOf(t, greens), record); r.Reason != verifier.ReasonNotProved {
			t.Errorf("beside it %s by another name: %v %v", name, r.Verdict, r.Reason)
		}
	}
}

func TestABundleOfAnotherSortOrVersionIsNotRecognised(t *testing.T) {
	for name, change := range map[string]func(subject, bundle, record map[string]any){
		"R3":                   func(s, _, _ map[string]any) { s["fhirVersion"] = "3.0.2" },
		"R5":                   func(s, _, _ map[string]any) { s["fhirVersion"] = "5.0.0" },
		"no bundle":            func(_, b, _ map[string]any) { b["resourceType"] = "Parameters" },
		"a history":            func(_, b, _ map[string]any) { b["type"] = "history" },
		"an entry to delete":   func(_, _, r map[string]any) { r["request"] = map[string]any{"method": "DELETE"} },
		"an entry that failed": func(_, _, r map[string]any) { r["response"] = map[string]any{"status": "404"} },
		"R4, a collection": func(s, b, _ map[string]any) {
			s["fhirVersion"], b["resourceType"], b["type"] = "4.0.1", "Bundle", "collection"
		},
	} {
		want := verifier.ReasonNotProved
		if name == "R4, a collection" {
			want = verifier.ReasonOK
		}
		c := newCard()
		c.entries(foreigntest.Patient(), dose())
		subject := c.payload["vc"].(map[string]any)["credentialSubject"].(map[string]any)
		bundle := subject["fhirBundle"].(map[string]any)
		change(subject, bundle, bundle["entry"].([]any)[1].(map[string]any))
		if r := gateOf(t, greens).Verify(c.text(t), noon, nil); r.Reason != want {
			t.Errorf("%s: %v %v, want %v", name, r.Verdict, r.Reason, want)
		}
	}
}

func TestATimeThatCanBeReadInTwoWaysProvesNothing(t *testing.T) {
	negative := test(snomed, "260415000")
	for name, record := range map[string]map[string]any{
		"a period beside the time of a sample":   with(negative, map[string]any{"effectivePeriod": map[string]any{"start": "2020-05-01"}}),
		"an instant beside the time of a sample": with(negative, map[string]any{"effectiveInstant": "2020-05-01T00:00:00Z"}),
		"times beside the time of a sample":      with(negative, map[string]any{"effectiveTiming": map[string]any{}}),
		"words beside the day of a dose":         with(dose(), map[string]any{"occurrenceString": "next week"}),
		"a result that other results are of":     with(negative, map[string]any{"hasMember": []any{map[string]any{"reference": "resource:9"}}}),
		"a test for MERS as well":                with(negative, map[string]any{"code": coded(loinc, "94532-9")}),
	} {
		if r := scan(t, gateOf(t, greens), record); r.Reason != verifier.ReasonNotProved {
			t.Errorf("%s: %v %v", name, r.Verdict, r.Reason)
		}
	}
}

func TestNobodyVouchesForWhatHadHappenedNowhereOnEarth(t *testing.T) {
	day := time.Date(2026, 2, 1, 0, 0, 0, 0, time.FixedZone("UTC+14", 14*3600)).Unix() // where it begins first
	show := func(card *card) verifier.Result { return gateOf(t, greens).Verify(card.text(t), noon, nil) }
	for issued, want := range map[int64]verifier.Reason{day - 86400: verifier.ReasonNotProved, day - 1: verifier.ReasonNotProved, day: verifier.ReasonOK, day + 86400: verifier.ReasonOK} {
		for name, record := range map[string]map[string]any{
			"a dose": foreigntest.Dose("2026-02-01"), "a negative sample": foreigntest.Observation(snomed, "260415000", "2026-02-01T22:00:00Z"),
		} {
			c := newCard()
			c.entries(foreigntest.Patient(), record)
			c.payload["nbf"] = issued
			if r := show(c); r.Reason != want {
				t.Errorf("%s of 1 February, issued %d s after it began: %v, want %v", name, issued-day, r.Reason, want)
			}
			c.payload["iat"] = day
			if r := show(c); r.Reason != verifier.ReasonOK {
				t.Errorf("%s, good since %d s after its day began, issued on it: %v", name, issued-day, r.Reason)
			}
		}
		c := newCard()
		c.entries(foreigntest.Patient(), foreigntest.Observation(snomed, "260373001", "2026-02-01T22:00:00Z"))
		c.payload["nbf"] = issued
		if r := show(c); r.Reason != verifier.ReasonColour {
			t.Errorf("an infection, issued %d s after its day began: %v", issued-day, r.Reason)
		}
	}
}
