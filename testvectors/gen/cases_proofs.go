package main

import (
	"maps"
	"strings"
	"time"

	"healthcode.example/testvectors"
	"healthcode.example/testvectors/world"
	"healthcode.example/verifier/foreigntest"
)

const (
	snomed = "http://snomed.info/sct"
	loinc  = "http://loinc.org"
)

// altered is the map with a field otherwise.
func altered(m map[string]any, name string, v any) map[string]any {
	m = maps.Clone(m)
	m[name] = v
	return m
}

// proving writes codes of one format whose content is what matters, under the issuer with the severe policy, at a border.
type proving struct {
	m   *mint
	f   foreignFormat
	add adder
}

func (p *proving) put(id, comment, reason string, content any, member testvectors.ForeignMember) {
	i, sort := severe, "border"
	if reason == "not_proved" || member.Colour == "" && member.Name != "" {
		i, sort = loose, ""
	}
	name := [...]string{"loose", "severe"}[i]
	text := p.f.write(shown{
		issuer: p.f.issuers[i], kid: name, key: p.m.formatKey(&p.f, name), alg: int64(p.f.alg), issued: world.Now - 3600, expires: world.Now + 86400, content: content,
	})
	if member.Name != "" && member.Until == "" {
		member.Until = stamp(world.Now+86400+p.f.last, 0)
	}
	p.add(p.f.name, "proof-"+p.f.short+"-"+id, comment, text, reason, func(v *testvectors.Foreign) {
		v.Bundle = "formats"
		switch reason {
		case "not_yet_valid", "expired", "claims":
		default:
			judged(p.f.issuers[i], member, reason == "not_proved")(v)
			v.Sort = sort
		}
	})
}

// ago is an instant so many seconds before the gate's time.
func ago(seconds int64) string { return stamp(world.Now-seconds, 0) }

// tested says the hour of a sample so many seconds ago, as a Result does.
func tested(seconds int64) string { return stamp((world.Now-seconds)/3600*3600, 0) }

// proofs are what the two formats that say what they prove can say, and the one that proves nothing of nobody.
func (m *mint) proofs(add adder) {
	all := m.formats()
	m.dccProofs(&proving{m, all[0], add})
	m.shcProofs(&proving{m, all[1], add})
	identity := &proving{m, all[3], add}
	identity.put("nobody", "an identity of nobody", "claims", map[int]any{}, testvectors.ForeignMember{})
	identity.put("name-sign", "an identity whose name is a sign", "claims", map[int]any{1: "synthetic", 4: "."}, testvectors.ForeignMember{})
}

