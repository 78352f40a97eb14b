package cose

import (
	"bytes"
	"fmt"
	"unicode/utf8"
)

// SyntaxError says where in the input the deterministic encoding is broken.
type SyntaxError struct {
	Offset int    // byte offset into the slice that the Reader was given
	What   string // what stood there, and what was expected
}

func (e *SyntaxError) Error() string { return fmt.Sprintf("cbor: byte %d: %s", e.Offset, e.What) }

// CBOR major types (RFC 8949 §3.1).
const (
	majorUint   = 0
	majorNegInt = 1
	majorBytes  = 2
	majorText   = 3
	majorArray  = 4
	majorMap    = 5
	majorTag    = 6
	majorSimple = 7
)

// Reader walks core deterministic CBOR (RFC 8949 §4.2.1) and refuses everything else: lengths and integers that are not the shortest form,
// indefinite lengths, map keys out of order or twice, invalid UTF-8. It never copies and never allocates unless it fails. The zero Reader
// reads nothing; a Reader is for one goroutine.
type Reader struct {
	b   []byte
	pos int
}

// NewReader reads b, which must not change while slices handed out are in use.
func NewReader(b []byte) Reader { return Reader{b: b} }

func (r *Reader) fail(at int, what string) error { return &SyntaxError{Offset: at, What: what} }

// head reads one initial byte and its argument.
func (r *Reader) head() (major byte, arg uint64, err error) {
	start := r.pos
	if start >= len(r.b) {
		return 0, 0, r.fail(start, "input ends where an item should start")
	}
	first := r.b[start]
	major, info := first>>5, first&0x1f
	if info < 24 {
		r.pos++
		return major, uint64(info), nil
	}
	if info > 27 {
		return 0, 0, r.fail(start, "indefinite length or reserved value")
	}
	size := 1 << (info - 24)
	if len(r.b)-start-1 < size {
		return 0, 0, r.fail(start, "input ends inside a length or integer")
	}
	for _, c := range r.b[start+1 : start+1+size] {
		arg = arg<<8 | uint64(c)
	}
	if major != majorSimple && !shortest(info, arg) {
		return 0, 0, r.fail(start, "integer or length is not in its shortest form")
	}
	r.pos = start + 1 + size
	return major, arg, nil
}

func shortest(info byte, arg uint64) bool {
	switch info {
	case 24:
		return arg >= 24
	case 25:
		return arg > 0xff
	case 26:
		return arg > 0xffff
	}
	return arg > 0xffffffff
}

func (r *Reader) expect(want byte, name string) (uint64, error) {
	start := r.pos
	major, arg, err := r.head()
	if err != nil {
		return 0, err
	}
	if major != want {
		return 0, r.fail(start, "expected "+name)
	}
	return arg, nil
}

// Uint reads an unsigned integer.
func (r *Reader) Uint() (uint64, error) { return r.expect(majorUint, "an unsigned integer") }

// Int reads an integer of either sign that fits an int64.
func (r *Reader) Int() (int64, error) {
	start := r.pos
	major, arg, err := r.head()
	switch {
	case err != nil:
		return 0, err
	case major > majorNegInt:
		return 0, r.fail(start, "expected an integer")
	case arg > 1<<63-1:
		return 0, r.fail(start, "integer beyond 64 bits")
	case major == majorNegInt:
		return -1 - int64(arg), nil
	}
	return int64(arg), nil
}

// Bytes reads a byte string; the slice aliases the input.
func (r *Reader) Bytes() ([]byte, error) { return r.str(majorBytes, "a byte string") }

// Text reads a UTF-8 text string; the slice aliases the input.
func (r *Reader) Text() ([]byte, error) {
	start := r.pos
	s, err := r.str(majorText, "a text string")
	if err == nil && !utf8.Valid(s) {
		return nil, r.fail(start, "text is not valid UTF-8")
	}
	return s, err
}

func (r *Reader) str(major byte, name string) ([]byte, error) {
	start := r.pos
	n, err := r.expect(major, name)
	if err != nil {
		return nil, err
	}
	if n > uint64(len(r.b)-r.pos) {
		return nil, r.fail(start, "string is longer than the input")
	}
	s := r.b[r.pos : r.pos+int(n) : r.pos+int(n)]
	r.pos += int(n)
	return s, nil
}

