package cose

import (
	"bytes"
	"errors"
	"fmt"
)

// maxForeignItems bounds the items of a foreign message, those within each other all counted: an item of one byte can become a struct of hundreds.
// Real ones have about sixty.
const maxForeignItems = 1 << 10

// maxForeignDepth bounds how deep they lie within each other.
const maxForeignDepth = 16

var (
	errItems   = fmt.Errorf("cbor: more than %d items", maxForeignItems)
	errDeep    = fmt.Errorf("cbor: items more than %d deep within each other", maxForeignDepth)
	errMapKey  = errors.New("cbor: a map key that is neither an integer nor text")
	errKeyMore = errors.New("cbor: a map key that stands twice")
	errCut     = errors.New("cbor: not well-formed") // the decoder can say more of it
)

// foreignWalk goes from item to item (RFC 8949 §3) of a foreign message before anything of it is decoded. The library enforces unique keys only in
// the maps that it decodes, and passes over those that stand under an unknown key.
type foreignWalk struct {
	b     []byte
	pos   int
	items int
}

// mapKey is a key in a form that does not depend on how it was encoded.
type mapKey struct {
	major byte
	arg   uint64 // an integer's argument
	text  []byte
}

// checkForeign refuses more than 1,024 items, and in any map, however deep, keys that stand twice or are neither integers nor text (as labels
// of COSE and CWT are, and names of JSON). It is errCut for what is not well-formed; bytes after the item are left to the decoder.
func checkForeign(b []byte) error {
	w := foreignWalk{b: b}
	return w.item(0)
}

// head reads an initial byte and its argument; open says that the length is indefinite.
func (w *foreignWalk) head() (major byte, arg uint64, open bool, err error) {
	if w.items++; w.items > maxForeignItems {
		return 0, 0, false, errItems
	}
	if w.pos >= len(w.b) {
		return 0, 0, false, errCut
	}
	first := w.b[w.pos]
	major, info := first>>5, first&0x1f
	w.pos++
	switch {
	case info < 24:
		return major, uint64(info), false, nil
	case info == 31:
		return major, 0, true, nil
	case info > 27:
		return 0, 0, false, errCut
	}
	size := 1 << (info - 24)
	if size > len(w.b)-w.pos {
		return 0, 0, false, errCut
	}
	for _, digit := range w.b[w.pos : w.pos+size] {
		arg = arg<<8 | uint64(digit)
	}
	w.pos += size
	return major, arg, false, nil
}

func (w *foreignWalk) item(depth int) error {
	major, arg, open, err := w.head()
	switch {
	case err != nil:
		return err
	case depth > maxForeignDepth:
		return errDeep
	case open && (major < majorBytes || major > majorMap):
		return errCut // a break where an item should be, or an integer of no length
	}
	switch major {
	case majorBytes, majorText:
		_, err = w.str(major, arg, open)
		return err
	case majorArray:
		for n := uint64(0); w.more(n, arg, open); n++ {
			if err := w.item(depth + 1); err != nil {
				return err
			}
		}
		return nil
	case majorMap:
		return w.pairs(arg, open, depth)
	case majorTag:
		return w.item(depth + 1)
	}
	return nil
}

// more says whether another element comes after n of them, and steps over the break of an indefinite length.
func (w *foreignWalk) more(n, arg uint64, open bool) bool {
	if !open {
		return n < arg
	}
	if w.pos < len(w.b) && w.b[w.pos] == 0xff {
		w.pos++
		return false
	}
	return true
}

// str reads the rest of a string; one in several pieces is put together.
func (w *foreignWalk) str(major byte, arg uint64, open bool) (s []byte, err error) {
	if !open {
		if arg > uint64(len(w.b)-w.pos) {
			return nil, errCut
		}
		s = w.b[w.pos : w.pos+int(arg)]
		w.pos += int(arg)
		return s, nil
	}
	for w.more(0, 0, true) {
		m, arg, open, err := w.head()
		if err != nil {
			return nil, err
		}
		if m != major || open {
			return nil, errCut
		}
		piece, err := w.str(m, arg, false)
		if err != nil {
			return nil, err
		}
		s = append(s, piece...)
	}
	return s, nil
}

func (w *foreignWalk) pairs(arg uint64, open bool, depth int) error {
	var few [16]mapKey // more than a real map has
	seen := few[:0]
	for n := uint64(0); w.more(n, arg, open); n++ {
		k, err := w.key()
		if err != nil {
			return err
		}
		for i := range seen {
			if s := &seen[i]; s.major == k.major && s.arg == k.arg && bytes.Equal(s.text, k.text) {
				return errKeyMore
			}
		}
		seen = append(seen, k)
		if err := w.item(depth + 1); err != nil {
			return err
		}
	}
	return nil
}

func (w *foreignWalk) key() (k mapKey, err error) {
	major, arg, open, err := w.head()
	switch {
	case err != nil:
		return k, err
	case major == majorText:
		text, err := w.str(major, arg, open)
		return mapKey{major: major, text: text}, err
	case major <= majorNegInt && !open:
		return mapKey{major: major, arg: arg}, nil
	}
	return k, errMapKey
}
