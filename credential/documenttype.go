package credential

import "fmt"

// DocumentType is the number of a type of document. A code says nothing of it: its digest binds the word, and only whoever reveals the salt says
// which word it is.
type DocumentType uint8

// Types of the registry. A gate passes over numbers that it does not know: they are of no document that it could ask for.
const (
	ResidentID       DocumentType = 1
	HomeReturnPermit DocumentType = 2
	BirthCertificate DocumentType = 3
	Passport         DocumentType = 4
)

var documentWords = [...]string{ResidentID: "resident-id", HomeReturnPermit: "home-return-permit", BirthCertificate: "birth-certificate", Passport: "passport"}

// String is the word that a digest binds, or document(N) of a number that is not in the registry.
func (t DocumentType) String() string {
	if t == 0 || int(t) >= len(documentWords) {
		return fmt.Sprintf("document(%d)", uint8(t))
	}
	return documentWords[t]
}

// DocumentTypeOf is the number of a word of the registry, zero of any other.
func DocumentTypeOf(word string) DocumentType {
	for t, have := range documentWords {
		if t != 0 && have == word {
			return DocumentType(t)
		}
	}
	return 0
}
