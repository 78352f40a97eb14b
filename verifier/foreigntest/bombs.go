package foreigntest

import (
	"encoding/json"
	"strings"
)

// Bomb is a text that fits a symbol and that no partner signed, made to cost whoever reads it as much as can be.
type Bomb struct {
	Format string // HC1 or SHC
	Name   string
	Text   string
}

// Ceilings of the readers, each a little below.
const (
	contentSHC = 128<<10 - 64 // bytes
	contentDCC = 64<<10 - 256
	valuesSHC  = 1980 // commas and opening brackets
	itemsDCC   = 990
)

// Bombs are texts whose content stays just below the ceilings to which compressed content is inflated: those with as many elements as the ceiling
// holds, which a reader has to refuse for their number, and those with as many as a reader allows.
func Bombs() ([]Bomb, error) {
	var all []Bomb
	for _, b := range []struct{ name, payload string }{
		{"empty entries", cardOf(`[`+repeat("{}", (contentSHC-200)/3)+`]`, "")},
		{"null entries", cardOf(`[`+repeat("null", (contentSHC-200)/5)+`]`, "")},
		{"names of one patient", cardOf(`[{"resource":{"resourceType":"Patient","name":[`+repeat("{}", (contentSHC-300)/3)+`]}}]`, "")},
		{"types", `{"iss":"https://issuer.example","nbf":1,"vc":{"type":[` + repeat(`""`, (contentSHC-200)/3) + `]}}`},
		{"as many entries as are allowed", cardOf(`[`+repeat("{}", valuesSHC/2)+`]`, strings.Repeat("x", contentSHC-valuesSHC*3/2-200))},
		{"an issuer in escapes", `{"iss":"` + strings.Repeat(`\u0061`, (contentSHC-20)/6) + `"}`},
	} {
		text, err := bombCard(b.payload)
		if err != nil {
			return nil, err
		}
		all = append(all, Bomb{"SHC", b.name, text})
	}
	for _, b := range []struct {
		name    string
		payload map[int]any
	}{
		{"entries of one kind", Certificate("XX", 1, 2, "v", make([]map[string]any, contentDCC/4)...)},
		{"entries of all kinds", withNames(nil, contentDCC/3)},
		{"a name of arrays", withNames(arrays(contentDCC-1000), 0)},
		{"as many entries as are allowed", withNames(strings.Repeat("x", contentDCC-itemsDCC-1000), itemsDCC/3)},
		{"a name of as many arrays as are allowed", withNames([]any{arrays(itemsDCC), strings.Repeat("x", contentDCC-itemsDCC-1000)}, 0)},
	} {
		m := Message{Tags: []uint64{18}, Protected: map[int]any{1: -7, 4: []byte("unsigned")}, Payload: b.payload}
		message, err := m.Bytes(unsigned)
		if err != nil {
			return nil, err
		}
		all = append(all, Bomb{"HC1", b.name, DCC(message)})
	}
	return all, nil
}

func unsigned([]byte) ([]byte, error) { return make([]byte, 64), nil }

func repeat(s string, n int) string { return strings.TrimSuffix(strings.Repeat(s+",", n), ",") }

func cardOf(entries, more string) string {
	return `{"iss":"https://issuer.example","nbf":1,"x":"` + more + `","vc":{"type":["https://smarthealth.cards#health-card"],"credentialSubject":{"fhirBundle":{"entry":` + entries + `}}}}`
}

func bombCard(payload string) (string, error) {
	header, err := json.Marshal(map[string]string{"alg": "ES256", "zip": "DEF", "kid": "x"})
	if err != nil {
		return "", err
	}
	jws, err := JWS(header, Deflate([]byte(payload)), unsigned)
	return Numeric(jws), err
}

func arrays(n int) []any {
	all := make([]any, n)
	for i := range all {
		all[i] = []any{}
	}
	return all
}

// withNames is a certificate with the name, if there is one, and n empty entries of each kind.
func withNames(name any, n int) map[int]any {
	entries := make([]map[string]any, n)
	for i := range entries {
		entries[i] = map[string]any{}
	}
	c := Certificate("XX", 1, 2, "v", entries...)
	body := c[-260].(map[int]any)[1].(map[string]any)
	body["t"], body["r"] = entries, entries
	if name != nil {
		body["nam"] = map[string]any{"fn": name}
	}
	return c
}
