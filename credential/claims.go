package credential

import (
	"fmt"
	"unicode"
	"unicode/utf8"

	"healthcode.example/crypto/cose"
)

// TypeCode and TypePresentation are the typ of our two objects that stand in a QR symbol.
const (
	TypeCode         = "yk/code"
	TypePresentation = "yk/show"
)

// Claim keys (RFC 8392 §3.1, RFC 8747 §3.1) and our private-use one.
const (
	claimIssuer  = 1
	claimExpires = 4
	claimIssued  = 6
	claimConfirm = 8
	claimHealth  = -65537
	confirmKey   = 1
)

// Keys of the health map; household members use the same ones.
const (
	healthColour   = 1
	healthName     = 2
	healthKind     = 3
	healthRelation = 4
	healthStatus   = 5
	healthTested   = 6
	healthHint     = 7
	healthDigest   = 8
	healthGuardian = 9
	healthMembers  = 10
)

// Claims are what one code says: a CWT Claims Set (RFC 8392).
//
//	claims = { 1: iss, 4: exp, 6: iat, ? 8: { 1: COSE_Key }, -65537: health }
//	health = { 3: 1 / 2, member } / { 3: 3, 10: [ 2*10 { member } ] }
//	member = ( 1: colour, 2: name, ? 4: relation, 5: [ list, index ], ? 6: tested, ? 7: hint, ? 8: digest, ? 9: guardian )
type Claims struct {
	Issuer    string          // iss: ISO 3166-2 code of the region
	IssuedAt  int64           // iat: Unix seconds, a whole minute
	ExpiresAt int64           // exp: Unix seconds, a whole minute, after iat
	Holder    *cose.PublicKey // cnf: P-256; nil for paper, and for paper only
	Kind      Kind
	Members   []Member // exactly one, or 2 to MaxMembers for a household
}

// Member is one person on a code.
type Member struct {
	Colour   Colour
	Name     string   // masked
	Relation Relation // zero: holders show their own
	Guardian string   // masked name of the guardian who shows it; only with a relation
	Status   Status
	Tested   int64  // hours since 1970-01-01T00:00Z of the last negative sample; zero: none
	Hint     uint8  // day of birth, 1 to 31; zero: none
	Digest   []byte // document digest, 16 bytes; nil: none
}

// Status is where the code stands in the status lists of its issuer.
type Status struct {
	List  uint32 // days since 1970-01-01 at UTC+8
	Index uint64
}

// validate checks everything that the format fixes. It is the one place for it: Sign and Parse both call it.
func (c *Claims) validate() error {
	switch {
	case !ValidIssuer(c.Issuer):
		return fmt.Errorf("iss is not an ISO 3166-2 code such as CN-GD")
	case c.IssuedAt <= 0 || c.IssuedAt > maxTime || c.ExpiresAt > maxTime:
		return fmt.Errorf("iat or exp is before 1970 or after the year 9999")
	case c.IssuedAt%minute != 0 || c.ExpiresAt%minute != 0:
		return fmt.Errorf("iat and exp must be whole minutes")
	case c.ExpiresAt <= c.IssuedAt:
		return fmt.Errorf("exp is not after iat")
	case !c.Kind.Valid():
		return fmt.Errorf("kind %d is not in the registry", c.Kind)
	case (c.Kind == Paper) != (c.Holder == nil):
		return fmt.Errorf("cnf must be present, except on paper")
	case c.Holder != nil && c.Holder.Algorithm() != cose.ES256:
		return fmt.Errorf("cnf must be a P-256 key")
	case c.Kind != Household && len(c.Members) != 1:
		return fmt.Errorf("%d members on a code of one person", len(c.Members))
	case c.Kind == Household && (len(c.Members) < 2 || len(c.Members) > MaxMembers):
		return fmt.Errorf("household of %d members, want 2 to %d", len(c.Members), MaxMembers)
	}
	for i := range c.Members {
		if err := c.Members[i].validate(c); err != nil {
			return fmt.Errorf("member %d: %w", i+1, err)
		}
	}
	return nil
}

func (m *Member) validate(c *Claims) error {
	switch {
	case !m.Colour.Valid():
		return fmt.Errorf("colour %d is not in the registry", m.Colour)
	case !validName(m.Name):
		return fmt.Errorf("name must be 1 to %d bytes of printable text", maxName)
	case m.Relation != 0 && !m.Relation.Valid():
		return fmt.Errorf("relation %d is not in the registry", m.Relation)
	case m.Relation != 0 && c.Kind == Paper:
		return fmt.Errorf("relation on paper")
	case m.Guardian != "" && (m.Relation == 0 || !validName(m.Guardian)):
		return fmt.Errorf("guardian's name without a relation, or not printable")
	case m.Status.List != ListDay(c.IssuedAt):
		return fmt.Errorf("status list %d does not cover iat", m.Status.List)
	case m.Status.Index > maxIndex:
		return fmt.Errorf("status index beyond 48 bits")
	case m.Tested < 0 || m.Tested > maxHours || m.Tested*3600 > c.IssuedAt:
		return fmt.Errorf("sample time after iat")
	case m.Hint > 31:
		return fmt.Errorf("hint %d is no day of a month", m.Hint)
	case m.Digest != nil && len(m.Digest) != digestSize:
		return fmt.Errorf("digest of %d bytes, want %d", len(m.Digest), digestSize)
	}
	return nil
}

// ValidIssuer says whether s has the form of an ISO 3166-2 code: two letters, a hyphen, one to three letters or digits.
func ValidIssuer(s string) bool {
	if len(s) < 4 || len(s) > 6 || s[2] != '-' {
		return false
	}
	for i := range len(s) {
		letter := s[i] >= 'A' && s[i] <= 'Z'
		digit := s[i] >= '0' && s[i] <= '9' && i > 2
		if i != 2 && !letter && !digit {
			return false
		}
	}
	return true
}

// validName keeps out what could redraw the rest of an inspector's line: control and format characters, bidirectional ones among them.
func validName(s string) bool {
	if len(s) == 0 || len(s) > maxName || !utf8.ValidString(s) {
		return false
	}
	for _, r := range s {
		if r >= 0x20 && r < 0x7f || r >= 0x4e00 && r <= 0x9fff {
			continue
		}
		if !unicode.IsGraphic(r) || unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r) {
			return false
		}
	}
	return true
}
