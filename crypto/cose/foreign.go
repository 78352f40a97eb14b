package cose

import (
	"fmt"

	"github.com/fxamacker/cbor/v2"
)

// ForeignSign1 is a COSE_Sign1 message of another project's format (RFC 9052 §4.2) as it was received. Nothing in it is to be believed before
// Verify. What real issuers do and RFC 9052 allows is accepted; what changes the meaning of a signature is not: alg counts only in the
// protected header, a critical header is not understood, and repeated labels are refused.
type ForeignSign1 struct {
	Protected []byte // the encoded protected header as it was received; empty where the issuer wrote none
	Algorithm Algorithm
	KeyID     []byte // of the protected header or else the unprotected one; nil if there is none
	Payload   []byte
	Signature []byte
}

// foreignMode is tolerant of encodings that are not deterministic, because the signature is over the received bytes and most issuers do not
// write them so, and strict about everything that could be read in two ways.
var foreignMode, foreignErr = cbor.DecOptions{
	DupMapKey:         cbor.DupMapKeyEnforcedAPF,
	MaxNestedLevels:   maxForeignDepth,
	MaxArrayElements:  maxForeignItems,
	MaxMapPairs:       maxForeignItems,
	UTF8:              cbor.UTF8RejectInvalid,
	IntDec:            cbor.IntDecConvertSignedOrFail,
	FieldNameMatching: cbor.FieldNameMatchingCaseSensitive,
	TimeTag:           cbor.DecTagIgnored,
	TimeTagToAny:      cbor.TimeTagToRFC3339,
}.DecMode()

// UnmarshalForeign reads exactly one item of CBOR (RFC 8949) into v: any encoding, unknown fields passed over. Trailing bytes are refused, more
// than 1,024 items, and in any map of it, a passed-over one too, keys that stand twice or are neither integers nor text.
func UnmarshalForeign(b []byte, v any) error {
	if foreignErr != nil {
		return foreignErr
	}
	r := NewForeignReader(b)
	err := r.Skip()
	if err == nil {
		err = r.Done()
	}
	if err != nil {
		return err
	}
	if err := foreignMode.Unmarshal(b, v); err != nil {
		return fmt.Errorf("cbor: %w", err)
	}
	return nil
}

// maxTags bounds the tags in front of a foreign message: real ones are untagged, under 18, 61(18) and 18(18).
const maxTags = 2

// ParseForeignSign1 reads a message under at most two of the tags 18 and 61. Its parts may alias b. Errors wrap ErrShape or ErrAlgorithm.
func ParseForeignSign1(b []byte) (m ForeignSign1, err error) {
	r := NewReader(b)
	for range maxTags {
		if !r.Tag(tagSign1) {
			r.Tag(tagCWT)
		}
	}
	if r.pos >= len(b) || b[r.pos]>>5 != majorArray { // the library would pass over any other tag
		return m, fmt.Errorf("%w: not an array under at most %d of the tags %d and %d", ErrShape, maxTags, tagSign1, tagCWT)
	}
	if m, ok := usual(b[r.pos:]); ok {
		return m, nil
	}
	var parts []cbor.RawMessage
	if err := UnmarshalForeign(b[r.pos:], &parts); err != nil {
		return m, fmt.Errorf("%w: %v", ErrShape, err)
	}
	if len(parts) != 4 {
		return m, fmt.Errorf("%w: array of %d, want the 4 parts of COSE_Sign1", ErrShape, len(parts))
	}
	for _, part := range []struct {
		from cbor.RawMessage
		to   *[]byte
	}{{parts[0], &m.Protected}, {parts[2], &m.Payload}, {parts[3], &m.Signature}} {
		if *part.to, err = byteString(part.from); err != nil {
			return m, err
		}
	}
	return m, m.readHeaders(parts[1])
}

// usual reads a message as most issuers write it: deterministic, alg and perhaps kid in the protected header, nothing in the other. What is
// otherwise, be it good or not, is left to the tolerant reader, which costs more than the rest of a verification but the signature.
func usual(b []byte) (m ForeignSign1, ok bool) {
	r := NewReader(b)
	if n, err := r.Array(4); err != nil || n != 4 {
		return m, false
	}
	var err error
	if m.Protected, err = r.Bytes(); err != nil || r.pos >= len(b) || b[r.pos] != majorMap<<5 {
		return m, false
	}
	r.pos++ // the empty map
	if m.Payload, err = r.Bytes(); err != nil {
		return m, false
	}
	if m.Signature, err = r.Bytes(); err != nil || r.Done() != nil {
		return m, false
	}
	return m, m.readUsualHeader()
}

