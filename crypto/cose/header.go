package cose

import "fmt"

// Header labels (RFC 9052 §3.1, RFC 9596).
const (
	headerAlg  = 1
	headerKid  = 4
	headerType = 16
)

// header is what a protected header of ours holds.
//
//	protected = bstr .cbor { ? 1: alg, ? 4: kid (bstr .size 8), ? 16: typ (tstr) }
type header struct {
	alg    Algorithm
	hasAlg bool
	kid    KeyID
	hasKid bool
	typ    string
	hasTyp bool
}

// maxType bounds a typ in bytes. The form is type/subtype, as RFC 9596 §2 wants and other libraries enforce; the top-level type "yk" is our own,
// because "application/…" would cost each code eleven bytes and name nothing that is registered.
const maxType = 16

// validType says whether typ is type/subtype in visible ASCII with exactly one slash, of at most maxType bytes.
func validType[T string | []byte](typ T) bool {
	slash := 0
	for i := range len(typ) {
		if typ[i] <= ' ' || typ[i] >= 0x7f || typ[i] == '/' && slash > 0 {
			return false
		}
		if typ[i] == '/' {
			slash = i
		}
	}
	return len(typ) <= maxType && slash > 0 && slash < len(typ)-1
}

func readHeader(b []byte) (h header, err error) {
	r := NewReader(b)
	m, err := r.Map(maxElements)
	if err != nil {
		return h, err
	}
	for {
		label, ok, err := m.Key()
		if err != nil {
			return h, err
		}
		if !ok {
			return h, r.Done()
		}
		if err := h.readField(&r, label); err != nil {
			return h, err
		}
	}
}

func (h *header) readField(r *Reader, label int64) error {
	switch label {
	case headerAlg:
		id, err := r.Int()
		if err != nil {
			return err
		}
		h.hasAlg = true
		h.alg, err = parseAlgorithm(id)
		return err
	case headerKid:
		kid, err := r.Bytes()
		if err != nil {
			return err
		}
		if len(kid) != len(h.kid) {
			return fmt.Errorf("%w: kid of %d bytes, want 8", ErrShape, len(kid))
		}
		h.kid, h.hasKid = KeyID(kid), true
		return nil
	case headerType:
		typ, err := r.Text()
		if err != nil {
			return err
		}
		if !validType(typ) {
			return fmt.Errorf("%w: typ of %d bytes, want type/subtype of at most %d", ErrShape, len(typ), maxType)
		}
		h.typ, h.hasTyp = internType(typ), true
		return nil
	}
	return fmt.Errorf("%w: header %d in the protected header", ErrShape, label)
}

// internType saves the hot path an allocation for the two types that a gate sees.
func internType(typ []byte) string {
	switch string(typ) {
	case "yk/code":
		return "yk/code"
	case "yk/show":
		return "yk/show"
	}
	return string(typ)
}

func (h *header) append(dst []byte) []byte {
	n := 0
	for _, has := range [...]bool{h.hasAlg, h.hasKid, h.hasTyp} {
		if has {
			n++
		}
	}
	dst = AppendMap(dst, n)
	if h.hasAlg {
		dst = AppendInt(AppendInt(dst, headerAlg), int64(h.alg))
	}
	if h.hasKid {
		dst = AppendBytes(AppendInt(dst, headerKid), h.kid[:])
	}
	if h.hasTyp {
		dst = AppendText(AppendInt(dst, headerType), h.typ)
	}
	return dst
}