func (m *mint) dccProofs(p *proving) {
	const country = "BB"
	vaccination, test := foreigntest.Vaccination(country), foreigntest.Test(country, "260415000", ago(7200))
	day := func(offset int) string {
		return time.Unix(world.Now+8*3600, 0).UTC().AddDate(0, 0, offset).Format(time.DateOnly)
	}
	recovery := map[string]any{"tg": "840539006", "fr": day(-40), "df": day(-29), "du": day(1), "co": country, "is": "synthetic", "ci": "URN:UVCI:01:XX:SYNTHETIC#3"}
	none := testvectors.ForeignMember{}
	sampled := func(hans, hant, en string) map[string]string {
		return lines(hans+"，采样 "+ago(7200), hant+"，採樣 "+ago(7200), en+", sampled "+ago(7200))
	}
	p.put("antigen", "a negative antigen test", "ok", entry{"t", altered(test, "tt", "LP217198-3")},
		testvectors.ForeignMember{Name: masked, Colour: "green", Tested: tested(7200), Proves: sampled("抗原检测阴性", "抗原檢測陰性", "negative antigen test")})
	p.put("test-old", "a sample of 73 hours", "test_old", entry{"t", altered(test, "sc", ago(73*3600+3600))}, none)
	p.put("result-snomed-positive", "SNOMED's code for positive, which the value set has not", "not_proved", entry{"t", altered(test, "tr", "10828004")}, none)
	p.put("result-words", "a result in words", "not_proved", entry{"t", altered(test, "tr", "NEGATIVE")}, none)
	p.put("kind-of-test", "a test of a kind that the value set has not", "not_proved", entry{"t", altered(test, "tt", "94504-8")}, none)
	p.put("disease", "a vaccination against another disease", "not_proved", entry{"v", altered(vaccination, "tg", "6142004")}, none)
	p.put("dose-0", "dose 0 of 2", "not_proved", entry{"v", altered(vaccination, "dn", 0)}, none)
	p.put("dose-half", "one dose and a half", "not_proved", entry{"v", altered(vaccination, "dn", 1.5)}, none)
	p.put("dose-10", "more doses than the schema counts", "not_proved", entry{"v", altered(vaccination, "dn", 10)}, none)
	p.put("vaccine", "a sort of vaccine that the value set has not", "not_proved", entry{"v", altered(vaccination, "vp", "WATER")}, none)
	p.put("product", "a product that the value set has not", "not_proved", entry{"v", altered(vaccination, "mp", "COVID-19 Vaccine Moderna")}, none)
	p.put("dose-before-birth", "a dose before the holder was born, on 1 January 1990", "not_proved", entry{"v", altered(vaccination, "dt", "1985-06-01")}, none)
	p.put("dose-2019", "a dose before there was anything to be vaccinated against", "not_proved", entry{"v", altered(vaccination, "dt", "2019-12-31")}, none)
	p.put("test-1999", "a test before there was anything to be tested for", "not_proved", entry{"t", altered(test, "sc", "1999-12-31T12:00:00Z")}, none)
	p.put("recovery-too-early", "a recovery nine days after the first positive test", "not_proved", entry{"r", altered(recovery, "df", day(-31))}, none)
	p.put("recovery-on-tenth-day", "a recovery ten days after the first positive test", "ok", entry{"r", altered(altered(recovery, "df", day(-30)), "du", day(0))}, testvectors.ForeignMember{
		Name: masked, Until: stamp(world.Midnight, 0),
		Proves: lines("康复，首次阳性 "+day(-40)+"，有效期 "+day(-30)+" 至 "+day(0), "康復，首次陽性 "+day(-40)+"，有效期 "+day(-30)+" 至 "+day(0),
			"recovery, first positive "+day(-40)+", valid "+day(-30)+" to "+day(0))})
	p.put("dose-1-of-2", "an unfinished course has no colour", "ok", entry{"v", altered(vaccination, "dn", 1)}, testvectors.ForeignMember{Name: masked,
		Proves: lines("接种疫苗，第1剂，共2剂，EU/1/20/1528，2021-05-29", "接種疫苗，第1劑，共2劑，EU/1/20/1528，2021-05-29", "vaccination, dose 1 of 2, EU/1/20/1528, 2021-05-29")})
	p.put("dose-tomorrow", "a dose of tomorrow", "not_yet_valid", entry{"v", altered(vaccination, "dt", day(1))}, none)
	p.put("sample-ahead", "a negative sample of 61 s ahead", "not_yet_valid", entry{"t", altered(test, "sc", ago(-61))}, none)
	p.put("recovery-last-day", "a recovery on its last day ends with it", "ok", entry{"r", altered(recovery, "du", day(0))}, testvectors.ForeignMember{
		Name: masked, Until: stamp(world.Midnight, 0),
		Proves: lines("康复，首次阳性 "+day(-40)+"，有效期 "+day(-29)+" 至 "+day(0), "康復，首次陽性 "+day(-40)+"，有效期 "+day(-29)+" 至 "+day(0),
			"recovery, first positive "+day(-40)+", valid "+day(-29)+" to "+day(0))})
	p.put("recovery-over", "a recovery after its last day", "expired", entry{"r", altered(recovery, "du", day(-1))}, none)
	p.put("recovery-ahead", "a recovery before its first day", "not_yet_valid", entry{"r", altered(recovery, "df", day(1))}, none)
}

func (m *mint) shcProofs(p *proving) {
	card := func(records ...map[string]any) any {
		return append([]map[string]any{foreigntest.Patient()}, records...)
	}
	test := func(system, code string) map[string]any { return foreigntest.Observation(system, code, ago(7200)) }
	dose := foreigntest.Dose("2021-01-29")
	none := testvectors.ForeignMember{}
	negative := testvectors.ForeignMember{Name: masked, Colour: "green", Tested: tested(7200),
		Proves: lines("检测阴性，采样 "+ago(7200), "檢測陰性，採樣 "+ago(7200), "negative test, sampled "+ago(7200))}
	positive := testvectors.ForeignMember{Name: masked, Colour: "red", Proves: lines("检测阳性", "檢測陽性", "positive test")}
	p.put("snomed-negative", "not detected, by SNOMED", "ok", card(test(snomed, "260415000")), negative)
	p.put("loinc-negative", "negative, by LOINC", "ok", card(test(loinc, "LA6577-6")), negative)
	p.put("snomed-positive", "detected, by SNOMED", "colour", card(test(snomed, "260373001")), positive)
	p.put("loinc-positive", "positive, by LOINC", "colour", card(test(loinc, "LA6576-8")), positive)
	p.put("test-old", "a sample of 73 hours", "test_old", card(foreigntest.Observation(loinc, "LA6577-6", ago(73*3600+3600))), none)
	p.put("sample-ahead", "a negative sample of 61 s ahead", "not_yet_valid", card(foreigntest.Observation(snomed, "260415000", ago(-61))), none)
	p.put("result-text", "a result as a text", "not_proved", card(altered(altered(test(snomed, ""), "valueCodeableConcept", nil), "valueString", "POSITIVE")), none)
	p.put("result-presumptive", "a presumptive positive is neither", "not_proved", card(test(snomed, "720735008")), none)
	p.put("antibodies", "a test for antibodies", "not_proved",
		card(altered(test(snomed, "260385009"), "code", map[string]any{"coding": []any{map[string]any{"system": loinc, "code": "94563-4"}}})), none)
	p.put("influenza", "a vaccination against influenza", "not_proved",
		card(altered(dose, "vaccineCode", map[string]any{"coding": []any{map[string]any{"system": "http://hl7.org/fhir/sid/cvx", "code": "140"}}})), none)
	p.put("one-of-two-unknown", "a dose beside a record that is not recognised", "not_proved", card(dose, test(snomed, "419984006")), none)
	p.put("not-done", "a dose that was not given", "claims", card(altered(dose, "status", "not-done")), none)
	p.put("in-error", "a dose that was entered in error", "claims", card(altered(dose, "status", "entered-in-error")), none)
	p.put("nobody", "a dose of nobody", "claims", []map[string]any{dose}, none)
	p.put("name-sign", "a dose of somebody whose name is a sign", "claims",
		[]map[string]any{altered(foreigntest.Patient(), "name", []any{map[string]any{"family": "."}}), dose}, none)
	p.put("name-old", "an old name is none", "claims",
		[]map[string]any{altered(foreigntest.Patient(), "name", []any{map[string]any{"use": "old", "family": "Mustermann"}}), dose}, none)
	m.shcRecords(p, card, dose, test)
}

