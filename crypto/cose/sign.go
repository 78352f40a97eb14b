package cose

import (
	"bytes"
	"fmt"
	"slices"
)

// Sign is a COSE_Sign message (RFC 9052 §4.1): one payload, signatures of several keys. Its slices alias the input.
//
//	COSE_Sign = [ protected: bstr .cbor { 16: typ }, unprotected: {}, payload: bstr, signatures: [ 1*16 COSE_Signature ] ]
//	COSE_Signature = [ protected: bstr .cbor { 1: alg, 4: kid }, unprotected: {}, signature: bstr .size 64 ]
//
// The signatures stand in ascending order of their kid, each kid once.
type Sign struct {
	Protected  []byte
	Type       string
	Payload    []byte
	Signatures []Signature
}

// Signature is one signature of a Sign.
type Signature struct {
	Protected []byte
	Algorithm Algorithm
	KeyID     KeyID
	Signature []byte
}

// ParseSign reads an untagged message.
func ParseSign(b []byte) (*Sign, error) {
	r := NewReader(b)
	n, err := r.Array(maxElements)
	if err != nil {
		return nil, err
	}
	if n != 4 {
		return nil, fmt.Errorf("%w: array of %d, want the 4 parts of COSE_Sign", ErrShape, n)
	}
	m := new(Sign)
	if m.Protected, err = r.Bytes(); err != nil {
		return nil, err
	}
	h, err := readHeader(m.Protected)
	if err != nil {
		return nil, err
	}
	if h.hasAlg || h.hasKid || !h.hasTyp {
		return nil, fmt.Errorf("%w: the protected header of the body holds typ and nothing else", ErrShape)
	}
	m.Type = h.typ
	if err := readEmptyMap(&r); err != nil {
		return nil, err
	}
	if m.Payload, err = r.Bytes(); err != nil {
		return nil, err
	}
	if err := m.readSignatures(&r); err != nil {
		return nil, err
	}
	return m, r.Done()
}

func (m *Sign) readSignatures(r *Reader) error {
	n, err := r.Array(maxSignatures)
	if err != nil {
		return err
	}
	for range n {
		s, err := readSignature(r)
		if err != nil {
			return err
		}
		if k := len(m.Signatures); k > 0 && bytes.Compare(m.Signatures[k-1].KeyID[:], s.KeyID[:]) >= 0 {
			return fmt.Errorf("%w: signatures repeat a kid or are out of order", ErrShape)
		}
		m.Signatures = append(m.Signatures, s)
	}
	return nil
}

func readSignature(r *Reader) (s Signature, err error) {
	n, err := r.Array(maxElements)
	if err != nil {
		return s, err
	}
	if n != 3 {
		return s, fmt.Errorf("%w: array of %d, want the 3 parts of COSE_Signature", ErrShape, n)
	}
	if s.Protected, err = r.Bytes(); err != nil {
		return s, err
	}
	h, err := readHeader(s.Protected)
	if err != nil {
		return s, err
	}
	if !h.hasAlg || !h.hasKid || h.hasTyp {
		return s, fmt.Errorf("%w: the protected header of a signature holds alg and kid", ErrShape)
	}
	if err := readEmptyMap(r); err != nil {
		return s, err
	}
	if s.Signature, err = r.Bytes(); err != nil {
		return s, err
	}
	if len(s.Signature) != signatureSize {
		return s, fmt.Errorf("%w: signature of %d bytes, want 64", ErrShape, len(s.Signature))
	}
	s.Algorithm, s.KeyID = h.alg, h.kid
	return s, nil
}

// CountValid says how many distinct keys of keys made a right signature.
func (m *Sign) CountValid(keys []*PublicKey) int {
	valid := 0
	for _, s := range m.Signatures {
		i := slices.IndexFunc(keys, func(k *PublicKey) bool { return k.ID() == s.KeyID })
		if i < 0 || keys[i].alg != s.Algorithm {
			continue
		}
		if keys[i].Verify(m.toBeSigned(s.Protected), s.Signature) {
			valid++
		}
	}
	return valid
}

// VerifyEach wants every signature to be right, under the key of keys that its kid names. With strangers, one whose kid names none of them is passed
// over: nobody here can tell whether it is right.
func (m *Sign) VerifyEach(keys []*PublicKey, strangers bool) error {
	for _, s := range m.Signatures {
		i := slices.IndexFunc(keys, func(k *PublicKey) bool { return k.ID() == s.KeyID })
		switch {
		case i < 0 && strangers:
		case i < 0:
			return fmt.Errorf("%w: one is of %s, which has nothing to sign here", ErrSignature, s.KeyID)
		case keys[i].alg != s.Algorithm || !keys[i].Verify(m.toBeSigned(s.Protected), s.Signature):
			return fmt.Errorf("%w: that of %s; the file was damaged or changed", ErrSignature, s.KeyID)
		}
	}
	return nil
}

// toBeSigned is the Sig_structure (RFC 9052 §4.4): ["Signature", body_protected, sign_protected, external_aad, payload].
func (m *Sign) toBeSigned(protected []byte) []byte {
	b := AppendText(AppendArray(nil, 5), "Signature")
	b = AppendBytes(AppendBytes(b, m.Protected), protected)
	return AppendBytes(AppendBytes(b, nil), m.Payload)
}

// SignSign writes an untagged message with a signature of each signer; of none, to be signed later.
func SignSign(typ string, payload []byte, signers ...Signer) ([]byte, error) {
	body := header{typ: typ, hasTyp: true}
	m := &Sign{Protected: body.append(nil), Type: typ, Payload: payload}
	for _, s := range signers {
		if err := m.add(s); err != nil {
			return nil, err
		}
	}
	out := m.Bytes()
	if _, err := ParseSign(out); err != nil {
		return nil, fmt.Errorf("sign %s: %w", typ, err)
	}
	return out, nil
}
