package cose

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"unicode/utf8"
)

// maxForeignItems bounds the items of a foreign message, those within each other all counted: an item of one byte can become a struct of hundreds.
// Real ones have about sixty.
const maxForeignItems = 1 << 10

// maxForeignDepth bounds how deep they lie within each other.
const maxForeignDepth = 16

var (
	errItems   = fmt.Errorf("cbor: more than %d items", maxForeignItems)
	errDeep    = fmt.Errorf("cbor: items more than %d deep within each other", maxForeignDepth)
	errMapKey  = errors.New("cbor: a map key that is neither an integer of 64 bits nor text")
	errKeyMore = errors.New("cbor: a map key that stands twice")
	errUTF8    = errors.New("cbor: a text that is not valid UTF-8")
	errAfter   = errors.New("cbor: bytes after the end")
	errForm    = errors.New("cbor: not well-formed")
	errKind    = errors.New("cbor: another kind of item than is expected here")
)

// ForeignReader goes once through a foreign message, whatever its encoding (RFC 8949 §3), and decodes what its caller asks for. In every map of it,
// one that is passed over too, a key stands once and is an integer or a text, as labels of COSE and CWT are and names of JSON. It allocates one
// string for all texts together, and nothing else but for texts in several pieces. A ForeignReader is for one goroutine; after an error it is of
// no use.
type ForeignReader struct {
	s     string
	pos   int
	items int
	depth int
}

// NewForeignReader reads b, of which it keeps a copy.
func NewForeignReader(b []byte) ForeignReader { return ForeignReader{s: string(b)} }

// foreignHead is an initial byte with its argument.
type foreignHead struct {
	arg   uint64
	major byte
	info  byte
}

func (h foreignHead) open() bool { return h.info == 31 } // an indefinite length

func (r *ForeignReader) head() (h foreignHead, err error) {
	if r.items++; r.items > maxForeignItems {
		return h, errItems
	}
	if r.pos >= len(r.s) {
		return h, errForm
	}
	first := r.s[r.pos]
	r.pos++
	h.major, h.info = first>>5, first&0x1f
	switch {
	case h.info < 24:
		h.arg = uint64(h.info)
		return h, nil
	case h.info < 28:
		return h, r.argument(&h)
	case h.open() && h.major >= majorBytes && h.major <= majorMap:
		return h, nil
	}
	return h, errForm // reserved, an integer of no length, or a break where an item should be
}

func (r *ForeignReader) argument(h *foreignHead) error {
	size := 1 << (h.info - 24)
	if size > len(r.s)-r.pos {
		return errForm
	}
	for _, digit := range []byte(r.s[r.pos : r.pos+size]) {
		h.arg = h.arg<<8 | uint64(digit)
	}
	r.pos += size
	if h.major == majorSimple && h.info == 24 && h.arg < 32 {
		return errForm // RFC 8949 §3.3
	}
	return nil
}

// Skip passes over one item.
func (r *ForeignReader) Skip() error {
	h, err := r.head()
	if err != nil {
		return err
	}
	return r.rest(h)
}

// rest passes over what belongs to a head.
func (r *ForeignReader) rest(h foreignHead) (err error) {
	switch h.major {
	case majorBytes, majorText:
		err = r.passString(h)
	case majorArray:
		err = r.elements(h, r.Skip)
	case majorMap:
		err = r.pairs(h, func(ForeignKey) error { return r.Skip() })
	case majorTag:
		if err = r.down(); err == nil {
			err = r.Skip()
			r.depth--
		}
	}
	return err
}

func (r *ForeignReader) down() error {
	if r.depth++; r.depth > maxForeignDepth {
		return errDeep
	}
	return nil
}

// more says whether another element comes after n of them, and steps over the break of an indefinite length.
func (r *ForeignReader) more(n uint64, h foreignHead) bool {
	if !h.open() {
		return n < h.arg
	}
	if r.pos < len(r.s) && r.s[r.pos] == 0xff {
		r.pos++
		return false
	}
	return true
}

