package cose

import (
	"bytes"
	"fmt"
	"slices"
)

// WithSignature gives the message with a signature of s beside those that are there; a former one of the same key gives way. m stays as it
// is. Signers on different machines add theirs one after another, or each to a copy, to be put together by WithSignatures.
func (m *Sign) WithSignature(s Signer) (*Sign, error) {
	next := *m
	next.Signatures = slices.DeleteFunc(slices.Clone(m.Signatures), func(o Signature) bool { return o.KeyID == s.Public().ID() })
	if err := next.add(s); err != nil {
		return nil, err
	}
	if len(next.Signatures) > maxSignatures {
		return nil, fmt.Errorf("%w: a message of %d signatures, at most %d", ErrShape, len(next.Signatures), maxSignatures)
	}
	return &next, nil
}

// WithSignatures gives the message with exactly these signatures, each kid once, in any order.
func (m *Sign) WithSignatures(signatures []Signature) (*Sign, error) {
	next := *m
	next.Signatures = slices.Clone(signatures)
	slices.SortFunc(next.Signatures, compareKeyIDs)
	if _, err := ParseSign(next.Bytes()); err != nil {
		return nil, err
	}
	return &next, nil
}

// Valid gives the signatures that a key of keys made rightly over this message.
func (m *Sign) Valid(keys []*PublicKey) []Signature {
	var valid []Signature
	for _, s := range m.Signatures {
		one := *m
		one.Signatures = []Signature{s}
		if one.CountValid(keys) == 1 {
			valid = append(valid, s)
		}
	}
	return valid
}

// Bytes writes the message, untagged.
func (m *Sign) Bytes() []byte {
	out := AppendBytes(AppendMap(AppendBytes(AppendArray(nil, 4), m.Protected), 0), m.Payload)
	out = AppendArray(out, len(m.Signatures))
	for _, s := range m.Signatures {
		out = AppendBytes(AppendMap(AppendBytes(AppendArray(out, 3), s.Protected), 0), s.Signature)
	}
	return out
}

// add signs and keeps the order of kids.
func (m *Sign) add(s Signer) error {
	key := s.Public()
	h := header{alg: key.alg, hasAlg: true, kid: key.ID(), hasKid: true}
	protected := h.append(nil)
	signature, err := s.Sign(m.toBeSigned(protected))
	if err != nil {
		return err
	}
	m.Signatures = append(m.Signatures, Signature{Protected: protected, Algorithm: key.alg, KeyID: h.kid, Signature: signature})
	slices.SortFunc(m.Signatures, compareKeyIDs)
	return nil
}

func compareKeyIDs(a, b Signature) int { return bytes.Compare(a.KeyID[:], b.KeyID[:]) }
