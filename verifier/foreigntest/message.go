package foreigntest

import (
	"bytes"
	"compress/flate"
	"compress/zlib"
	"encoding/base64"
	"fmt"

	"healthcode.example/crypto/base45"
	"healthcode.example/crypto/cose"

	"github.com/fxamacker/cbor/v2"
)

// Sign makes a signature over a message.
type Sign func(message []byte) ([]byte, error)

// Message is a COSE_Sign1 whose every part can be wrong. Headers and payload are given as Go values, or as cbor.RawMessage.
type Message struct {
	Tags        []uint64 // outermost first
	Protected   any      // nil: a byte string of no length
	Unprotected any      // nil: an empty map
	Payload     any
}

// deterministic makes the same message the same bytes in every run.
var deterministic = func() cbor.EncMode {
	mode, err := cbor.CoreDetEncOptions().EncMode()
	if err != nil {
		return nil // the options are the library's own
	}
	return mode
}()

// Bytes signs and writes the message (RFC 9052 §4.2, §4.4).
func (m *Message) Bytes(sign Sign) ([]byte, error) {
	protected := []byte{}
	if m.Protected != nil {
		var err error
		if protected, err = deterministic.Marshal(m.Protected); err != nil {
			return nil, err
		}
	}
	payload, err := deterministic.Marshal(m.Payload)
	if err != nil {
		return nil, err
	}
	signed, err := cbor.Marshal([]any{"Signature1", protected, []byte{}, payload})
	if err != nil {
		return nil, err
	}
	signature, err := sign(signed)
	if err != nil {
		return nil, err
	}
	unprotected := m.Unprotected
	if unprotected == nil {
		unprotected = map[int]any{}
	}
	var item any = []any{protected, unprotected, payload, signature}
	for i := range m.Tags {
		item = cbor.Tag{Number: m.Tags[len(m.Tags)-1-i], Content: item}
	}
	return deterministic.Marshal(item)
}

// Zlib compresses as RFC 1950.
func Zlib(b []byte) []byte {
	var out bytes.Buffer
	w := zlib.NewWriter(&out)
	w.Write(b) // a bytes.Buffer never fails
	w.Close()
	return out.Bytes()
}

// Deflate compresses as RFC 1951.
func Deflate(b []byte) []byte {
	var out bytes.Buffer
	w, err := flate.NewWriter(&out, flate.BestCompression)
	if err != nil {
		return nil
	}
	w.Write(b)
	w.Close()
	return out.Bytes()
}

// DCC is the text of an EU certificate with the message.
func DCC(message []byte) string { return "HC1:" + base45.Encode(Zlib(message)) }

// Certificate is the payload of an EU certificate of a synthetic person: the entry is under v, t or r.
func Certificate(issuer string, issued, expires any, kind string, entries ...map[string]any) map[int]any {
	return map[int]any{1: issuer, 6: issued, 4: expires, -260: map[int]any{1: map[string]any{
		"ver": "1.3.0", "dob": "1990-01-01", "nam": map[string]any{"fn": "Mustermann", "gn": "Erika", "fnt": "MUSTERMANN", "gnt": "ERIKA"},
		kind: entries,
	}}}
}

// Vaccination is an entry of a second dose in the country.
func Vaccination(country string) map[string]any {
	return map[string]any{
		"tg": "840539006", "vp": "1119349007", "mp": "EU/1/20/1528", "ma": "ORG-100030215", "dn": 2, "sd": 2, "dt": "2021-05-29", "co": country,
		"is": "synthetic", "ci": "URN:UVCI:01:XX:SYNTHETIC#1",
	}
}

// Test is an entry of a test with the result (SNOMED CT), sampled at.
func Test(country, result, sampled string) map[string]any {
	return map[string]any{
		"tg": "840539006", "tt": "LP6464-4", "nm": "synthetic", "sc": sampled, "tr": result, "tc": "synthetic", "co": country, "is": "synthetic",
		"ci": "URN:UVCI:01:XX:SYNTHETIC#2",
	}
}

// Patient is the resource of a synthetic person on a SMART Health Card.
func Patient() map[string]any {
	return map[string]any{"resourceType": "Patient", "name": []any{map[string]any{"family": "Mustermann", "given": []string{"Erika"}}}}
}

// Dose is the resource of a dose of a vaccine against COVID-19 (CVX 207) on a SMART Health Card, given on a day to the person of its first entry.
func Dose(day string) map[string]any {
	return map[string]any{
		"resourceType": "Immunization", "status": "completed", "vaccineCode": coded("http://hl7.org/fhir/sid/cvx", "207"), "patient": first(), "occurrenceDateTime": day,
	}
}

// Observation is the resource of a nucleic acid test for the virus (LOINC 94500-6) on a SMART Health Card, with a result of the system. Tested was
// the person of its first entry.
func Observation(system, result, sampled string) map[string]any {
	return map[string]any{
		"resourceType": "Observation", "status": "final", "code": coded("http://loinc.org", "94500-6"), "subject": first(), "effectiveDateTime": sampled, "valueCodeableConcept": coded(system, result),
	}
}

// first refers to the first entry of a card, which Entries names so.
func first() map[string]any { return map[string]any{"reference": "resource:0"} }

// Entries are those of a card: resource:0, resource:1 …
func Entries(resources ...map[string]any) []any {
	entries := []any{}
	for i, r := range resources {
		entries = append(entries, map[string]any{"fullUrl": fmt.Sprintf("resource:%d", i), "resource": r})
	}
	return entries
}

func coded(system, code string) map[string]any {
	return map[string]any{"coding": []any{map[string]any{"system": system, "code": code}}}
}

// Card is the payload of a SMART Health Card; expires may be nil.
func Card(issuer string, issued, expires any, resources ...map[string]any) map[string]any {
	card := map[string]any{"iss": issuer, "nbf": issued, "vc": map[string]any{
		"type": []string{"https://smarthealth.cards#health-card"}, "credentialSubject": map[string]any{"fhirBundle": map[string]any{"entry": Entries(resources...)}},
	}}
	if expires != nil {
		card["exp"] = expires
	}
	return card
}

// JWS is a JSON web signature in its compact form.
func JWS(header, payload []byte, sign Sign) (string, error) {
	signed := base64.RawURLEncoding.EncodeToString(header) + "." + base64.RawURLEncoding.EncodeToString(payload)
	signature, err := sign([]byte(signed))
	return signed + "." + base64.RawURLEncoding.EncodeToString(signature), err
}

// With signs with a key of ours.
func With(k *cose.PrivateKey) Sign { return k.Sign }
