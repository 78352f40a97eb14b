// Package strictjson reads JSON of others that can be read in one way only. encoding/json takes the last of several members of one name, and takes
// a name in other letters for it; another reader takes the first, or only the exact one. What two readers understand differently is refused here,
// before anything of it is believed (RFC 8259 §4 calls such objects unpredictable, RFC 7515 §4 lets a reader refuse them).
//
// Nothing of the text stands in an error. All functions are safe for concurrent use.
package strictjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bounds of what Unmarshal reads, counted before anything is made of it: an element of two bytes can become a struct of hundreds.
const (
	maxDepth  = 32   // arrays and objects within each other; a card has about twelve
	maxValues = 2000 // values of every sort; a card of eight doses has about three hundred
)

// Errors of this package wrap ErrShape, or ErrTwice where a name stands twice in one object.
var (
	ErrShape = errors.New("json: not one value of the shape that is wanted")
	ErrTwice = errors.New("json: a name stands twice in one object")
)

// Unmarshal is json.Unmarshal of one value in UTF-8, in which no object, however deep, has two members whose names differ in nothing but the
// case of letters. It has at most 2,000 values, each comma and each opening bracket counted, and at most 32 arrays and objects within each other.
func Unmarshal(b []byte, v any) error {
	if err := Bounded(b); err != nil {
		return err
	}
	d, err := begin(b)
	if err != nil {
		return err
	}
	if err := walk(d); err != nil {
		return err
	}
	if err := json.Unmarshal(b, v); err != nil {
		return fmt.Errorf("%w: a member is of another type", ErrShape) // the library's own text could quote it
	}
	return nil
}

// Members gives the members of one object as they are written. Their values are not looked into: give each to Unmarshal, so that a broken one
// does not void the others.
func Members(b []byte) (map[string]json.RawMessage, error) {
	d, err := begin(b)
	if err != nil {
		return nil, err
	}
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, fmt.Errorf("%w: want an object", ErrShape)
	}
	members := make(map[string]json.RawMessage)
	return members, object(d, func(name string) error {
		var value json.RawMessage
		err := d.Decode(&value)
		members[name] = value
		return err
	})
}

// Elements gives the elements of one array as they are written.
func Elements(b []byte) ([]json.RawMessage, error) {
	if _, err := begin(b); err != nil {
		return nil, err
	}
	var all []json.RawMessage
	if err := json.Unmarshal(b, &all); err != nil || all == nil {
		return nil, fmt.Errorf("%w: want an array", ErrShape)
	}
	return all, nil
}

// begin insists on one value.
func begin(b []byte) (*json.Decoder, error) {
	if !utf8.Valid(b) || !json.Valid(b) {
		return nil, fmt.Errorf("%w: not JSON in UTF-8", ErrShape)
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	return d, nil
}

// Bounded refuses what Unmarshal would refuse for its size: more than 2,000 values, or 32 arrays and objects within each other. It makes nothing of
// them, and says nothing of whether it is JSON.
func Bounded(b []byte) error {
	values, depth, text := 1, 0, false
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case text && c == '\\':
			i++
		case c == '"':
			text = !text
		case text:
		case c == '[' || c == '{':
			values++
			if depth++; depth > maxDepth {
				return fmt.Errorf("%w: more than %d arrays and objects within each other", ErrShape, maxDepth)
			}
		case c == ']' || c == '}':
			depth--
		case c == ',':
			values++
		}
		if values > maxValues {
			return fmt.Errorf("%w: more than %d values", ErrShape, maxValues)
		}
	}
	return nil
}

// walk reads one value.
func walk(d *json.Decoder) error {
	t, err := d.Token()
	switch {
	case err != nil:
		return fmt.Errorf("%w: it ends early", ErrShape)
	case t == json.Delim('{'):
		return object(d, func(string) error { return walk(d) })
	case t == json.Delim('['):
		for d.More() {
			if err := walk(d); err != nil {
				return err
			}
		}
		_, err = d.Token()
	}
	return err
}

// object reads the members behind the opening brace, and the closing one.
func object(d *json.Decoder, value func(name string) error) error {
	seen := make(map[string]bool)
	for d.More() {
		t, err := d.Token()
		name, ok := t.(string)
		if err != nil || !ok {
			return errors.Join(ErrShape, err)
		}
		if folded := fold(name); seen[folded] {
			return fmt.Errorf("%w, before byte %d", ErrTwice, d.InputOffset())
		} else {
			seen[folded] = true
		}
		if err := value(name); err != nil {
			return err
		}
	}
	_, err := d.Token()
	if err == io.EOF {
		return fmt.Errorf("%w: it ends early", ErrShape)
	}
	return err
}

// fold is the same for names that encoding/json takes for one: it compares them by Unicode's simple folding.
func fold(name string) string {
	return strings.Map(func(r rune) rune {
		least := r
		for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
			least = min(least, next)
		}
		return least
	}, name)
}
