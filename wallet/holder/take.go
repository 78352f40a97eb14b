package holder

import (
	"fmt"
	"slices"
	"time"

	"healthcode.example/credential"
	"healthcode.example/crypto/cose"
	"healthcode.example/health"
)

// Answer is what one refresh brought.
type Answer struct {
	Codes      []Code // of one person each
	Households []Household
}

// Household is one code of several people, each of whom has a code of their own
// in the same answer: there stands who they are.
type Household struct {
	Message []byte             // COSE_Sign1
	People  []health.PersonID  // in the order of the code's members
	Salts   []*credential.Salt // of each one's document digest; empty when the code has none
	// Documents are the types of the documents that the digests are of; empty
	// when the service does not say them.
	Documents []credential.DocumentType
}

// Take takes in the answer to the request that Ask made with key. Its errors are
// those of AddRefresh; then the file is as it was.
func (f *File) Take(key *cose.PrivateKey, a Answer, at time.Time) error {
	codes := slices.Clone(a.Codes)
	for i, h := range a.Households {
		code, err := h.code(a.Codes)
		if err != nil {
			return fmt.Errorf("add a refresh: household %d: %w", i+1, err)
		}
		codes = append(codes, code)
	}
	return f.AddRefresh(key, codes, at)
}

// code finds the people of the household among those who have a code.
func (h *Household) code(own []Code) (Code, error) {
	if len(h.Salts) != 0 && len(h.Salts) != len(h.People) || len(h.Documents) != 0 && len(h.Documents) != len(h.Salts) {
		return Code{}, fmt.Errorf("%d salts and %d types of documents for %d people: refresh again", len(h.Salts), len(h.Documents), len(h.People))
	}
	code := Code{Message: h.Message}
	for i, id := range h.People {
		at := slices.IndexFunc(own, func(c Code) bool { return len(c.Members) == 1 && c.Members[0].ID == id })
		if at < 0 {
			return Code{}, fmt.Errorf("person %d has no code of their own: refresh again", i+1)
		}
		p := own[at].Members[0]
		p.Salt, p.Document = nil, 0
		if len(h.Salts) > 0 {
			p.Salt = h.Salts[i]
		}
		if len(h.Documents) > 0 {
			p.Document = h.Documents[i]
		}
		code.Members = append(code.Members, p)
	}
	return code, nil
}