// Bool reads true or false.
func (r *Reader) Bool() (bool, error) {
	start := r.pos
	if start < len(r.b) && (r.b[start] == 0xf4 || r.b[start] == 0xf5) {
		r.pos++
		return r.b[start] == 0xf5, nil
	}
	return false, r.fail(start, "expected true or false")
}

// Array reads the head of an array of at most limit elements.
func (r *Reader) Array(limit int) (int, error) { return r.count(majorArray, limit, 1, "an array") }

func (r *Reader) count(major byte, limit, perElement int, name string) (int, error) {
	start := r.pos
	n, err := r.expect(major, name)
	if err != nil {
		return 0, err
	}
	if n > uint64(limit) || n > uint64((len(r.b)-r.pos)/perElement) {
		return 0, r.fail(start, fmt.Sprintf("%s of %d elements is more than is allowed or present", name, n))
	}
	return int(n), nil
}

// Map reads the head of a map of at most limit pairs. Read each key with Key, then its value.
func (r *Reader) Map(limit int) (Map, error) {
	n, err := r.count(majorMap, limit, 2, "a map")
	return Map{r: r, left: n}, err
}

// Map walks the integer keys of a map in their one permitted order.
type Map struct {
	r    *Reader
	left int
	prev []byte
}

// Key reads the next key; ok is false after the last pair.
func (m *Map) Key() (key int64, ok bool, err error) {
	if m.left == 0 {
		return 0, false, nil
	}
	start := m.r.pos
	key, err = m.r.Int()
	if err != nil {
		return 0, false, err
	}
	raw := m.r.b[start:m.r.pos]
	if bytes.Compare(m.prev, raw) >= 0 && m.prev != nil {
		return 0, false, m.r.fail(start, "map key is repeated or out of order")
	}
	m.prev = raw
	m.left--
	return key, true, nil
}

// Tag skips tag n if it comes next, and says whether it did.
func (r *Reader) Tag(n uint64) bool {
	save := r.pos
	major, arg, err := r.head()
	if err == nil && major == majorTag && arg == n {
		return true
	}
	r.pos = save
	return false
}

// Done fails unless the whole input has been read.
func (r *Reader) Done() error {
	if r.pos != len(r.b) {
		return r.fail(r.pos, fmt.Sprintf("%d bytes after the end", len(r.b)-r.pos))
	}
	return nil
}

// CheckDeterministic fails unless b is exactly one item of core deterministic CBOR without tags, floating point, null or undefined.
func CheckDeterministic(b []byte) error {
	r := NewReader(b)
	if err := r.skip(0); err != nil {
		return err
	}
	return r.Done()
}

// skip walks one item.
func (r *Reader) skip(depth int) error {
	start := r.pos
	if depth > maxDepth {
		return r.fail(start, "nested too deep")
	}
	major, arg, err := r.head()
	if err != nil {
		return err
	}
	switch major {
	case majorUint, majorNegInt:
		return nil
	case majorBytes, majorText:
		r.pos = start
		if major == majorText {
			_, err = r.Text()
		} else {
			_, err = r.Bytes()
		}
		return err
	case majorArray:
		if arg > maxElements || arg > uint64(len(r.b)-r.pos) {
			return r.fail(start, "array is longer than is allowed or present")
		}
		for range arg {
			if err := r.skip(depth + 1); err != nil {
				return err
			}
		}
		return nil
	case majorMap:
		return r.skipMap(start, arg, depth)
	case majorSimple:
		if r.b[start] == 0xf4 || r.b[start] == 0xf5 {
			return nil
		}
		return r.fail(start, "floating point, null, undefined and simple values other than true and false are not used")
	}
	return r.fail(start, "tags are not used here")
}

func (r *Reader) skipMap(start int, pairs uint64, depth int) error {
	if pairs > maxElements || pairs > uint64(len(r.b)-r.pos)/2 {
		return r.fail(start, "map is longer than is allowed or present")
	}
	var prev []byte
	for range pairs {
		at := r.pos
		if err := r.skip(depth + 1); err != nil {
			return err
		}
		key := r.b[at:r.pos]
		if prev != nil && bytes.Compare(prev, key) >= 0 {
			return r.fail(at, "map key is repeated or out of order")
		}
		prev = key
		if err := r.skip(depth + 1); err != nil {
			return err
		}
	}
	return nil
}
