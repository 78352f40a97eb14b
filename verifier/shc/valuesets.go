package shc

import (
	"cmp"
	"strings"
)

// Systems of codes (FHIR R4, "Using Codes in resources").
const (
	snomed = "http://snomed.info/sct"
	loinc  = "http://loinc.org"
	cvx    = "http://hl7.org/fhir/sid/cvx"
	icd11  = "http://id.who.int/icd11/mms"
	hl7v3  = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
)

// known are the systems of which a code that stands beside another has to be recognised too.
var known = map[string]bool{snomed: true, loinc: true, cvx: true, icd11: true, hl7v3: true}

// aliases are other names of those systems, in small letters: the identifiers that HL7's registry of code systems gives them, and former ones.
var aliases = map[string]string{
	"urn:oid:2.16.840.1.113883.6.96": snomed, "urn:oid:2.16.840.1.113883.6.1": loinc, "urn:oid:2.16.840.1.113883.12.292": cvx,
	"urn:oid:2.16.840.1.113883.5.83": hl7v3, strings.ToLower(hl7v3): hl7v3, "http://hl7.org/fhir/v3/observationinterpretation": hl7v3, "http://id.who.int/icd/release/11/mms": icd11,
	"http://terminology.hl7.org/codesystem/v2-0078": hl7v3, "http://hl7.org/fhir/v2/0078": hl7v3, "urn:oid:2.16.840.1.113883.12.78": hl7v3, // HL7's former interpretations
}

// canonical is the name under which known has a system that is written otherwise: with its version behind it, a stroke at its end, as https or in other
// letters. Such a name is none that the specification allows, so what it says is no proof; but it may not contradict one either.
func canonical(system string) string {
	system, _, _ = strings.Cut(strings.ToLower(system), "|")
	system = strings.TrimRight(system, "/")
	if _, rest, ok := strings.Cut(system, "://"); ok {
		system = "http://" + strings.TrimPrefix(rest, "www.")
	}
	if strings.HasPrefix(system, snomed+"/") { // an edition of it, and a version of that
		return snomed
	}
	return cmp.Or(aliases[system], system)
}

// codes are those of a value set, by their system.
type codes map[string]map[string]bool

// in reads the codes of one system.
func in(list string) map[string]bool {
	set := make(map[string]bool)
	for _, code := range strings.Fields(list) {
		set[code] = true
	}
	return set
}

// The value sets are those that VCI publishes for SMART Health Cards (https://terminology.smarthealth.cards, 2023.1; LOINC's words for a result
// from the guide's ballot of 2021, qualitative-lab-results-loinc). What they lack is not recognised, whatever its text says.
var (
	// Results that find the virus, and that do not (lab-qualitative-result): detected and positive; not detected and negative. Presumptive,
	// reactive, weak, equivocal and invalid ones are neither.
	found    = codes{snomed: in("260373001 10828004"), loinc: in("LA11882-0 LA6576-8")}
	notFound = codes{snomed: in("260415000 260385009"), loinc: in("LA11883-8 LA6577-6")}

	// Interpretations that go with them (R4 observation-interpretation): positive, detected, abnormal; negative, not detected, normal.
	abnormal = codes{hl7v3: in("POS DET A")}
	normal   = codes{hl7v3: in("NEG ND N")}

	// Tests for the virus in the airways (of lab-qualitative-test-covid): nucleic acid, antigen, sequence, culture. Those of that set for
	// antibodies, in blood, of a donor, or for several viruses in one result (94532-9: MERS too) say nothing of an infection now and are left out.
	virusTests = codes{loinc: in(`
		94307-6 94308-4 94309-2 94310-0 94314-2 94315-9 94316-7 94500-6 94502-2 94533-7 94534-5 94559-2 94565-9 94639-2 94640-0 94641-8
		94647-5 94756-4 94757-2 94758-0 94759-8 94760-6 94845-5 95406-5 95409-9 95425-5 95608-6 95823-1 95824-9 96091-4 96120-1 96121-9 96122-7
		96123-5 96448-6 96763-8 96765-3 96797-6 96957-6 96958-4 96986-5 97098-8 98131-6 98132-4 98493-0 98494-8
		94558-4 95209-3 96119-3 97097-0
		94763-0 94822-4 95424-8 95609-4`)}

	// Vaccines against COVID-19: immunization-covid-cvx, immunization-covid-snomed with the classes of the EU's value set
	// (sct-vaccines-covid-19), immunization-covid-icd11.
	vaccines = codes{
		cvx: in(`
		207 208 210 211 212 217 218 219 221 225 226 227 228 229 230 300 301 302 308 309 310 311 312 313 501 502 503 504 505 506 507 508 509 510 511
		512 513 514 515 516 517 518 519 520 521`),
		snomed: in(`
		1119305005 1119349007 1162643001 1157024006 29061000087103 28531000087107 30141000087107 1187593009
		1031000172108 10871000172106 10891000172107 10901000172106 125071000220108 125081000220106 125091000220109 125101000220104 125111000220101
		125121000220108 1401000220108 1411000220106 1421000220104 28571000087109 28581000087106 28761000087108 28951000087107 28961000087105
		29171000087106 30151000087105 31301000087101 31311000087104 31341000087103 31431000087100 33201000087108 33211000087105 33221000087102
		33361000087101 33391000087109 33401000087107 33411000087109 33421000087101 33431000087104 33441000087105 33451000087108 33461000087106
		33471000087102 33581000087104 33881000087102 34591000087100 34601000087108 34611000087105 34921000087108 35651000087105 37311000087109
		37651000087101 384671000221101 399651000221108 399661000221105 399681000221103 399691000221100 399701000221100 399771000221108
		399781000221106 399801000221105 399811000221108 399821000221103 399861000221106 399871000221102 399881000221104 399891000221101
		399901000221102 399911000221104 424531000221101 424541000221108 424551000221105 424561000221107 424571000221103 424581000221100
		424591000221102 424601000221107 424611000221105 424621000221100 424631000221102 424641000221109 424651000221106 424661000221108
		424671000221104 424681000221101 424691000221103 424701000221103 424711000221100 424721000221105 424731000221108 424741000221101
		424751000221104 424781000221109 424791000221107 424801000221108 424821000221101 424831000221103 424971000221108 425001000221100
		425011000221102 425031000221105 425051000221101 62051000220105`),
		icd11: in(`
		XM1NL1 XM7HT3 XM8866 XM9TQ1 XM1G90 XM85P5 XM9FQ7 XM97N6 XM2YG8 XM0K39 XM1AU2 XM5DF6 XM9QW8 XM4YL8 XM97T2 XM6QV1 XM1AG7 XM5ZJ4 XM5QM6 XM0CX4
		XM5JC5 XM3CT4 XM3PG0 XM4EC8 XM6SZ8 XM0RV9 XM3SK8 XM9P21 XM9T65 XM9N08 XM1J92 XM6AT1 XM52P3 XM0GQ8 XM8NQ0 XM3DT5`),
	}
)
