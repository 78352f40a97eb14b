package main

import (
	"fmt"
	"math/big"
	"time"

	"healthcode.example/credential"
	"healthcode.example/crypto/cose"
	"healthcode.example/testvectors"
	"healthcode.example/testvectors/world"
)

func (m *mint) cases() []testvectors.Case {
	m.goodPaper()
	m.goodPhone()
	m.goodEnvelopes()
	m.goodEdges()
	m.badTexts()
	m.badEnvelopes()
	m.badHeaders()
	m.badCBOR()
	m.badClaims()
	m.badMembers()
	m.badKeys()
	m.badTimes()
	m.badProofs()
	m.badPresentations()
	m.statuses()
	m.freshness()
	m.documents()
	m.partners()
	return m.all
}

func people(c ...credential.Claims) []credential.Claims { return c }

func (m *mint) goodPaper() {
	for _, c := range []struct{ id, name string }{
		{"chinese", "张*"}, {"compound-surname", "欧阳**"}, {"latin", "L* W**"}, {"middle-dot", "阿***·买**"}, {"forty-bytes", "abcdefghijklmnopqrstuvwxyzabcdefghijklmn"},
	} {
		p := world.Paper(c.name)
		m.add("good paper", vector{id: "paper-name-" + c.id, comment: "a paper code as it should be; the document is still to be checked", text: yk1(m.code(p)), people: people(p)})
	}
	p := world.Paper("张*")
	m.add("good paper", vector{id: "paper-es256", comment: "signed with ES256", text: yk1(m.Sign(p, m.EC(world.PaperECKey))), people: people(p)})
	p = world.Paper("张*")
	p.Members[0].Hint, p.Members[0].Tested = 31, world.Issued/3600
	m.add("good paper", vector{id: "paper-hint-tested", comment: "with day of birth and the time of a negative sample", text: yk1(m.code(p)), people: people(p)})
	p = world.Paper("张*")
	p.Members[0].Status.Index = 77
	m.add("good paper status", vector{id: "paper-index-of-other-purpose", comment: "the index is revoked in the phone list of the day, not in the paper list", text: yk1(m.code(p)), people: people(p)})
	p = world.IssuedAtTime(world.Paper("张*"), world.Issued-13*86400)
	m.add("good paper status", vector{id: "paper-thirteen-days-old", comment: "under the list of its own day", text: yk1(m.code(p)), people: people(p)})
}

func (m *mint) goodPhone() {
	c := world.Phone("张*", m.holder)
	m.add("good phone", vector{id: "phone-adult", comment: "a phone code in a presentation", text: m.shown(m.code(c)), people: people(c)})
	m.add("good phone", vector{id: "phone-es256", comment: "issuer signs with ES256", text: m.shown(m.Sign(c, m.EC(world.PhoneECKey))), people: people(c)})
	for r := credential.Child; r <= credential.OtherWard; r++ {
		d := world.Phone("李*", m.holder)
		d.Members[0].Relation, d.Members[0].Guardian = r, "张*"
		m.add("good phone dependant", vector{id: "dependant-" + r.String(), comment: "shown by a guardian", text: m.shown(m.code(d)), people: people(d)})
	}
	child := world.Phone("张**", m.holder)
	child.Members[0].Relation, child.Members[0].Status.Index = credential.Child, 2002
	m.add("good phone dependant", vector{id: "guardian-and-child", comment: "two codes under one holder key; no guardian's name", text: m.shown(m.code(c), m.code(child)), people: people(c, child)})
	for _, n := range []int{2, 5, 10} {
		names := make([]string, n)
		for i := range names {
			names[i] = "张*"
		}
		h := world.Household(m.holder, names...)
		m.add("good household", vector{id: fmt.Sprintf("household-of-%d", n), comment: "one signature over several members", text: m.shown(m.code(h)), people: people(h)})
	}
	for _, size := range []int{16, 32} {
		p := credential.Presentation{At: world.Now - 3600, Codes: [][]byte{m.code(c)}, Challenge: challenge(size)}
		m.add("good phone challenge", vector{
			id: fmt.Sprintf("challenge-of-%d", size), comment: "answers the gate's challenge; the holder's clock is an hour late, which does not matter",
			text: yk1(m.Show(p, m.holder)), challenge: challenge(size), people: people(c),
		})
	}
}

func challenge(size int) []byte {
	b := make([]byte, size)
	for i := range b {
		b[i] = byte(0xc0 + i)
	}
	return b
}

