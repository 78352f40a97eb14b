package verifier

import (
	"strings"
	"time"

	"healthcode.example/trust"
)

// Format verifies codes of another kind, each in a package of its own that the caller registers with New.
type Format interface {
	// Detect says whether the text is of this kind, from its first bytes.
	Detect(text string) bool
	// Verify is total like Verifier.Verify, and believes what the bundle's key list says of partners and nothing else. It looks at the code
	// alone; the Verifier adds the freshness of the bundle and what follows from it. See Foreign.
	Verify(text string, b *trust.Bundle, at time.Time) Result
}

// otherFormat hands the text to the format that knows it, or names what it looks like.
func (v *Verifier) otherFormat(text string, at time.Time) Result {
	for _, f := range v.formats {
		if f.Detect(text) {
			return v.foreign(f, text, at)
		}
	}
	r := refuse(ReasonOtherFormat)
	r.Seen = looksLike(text)
	return r
}

var prefixes = []struct{ prefix, name string }{
	{"HC1:", "EU digital COVID certificate"},
	{"shc:/", "SMART Health Card"},
	{"NZCP:/", "New Zealand COVID pass"},
	{"YKS1:", "salt behind a fold"},
	{"YKC1:", "challenge of a gate"},
	{"YK1:", "health code in lower case"},
	{"YK", "health code of another version"},
	{"HC2:", "EU digital COVID certificate of another version"},
	{"NL2:", "Dutch domestic proof"},
	{"WIFI:", "key of a wireless network"},
	{"BEGIN:", "visiting card"},
	{"http://", "web address"},
	{"https://", "web address"},
}

func looksLike(text string) string {
	if text == "" {
		return "nothing"
	}
	head := text[:min(len(text), 8)]
	for _, p := range prefixes {
		if len(head) >= len(p.prefix) && strings.EqualFold(head[:len(p.prefix)], p.prefix) {
			return p.name
		}
	}
	return "text"
}
