package cose

import (
	"bytes"
	"errors"
	"reflect"
	"testing"

	"healthcode.example/testvectors"

	"github.com/fxamacker/cbor/v2"
)

// FuzzForeignSign1: what the tolerant reader takes is the same message when it is written in the strict form.
func FuzzForeignSign1(f *testing.F) {
	f.Add([]byte{0xd8, 61, 0xd2, 0x84, 0x43, 0xa1, 0x01, 0x26, 0xa1, 0x04, 0x41, 'k', 0x41, 'p', 0x41, 's'})
	f.Add([]byte{0x84, 0x5f, 0x41, 0xa1, 0x42, 0x01, 0x26, 0xff, 0xa0, 0x41, 'p', 0x58, 0x01, 's'})
	f.Add([]byte{0xd2, 0xd2, 0x84, 0x45, 0xa1, 0x01, 0x38, 0x24, 0x00, 0xa0, 0x40, 0x40})
	f.Add([]byte{0x84, 0x45, 0xa2, 0x01, 0x26, 0x01, 0x26, 0xa0, 0x41, 'p', 0x41, 's'})
	f.Add([]byte{0x84, 0x43, 0xa1, 0x01, 0x26, 0xa2, 0x04, 0x41, 'k', 0x04, 0x41, 'l', 0x41, 'p', 0x41, 's'})
	strict, err := cbor.DecOptions{DupMapKey: cbor.DupMapKeyEnforcedAPF, MaxNestedLevels: 64}.DecMode()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := ParseForeignSign1(b)
		if err != nil {
			return
		}
		if m.Algorithm == 0 || len(m.Protected)+len(m.Payload)+len(m.Signature)+len(m.KeyID) > 2*len(b) {
			t.Errorf("algorithm %v, parts longer than the whole", m.Algorithm)
		}
		for _, header := range append([][]byte{m.Protected}, partsOf(b)...) {
			var labels map[any]cbor.RawMessage
			if err := strict.Unmarshal(header, &labels); errors.As(err, new(*cbor.DupMapKeyError)) {
				t.Errorf("a header with a label twice was read: %v", err)
			}
		}
		unprotected := []byte{0xa0}
		if m.KeyID != nil {
			unprotected = AppendBytes(AppendInt(AppendMap(nil, 1), 4), m.KeyID)
		}
		again, err := ParseForeignSign1(message(m.Protected, unprotected, m.Payload, m.Signature))
		if err != nil || again.Algorithm != m.Algorithm || !bytes.Equal(again.KeyID, m.KeyID) || !bytes.Equal(again.Payload, m.Payload) ||
			!bytes.Equal(again.Protected, m.Protected) || !bytes.Equal(again.Signature, m.Signature) {
			t.Errorf("read again as %+v, %v", again, err)
		}
	})
}

// partsOf are those of a message that is read, without its tags.
func partsOf(b []byte) [][]byte {
	var raw cbor.RawTag
	for cbor.Unmarshal(b, &raw) == nil {
		b = raw.Content
	}
	var parts []cbor.RawMessage
	if cbor.Unmarshal(b, &parts) != nil || len(parts) != 4 {
		return nil
	}
	return [][]byte{parts[1]}
}

// FuzzKeys: a key of each kind is written as it was read.
func FuzzKeys(f *testing.F) {
	for _, alg := range []Algorithm{Ed25519, ES256} {
		k := newKey(f, alg)
		secret, err := k.Bytes()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(k.public.Bytes())
		f.Add(k.public.AppendCompressed(nil))
		f.Add(secret)
	}
	f.Add(append([]byte{0xa3, 1, 3, 0x20, 0x59, 1, 0}, append(bytes.Repeat([]byte{0xff}, 256), 0x21, 0x43, 1, 0, 1)...))
	f.Fuzz(func(t *testing.T, b []byte) {
		if k, err := ParseKey(b); err == nil && (!bytes.Equal(k.Bytes(), b) || k.Algorithm() == PS256) {
			t.Errorf("key %x is written %x", b, k.Bytes())
		}
		if k, err := ParseForeignKey(b); err == nil && !bytes.Equal(k.Bytes(), b) {
			t.Errorf("foreign key %x is written %x", b, k.Bytes())
		}
		r := NewReader(b)
		if k, err := ReadCompressedKey(&r); err == nil && !bytes.Equal(k.AppendCompressed(nil), b[:r.pos]) {
			t.Errorf("compressed key %x is written %x", b, k.AppendCompressed(nil))
		}
		if k, err := ParsePrivateKey(b); err == nil {
			if again, err := k.Bytes(); err != nil || !bytes.Equal(again, b) {
				t.Errorf("a private key is written otherwise, %v", err)
			}
		}
		if id, err := ParseKeyID(string(b)); err == nil {
			if again, err := ParseKeyID(id.String()); err != nil || again != id {
				t.Errorf("key id %v is read as %v, %v", id, again, err)
			}
		}
	})
}

