package cose

import "fmt"

// Algorithm is a COSE algorithm identifier. The polymorphic identifiers of RFC 9053 are written, because the COSE libraries in use know no
// others; the fully-specified ones of RFC 9864 mean the same and are read too.
type Algorithm int64

// The signature algorithms of the project (RFC 9053 §2, RFC 9864 §2).
const (
	Ed25519 Algorithm = -8 // also read as -19
	ES256   Algorithm = -7 // also read as -9; P-256 with SHA-256 only
)

// parseAlgorithm maps an identifier on input to the one that is written.
func parseAlgorithm(id int64) (Algorithm, error) {
	switch id {
	case -8, -19:
		return Ed25519, nil
	case -7, -9:
		return ES256, nil
	}
	return 0, fmt.Errorf("%w: %d is neither Ed25519 (-8, -19) nor ES256 (-7, -9)", ErrAlgorithm, id)
}

// String names the algorithm as JOSE does.
func (a Algorithm) String() string {
	switch a {
	case Ed25519:
		return "Ed25519"
	case ES256:
		return "ES256"
	case PS256:
		return "PS256"
	}
	return fmt.Sprintf("algorithm(%d)", int64(a))
}
