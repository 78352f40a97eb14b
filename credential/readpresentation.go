package credential

import (
	"bytes"

	"healthcode.example/crypto/cose"
)

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
	p.Salts = make(map[int]Revealed)
	for {
		member, ok, err := m.Key()
		if err != nil {
			return err
		}
		if !ok {
			break
		}
		b, err := r.Bytes()
		if err != nil {
			return err
		}
		salt, ok := readRevealed(b)
		if !ok || member < 0 || member >= MaxMembers {
			return fault(FaultClaims, "salt of %d bytes for member %d", len(b), member)
		}
		p.Salts[int(member)] = salt
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
