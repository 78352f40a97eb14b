// Package testvectors holds the language-free test vectors of the protocol: every refusal once, with one fault each, and the good codes beside
// them. README.md says how to use them from another language; testvectors/gen writes them.
package testvectors

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
)

//go:embed *.json bundles/*.ykb roots/*.cose
var files embed.FS

// Case is one text at one gate.
type Case struct {
	ID        string    `json:"id"`
	Comment   string    `json:"comment"`
	Flags     []string  `json:"flags"`
	Bundle    string    `json:"bundle"`             // name in bundles.json
	Partners  []string  `json:"partners,omitempty"` // names in bundles.json: bundles of partner regions beside it
	Gate      string    `json:"gate"`               // "production" or "demo"
	Sort      string    `json:"sort,omitempty"`     // the sort of the gate, as partners' policies name them
	At        string    `json:"at"`                 // RFC 3339, the gate's clock
	Text      string    `json:"text"`
	Challenge string    `json:"challenge,omitempty"` // hex, what the gate asked
	Salt      string    `json:"salt,omitempty"`      // YKS1 text revealed after the verdict (paper)
	Document  *Document `json:"document,omitempty"`  // what the gate compares with
	Expected  Expected  `json:"expected"`
}

// Document is a synthetic identity document.
type Document struct {
	Type   string `json:"type"`
	Number string `json:"number"`
}

// Expected is the part of a Result that is normative; its names are those of the Result in JSON.
type Expected struct {
	Verdict  string   `json:"verdict"`
	Reason   string   `json:"reason"`
	Check    string   `json:"check,omitempty"`
	Remedy   string   `json:"remedy,omitempty"`
	Region   string   `json:"region,omitempty"`
	Status   string   `json:"status,omitempty"` // "checked" or "unknown"
	Document string   `json:"document,omitempty"`
	Members  []Member `json:"members"`
}

// Member is the verdict on one person.
type Member struct {
	Verdict  string `json:"verdict"`
	Reason   string `json:"reason"`
	Colour   string `json:"colour,omitempty"`
	Name     string `json:"name,omitempty"`
	Kind     string `json:"kind,omitempty"`
	Relation string `json:"relation,omitempty"`
	Guardian string `json:"guardian,omitempty"`
	Birthday uint8  `json:"birth_day,omitempty"`
	Tested   string `json:"tested,omitempty"`
}

// Foreign is one text of another format at one production gate.
type Foreign struct {
	ID       string          `json:"id"`
	Comment  string          `json:"comment"`
	Format   string          `json:"format"` // of the registry
	Bundle   string          `json:"bundle"`
	Sort     string          `json:"sort,omitempty"`
	At       string          `json:"at"`
	Text     string          `json:"text"`
	Expected ForeignExpected `json:"expected"`
}

// ForeignExpected is the normative part of the Result.
type ForeignExpected struct {
	Verdict string          `json:"verdict"`
	Reason  string          `json:"reason"`
	Check   string          `json:"check,omitempty"`
	Remedy  string          `json:"remedy,omitempty"`
	Region  string          `json:"region,omitempty"`
	Status  string          `json:"status,omitempty"`
	Members []ForeignMember `json:"members"`
}

// ForeignMember is the verdict on the person.
type ForeignMember struct {
	Verdict string            `json:"verdict"`
	Reason  string            `json:"reason"`
	Colour  string            `json:"colour,omitempty"`
	Name    string            `json:"name,omitempty"`
	Kind    string            `json:"kind,omitempty"`
	Tested  string            `json:"tested,omitempty"`
	Proves  map[string]string `json:"proves,omitempty"` // by language
	Until   string            `json:"until,omitempty"`
}

// Sequence is what one gate sees one after the other.
type Sequence struct {
	ID      string `json:"id"`
	Comment string `json:"comment"`
	Bundle  string `json:"bundle"`
	Gate    string `json:"gate"`
	Steps   []Step `json:"steps"`
}

// Step opens a challenge or shows a text.
type Step struct {
	At        string    `json:"at"`
	Open      string    `json:"open,omitempty"` // hex: the gate opens this challenge of 16 bytes
	Text      string    `json:"text,omitempty"`
	Challenge string    `json:"challenge,omitempty"`
	Expected  *Expected `json:"expected,omitempty"` // of a text
}