// str reads the rest of a string; one in several pieces is put together, in memory of the length that they have.
func (r *ForeignReader) str(h foreignHead) (string, error) {
	if !h.open() {
		return r.piece(h)
	}
	ahead := *r
	if err := ahead.pieces(h, nil); err != nil {
		return "", err
	}
	var whole strings.Builder
	whole.Grow(ahead.pos - r.pos)
	err := r.pieces(h, &whole)
	return whole.String(), err
}

// pieces reads those of a string of indefinite length; where nobody wants them, whole is nil.
func (r *ForeignReader) pieces(h foreignHead, whole *strings.Builder) error {
	for r.more(0, h) {
		part, err := r.part(h.major)
		if err != nil {
			return err
		}
		if whole != nil {
			whole.WriteString(part)
		}
	}
	return nil
}

// passString passes over the rest of a string.
func (r *ForeignReader) passString(h foreignHead) (err error) {
	if h.open() {
		return r.pieces(h, nil)
	}
	_, err = r.piece(h)
	return err
}

func (r *ForeignReader) part(major byte) (string, error) {
	h, err := r.head()
	if err == nil && (h.major != major || h.open()) {
		err = errForm
	}
	if err != nil {
		return "", err
	}
	return r.piece(h)
}

func (r *ForeignReader) piece(h foreignHead) (string, error) {
	if h.arg > uint64(len(r.s)-r.pos) {
		return "", errForm
	}
	s := r.s[r.pos : r.pos+int(h.arg)]
	r.pos += int(h.arg)
	if h.major == majorText && !utf8.ValidString(s) { // each piece for itself: RFC 8949 §3.2.3
		return "", errUTF8
	}
	return s, nil
}

// Array calls element for each element of an array, which must read exactly one item; for null it is not called.
func (r *ForeignReader) Array(element func() error) error {
	h, err := r.container(majorArray)
	if err != nil || h == null {
		return err
	}
	return r.elements(h, element)
}

// container reads the head of an array or a map, or null.
func (r *ForeignReader) container(major byte) (foreignHead, error) {
	h, err := r.head()
	if err == nil && h.major != major && h != null {
		err = errKind
	}
	return h, err
}

// null has the argument 22 (RFC 8949 §3.3).
var null = foreignHead{arg: 22, major: majorSimple, info: 22}

func (r *ForeignReader) elements(h foreignHead, element func() error) error {
	if err := r.down(); err != nil {
		return err
	}
	for n := uint64(0); r.more(n, h); n++ {
		if err := element(); err != nil {
			return err
		}
	}
	r.depth--
	return nil
}

// ForeignKey is the key of a pair.
type ForeignKey struct {
	Text  string // unless IsInt
	Int   int64
	IsInt bool
}

// Map calls value after each key of a map, which must read exactly one item; for null it is not called.
func (r *ForeignReader) Map(value func(ForeignKey) error) error {
	h, err := r.container(majorMap)
	if err != nil || h == null {
		return err
	}
	return r.pairs(h, value)
}

func (r *ForeignReader) pairs(h foreignHead, value func(ForeignKey) error) error {
	if err := r.down(); err != nil {
		return err
	}
	var few [16]ForeignKey // more than a real map has
	seen := few[:0]
	for n := uint64(0); r.more(n, h); n++ {
		k, err := r.key()
		if err != nil {
			return err
		}
		for i := range seen {
			if seen[i] == k {
				return errKeyMore
			}
		}
		seen = append(seen, k)
		if err := value(k); err != nil {
			return err
		}
	}
	r.depth--
	return nil
}

func (r *ForeignReader) key() (k ForeignKey, err error) {
	h, err := r.head()
	switch {
	case err != nil:
		return k, err
	case h.major == majorText:
		k.Text, err = r.str(h)
		return k, err
	case h.major == majorUint && h.arg <= math.MaxInt64:
		return ForeignKey{Int: int64(h.arg), IsInt: true}, nil
	case h.major == majorNegInt && h.arg <= math.MaxInt64:
		return ForeignKey{Int: -1 - int64(h.arg), IsInt: true}, nil
	}
	return k, errMapKey
}

// Done fails unless everything was read.
func (r *ForeignReader) Done() error {
	if r.pos != len(r.s) {
		return errAfter
	}
	return nil
}
