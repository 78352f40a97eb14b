package credential

import (
	"bytes"
	"errors"
	"strings"

	"healthcode.example/crypto/base45"
	"healthcode.example/crypto/cose"
)

// Signed is one code as it was received: its envelope and what it claims.
type Signed struct {
	Message cose.Sign1
	Claims  Claims
}

// Unverified is a text that has the right form. No signature in it has been checked, so nothing in it may be shown or believed.
type Unverified struct {
	Codes []Signed
	Show  *Shown // nil for a bare code
}

// Shown is a presentation as it was received.
type Shown struct {
	Message      cose.Sign1
	Presentation Presentation
}

// Members counts the persons on all codes.
func (u *Unverified) Members() int {
	n := 0
	for i := range u.Codes {
		n += len(u.Codes[i].Claims.Members)
	}
	return n
}

// Parse reads the text of a QR symbol. Every failure is an *Error. The result aliases nothing of the input but memory of its own.
func Parse(text string) (Unverified, error) {
	rest, ok := strings.CutPrefix(text, Prefix)
	if !ok {
		return Unverified{}, fault(FaultFormat, "the text does not begin with %s", Prefix)
	}
	if len(text) > MaxText {
		return Unverified{}, fault(FaultLength, "text of %d characters, a QR symbol holds at most %d", len(text), MaxText)
	}
	message, err := base45.Decode(rest)
	if err != nil {
		return Unverified{}, &Error{Fault: FaultBase45, Err: err}
	}
	return parseMessage(message)
}

func parseMessage(b []byte) (Unverified, error) {
	m, err := cose.ParseSign1(b)
	if err != nil {
		return Unverified{}, envelopeError(err)
	}
	switch m.Type {
	case TypeCode:
		code, err := parseCode(m)
		if err != nil {
			return Unverified{}, err
		}
		return Unverified{Codes: []Signed{code}}, nil
	case TypePresentation:
		return parseShown(m)
	}
	return Unverified{}, fault(FaultType, "typ is neither %s nor %s", TypeCode, TypePresentation)
}

// envelopeError sorts an error of package cose into the registry.
func envelopeError(err error) error {
	var syntax *cose.SyntaxError
	switch {
	case errors.As(err, &syntax):
		return &Error{Fault: FaultCBOR, Err: err}
	case errors.Is(err, cose.ErrAlgorithm):
		return &Error{Fault: FaultAlgorithm, Err: err}
	}
	return &Error{Fault: FaultEnvelope, Err: err}
}

// claimsError says in what object the claims are wrong, and keeps a more precise fault where there is one.
func claimsError(what string, err error) error {
	var own *Error
	if errors.As(err, &own) {
		return err
	}
	return fault(FaultClaims, "%s: %w", what, err)
}

func parseCode(m cose.Sign1) (Signed, error) {
	if !m.HasKeyID {
		return Signed{}, fault(FaultEnvelope, "the protected header of a code lacks kid")
	}
	s := Signed{Message: m}
	if err := deterministic(m.Payload); err != nil {
		return Signed{}, err
	}
	if err := s.Claims.read(m.Payload); err != nil {
		return Signed{}, claimsError("code", err)
	}
	if err := s.Claims.validate(); err != nil {
		return Signed{}, claimsError("code", err)
	}
	return s, nil
}

// deterministic looks at the encoding before the meaning, so that the same broken bytes always get the same answer.
func deterministic(payload []byte) error {
	if err := cose.CheckDeterministic(payload); err != nil {
		return &Error{Fault: FaultCBOR, Err: err}
	}
	return nil
}

func (c *Claims) read(payload []byte) error {
	r := cose.NewReader(payload)
	m, err := r.Map(5)
	if err != nil {
		return err
	}
	var seen uint
	for {
		key, ok, err := m.Key()
		if err != nil {
			return err
		}
		if !ok {
			break
		}
		switch key {
		case claimIssuer:
			c.Issuer, err = readIssuer(&r)
			seen |= 1
		case claimExpires:
			c.ExpiresAt, err = r.Int()
			seen |= 2
		case claimIssued:
			c.IssuedAt, err = r.Int()
			seen |= 4
		case claimConfirm:
			c.Holder, err = readConfirm(&r)
		case claimHealth:
			err = c.readHealth(&r)
			seen |= 8
		default:
			return fault(FaultClaims, "claim %d is not in the registry", key)
		}
		if err != nil {
			return err
		}
	}
	if seen != 15 {
		return fault(FaultClaims, "iss, exp, iat or the health claim is missing")
	}
	return r.Done()
}

func readIssuer(r *cose.Reader) (string, error) {
	iss, err := r.Text()
	if string(iss) == "CN-GD" {
		return "CN-GD", err // no allocation for the home region
	}
	return string(iss), err
}

