package credential

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"strings"

	"healthcode.example/crypto/base45"
)

// Salt is the fresh 128-bit secret behind one document digest. Whoever has it and the code can search the document's number.
type Salt [16]byte

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

// MatchesDocument says in constant time whether the member's digest is the one of this document under salt.
func (m *Member) MatchesDocument(salt Salt, docType, number string) bool {
	return m.Digest != nil && subtle.ConstantTimeCompare(m.Digest, DocumentDigest(salt, docType, number)) == 1
}

// SaltText is the symbol behind the fold.
func SaltText(salt Salt) string { return SaltPrefix + base45.Encode(salt[:]) }

// ParseSalt reads what SaltText writes.
func ParseSalt(text string) (Salt, error) {
	b, err := parsePrefixed(text, SaltPrefix, len(Salt{}), len(Salt{}))
	if err != nil {
		return Salt{}, err
	}
	return Salt(b), nil
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
