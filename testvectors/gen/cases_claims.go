package main

import (
	"bytes"

	"healthcode.example/credential"
	"healthcode.example/testvectors/world"
)

func (m *mint) badClaims() {
	paper, phone := world.Paper("张*"), world.Phone("张*", m.holder)
	bad := func(c credential.Claims, id, comment string, change func(object)) {
		code := m.changed(c, change)
		text := yk1(code)
		if c.Kind != credential.Paper {
			text = yk1(m.rawShown(nil, code))
		}
		m.add("claims", vector{id: "claims-" + id, comment: comment, reason: "claims", text: text})
	}
	set := func(key int64, value []byte) func(object) { return func(o object) { o[key] = value } }
	drop := func(key int64) func(object) { return func(o object) { delete(o, key) } }
	bad(paper, "unknown-sub", "a registered claim that is not ours", set(2, text("subject")))
	bad(paper, "unknown-cti", "a claim identifier", set(7, byteString([]byte{1})))
	bad(paper, "unknown-private", "a private-use claim", set(-65538, number(1)))
	bad(phone, "unknown-with-cnf", "a sixth claim", set(7, byteString([]byte{1})))
	bad(paper, "no-iss", "iss is missing", drop(1))
	bad(paper, "no-exp", "exp is missing", drop(4))
	bad(paper, "no-iat", "iat is missing", drop(6))
	bad(paper, "no-health", "the health claim is missing", drop(-65537))
	bad(paper, "iss-lower-case", "iss in lower case", set(1, text("cn-gd")))
	bad(paper, "iss-country", "iss without a subdivision", set(1, text("CN")))
	bad(paper, "iss-long", "iss with four letters behind the hyphen", set(1, text("CN-GDXX")))
	bad(paper, "iss-bytes", "iss as a byte string", set(1, byteString([]byte("CN-GD"))))
	bad(paper, "iat-seconds", "iat is no whole minute", set(6, number(world.Issued+1)))
	bad(paper, "exp-seconds", "exp is no whole minute", set(4, number(paper.ExpiresAt+1)))
	bad(paper, "exp-before-iat", "exp before iat", set(4, number(world.Issued-60)))
	bad(paper, "exp-is-iat", "exp at iat", set(4, number(world.Issued)))
	bad(paper, "exp-year-10000", "exp after the year 9999", set(4, number(253402300800)))
	bad(paper, "exp-huge", "exp of 2^63 − 1", set(4, unsigned(1<<63-1)))
	bad(paper, "exp-beyond-63-bits", "exp of 2^63", set(4, unsigned(1<<63)))
	bad(paper, "iat-negative", "iat before 1970", set(6, number(-60)))
	bad(paper, "iat-zero", "iat of zero", set(6, number(0)))
	bad(paper, "iat-text", "iat as text", set(6, text("2026-09-21T17:30:00+08:00")))
	bad(paper, "cnf-on-paper", "paper is bound to nobody", set(8, object{1: m.holder.Public().AppendCompressed(nil)}.bytes()))
	bad(phone, "no-cnf", "a phone code is bound", drop(8))
	bad(phone, "cnf-empty", "cnf without a key", set(8, []byte{0xa0}))
	bad(phone, "cnf-kid", "cnf with a key id in place of a key", set(8, object{3: byteString(make([]byte, 8))}.bytes()))
	bad(phone, "cnf-two", "cnf with a key and a key id", set(8, object{1: m.holder.Public().AppendCompressed(nil), 3: byteString(make([]byte, 8))}.bytes()))
	bad(phone, "cnf-uncompressed", "the key in its long form", set(8, object{1: m.holder.Public().Bytes()}.bytes()))
	bad(phone, "cnf-ed25519", "a holder key of the wrong type", set(8, object{1: m.Ed("holder").Public().Bytes()}.bytes()))
	bad(phone, "cnf-off-curve", "x is of no point", set(8, object{1: compressed(offCurve)}.bytes()))
	bad(phone, "cnf-x-beyond-p", "x is not below p", set(8, object{1: compressed(bytes.Repeat([]byte{0xff}, 32))}.bytes()))
	bad(phone, "cnf-short-x", "x of 31 bytes", set(8, object{1: compressed(make([]byte, 31))}.bytes()))
	bad(phone, "cnf-private", "a private part beside the key", set(8, object{1: withPrivate(m.holder.Public().AppendCompressed(nil))}.bytes()))
}

// offCurve is an x of which x³ − 3x + b is no square modulo p.
var offCurve = append(make([]byte, 31), 1)

func compressed(x []byte) []byte {
	return object{1: number(2), -1: number(1), -2: byteString(x), -3: {0xf5}}.bytes()
}

func withPrivate(key []byte) []byte {
	o := open(key)
	o[-4] = byteString(append(make([]byte, 31), 1))
	return o.bytes()
}

