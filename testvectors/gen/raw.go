package main

import (
	"bytes"
	"maps"
	"slices"

	"healthcode.example/credential"
	"healthcode.example/crypto/cose"

	"github.com/fxamacker/cbor/v2"
)

// object is a map of deterministic CBOR in pieces, so that a vector can break one of them.
type object map[int64]cbor.RawMessage

func open(b []byte) object {
	o := make(object)
	must(0, cbor.Unmarshal(b, &o))
	return o
}

func (o object) keys() []int64 {
	return slices.SortedFunc(maps.Keys(o), func(a, b int64) int { return bytes.Compare(number(a), number(b)) })
}

func (o object) bytes() []byte { return o.ordered(o.keys()...) }

// ordered writes the pairs in the order of the keys given, which may repeat one.
func (o object) ordered(keys ...int64) []byte {
	out := cose.AppendMap(nil, len(keys))
	for _, k := range keys {
		out = append(cose.AppendInt(out, k), o[k]...)
	}
	return out
}

// in changes a map inside the map.
func (o object) in(key int64, change func(object)) {
	inner := open(o[key])
	change(inner)
	o[key] = inner.bytes()
}

func number(v int64) []byte      { return cose.AppendInt(nil, v) }
func unsigned(v uint64) []byte   { return cose.AppendUint(nil, v) }
func text(s string) []byte       { return cose.AppendText(nil, s) }
func byteString(b []byte) []byte { return cose.AppendBytes(nil, b) }

func list(items ...[]byte) []byte {
	return append(cose.AppendArray(nil, len(items)), bytes.Join(items, nil)...)
}

// parts are the four parts of a COSE_Sign1, each as it is encoded.
type parts struct{ protected, unprotected, payload, signature []byte }

func split(message []byte) parts {
	m, err := cose.ParseSign1(message)
	must(0, err)
	return parts{byteString(m.Protected), []byte{0xa0}, byteString(m.Payload), byteString(m.Signature)}
}

func (p parts) join() []byte { return list(p.protected, p.unprotected, p.payload, p.signature) }

// signed puts payload under the protected header, both raw, with a right signature by key over them.
func signed(key cose.Signer, protected, payload []byte) []byte {
	toSign := list(text("Signature1"), byteString(protected), byteString(nil), byteString(payload))
	return parts{byteString(protected), []byte{0xa0}, byteString(payload), byteString(must(key.Sign(toSign)))}.join()
}

// protectedOf is the header that belongs on a code of key.
func protectedOf(key cose.Signer) []byte {
	id := key.Public().ID()
	return object{1: number(int64(key.Public().Algorithm())), 4: byteString(id[:]), 16: text(credential.TypeCode)}.bytes()
}

// payload is that of the claims as they should be.
func payload(c credential.Claims, key cose.Signer) []byte {
	m := must(cose.ParseSign1(must(c.Sign(key))))
	return m.Payload
}

func yk1(message []byte) string { return credential.Text(message) }
