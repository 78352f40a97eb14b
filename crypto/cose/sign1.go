package cose

import "fmt"

// CBOR tags in front of a message (RFC 9052 §2, RFC 8392 §6).
const (
	tagSign1 = 18
	tagCWT   = 61
)

// Sign1 is a COSE_Sign1 message (RFC 9052 §4.2) as it was received. Its slices alias the input. Nothing in it is to be believed before Verify.
//
//	COSE_Sign1 = [ protected: bstr .cbor { 1: alg, ? 4: kid, 16: typ }, unprotected: {}, payload: bstr, signature: bstr .size 64 ]
type Sign1 struct {
	Protected []byte // the encoded protected header, without its bstr head
	Algorithm Algorithm
	KeyID     KeyID
	HasKeyID  bool
	Type      string // typ (RFC 9596)
	Payload   []byte
	Signature []byte
}

// ParseSign1 reads a message, untagged or under tag 18 or 61(18). Errors are *SyntaxError, or wrap ErrShape or ErrAlgorithm.
func ParseSign1(b []byte) (Sign1, error) {
	r := NewReader(b)
	cwt := r.Tag(tagCWT)
	if !r.Tag(tagSign1) && cwt {
		return Sign1{}, fmt.Errorf("%w: tag 61 without tag 18", ErrShape)
	}
	var m Sign1
	n, err := r.Array(maxElements)
	if err != nil {
		return Sign1{}, err
	}
	if n != 4 {
		return Sign1{}, fmt.Errorf("%w: array of %d, want the 4 parts of COSE_Sign1", ErrShape, n)
	}
	if m.Protected, err = r.Bytes(); err != nil {
		return Sign1{}, err
	}
	if err := readEmptyMap(&r); err != nil {
		return Sign1{}, err
	}
	if m.Payload, err = r.Bytes(); err != nil {
		return Sign1{}, err
	}
	if m.Signature, err = r.Bytes(); err != nil {
		return Sign1{}, err
	}
	if err := r.Done(); err != nil {
		return Sign1{}, err
	}
	return m, m.readProtected()
}

func (m *Sign1) readProtected() error {
	h, err := readHeader(m.Protected)
	if err != nil {
		return err
	}
	if !h.hasAlg || !h.hasTyp {
		return fmt.Errorf("%w: the protected header lacks alg or typ", ErrShape)
	}
	if len(m.Signature) != signatureSize {
		return fmt.Errorf("%w: signature of %d bytes, want 64", ErrShape, len(m.Signature))
	}
	m.Algorithm, m.KeyID, m.HasKeyID, m.Type = h.alg, h.kid, h.hasKid, h.typ
	return nil
}

// readEmptyMap counts before it refuses, so that one pair too many is a wrong shape and not a wrong encoding.
func readEmptyMap(r *Reader) error {
	m, err := r.Map(maxElements)
	if err != nil {
		return err
	}
	if m.left != 0 {
		return fmt.Errorf("%w: the unprotected header must be empty", ErrShape)
	}
	return nil
}

// Verify checks the signature under k over the received bytes. The header's algorithm must be the key's.
func (m *Sign1) Verify(k *PublicKey) error {
	if m.Algorithm != k.alg {
		return fmt.Errorf("%w: the header says %v, the key is for %v", ErrAlgorithm, m.Algorithm, k.alg)
	}
	var buf [512]byte // most messages fit: no allocation
	if !k.Verify(appendSigStructure(buf[:0], m.Protected, m.Payload), m.Signature) {
		return ErrSignature
	}
	return nil
}

// appendSigStructure appends what a COSE_Sign1 signs (RFC 9052 §4.4): ["Signature1", protected, external_aad, payload].
func appendSigStructure(dst, protected, payload []byte) []byte {
	dst = AppendText(AppendArray(dst, 4), "Signature1")
	dst = AppendBytes(dst, protected)
	dst = AppendBytes(dst, nil)
	return AppendBytes(dst, payload)
}

// SignSign1 writes an untagged message of the given typ. The kid is left out where the reader knows the key from elsewhere.
func SignSign1(typ string, payload []byte, s Signer, withKeyID bool) ([]byte, error) {
	if !validType(typ) {
		return nil, fmt.Errorf("%w: typ %q, want type/subtype of at most %d bytes", ErrShape, typ, maxType)
	}
	key := s.Public()
	h := header{alg: key.alg, hasAlg: true, kid: key.ID(), hasKid: withKeyID, typ: typ, hasTyp: true}
	protected := h.append(make([]byte, 0, 40))
	sig, err := s.Sign(appendSigStructure(make([]byte, 0, len(protected)+len(payload)+32), protected, payload))
	if err != nil {
		return nil, err
	}
	if len(sig) != signatureSize {
		return nil, fmt.Errorf("%w: the signer gave %d bytes, want 64", ErrShape, len(sig))
	}
	out := AppendArray(make([]byte, 0, len(protected)+len(payload)+80), 4)
	out = AppendBytes(out, protected)
	out = AppendMap(out, 0)
	out = AppendBytes(out, payload)
	return AppendBytes(out, sig), nil
}