func (m *mint) goodEnvelopes() {
	p, c := world.Paper("张*"), world.Phone("张*", m.holder)
	paper, show := m.code(p), m.Show(credential.Presentation{At: world.Now, Codes: [][]byte{m.code(c)}}, m.holder)
	for _, t := range []struct {
		id  string
		tag []byte
	}{{"18", []byte{0xd2}}, {"61-18", []byte{0xd8, 61, 0xd2}}} {
		m.add("good tag", vector{id: "paper-tag-" + t.id, comment: "tagged, though we write none", text: yk1(append(t.tag[:len(t.tag):len(t.tag)], paper...)), people: people(p)})
		m.add("good tag", vector{id: "presentation-tag-" + t.id, comment: "tagged, though we write none", text: yk1(append(t.tag[:len(t.tag):len(t.tag)], show...)), people: people(c)})
	}
	ed, ec := m.Ed(world.PaperKey), m.EC(world.PaperECKey)
	for _, a := range []struct {
		id  string
		alg int64
		key *cose.PrivateKey
	}{{"19", -19, ed}, {"9", -9, ec}} {
		header := open(protectedOf(a.key))
		header[1] = number(a.alg)
		m.add("good algorithm", vector{id: "paper-alg-minus-" + a.id, comment: "the fully-specified identifier of RFC 9864", text: yk1(signed(a.key, header.bytes(), payload(p, a.key))), people: people(p)})
	}
	body := object{1: number(world.Now), 2: list(byteString(m.code(c)))}.bytes()
	m.add("good algorithm", vector{id: "presentation-alg-minus-9", comment: "the fully-specified identifier of RFC 9864", text: yk1(signed(m.holder, showHeader(-9), body)), people: people(c)})
	m.add("good signature", vector{id: "paper-es256-other-s", comment: "n − s for s is a right signature too: a signature names nothing", text: yk1(otherS(m.Sign(p, ec))), people: people(p)})
}

// otherS replaces the s of an ES256 signature at the end of the message by n − s.
func otherS(message []byte) []byte {
	n, _ := new(big.Int).SetString("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", 16)
	out := append([]byte(nil), message...)
	s := out[len(out)-32:]
	new(big.Int).Sub(n, new(big.Int).SetBytes(s)).FillBytes(s)
	return out
}

func (m *mint) goodEdges() {
	c := world.Phone("张*", m.holder)
	code, p := m.code(c), world.Paper("张*")
	at := func(t int64) string { return m.Shown(t, m.holder, code) }
	m.add("good time",
		vector{id: "presentation-60-s-old", comment: "the oldest that counts", text: at(world.Now - 60), people: people(c)},
		vector{id: "presentation-30-s-ahead", comment: "the most that a holder's clock may be ahead", text: at(world.Now + 30), people: people(c)},
		vector{id: "iat-60-s-ahead", comment: "the skew of the issuer's clock", text: yk1(m.code(p)), at: world.Issued - 60, people: people(p)},
		vector{id: "last-second", comment: "one second before exp", text: m.Shown(c.ExpiresAt-1, m.holder, code), at: c.ExpiresAt - 1, bundle: "next-day", people: people(c)},
	)
	midnight := world.IssuedAtTime(c, world.Midnight+5*60)
	gate := int64(world.Midnight + 9*3600)
	m.add("good time status", vector{
		id: "midnight", comment: "bundle of 17:00, code of 00:05, gate at 09:00 without network: the list had not begun at the snapshot and is empty by definition",
		text: m.Shown(gate, m.holder, m.code(midnight)), at: gate, people: people(midnight),
	})
	for _, k := range []struct{ id, key, comment string }{
		{"standby", "standby", "a standby key is usable"},
		{"retired", "retired", "a retired key's codes stay good"},
		{"window-begin", "from now", "use-from is iat: inside"},
		{"window-end", "until now", "iat is the last minute before use-until"},
	} {
		m.add("good key", vector{id: "key-" + k.id, comment: k.comment, text: yk1(m.Sign(p, m.Ed(k.key))), bundle: "keys", people: people(p)})
	}
	m.add("good bundle",
		vector{id: "demo-at-a-demonstration", comment: "the root is marked DEMO and the gate is a demonstration", text: yk1(m.code(p)), bundle: "demo", demo: true, people: people(p)},
		vector{id: "production-at-a-demonstration", comment: "a demonstration takes a production root too", text: yk1(m.code(p)), demo: true, people: people(p)},
		vector{id: "third-root", comment: "the bundle brings the chain from the pinned root 1 to root 3", text: yk1(m.code(p)), bundle: "third-root", people: people(p)},
		vector{id: "past-soft-age", comment: "past the soft age what can be accepted still is", text: yk1(m.code(p)), at: world.Published + 7*3600, people: people(p)},
		vector{id: "at-hard-age", comment: "exactly the hard age", text: yk1(m.code(p)), at: world.Published + 20*3600, people: people(p)},
		vector{id: "clock-60-s-behind", comment: "the gate's clock is as far behind the snapshot as an honest one may be", text: yk1(m.code(world.IssuedAtTime(p, world.Published-3600))),
			at: world.Published - 60, people: people(p)},
	)
	m.add("good time", vector{id: "presentation-59-9-s-old", comment: "a gate whose clock has fractions", text: at(world.Now - 59), fraction: 900 * time.Millisecond, people: people(c)})
}