func (m *mint) badMembers() {
	paper, phone := world.Paper("张*"), world.Phone("李*", m.holder)
	household := world.Household(m.holder, "张*", "李*")
	bad := func(c credential.Claims, id, comment string, change func(object)) {
		code := m.changed(c, func(o object) { o.in(-65537, change) })
		text := yk1(code)
		if c.Kind != credential.Paper {
			text = yk1(m.rawShown(nil, code))
		}
		m.add("claims health", vector{id: "health-" + id, comment: comment, reason: "claims", text: text})
	}
	set := func(key int64, value []byte) func(object) { return func(o object) { o[key] = value } }
	drop := func(key int64) func(object) { return func(o object) { delete(o, key) } }
	for _, c := range []struct {
		id, comment string
		key         int64
		value       []byte
	}{
		{"unknown-key", "a key of the future", 11, number(1)},
		{"negative-key", "a negative key", -1, number(1)},
		{"colour-0", "the zero colour is invalid", 1, number(0)},
		{"colour-4", "the first colour beyond the registry", 1, number(4)},
		{"colour-9", "a colour beyond the registry", 1, number(9)},
		{"colour-257", "a colour that is 1 modulo 256", 1, number(257)},
		{"colour-negative", "a negative colour", 1, number(-1)},
		{"colour-text", "a colour as text", 1, text("green")},
		{"kind-0", "the zero kind is invalid", 3, number(0)},
		{"kind-4", "a kind beyond the registry", 3, number(4)},
		{"name-empty", "an empty name", 2, text("")},
		{"name-41", "a name of 41 bytes", 2, text("abcdefghijklmnopqrstuvwxyzabcdefghijklmno")},
		{"name-line", "a line end in a name", 2, text("张*\n李*")},
		{"name-bidi", "a character that turns the line around", 2, text("张\u202e*")},
		{"name-zero-width", "a character without width", 2, text("张\u200b*")},
		{"relation-on-paper", "paper is shown by nobody", 4, number(1)},
		{"list-before", "the status list of the day before iat", 5, list(unsigned(uint64(credential.ListDay(world.Issued)-1)), number(1001))},
		{"list-after", "the status list of the day after iat", 5, list(unsigned(uint64(credential.ListDay(world.Issued)+1)), number(1001))},
		{"list-huge", "a status list beyond the year 9999", 5, list(unsigned(1<<22), number(1001))},
		{"list-wraps", "a status list that is right modulo 2^32", 5, list(unsigned(1<<32+uint64(credential.ListDay(world.Issued))), number(1001))},
		{"status-one", "a status reference of one part", 5, list(number(1001))},
		{"status-three", "a status reference of three parts", 5, list(unsigned(uint64(credential.ListDay(world.Issued))), number(1001), number(1))},
		{"index-huge", "an index of 2^48", 5, list(unsigned(uint64(credential.ListDay(world.Issued))), unsigned(1<<48))},
		{"index-negative", "a negative index", 5, list(unsigned(uint64(credential.ListDay(world.Issued))), number(-1))},
		{"tested-0", "a zero that should be left out", 6, number(0)},
		{"tested-negative", "a sample before 1970", 6, number(-1)},
		{"tested-after", "a sample after iat", 6, number(world.Issued/3600 + 1)},
		{"hint-0", "a zero that should be left out", 7, number(0)},
		{"hint-32", "no day of a month", 7, number(32)},
		{"digest-0", "an empty digest", 8, byteString(nil)},
		{"digest-15", "a digest of 15 bytes", 8, byteString(make([]byte, 15))},
		{"digest-17", "a digest of 17 bytes", 8, byteString(make([]byte, 17))},
		{"guardian-alone", "a guardian's name without a relation", 9, text("王*")},
		{"members-on-paper", "members on a code of one person", 10, list()},
	} {
		bad(paper, c.id, c.comment, set(c.key, c.value))
	}
	bad(paper, "no-colour", "nothing missing reads as green", drop(1))
	bad(paper, "no-name", "the name is missing", drop(2))
	bad(paper, "no-kind", "the kind is missing", drop(3))
	bad(paper, "no-status", "the status reference is missing", drop(5))
	bad(phone, "relation-0", "a zero that should be left out", set(4, number(0)))
	bad(phone, "relation-6", "a relation beyond the registry", set(4, number(6)))
	bad(phone, "guardian-empty", "a guardian without a name", func(o object) { o[4], o[9] = number(1), text("") })
	m.badHouseholds(household, bad)
}

func (m *mint) badHouseholds(household credential.Claims, bad func(credential.Claims, string, string, func(object))) {
	first := func() object {
		return object{1: number(1), 2: text("张*"), 5: list(unsigned(uint64(credential.ListDay(world.Issued))), number(3001))}
	}
	members := func(all ...[]byte) func(object) { return func(o object) { o[10] = list(all...) } }
	repeat := func(n int) (all [][]byte) {
		for i := range n {
			o := first()
			o[5] = list(unsigned(uint64(credential.ListDay(world.Issued))), number(int64(3001+i)))
			all = append(all, o.bytes())
		}
		return all
	}
	bad(household, "household-of-0", "a household of nobody", members())
	bad(household, "household-of-1", "a household of one", members(repeat(1)...))
	bad(household, "household-of-11", "a household of eleven", members(repeat(11)...))
	bad(household, "household-no-members", "a household without its members", func(o object) { delete(o, 10) })
	bad(household, "household-colour-beside", "a colour beside the members", func(o object) { o[1] = number(1) })
	bad(household, "household-colour-0-beside", "a colour of zero beside the members", func(o object) { o[1] = number(0) })
	bad(household, "household-name-beside", "an empty name beside the members", func(o object) { o[2] = text("") })
	bad(household, "household-kind-inside", "a member with a kind", func(o object) {
		second := first()
		second[3] = number(1)
		o[10] = list(first().bytes(), second.bytes())
	})
	bad(household, "household-list-inside", "members inside a member", func(o object) {
		second := first()
		second[10] = list()
		o[10] = list(first().bytes(), second.bytes())
	})
	bad(household, "household-no-status", "a member without a status reference", func(o object) {
		second := first()
		delete(second, 5)
		o[10] = list(first().bytes(), second.bytes())
	})
	bad(household, "household-colour-0", "a member with the zero colour", func(o object) {
		second := first()
		second[1] = number(0)
		o[10] = list(first().bytes(), second.bytes())
	})
}