// shcRecords are cards with a record that must not be passed over.
func (m *mint) shcRecords(p *proving, card func(...map[string]any) any, dose map[string]any, test func(system, code string) map[string]any) {
	none := testvectors.ForeignMember{}
	negative, positive := test(snomed, "260415000"), test(snomed, "260373001")
	result := func(pairs ...[2]string) map[string]any {
		var all []any
		for _, pair := range pairs {
			all = append(all, map[string]any{"system": pair[0], "code": pair[1]})
		}
		return map[string]any{"coding": all}
	}
	other := map[string]any{"reference": "resource:9"}
	for _, status := range []string{"preliminary", "registered", "unknown", "final "} {
		p.put("status-"+strings.TrimSpace(status), "a positive result of status '"+status+"' beside a dose", "not_proved", card(dose, altered(positive, "status", status)), none)
	}
	p.put("status-none", "a positive result of no status beside a negative one", "not_proved", card(negative, altered(positive, "status", nil)), none)
	p.put("cancelled", "a cancelled test is passed over", "ok", card(altered(positive, "status", "cancelled"), negative), testvectors.ForeignMember{
		Name: masked, Colour: "green", Tested: tested(7200), Proves: lines("检测阴性，采样 "+ago(7200), "檢測陰性，採樣 "+ago(7200), "negative test, sampled "+ago(7200))})
	p.put("dose-of-another", "a dose of somebody else", "claims", card(altered(dose, "patient", other)), none)
	p.put("test-of-another", "a negative test of somebody else beside a dose", "claims", card(dose, altered(negative, "subject", other)), none)
	p.put("test-of-nobody", "a negative test that says nothing of whom", "claims", card(altered(negative, "subject", nil)), none)
	p.put("test-focus", "a negative test of what is not the subject", "claims", card(altered(negative, "focus", []any{other})), none)
	p.put("two-results", "not detected and presumptive positive in one result", "not_proved",
		card(altered(negative, "valueCodeableConcept", result([2]string{snomed, "260415000"}, [2]string{snomed, "720735008"}))), none)
	p.put("two-vaccines", "a dose against COVID-19 and influenza", "not_proved",
		card(altered(dose, "vaccineCode", result([2]string{"http://hl7.org/fhir/sid/cvx", "207"}, [2]string{"http://hl7.org/fhir/sid/cvx", "140"}))), none)
	p.put("component", "a negative result with components", "not_proved", card(altered(negative, "component", []any{map[string]any{}})), none)
	p.put("modified", "a dose with a modifier", "not_proved", card(altered(dose, "modifierExtension", []any{map[string]any{"url": "https://issuer.example/x"}})), none)
	p.put("condition", "a dose and a diagnosis", "not_proved", card(dose, map[string]any{"resourceType": "Condition"}), none)
	p.put("subpotent", "a dose that is too weak", "not_proved", card(altered(dose, "isSubpotent", true)), none)
	p.put("dose-2019", "a dose before there was anything to be vaccinated against", "not_proved", card(foreigntest.Dose("2019-12-31")), none)
	p.put("dose-before-birth", "a dose before the holder was born", "not_proved",
		[]map[string]any{altered(foreigntest.Patient(), "birthDate", "2021-02"), foreigntest.Dose("2021-01-29")}, none)
	p.put("two-results-oid", "not detected, and detected by SNOMED's identifier in HL7's registry", "not_proved",
		card(altered(negative, "valueCodeableConcept", result([2]string{snomed, "260415000"}, [2]string{"urn:oid:2.16.840.1.113883.6.96", "260373001"}))), none)
	p.put("two-times", "a negative sample at two times", "not_proved", card(altered(negative, "effectivePeriod", map[string]any{"start": "2021-01-29"})), none)
}