func readConfirm(r *cose.Reader) (*cose.PublicKey, error) {
	m, err := r.Map(1)
	if err != nil {
		return nil, err
	}
	if key, ok, err := m.Key(); err != nil || !ok || key != confirmKey {
		return nil, fault(FaultClaims, "cnf holds something other than one COSE_Key")
	}
	return cose.ReadCompressedKey(r)
}

func (c *Claims) readHealth(r *cose.Reader) error {
	m, err := r.Map(10)
	if err != nil {
		return err
	}
	member, seen, err := c.readMember(r, m, true)
	if err != nil {
		return err
	}
	if c.Kind != Household {
		if c.Members != nil {
			return fault(FaultClaims, "members on a code of one person")
		}
		c.Members = []Member{member}
		return seen.complete()
	}
	if c.Members == nil || seen != 0 {
		return fault(FaultClaims, "a household has members, and nothing of a member beside them")
	}
	return nil
}

// fields are the keys that stood in a member's map, as a set: what is missing must not pass for a zero that was written, nor the reverse.
type fields uint16

const mandatory fields = 1<<healthColour | 1<<healthName | 1<<healthStatus

func (f fields) complete() error {
	if f&mandatory != mandatory {
		return fault(FaultClaims, "colour, name or status reference is missing")
	}
	return nil
}

// readMember reads the pairs of m. The kind and the members of a household are permitted only at the top, and are not counted among the
// fields of a member.
func (c *Claims) readMember(r *cose.Reader, m cose.Map, top bool) (member Member, seen fields, err error) {
	for {
		key, ok, err := m.Key()
		if err != nil || !ok {
			return member, seen, err
		}
		switch {
		case key == healthKind && top:
			var kind uint8
			kind, err = readSmall(r, "kind")
			c.Kind = Kind(kind)
		case key == healthMembers && top:
			err = c.readMembers(r)
		default:
			err = member.readField(r, key)
			seen |= 1 << (key & 15)
		}
		if err != nil {
			return member, seen, err
		}
	}
}

func (c *Claims) readMembers(r *cose.Reader) error {
	n, err := r.Array(MaxMembers)
	if err != nil {
		return err
	}
	c.Members = make([]Member, 0, n)
	for range n {
		m, err := r.Map(8)
		if err != nil {
			return err
		}
		member, seen, err := c.readMember(r, m, false)
		if err == nil {
			err = seen.complete()
		}
		if err != nil {
			return err
		}
		c.Members = append(c.Members, member)
	}
	return nil
}

func (m *Member) readField(r *cose.Reader, key int64) (err error) {
	var small uint8
	var text []byte
	switch key {
	case healthColour:
		small, err = readSmall(r, "colour")
		m.Colour = Colour(small)
	case healthName:
		text, err = r.Text()
		m.Name = string(text)
	case healthRelation:
		small, err = readPresent(r, "relation")
		m.Relation = Relation(small)
	case healthStatus:
		m.Status, err = readStatus(r)
	case healthTested:
		m.Tested, err = r.Int()
		if err == nil && m.Tested == 0 {
			err = fault(FaultClaims, "sample time of zero")
		}
	case healthHint:
		m.Hint, err = readPresent(r, "hint")
	case healthDigest:
		m.Digest, err = r.Bytes()
	case healthGuardian:
		text, err = r.Text()
		m.Guardian = string(text)
		if err == nil && len(text) == 0 {
			err = fault(FaultClaims, "empty name of a guardian")
		}
	default:
		err = fault(FaultClaims, "key %d is not in the registry of the health claim, or does not belong here", key)
	}
	return err
}

// readSmall reads a registry number; readPresent one that would be left out if it were zero.
func readSmall(r *cose.Reader, what string) (uint8, error) {
	v, err := r.Uint()
	if err != nil {
		return 0, err
	}
	if v > 255 {
		return 0, fault(FaultClaims, "%s %d is not in the registry", what, v)
	}
	return uint8(v), nil
}

func readPresent(r *cose.Reader, what string) (uint8, error) {
	v, err := readSmall(r, what)
	if err == nil && v == 0 {
		return 0, fault(FaultClaims, "%s of zero", what)
	}
	return v, err
}

func readStatus(r *cose.Reader) (s Status, err error) {
	n, err := r.Array(2)
	if err != nil {
		return s, err
	}
	if n != 2 {
		return s, fault(FaultClaims, "status reference of %d parts, want list and index", n)
	}
	list, err := r.Uint()
	if err != nil {
		return s, err
	}
	if list > maxList {
		return s, fault(FaultClaims, "status list %d is beyond the year 9999", list)
	}
	s.List = uint32(list)
	s.Index, err = r.Uint()
	return s, err
}

