package foreigntest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"healthcode.example/crypto/base45"
)

// Bomb is a text that no partner signed, made to cost whoever reads it as much as can be.
type Bomb struct {
	Format string // HC1, SHC or C169
	Name   string
	Text   string
	Opened bool // it fits a symbol, and is refused for what is inside; else already the text is
}

// Ceilings of the readers, each a little below.
const (
	contentSHC = 128<<10 - 64 // bytes
	contentDCC = 64<<10 - 256
	valuesSHC  = 1980 // commas and opening brackets
	itemsDCC   = 990
	textSHC    = 60_000 // characters: what a request to the service holds
)

// Bombs are texts whose content stays just below the ceilings to which compressed content is inflated: those with as many elements as the ceiling
// holds, which a reader has to refuse for their number, and those with as many as a reader allows. The others are texts of as many parts as there can be.
func Bombs() ([]Bomb, error) {
	all := []Bomb{
		{"SHC", "a text of slashes", "shc:/" + strings.Repeat("/", textSHC), false},
		{"SHC", "a part of slashes", "shc:/1/2/" + strings.Repeat("/", textSHC-4), false},
		{"SHC", "a text of white space", "shc:/" + strings.Repeat(" 1", textSHC/2), false},
		{"SHC", "a JWS of full stops", "shc:/" + strings.Repeat("01", textSHC/2), false},
	}
	for _, of := range []func() ([]Bomb, error){bombsOfJSON, bombsOfCBOR, bombsInPieces} {
		more, err := of()
		if err != nil {
			return nil, err
		}
		all = append(all, more...)
	}
	return all, nil
}

func bombsOfJSON() (all []Bomb, err error) {
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
		all = append(all, Bomb{"SHC", b.name, text, true})
	}
	return all, nil
}

func bombsOfCBOR() (all []Bomb, err error) {
	for _, b := range []struct {
		name    string
		payload map[int]any
	}{
		{"entries of one kind", Certificate("XX", 1, 2, "v", make([]map[string]any, contentDCC/4)...)},
		{"entries of all kinds", withNames(nil, contentDCC/3)},
		{"a name of arrays", withNames(arrays(contentDCC-1000), 0)},
		{"as many entries as are allowed", withNames(strings.Repeat("x", contentDCC-itemsDCC-1000), itemsDCC/3)},
		{"a name of as many arrays as are allowed", withNames([]any{arrays(itemsDCC), strings.Repeat("x", contentDCC-itemsDCC-1000)}, 0)},
		{"as many long keys as are allowed", withNames(longKeys(itemsDCC/2, (contentDCC-2000)/(itemsDCC/2)-4), 0)},
	} {
		m := Message{Tags: []uint64{18}, Protected: map[int]any{1: -7, 4: []byte("unsigned")}, Payload: b.payload}
		message, err := m.Bytes(unsigned)
		if err != nil {
			return nil, err
		}
		all = append(all, Bomb{"HC1", b.name, DCC(message), true})
	}
	return all, nil
}

// bombsInPieces have a claim that nobody reads, a header or the payload itself in as many pieces as are allowed (RFC 8949 §3.2.3). The library
// writes no pieces.
func bombsInPieces() (all []Bomb, err error) {
	const unread = 20 // a claim and a header of nobody
	text, payload := inPieces(3), inPieces(2)
	entries, err := deterministic.Marshal(withNames(strings.Repeat("x", contentDCC-10*itemsDCC), itemsDCC/3))
	if err != nil {
		return nil, err
	}
	for format, claims := range map[string]map[int]any{
		"HC1":  Certificate("XX", 1, 2, "v", Vaccination("XX")),
		"C169": {1: "XX", 6: 1, 169: map[int]any{1: "synthetic"}},
	} {
		b, err := deterministic.Marshal(claims)
		if err != nil {
			return nil, err
		}
		b[0]++ // one more pair
		b = append(append(b, unread), text...)
		for name, message := range map[string][]byte{
			"a claim in pieces":   unsignedMessage([]byte{0xa0}, append([]byte{0x59, byte(len(b) >> 8), byte(len(b))}, b...)),
			"a header in pieces":  unsignedMessage(append([]byte{0xa1, unread}, text...), []byte{0x41, 0xa0}),
			"a payload in pieces": unsignedMessage([]byte{0xa0}, payload),
			"entries in pieces":   unsignedMessage([]byte{0xa0}, piecesOf(2, entries)),
		} {
			symbol := base45.Encode(Zlib(message))
			if format == "HC1" {
				symbol = DCC(message)
			}
			all = append(all, Bomb{format, name, symbol, true})
		}
	}
	return all, nil
}

// unsignedMessage has the encoded header that nobody signs, and the encoded byte string of the payload.
func unsignedMessage(unprotected, payload []byte) []byte {
	protected := append([]byte{0xa2, 1, 0x26, 4, 0x48}, "unsigned"...)
	b := append([]byte{0x84, 0x40 | byte(len(protected))}, protected...)
	b = append(append(b, unprotected...), payload...)
	return append(b, append([]byte{0x58, 64}, make([]byte, 64)...)...)
}

// inPieces is a string of indefinite length, as long and in as many pieces as can be.
func inPieces(major byte) []byte {
	return piecesOf(major, bytes.Repeat([]byte("x"), (itemsDCC-60)*pieceSize))
}

const pieceSize = (contentDCC-2000)/itemsDCC - 3

// piecesOf is the string b.
func piecesOf(major byte, b []byte) []byte {
	out := []byte{major<<5 | 31}
	for piece := range slices.Chunk(b, pieceSize) {
		out = append(append(out, major<<5|24, byte(len(piece))), piece...)
	}
	return append(out, 0xff)
}

// longKeys are the keys of a map that differ at their end only.
func longKeys(n, size int) map[string]any {
	keys := make(map[string]any, n)
	for i := range n {
		keys[fmt.Sprintf("%0*d", size, i)] = nil
	}
	return keys
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
