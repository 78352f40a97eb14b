package credential

import "healthcode.example/crypto/cose"

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