// FuzzForeignCBOR: what the tolerant reader takes is well-formed for the library, and in none of its maps, read or passed over, a key stands twice.
func FuzzForeignCBOR(f *testing.F) {
	for _, b := range doubled {
		f.Add(unhex(f, b))
	}
	for _, b := range []string{"a2010220a1616101", "bf61610162616202ff", "a27f61616162ff0162616302", "c1a16101820102", "a1f501", "a1c2410101"} {
		f.Add(unhex(f, b))
	}
	once, err := cbor.DecOptions{DupMapKey: cbor.DupMapKeyEnforcedAPF, DefaultMapType: reflect.TypeFor[map[any]any](), MaxNestedLevels: 64, DefaultByteStringType: reflect.TypeFor[cbor.ByteString]()}.DecMode()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var passed struct{} // everything is under an unknown key, if it is a map
		var raw cbor.RawMessage
		for _, v := range []any{&passed, &raw} {
			err := UnmarshalForeign(b, v)
			if err != nil {
				continue
			}
			if err := cbor.Wellformed(b); err != nil {
				t.Errorf("%x was read: %v", b, err)
			}
			var all any
			if err := once.Unmarshal(b, &all); errors.As(err, new(*cbor.DupMapKeyError)) {
				t.Errorf("%x was read: %v", b, err)
			}
		}
	})
}

// FuzzCBOR holds the strict reader against the CBOR library: what is deterministic for us is written back byte for byte by it, and what is read
// into a struct is written back by our own writer.
func FuzzCBOR(f *testing.F) {
	for _, b := range []string{"\x00", "\x83\x01\x20\x41a", "\xa2\x01\x02\x20\xf5", "\x9b\xff\xff\xff\xff\xff\xff\xff\xff", "\xa1\x61a\x61\xff", "\x5b\x7f\xff\xff\xff\xff\xff\xff\xff"} {
		f.Add([]byte(b))
	}
	cases, err := testvectors.Updates()
	if err != nil {
		f.Fatal(err)
	}
	for _, c := range cases[:3] {
		b, err := testvectors.File(c.Got)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	canonical, err := cbor.CoreDetEncOptions().EncMode()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var v any
		strict := CheckDeterministic(b) == nil && decMode.Unmarshal(b, &v) == nil // a key of an array has no Go value
		if strict {
			if again, err := canonical.Marshal(v); err != nil || !bytes.Equal(again, b) {
				t.Errorf("%x is written %x by the library, %v", b, again, err)
			}
		}
		var foreign any
		var outOfRange *cbor.UnmarshalTypeError // an integer that no int64 holds: the tolerant reader gives every integer as one
		if err := UnmarshalForeign(b, &foreign); err != nil && strict && !errors.As(err, &outOfRange) && err != errMapKey {
			t.Errorf("%x: the tolerant reader refuses what the strict one takes: %v", b, err)
		}
		type probe struct {
			A int64    `cbor:"1,keyasint,omitempty"`
			B []byte   `cbor:"2,keyasint,omitempty"`
			C []string `cbor:"-3,keyasint,omitempty"`
		}
		var p probe
		if Unmarshal(b, &p) != nil || p.A == 0 || len(p.B) == 0 || len(p.C) == 0 {
			return // what omitempty leaves out is not written again
		}
		if again, err := Marshal(p); err != nil || !bytes.Equal(again, b) {
			t.Errorf("%x is written %x, %v", b, again, err)
		}
	})
}
