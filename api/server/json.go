package server

import (
	"bytes"
	"encoding/json"
	"fmt"
	"unicode/utf8"

	"healthcode.example/api"
)

// jsonReader reads one JSON text (RFC 8259) by the shape that a route wants. It is stricter than encoding/json, which takes
// a name in any case, the last of two equal names, and broken UTF-8; and it says where a fault is without repeating it.
//
// Its errors are problems of the code invalid_json; they say the byte, the place and the mend.
type jsonReader struct {
	b    []byte
	at   int
	name int // where the last name of an object began
}

// readJSON reads b with read and wants nothing after it.
func readJSON(b []byte, read func(*jsonReader) error) error {
	r := &jsonReader{b: b}
	if !utf8.Valid(b) {
		for r.at < len(b) {
			c, n := utf8.DecodeRune(b[r.at:])
			if c == utf8.RuneError && n == 1 {
				break
			}
			r.at += n
		}
		return r.fault("", "the body is not UTF-8: encode it so")
	}
	if r.peek() == 0 && r.at >= len(b) {
		return r.fault("", "the body is empty: send a JSON object")
	}
	if err := read(r); err != nil {
		return err
	}
	if r.peek(); r.at < len(b) {
		return r.fault("", "something stands after the object: send one object only")
	}
	return nil
}

// fault makes the error of the current byte; where names the place, as codes[3].
func (r *jsonReader) fault(where, mend string) error {
	if where != "" {
		where = ", " + where
	}
	return api.NewProblem(api.CodeInvalidJSON, fmt.Sprintf("at byte %d%s: %s", r.at, where, mend))
}

// peek skips white space and returns the next byte, 0 at the end.
func (r *jsonReader) peek() byte {
	for ; r.at < len(r.b); r.at++ {
		switch r.b[r.at] {
		case ' ', '\t', '\n', '\r':
		default:
			return r.b[r.at]
		}
	}
	return 0
}

// take eats the byte if it is the next.
func (r *jsonReader) take(c byte) bool {
	if r.peek() != c || r.at >= len(r.b) {
		return false
	}
	r.at++
	return true
}

// object calls member for each name, which reads the value.
func (r *jsonReader) object(where string, member func(name []byte) error) error {
	if !r.take('{') {
		return r.fault(where, "want an object, beginning with {")
	}
	if r.take('}') {
		return nil
	}
	for {
		r.peek()
		r.name = r.at
		name, err := r.text(where)
		if err != nil {
			return err
		}
		if !r.take(':') {
			return r.fault(where, "want a colon after a name")
		}
		if err := member(name); err != nil {
			return err
		}
		if r.take('}') {
			return nil
		}
		if !r.take(',') {
			return r.fault(where, "want a comma or } after a value")
		}
	}
}

// array calls element for each place, which reads the value.
func (r *jsonReader) array(where string, element func(n int) error) error {
	if !r.take('[') {
		return r.fault(where, "want an array, beginning with [")
	}
	if r.take(']') {
		return nil
	}
	for n := 0; ; n++ {
		if err := element(n); err != nil {
			return err
		}
		if r.take(']') {
			return nil
		}
		if !r.take(',') {
			return r.fault(where, "want a comma or ] after a value")
		}
	}
}

// text reads a string. The bytes are the body's own unless something in them was escaped: copy what outlives the body.
func (r *jsonReader) text(where string) ([]byte, error) {
	if !r.take('"') {
		return nil, r.fault(where, `want a string in double quotes`)
	}
	from, escaped := r.at, false
	for ; r.at < len(r.b); r.at++ {
		switch c := r.b[r.at]; {
		case c == '"':
			raw := r.b[from:r.at]
			r.at++
			if !escaped {
				return raw, nil
			}
			return r.unescape(where, from)
		case c == '\\':
			escaped = true
			r.at++
		case c < 0x20:
			return nil, r.fault(where, "a control character stands in a string: escape it")
		}
	}
	r.at = len(r.b)
	return nil, r.fault(where, "the string has no end: the body was cut")
}

// unescape reads the string that begins before from and ended just now.
func (r *jsonReader) unescape(where string, from int) ([]byte, error) {
	var s string
	if err := json.Unmarshal(r.b[from-1:r.at], &s); err != nil {
		r.at = from
		return nil, r.fault(where, "a string holds an escape that is none")
	}
	return []byte(s), nil
}

// skip reads a value that does not matter here, at most maxDepth deep.
func (r *jsonReader) skip(where string, depth int) error {
	if depth > maxDepth {
		return r.fault(where, fmt.Sprintf("nested more than %d deep: flatten it", maxDepth))
	}
	var err error
	switch r.peek() {
	case '{':
		return r.object(where, func([]byte) error { return r.skip(where, depth+1) })
	case '[':
		return r.array(where, func(int) error { return r.skip(where, depth+1) })
	case '"':
		_, err = r.text(where)
		return err
	}
	from := r.at
	for r.at < len(r.b) && !bytes.ContainsRune([]byte(",]} \t\r\n"), rune(r.b[r.at])) {
		r.at++
	}
	if !json.Valid(r.b[from:r.at]) {
		r.at = from
		return r.fault(where, "want a value")
	}
	return nil
}

// once refuses a name that comes twice.
func (r *jsonReader) once(where string, seen *bool) error {
	if *seen {
		r.at = r.name
		return r.fault(where, "the name stands twice: give it once")
	}
	*seen = true
	return nil
}

// unknown refuses a name that the route does not read.
func (r *jsonReader) unknown(name []byte, known string) error {
	if len(name) > 40 {
		name = name[:40]
	}
	r.at = r.name
	return r.fault("", fmt.Sprintf("the name %q is not one of %s: remove it", name, known))
}
