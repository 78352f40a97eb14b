package wallet

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// LoginPolicy says by which methods the owner of a document may log in: any one
// of the sets suffices, and a type that is not named is refused.
type LoginPolicy map[DocumentType][]MethodSet

// MethodSet is methods that were all used together.
type MethodSet struct {
	Methods []string `json:"amr,omitempty"` // all of them, among others
	ACR     string   `json:"acr,omitempty"` // exactly this one; empty: any
}

// DefaultLoginPolicy is the guide's: a resident ID by face or by one's own
// payment password, a home-return permit by face with liveness.
func DefaultLoginPolicy() LoginPolicy {
	return LoginPolicy{
		ResidentID:       {{Methods: []string{MethodFace}}, {Methods: []string{MethodPaymentPassword, MethodOwnAccount}}},
		HomeReturnPermit: {{Methods: []string{MethodFace, MethodLiveness}}},
	}
}

// Validate refuses a policy with a type that does not exist, a type without a
// set, and a set that demands nothing.
func (p LoginPolicy) Validate() error {
	if len(p) == 0 {
		return errors.New("the log-in policy admits nobody: name a document type and its methods")
	}
	for t, sets := range p {
		if !slices.Contains(documentTypes, t) {
			return fmt.Errorf("the log-in policy names the document type %q: %w", t, errUnknownType)
		}
		if len(sets) == 0 {
			return fmt.Errorf("the log-in policy gives no methods for %s: give some or leave the type out", t)
		}
		for _, set := range sets {
			if len(set.Methods) == 0 && set.ACR == "" || slices.Contains(set.Methods, "") {
				return fmt.Errorf("the log-in policy has an empty method for %s: name amr values, an acr, or both", t)
			}
		}
	}
	return nil
}

// Admit says whether the methods that were used suffice for the document; the
// error is a *MethodError.
func (p LoginPolicy) Admit(id Identity) error {
	sets := p[id.Document.Type]
	for _, set := range sets {
		if set.metBy(id) {
			return nil
		}
	}
	return &MethodError{Document: id.Document.Type, Got: MethodSet{Methods: slices.Clone(id.Methods), ACR: id.ACR}, Needed: sets}
}

// MayProve says whether the method by which a member has just proved who they
// are suffices for the way of a claim, or as a log-in where there is no way; the
// error is a *MethodError. It is about
// the method alone, and says nothing of whose document it is.
func (s *Service) MayProve(way Way, id Identity) error {
	if err := s.Login.Admit(id); err != nil {
		return err
	}
	face := MethodSet{Methods: []string{MethodFace}}
	if way == WayFace && !face.metBy(id) {
		return &MethodError{Document: id.Document.Type, Got: MethodSet{Methods: slices.Clone(id.Methods), ACR: id.ACR}, Needed: []MethodSet{face}}
	}
	return nil
}

// metBy never holds for a set that demands nothing.
func (m MethodSet) metBy(id Identity) bool {
	if len(m.Methods) == 0 && m.ACR == "" || m.ACR != "" && m.ACR != id.ACR {
		return false
	}
	for _, method := range m.Methods {
		if !slices.Contains(id.Methods, method) {
			return false
		}
	}
	return true
}

// String is such as face+liveness, or acr "high" with face.
func (m MethodSet) String() string {
	methods := make([]string, 0, len(m.Methods))
	for _, method := range m.Methods {
		methods = append(methods, clipWord(method))
	}
	text := strings.Join(methods, "+")
	switch {
	case m.ACR == "" && text == "":
		return "nothing"
	case m.ACR == "":
		return text
	case text == "":
		return fmt.Sprintf("acr %q", clipWord(m.ACR))
	}
	return fmt.Sprintf("acr %q with %s", clipWord(m.ACR), text)
}

// clipWord keeps what a provider sent from filling an error.
func clipWord(word string) string {
	const most = 40
	if len(word) > most {
		return strings.ToValidUTF8(word[:most], "") + "…"
	}
	return word
}

// MethodError says that the way somebody logged in does not suffice for their
// document.
type MethodError struct {
	Document DocumentType
	Got      MethodSet
	Needed   []MethodSet // any one; empty: nobody logs in with this document
}

// Error says what was used and what is needed.
func (e *MethodError) Error() string {
	if len(e.Needed) == 0 {
		return fmt.Sprintf("nobody logs in with a document of the type %q: use another document, or ask a community worker or a guardian", clipWord(string(e.Document)))
	}
	needed := make([]string, len(e.Needed))
	for i, set := range e.Needed {
		needed[i] = set.String()
	}
	return fmt.Sprintf("the log-in used %s, and %s needs %s: log in again that way", e.Got, e.Document, strings.Join(needed, " or "))
}
