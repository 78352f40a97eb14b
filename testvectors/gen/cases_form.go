package main

import (
	"bytes"
	"strings"

	"healthcode.example/credential"
	"healthcode.example/testvectors/world"
)

func (m *mint) badTexts() {
	good := yk1(m.code(world.Paper("张*")))
	text := func(id, comment, reason, text string) {
		m.add("text", vector{id: "text-" + id, comment: comment, reason: reason, text: text})
	}
	text("empty", "nothing at all", "other_format", "")
	text("lower-case", "lower case is another format", "other_format", strings.ToLower(good))
	text("prefix-lower-case", "the prefix is compared exactly", "other_format", "yk1:"+good[4:])
	text("next-version", "YK2 would be another meaning", "other_format", "YK2:"+good[4:])
	text("hc1", "an EU certificate's prefix", "other_format", "HC1:"+good[4:])
	text("shc", "a SMART Health Card's prefix", "other_format", "shc:/56762909524320603460292437404460")
	text("salt", "a salt is no code", "other_format", credential.SaltText(credential.Salt{1}.Of(0)))
	text("challenge", "a challenge is no code", "other_format", credential.ChallengeText(challenge(16)))
	text("address", "a web address", "other_format", "https://example.com/"+good)
	text("space-before", "nothing is trimmed", "other_format", " "+good)
	text("too-long", "4297 characters", "too_long", "YK1:"+strings.Repeat("0", 4293))
	text("odd-length", "a single character is left over", "base45", good[:len(good)-(len(good)-4)%3]+"0")
	text("overflow-three", "::: stands for more than 65535", "base45", "YK1::::")
	text("overflow-two", ":: stands for more than 255", "base45", "YK1:000::")
	text("character", "a character outside the alphabet", "base45", good[:40]+"_"+good[41:])
	text("line-end", "a line end in place of the last character", "base45", good[:len(good)-1]+"\n")
	text("not-ascii", "a letter beyond ASCII", "base45", good[:40]+"é"+good[42:])
	text("only-prefix", "no bytes behind the prefix", "cbor", "YK1:")
	text("cut", "three characters are missing", "cbor", good[:len(good)-3-(len(good)-4)%3])
}

func (m *mint) badEnvelopes() {
	p := world.Paper("张*")
	good := m.code(p)
	g := split(good)
	envelope := func(id, comment, reason string, message []byte) {
		m.add("envelope", vector{id: "envelope-" + id, comment: comment, reason: reason, text: yk1(message)})
	}
	with := func(change func(*parts)) []byte { c := g; change(&c); return c.join() }
	envelope("trailing", "a byte after the end", "cbor", append(bytes.Clone(good), 0))
	envelope("indefinite", "an array of indefinite length", "cbor", append(append([]byte{0x9f}, good[1:]...), 0xff))
	envelope("long-length", "the array's length is not in its shortest form", "cbor", append([]byte{0x98, 4}, good[1:]...))
	envelope("tag-17", "COSE_Mac0", "cbor", append([]byte{0xd1}, good...))
	envelope("tag-98", "COSE_Sign", "cbor", append([]byte{0xd8, 98}, good...))
	envelope("tag-18-18", "tag 18 twice", "cbor", append([]byte{0xd2, 0xd2}, good...))
	envelope("tag-61-18-18", "tag 18 twice inside 61", "cbor", append([]byte{0xd8, 61, 0xd2, 0xd2}, good...))
	envelope("tag-61", "tag 61 without tag 18", "envelope", append([]byte{0xd8, 61}, good...))
	envelope("three-parts", "the signature is missing", "envelope", list(g.protected, g.unprotected, g.payload))
	envelope("five-parts", "a part too many", "envelope", list(g.protected, g.unprotected, g.payload, g.signature, byteString(nil)))
	envelope("unprotected-kid", "a header that is not protected", "envelope", with(func(c *parts) { c.unprotected = object{4: byteString([]byte{1})}.bytes() }))
	envelope("unprotected-list", "the unprotected header is no map", "cbor", with(func(c *parts) { c.unprotected = []byte{0x80} }))
	envelope("detached", "no payload inside", "cbor", with(func(c *parts) { c.payload = []byte{0xf6} }))
	envelope("payload-text", "the payload is a text string", "cbor", with(func(c *parts) { c.payload = text("payload") }))
	sig := good[len(good)-64:]
	for _, s := range []struct {
		id, comment string
		sig         []byte
	}{
		{"63", "one byte short", sig[:63]}, {"65", "one byte long", append(bytes.Clone(sig), 0)}, {"0", "empty", nil},
		{"72", "DER in place of r‖s", append([]byte{0x30, 70, 2, 33, 0}, append(append(bytes.Clone(sig[:32]), 2, 33, 0), sig[32:]...)...)},
	} {
		envelope("signature-of-"+s.id, "signature: "+s.comment, "envelope", with(func(c *parts) { c.signature = byteString(s.sig) }))
	}
	envelope("four-gigabytes", "a length of 4 GB", "cbor", append(append([]byte{0x84}, g.protected...), 0xa0, 0x5a, 0xff, 0xff, 0xff, 0xff))
	a := m.Authority()
	envelope("snapshot", "a snapshot in place of a code", "typ", a.SignedSnapshot())
	envelope("key-list", "a key list in place of a code", "cbor", a.KeyList())
	envelope("root", "a root in place of a code", "cbor", a.FirstRoot())
}