// readUsualHeader takes { 1: alg, ? 4: kid } and nothing else.
func (m *ForeignSign1) readUsualHeader() bool {
	r := NewReader(m.Protected)
	n, err := r.count(majorMap, 2, 2, "a map")
	if err != nil || n == 0 {
		return false
	}
	label, err1 := r.Int()
	id, err2 := r.Int()
	if err1 != nil || err2 != nil || label != 1 {
		return false
	}
	if n == 2 {
		label, err1 = r.Int()
		m.KeyID, err2 = r.Bytes()
		if err1 != nil || err2 != nil || label != 4 {
			return false
		}
	}
	if m.Algorithm = PS256; id != int64(PS256) {
		m.Algorithm, err = parseAlgorithm(id)
	}
	return err == nil && r.Done() == nil
}

// byteString insists on the major type: the library would read an array of small numbers too.
func byteString(raw cbor.RawMessage) (s []byte, err error) {
	if len(raw) == 0 || raw[0]>>5 != majorBytes {
		return nil, fmt.Errorf("%w: a part of the message is not a byte string", ErrShape)
	}
	r := NewReader(raw)
	if s, err := r.Bytes(); err == nil && r.Done() == nil {
		return s, nil // the common encoding, without a copy
	}
	if foreignErr != nil {
		return nil, foreignErr
	}
	if err := foreignMode.Unmarshal(raw, &s); err != nil { // what it is part of was walked through before
		return nil, fmt.Errorf("%w: %v", ErrShape, err)
	}
	return s, nil
}

// foreignHeaders are the labels that matter; values stay raw, and other labels are passed over.
type foreignHeaders struct {
	Algorithm cbor.RawMessage `cbor:"1,keyasint"`
	Critical  cbor.RawMessage `cbor:"2,keyasint"`
	KeyID     cbor.RawMessage `cbor:"4,keyasint"`
}

func readForeignHeaders(raw []byte) (h foreignHeaders, err error) {
	if len(raw) == 0 || raw[0]>>5 != majorMap {
		return h, fmt.Errorf("%w: a header is not a map", ErrShape)
	}
	if err := UnmarshalForeign(raw, &h); err != nil {
		return h, fmt.Errorf("%w: %v", ErrShape, err)
	}
	return h, nil
}

func (m *ForeignSign1) readHeaders(rawUnprotected []byte) error {
	unprotected, err := readForeignHeaders(rawUnprotected)
	if err != nil {
		return err
	}
	if len(m.Protected) == 0 {
		return fmt.Errorf("%w: no protected header, so no alg that could be trusted", ErrAlgorithm)
	}
	protected, err := readForeignHeaders(m.Protected)
	if err != nil {
		return err
	}
	if protected.Critical != nil || unprotected.Critical != nil {
		return fmt.Errorf("%w: critical headers are not understood", ErrShape)
	}
	if m.Algorithm, err = foreignAlgorithm(protected.Algorithm); err != nil {
		return err
	}
	kid := protected.KeyID
	if kid == nil {
		kid = unprotected.KeyID
	}
	if kid != nil {
		m.KeyID, err = byteString(kid)
	}
	return err
}

func foreignAlgorithm(raw cbor.RawMessage) (Algorithm, error) {
	if raw == nil {
		return 0, fmt.Errorf("%w: the protected header names none", ErrAlgorithm)
	}
	var id int64
	if raw[0]>>5 > majorNegInt || UnmarshalForeign(raw, &id) != nil {
		return 0, fmt.Errorf("%w: the identifier is not a number", ErrAlgorithm)
	}
	if id == int64(PS256) {
		return PS256, nil
	}
	return parseAlgorithm(id)
}

// Verify checks the signature under k over the received bytes. The header's algorithm must be the key's.
func (m *ForeignSign1) Verify(k *PublicKey) error {
	if m.Algorithm != k.alg {
		return fmt.Errorf("%w: the header says %v, the key is for %v", ErrAlgorithm, m.Algorithm, k.alg)
	}
	var buf [512]byte
	if !k.Verify(appendSigStructure(buf[:0], m.Protected, m.Payload), m.Signature) {
		return ErrSignature
	}
	return nil
}