// Bundle names a file of bundles/ and the root to pin for it.
type Bundle struct {
	Name        string `json:"name"`
	Comment     string `json:"comment"`
	File        string `json:"file,omitempty"` // none: only the root is pinned
	Root        string `json:"root"`
	Fingerprint string `json:"fingerprint"`
}

// Update is one step of trust: after pinning Root, and loading Have where there is one, Got arrives.
type Update struct {
	ID       string         `json:"id"`
	Comment  string         `json:"comment"`
	Flags    []string       `json:"flags"`
	Root     string         `json:"root"`
	Have     string         `json:"have,omitempty"`
	Got      string         `json:"got"`
	At       string         `json:"at"`
	Expected UpdateExpected `json:"expected"`
}

// UpdateExpected is the class of the error, or the versions in force afterwards.
type UpdateExpected struct {
	Error    string `json:"error,omitempty"`
	Root     uint64 `json:"root,omitempty"`
	KeyList  uint64 `json:"key_list,omitempty"`
	Snapshot uint64 `json:"snapshot,omitempty"`
}

// Primitives are the parts that can be got right alone.
type Primitives struct {
	Base45      []Base45     `json:"base45"`
	Rice        []Rice       `json:"rice"`
	Digests     []Digest     `json:"digests"`
	Thumbprints []Thumbprint `json:"thumbprints"`
	Masks       []Mask       `json:"masks"`
}

// Base45 is a byte string and its text; Text alone is one that MUST be refused.
type Base45 struct {
	Bytes *string `json:"bytes"` // hex, or null
	Text  string  `json:"text"`
}

// Rice is a status list.
type Rice struct {
	Width   uint8    `json:"width"`
	Indices []uint64 `json:"indices"`
	Bytes   string   `json:"bytes"` // hex
}

// Digest is a document digest.
type Digest struct {
	Salt   string `json:"salt"` // hex
	Type   string `json:"type"`
	Number string `json:"number"`
	Digest string `json:"digest"` // hex
}

// Thumbprint is a key in its forms.
type Thumbprint struct {
	Key        string `json:"key"`                  // hex, COSE_Key
	Compressed string `json:"compressed,omitempty"` // hex
	Thumbprint string `json:"thumbprint"`           // hex
	Kid        string `json:"kid"`                  // hex
}

// Mask is a name and what a code shows of it.
type Mask struct {
	Name   string `json:"name"`
	Masked string `json:"masked"`
}

// Key is a TEST KEY in the forms that other tools read.
type Key struct {
	Name string            `json:"name"` // "TEST KEY …"
	Use  string            `json:"use"`
	Kid  string            `json:"kid"`
	JWK  map[string]string `json:"jwk"`
	PEM  string            `json:"pem"` // PKCS #8
}

// File gives a file of this folder by its path: "bundles/main.ykb".
func File(path string) ([]byte, error) { return files.ReadFile(path) }

// Cases reads cases.json.
func Cases() ([]Case, error) { return read[[]Case]("cases.json") }

// ForeignCases reads foreign.json.
func ForeignCases() ([]Foreign, error) { return read[[]Foreign]("foreign.json") }

// Sequences reads sequences.json.
func Sequences() ([]Sequence, error) { return read[[]Sequence]("sequences.json") }

// Bundles reads bundles.json.
func Bundles() ([]Bundle, error) { return read[[]Bundle]("bundles.json") }

// Updates reads updates.json.
func Updates() ([]Update, error) { return read[[]Update]("updates.json") }

// ReadPrimitives reads primitives.json.
func ReadPrimitives() (Primitives, error) { return read[Primitives]("primitives.json") }

// Keys reads keys.json.
func Keys() ([]Key, error) { return read[[]Key]("keys.json") }

func read[T any](name string) (v T, err error) {
	b, err := files.ReadFile(name)
	if err != nil {
		return v, err
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&v); err != nil {
		return v, fmt.Errorf("%s: %w", name, err)
	}
	return v, nil
}
