package verifier

import (
	"time"

	"healthcode.example/trust"
)

// Format verifies codes of another kind, each in a package of its own that the caller registers with New.
type Format interface {
	// Detect says whether the text is of this kind, from its first bytes. It is asked of every text that no other format has taken, so it must
	// be sure: of what it takes, the answer is about that format.
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