func (m *mint) badHeaders() {
	key := m.Ed(world.PaperKey)
	body := payload(world.Paper("张*"), key)
	header := func(id, comment, reason string, change func(object)) {
		h := open(protectedOf(key))
		change(h)
		m.add("header", vector{id: "header-" + id, comment: comment, reason: reason, text: yk1(signed(key, h.bytes(), body))})
	}
	header("no-kid", "a code without kid", "envelope", func(h object) { delete(h, 4) })
	header("kid-of-4", "kid of four bytes", "envelope", func(h object) { h[4] = byteString([]byte{1, 2, 3, 4}) })
	header("kid-of-9", "kid of nine bytes", "envelope", func(h object) { h[4] = byteString(make([]byte, 9)) })
	header("kid-text", "kid as text", "cbor", func(h object) { h[4] = text("12345678") })
	header("no-typ", "no typ", "envelope", func(h object) { delete(h, 16) })
	header("typ-empty", "typ without a character", "envelope", func(h object) { h[16] = text("") })
	header("typ-long", "typ of 17 characters", "envelope", func(h object) { h[16] = text("application/ykode") })
	header("typ-no-slash", "typ that is not type/subtype", "envelope", func(h object) { h[16] = text("yk.code") })
	header("typ-number", "typ as a content-format number", "cbor", func(h object) { h[16] = number(18) })
	header("typ-upper-case", "typ is compared exactly", "typ", func(h object) { h[16] = text("YK/CODE") })
	header("typ-unknown", "a typ of nobody", "typ", func(h object) { h[16] = text("yk/cod2") })
	header("typ-rule", "a rule set's typ", "typ", func(h object) { h[16] = text("yk/rule") })
	header("typ-refresh", "the typ of a request for codes", "typ", func(h object) { h[16] = text("yk/refresh") })
	header("typ-snap", "a snapshot's typ", "typ", func(h object) { h[16] = text("yk/snap") })
	header("no-alg", "no alg", "envelope", func(h object) { delete(h, 1) })
	for _, a := range []struct {
		id  string
		alg int64
	}{{"es384", -35}, {"es512", -36}, {"ps256", -37}, {"es256k", -47}, {"ed448", -53}, {"hmac", 5}, {"zero", 0}} {
		header("alg-"+a.id, "an algorithm that is not in the registry", "algorithm", func(h object) { h[1] = number(a.alg) })
	}
	header("alg-text", "alg as text", "cbor", func(h object) { h[1] = text("EdDSA") })
	header("crit", "a critical header", "envelope", func(h object) { h[2] = list(number(16)) })
	header("cty", "a content type", "envelope", func(h object) { h[3] = number(61) })
	header("claims", "CWT claims in the header", "envelope", func(h object) { h[15] = object{1: text("CN-GD")}.bytes() })
	raw := func(id, comment string, protected []byte) {
		m.add("header", vector{id: "header-" + id, comment: comment, reason: "cbor", text: yk1(signed(key, protected, body))})
	}
	h := open(protectedOf(key))
	raw("order", "labels out of order", h.ordered(16, 1, 4))
	raw("twice", "alg twice", h.ordered(1, 1, 4, 16))
	raw("trailing", "a byte after the header", append(h.bytes(), 0))
	raw("indefinite", "a map of indefinite length", append(append([]byte{0xbf}, h.bytes()[1:]...), 0xff))
	raw("long-alg", "alg is not in its shortest form", bytes.Replace(h.bytes(), []byte{1, 0x27}, []byte{1, 0x38, 7}, 1))
}