func parseShown(m cose.Sign1) (Unverified, error) {
	if m.HasKeyID {
		return Unverified{}, fault(FaultEnvelope, "the protected header of a presentation holds kid; its key is in the code")
	}
	if m.Algorithm != cose.ES256 {
		return Unverified{}, fault(FaultAlgorithm, "a presentation is signed with ES256")
	}
	if err := deterministic(m.Payload); err != nil {
		return Unverified{}, err
	}
	show := &Shown{Message: m}
	if err := show.Presentation.read(m.Payload); err != nil {
		return Unverified{}, claimsError("presentation", err)
	}
	if err := show.Presentation.validate(); err != nil {
		return Unverified{}, claimsError("presentation", err)
	}
	u := Unverified{Show: show, Codes: make([]Signed, 0, len(show.Presentation.Codes))}
	for _, b := range show.Presentation.Codes {
		if err := u.addCode(b); err != nil {
			return Unverified{}, err
		}
	}
	return u, u.checkMembers()
}

func (p *Presentation) read(payload []byte) error {
	r := cose.NewReader(payload)
	m, err := r.Map(4)
	if err != nil {
		return err
	}
	for {
		key, ok, err := m.Key()
		if err != nil {
			return err
		}
		if !ok {
			return r.Done()
		}
		switch key {
		case showIssued:
			p.At, err = r.Int()
		case showCodes:
			err = p.readCodes(&r)
		case showChallenge:
			p.Challenge, err = r.Bytes()
		case showSalts:
			err = p.readSalts(&r)
		default:
			err = fault(FaultClaims, "key %d is not in the registry of the presentation", key)
		}
		if err != nil {
			return err
		}
	}
}

func (p *Presentation) readCodes(r *cose.Reader) error {
	n, err := r.Array(1 << 16)
	if err != nil {
		return err
	}
	if n > MaxCodes {
		return fault(FaultClaims, "%d codes, want 1 to %d", n, MaxCodes)
	}
	p.Codes = make([][]byte, n)
	for i := range p.Codes {
		if p.Codes[i], err = r.Bytes(); err != nil {
			return err
		}
	}
	return nil
}

func (p *Presentation) readSalts(r *cose.Reader) error {
	m, err := r.Map(MaxMembers)
	if err != nil {
		return err
	}
	p.Salts = make(map[int]Salt)
	for {
		member, ok, err := m.Key()
		if err != nil {
			return err
		}
		if !ok {
			break
		}
		salt, err := r.Bytes()
		if err != nil {
			return err
		}
		if len(salt) != len(Salt{}) || member < 0 || member >= MaxMembers {
			return fault(FaultClaims, "salt of %d bytes for member %d", len(salt), member)
		}
		p.Salts[int(member)] = Salt(salt)
	}
	if len(p.Salts) == 0 {
		return fault(FaultClaims, "empty map of salts")
	}
	return nil
}

// addCode parses one code of a presentation; all of them must be bound to the same key.
func (u *Unverified) addCode(b []byte) error {
	m, err := cose.ParseSign1(b)
	if err != nil {
		return envelopeError(err)
	}
	if m.Type != TypeCode {
		return fault(FaultType, "typ of an object inside a presentation is not %s", TypeCode)
	}
	if len(b) == 0 || b[0]>>5 == 6 {
		return fault(FaultEnvelope, "a code inside a presentation is untagged")
	}
	code, err := parseCode(m)
	if err != nil {
		return err
	}
	if code.Claims.Kind == Paper {
		return fault(FaultClaims, "a paper code inside a presentation")
	}
	for i := range u.Codes {
		if bytes.Equal(u.Codes[i].Message.Protected, m.Protected) && bytes.Equal(u.Codes[i].Message.Payload, m.Payload) {
			return fault(FaultClaims, "the same code twice in a presentation")
		}
	}
	if len(u.Codes) > 0 && !u.Codes[0].Claims.Holder.Equal(code.Claims.Holder) {
		return fault(FaultClaims, "codes of different holder keys in one presentation")
	}
	if len(u.Codes) > 0 && u.Codes[0].Claims.Issuer != code.Claims.Issuer {
		return fault(FaultClaims, "codes of different issuers in one presentation")
	}
	u.Codes = append(u.Codes, code)
	return nil
}

// checkMembers bounds the members over all codes, and ties each salt to a member who has a digest.
func (u *Unverified) checkMembers() error {
	n := u.Members()
	if n > MaxMembers {
		return fault(FaultClaims, "%d members in one presentation, want at most %d", n, MaxMembers)
	}
	ordinal := 0
	digests := 0
	for i := range u.Codes {
		for j := range u.Codes[i].Claims.Members {
			_, salted := u.Show.Presentation.Salts[ordinal]
			if salted && u.Codes[i].Claims.Members[j].Digest == nil {
				return fault(FaultClaims, "a salt for a member without a digest")
			}
			if salted {
				digests++
			}
			ordinal++
		}
	}
	if digests != len(u.Show.Presentation.Salts) {
		return fault(FaultClaims, "a salt for no member")
	}
	return nil
}
