package credential

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"strings"

	"healthcode.example/crypto/base45"
)

// Salt is the fresh 128-bit secret behind one document digest. Whoever has it and the code can search the document's number.
type Salt [16]byte

// Of is the salt as it is revealed, with the type of the document that its digest is of; zero where that is not said.
func (s Salt) Of(t DocumentType) Revealed { return Revealed{s, t} }

// Revealed is a salt that its holder shows.
//
//	revealed = bstr .size 16 / bstr .size 17    ; the 17th byte is the number of the type, 1 to 255
//
// The type is the holder's word and not the issuer's. Who gives a wrong one gains what they had by revealing nothing: the document is not compared.
type Revealed struct {
	Salt     Salt
	Document DocumentType // zero: not said
}

func (r Revealed) bytes() []byte {
	if r.Document == 0 {
		return r.Salt[:]
	}
	return append(r.Salt[:], byte(r.Document))
}

func readRevealed(b []byte) (Revealed, bool) {
	switch {
	case len(b) == len(Salt{}):
		return Revealed{Salt: Salt(b)}, true
	case len(b) == len(Salt{})+1 && b[len(Salt{})] != 0:
		return Revealed{Salt: Salt(b[:len(Salt{})]), Document: DocumentType(b[len(Salt{})])}, true
	}
	return Revealed{}, false
}

// Texts of the two helper symbols: the salt behind the fold of a paper code, and a gate's challenge.
const (
	SaltPrefix      = "YKS1:"
	ChallengePrefix = "YKC1:"
)

// DocumentDigest is HMAC-SHA-256 (RFC 2104) under the salt over type, a zero byte and the number in upper case, cut to 16 bytes.
func DocumentDigest(salt Salt, docType, number string) []byte {
	mac := hmac.New(sha256.New, salt[:])
	mac.Write([]byte(docType))
	mac.Write([]byte{0})
	mac.Write([]byte(strings.ToUpper(strings.TrimSpace(number))))
	return mac.Sum(nil)[:digestSize]
}

// MatchesDocument says whether the member's digest is the one of this document under salt, in a time that does not depend on the digest.
func (m *Member) MatchesDocument(salt Salt, docType, number string) bool {
	if m.Digest == nil {
		return false
	}
	same := subtle.ConstantTimeCompare(m.Digest, DocumentDigest(salt, docType, number))
	for _, form := range otherForms(docType, number) {
		same |= subtle.ConstantTimeCompare(m.Digest, DocumentDigest(salt, docType, form))
	}
	return same == 1
}

// otherForms are the numbers under which a document may stand in a record too. A home-return permit has a letter and 8 digits, which are its holder's
// for life; the former form has two digits more, which count its renewals.
func otherForms(docType, number string) []string {
	number = strings.ToUpper(strings.TrimSpace(number))
	if docType != HomeReturnPermit.String() || len(number) != 9 && len(number) != 11 {
		return nil
	}
	life := number[:9]
	forms := []string{life}
	for n := range 100 {
		forms = append(forms, fmt.Sprintf("%s%02d", life, n))
	}
	return forms
}

// SaltText is the symbol behind the fold.
func SaltText(r Revealed) string { return SaltPrefix + base45.Encode(r.bytes()) }

// ParseSalt reads what SaltText writes.
func ParseSalt(text string) (Revealed, error) {
	b, err := parsePrefixed(text, SaltPrefix, len(Salt{}), len(Salt{})+1)
	if err != nil {
		return Revealed{}, err
	}
	r, ok := readRevealed(b)
	if !ok {
		return Revealed{}, fault(FaultClaims, "the salt behind %s is of a document of type 0", SaltPrefix)
	}
	return r, nil
}

// ChallengeText is the symbol at a gate that asks for a fresh answer; challenge is 16 to 32 bytes from a secure source.
func ChallengeText(challenge []byte) string { return ChallengePrefix + base45.Encode(challenge) }

// ParseChallenge reads what ChallengeText writes.
func ParseChallenge(text string) ([]byte, error) {
	return parsePrefixed(text, ChallengePrefix, minNonce, maxNonce)
}

// CheckChallenge refuses a challenge that no presentation could answer.
func CheckChallenge(challenge []byte) error {
	if len(challenge) < minNonce || len(challenge) > maxNonce {
		return fault(FaultClaims, "challenge of %d bytes, want %d to %d", len(challenge), minNonce, maxNonce)
	}
	return nil
}

func parsePrefixed(text, prefix string, least, most int) ([]byte, error) {
	rest, ok := strings.CutPrefix(text, prefix)
	if !ok {
		return nil, fault(FaultFormat, "the text does not begin with %s", prefix)
	}
	if len(rest) > most*3/2+3 {
		return nil, fault(FaultLength, "text of %d characters is too long for %s", len(text), prefix)
	}
	b, err := base45.Decode(rest)
	if err != nil {
		return nil, &Error{Fault: FaultBase45, Err: err}
	}
	if len(b) < least || len(b) > most {
		return nil, fault(FaultClaims, "%d bytes behind %s, want %d to %d", len(b), prefix, least, most)
	}
	return b, nil
}