func (m *mint) badCBOR() {
	p := world.Paper("张*")
	o := open(payload(p, m.key(credential.Paper)))
	raw := func(id, comment string, payload []byte) {
		m.add("cbor", vector{id: "cbor-" + id, comment: comment, reason: "cbor", text: yk1(m.rawCode(credential.Paper, payload))})
	}
	raw("empty", "a payload of no bytes", nil)
	raw("indefinite-map", "the claims as a map of indefinite length", append(append([]byte{0xbf}, o.bytes()[1:]...), 0xff))
	raw("order", "claims out of order", o.ordered(4, 1, 6, -65537))
	raw("twice", "exp twice", o.ordered(1, 4, 4, 6, -65537))
	raw("trailing", "a byte after the claims", append(o.bytes(), 0xf5))
	raw("map-too-short", "the map says five pairs and has four", append([]byte{0xa5}, o.bytes()[1:]...))
	for _, c := range []struct {
		id, comment string
		iat         []byte
	}{
		{"long-integer", "iat in eight bytes", append([]byte{0x1b, 0, 0, 0, 0}, number(world.Issued)[1:]...)},
		{"float", "iat as floating point", []byte{0xfb, 0x41, 0xda, 0xac, 0x1c, 0xff, 0, 0, 0}},
		{"null", "iat as null", []byte{0xf6}},
		{"undefined", "iat as undefined", []byte{0xf7}},
		{"simple", "iat as a simple value", []byte{0xf0}},
		{"tag", "iat under tag 1", append([]byte{0xc1}, number(world.Issued)...)},
		{"bignum", "iat as a bignum", append([]byte{0xc2}, byteString(number(world.Issued)[1:])...)},
		{"indefinite-text", "a text of indefinite length", []byte{0x7f, 0x61, 'x', 0xff}},
		{"not-utf8", "a text that is not UTF-8", []byte{0x62, 0xc3, 0x28}},
		{"four-gigabytes", "a byte string of 4 GB", []byte{0x5a, 0xff, 0xff, 0xff, 0xff}},
		{"huge-array", "an array of 2^63 − 1 elements", []byte{0x9b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}},
		{"nesting", "fourteen arrays in one another", append(bytes.Repeat([]byte{0x81}, 14), 1)},
	} {
		raw(c.id, c.comment, m.with(o, 6, c.iat))
	}
	c := world.Phone("张*", m.holder)
	show := object{1: number(world.Now), 2: list(byteString(m.code(c)))}
	m.add("cbor presentation",
		vector{id: "cbor-presentation-twice", comment: "iat twice in a presentation", reason: "cbor", text: yk1(signed(m.holder, showHeader(-7), show.ordered(1, 1, 2)))},
		vector{id: "cbor-presentation-trailing", comment: "a byte after a presentation", reason: "cbor", text: yk1(signed(m.holder, showHeader(-7), append(show.bytes(), 0)))},
	)
}

// with is the map with another value at the key.
func (m *mint) with(o object, key int64, value []byte) []byte {
	c := make(object)
	for k, v := range o {
		c[k] = v
	}
	c[key] = value
	return c.bytes()
}
