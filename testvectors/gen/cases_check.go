package main

import (
	"bytes"
	"math/big"
	"time"

	"healthcode.example/credential"
	"healthcode.example/crypto/cose"
	"healthcode.example/testvectors"
	"healthcode.example/testvectors/world"
)

func (m *mint) badKeys() {
	p, phone := world.Paper("张*"), world.Phone("张*", m.holder)
	by := func(key cose.Signer) string { return yk1(m.Sign(p, key)) }
	elsewhere := p
	elsewhere.Issuer = "HK-X"
	soft := int64(world.Published + 7*3600)
	m.add("key",
		vector{id: "region-unknown", comment: "another region's iss under a key of ours", reason: "region_unknown", text: yk1(m.code(elsewhere))},
		vector{id: "region-unknown-stale", comment: "a newer bundle might know the region", reason: "region_unknown", cannotSay: true, text: yk1(m.code(elsewhere)), at: soft},
		vector{id: "key-unknown", comment: "a kid that the key list does not have", reason: "key_unknown", text: by(m.Ed("unlisted"))},
		vector{id: "key-unknown-stale", comment: "a newer bundle might know the key", reason: "key_unknown", cannotSay: true, text: by(m.Ed("unlisted")), at: soft},
		vector{id: "key-unknown-soft-age", comment: "exactly the soft age is not past it", reason: "key_unknown", text: by(m.Ed("unlisted")), at: world.Published + 6*3600},
		vector{id: "key-compromised", comment: "nothing under a stolen key counts", reason: "key_compromised", text: by(m.Ed("compromised")), bundle: "keys"},
		vector{id: "key-compromised-before", comment: "not even what bears a date before the theft", reason: "key_compromised",
			text: yk1(m.Sign(world.IssuedAtTime(p, world.Issued-13*86400), m.Ed("compromised"))), bundle: "keys"},
		vector{id: "key-window-early", comment: "iat a minute before use-from", reason: "key_window", text: by(m.Ed("from later")), bundle: "keys"},
		vector{id: "key-window-late", comment: "iat at use-until", reason: "key_window", text: by(m.Ed("until iat")), bundle: "keys"},
		vector{id: "key-window-verify-until", comment: "the gate's time is verify-until", reason: "key_window", text: by(m.Ed("verify until now")), bundle: "keys"},
		vector{id: "key-window-clock-behind", comment: "iat before use-from at a gate whose clock is behind", reason: "clock_behind", cannotSay: true, noRegion: true,
			text: by(m.Ed("from later")), bundle: "keys", at: world.Published - 61},
	)
	for _, k := range []struct {
		id, comment string
		c           credential.Claims
		key         cose.Signer
	}{
		{"paper-by-phone", "paper under a phone key", p, m.Ed(world.PhoneKey)}, {"paper-by-notice", "paper under a notice key", p, m.Ed("notice")},
		{"paper-by-snapshot", "paper under the snapshot key", p, m.Ed(world.SnapshotKey)},
		{"phone-by-paper", "a phone code under a paper key", phone, m.Ed(world.PaperKey)},
		{"household-by-paper", "a household under a paper key", world.Household(m.holder, "张*", "李*"), m.Ed(world.PaperKey)},
	} {
		code := m.Sign(k.c, k.key)
		text := yk1(code)
		if k.c.Kind != credential.Paper {
			text = m.shown(code)
		}
		m.add("key purpose", vector{id: "purpose-" + k.id, comment: k.comment, reason: "key_purpose", text: text, bundle: "keys"})
	}
	header := open(protectedOf(m.Ed(world.PaperKey)))
	header[1] = number(-7)
	m.add("key algorithm", vector{id: "alg-of-another-key", comment: "ES256 under the kid of an Ed25519 key", reason: "algorithm",
		text: yk1(signed(m.EC(world.PaperECKey), header.bytes(), payload(p, m.Ed(world.PaperKey))))})
	m.badSignatures(p)
}

func (m *mint) badSignatures(p credential.Claims) {
	good, ec := m.code(p), m.Sign(p, m.EC(world.PaperECKey))
	flip := func(message []byte, at int) []byte {
		out := bytes.Clone(message)
		out[at] ^= 1
		return out
	}
	name := bytes.Index(good, []byte("张*"))
	tail := func(message []byte, r, s []byte) []byte {
		return append(append(bytes.Clone(message[:len(message)-64]), r...), s...)
	}
	zero, one := make([]byte, 32), append(make([]byte, 31), 1)
	order, _ := new(big.Int).SetString("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", 16)
	bad := func(id, comment string, message []byte) {
		m.add("signature", vector{id: "signature-" + id, comment: comment, reason: "signature", text: yk1(message)})
	}
	bad("bit", "one bit of the signature", flip(good, len(good)-1))
	bad("name", "one bit of the name: another character that may stand in names", flip(good, name+2))
	bad("other-key", "another key of the same purpose behind the kid", signed(m.Ed("unlisted"), protectedOf(m.Ed(world.PaperKey)), payload(p, m.key(p.Kind))))
	bad("es256-bit", "one bit of an ES256 signature", flip(ec, len(ec)-1))
	bad("es256-zero", "r and s of zero", tail(ec, zero, zero))
	bad("es256-r-zero", "r of zero", tail(ec, zero, ec[len(ec)-32:]))
	bad("es256-s-order", "s is the group order", tail(ec, ec[len(ec)-64:len(ec)-32], order.Bytes()))
	bad("es256-ones", "r and s of one", tail(ec, one, one))
	bad("ed25519-zero", "R and S of zero", tail(good, zero, zero))
	bad("ed25519-s-plus-order", "S beyond the group order, the same residue", sPlusOrder(good))
	bad("alg-19-for-8", "−19 in place of the −8 that was signed", bytes.Replace(good, []byte{1, 0x27, 4}, []byte{1, 0x32, 4}, 1))
}

// sPlusOrder adds L to the S of an Ed25519 signature at the end of the message.
func sPlusOrder(message []byte) []byte {
	l, _ := new(big.Int).SetString("7237005577332262213973186563042994240857116359379907606001950938285454250989", 10)
	out := bytes.Clone(message)
	s := out[len(out)-32:]
	reverse(s)
	l.Add(l, new(big.Int).SetBytes(s)).FillBytes(s)
	reverse(s)
	return out
}

func reverse(b []byte) {
	for i, j := 0, len(b)-1; i < j; i, j = i+1, j-1 {
		b[i], b[j] = b[j], b[i]
	}
}

func (m *mint) badTimes() {
	p, phone := world.Paper("张*"), world.Phone("张*", m.holder)
	longer := func(c credential.Claims, seconds int64) credential.Claims {
		c.ExpiresAt = c.IssuedAt + seconds
		return c
	}
	early := world.IssuedAtTime(p, world.Published)
	m.add("time",
		vector{id: "not-yet-valid", comment: "iat 61 s ahead of the gate", reason: "not_yet_valid", text: yk1(m.code(p)), at: world.Issued - 61},
		vector{id: "not-yet-valid-clock-behind", comment: "… at a gate whose clock is behind the snapshot", reason: "clock_behind", cannotSay: true, noRegion: true, text: yk1(m.code(early)), at: world.Published - 61},
		vector{id: "expired", comment: "the gate's time is exp", reason: "expired", text: yk1(m.code(longer(p, 300)))},
		vector{id: "expired-long-ago", comment: "exp was days ago", reason: "expired", text: yk1(m.code(longer(world.IssuedAtTime(p, world.Issued-5*86400), 86400)))},
		vector{id: "expired-in-presentation", comment: "a fresh presentation makes no code younger", reason: "expired", text: m.shown(m.code(longer(phone, 300)))},
		vector{id: "expired-second-code", comment: "the first code is good, the second has expired", reason: "expired", text: m.shown(m.code(phone), m.code(longer(phone, 240)))},
		vector{id: "lifetime-phone", comment: "24 hours and a minute", reason: "lifetime", text: m.shown(m.code(longer(phone, 86460)))},
		vector{id: "lifetime-paper", comment: "a minute more than the policy's 14 days", reason: "lifetime", text: yk1(m.code(longer(p, 14*86400+60)))},
		vector{id: "lifetime-paper-stale", comment: "a newer policy may allow it", reason: "lifetime", cannotSay: true, text: yk1(m.code(longer(p, 14*86400+60))), at: world.Published + 7*3600},
		vector{id: "lifetime-forever-stale", comment: "no policy may allow more than 31 days", reason: "lifetime", text: yk1(m.code(longer(p, 32*86400))), at: world.Published + 7*3600},
		vector{id: "lifetime-300-years", comment: "long enough to overflow 64 bits of nanoseconds", reason: "lifetime", text: yk1(m.code(longer(p, 300*31557600)))},
		vector{id: "lifetime-585-years", comment: "2^64 nanoseconds and some", reason: "lifetime", text: yk1(m.code(longer(p, 18446744100)))},
	)
}

func (m *mint) badProofs() {
	c := world.Phone("张*", m.holder)
	code := m.code(c)
	answer := yk1(m.Show(credential.Presentation{At: world.Now, Codes: [][]byte{code}, Challenge: challenge(16)}, m.holder))
	behind := m.code(world.IssuedAtTime(c, world.Published-3600))
	other := object{1: number(world.Now), 2: list(byteString(code))}.bytes()
	good := m.Show(credential.Presentation{At: world.Now, Codes: [][]byte{code}}, m.holder)
	altered := bytes.Replace(good, number(world.Now), number(world.Now+1), 1)
	m.add("holder",
		vector{id: "bare-phone", comment: "a phone code without a presentation", reason: "bare", text: yk1(code)},
		vector{id: "bare-household", comment: "a household without a presentation", reason: "bare", text: yk1(m.code(world.Household(m.holder, "张*", "李*")))},
		vector{id: "holder-other-key", comment: "a presentation by another key", reason: "holder_signature", text: yk1(signed(m.other, showHeader(-7), other))},
		vector{id: "holder-altered", comment: "the time was altered after signing", reason: "holder_signature", text: yk1(altered)},
		vector{id: "presentation-61-s-old", comment: "a second too old", reason: "presentation_old", text: m.Shown(world.Now-61, m.holder, code)},
		vector{id: "presentation-60-1-s-old", comment: "a fraction too old", reason: "presentation_old", text: m.Shown(world.Now-60, m.holder, code), fraction: 100 * time.Millisecond},
		vector{id: "presentation-day-old", comment: "a picture from yesterday", reason: "presentation_old", text: m.Shown(world.Now-86400, m.holder, code)},
		vector{id: "presentation-31-s-ahead", comment: "a second too far ahead", reason: "presentation_ahead", text: m.Shown(world.Now+31, m.holder, code)},
		vector{id: "presentation-year-9999", comment: "drawn for a gate of the future", reason: "presentation_ahead", text: m.Shown(253402300799, m.holder, code)},
		vector{id: "presentation-ahead-clock-behind", comment: "… at a gate whose clock is behind the snapshot", reason: "clock_behind", cannotSay: true,
			text: m.Shown(world.Published, m.holder, behind), at: world.Published - 120},
		vector{id: "challenge-missing", comment: "the gate asks, the presentation does not answer", reason: "challenge_missing", text: m.shown(code), challenge: challenge(16)},
		vector{id: "challenge-other", comment: "the answer to another challenge", reason: "challenge_mismatch", text: answer, challenge: challenge(17)[1:]},
		vector{id: "challenge-longer", comment: "the answer to a prefix of the challenge", reason: "challenge_mismatch", text: answer, challenge: challenge(17)},
		vector{id: "challenge-unexpected", comment: "an answer to what this gate did not ask", reason: "challenge_unexpected", text: answer},
	)
	m.twice()
}

// twice shows one person as two.
func (m *mint) twice() {
	own, household := world.Phone("张*", m.holder), world.Household(m.holder, "张*", "李*")
	own.Members[0].Status.Index = household.Members[0].Status.Index
	other := world.Household(m.holder, "李*", "王*")
	other.Members[0].Status.Index, other.Members[1].Status.Index = household.Members[1].Status.Index, 4001
	same := world.Household(m.holder, "张*", "李*")
	same.Members[1].Status = same.Members[0].Status
	earlier := world.IssuedAtTime(own, world.Issued-60)
	earlier.Members[0].Status.Index = 4001
	text := yk1(signed(m.holder, showHeader(-7), object{1: number(world.Now), 2: list(byteString(m.code(own)))}.ordered(1, 1, 2)))
	m.add("presentation",
		vector{id: "person-twice", comment: "somebody's own code beside the household in which they stand", reason: "claims", late: true, text: m.shown(m.code(own), m.code(household))},
		vector{id: "person-in-two-households", comment: "two households with one member in both", reason: "claims", late: true, text: m.shown(m.code(household), m.code(other))},
		vector{id: "person-twice-in-one-code", comment: "a household whose members have one status reference", reason: "claims", late: true, text: m.shown(m.code(same))},
		vector{id: "codes-of-two-refreshes", comment: "codes of one holder key with two times of issue: nothing tells whether they are of one person", reason: "claims", late: true, text: m.shown(m.code(earlier), m.code(household))},
		vector{id: "presentation-two-times", comment: "iat twice", reason: "cbor", text: text},
	)
}

func (m *mint) badPresentations() {
	c := world.Phone("张*", m.holder)
	code := m.code(c)
	bad := func(id, comment, reason string, message []byte) {
		m.add("presentation", vector{id: "presentation-" + id, comment: comment, reason: reason, text: yk1(message)})
	}
	spoil := func(id, comment string, change func(object), codes ...[]byte) {
		bad(id, comment, "claims", m.rawShown(change, codes...))
	}
	set := func(key int64, value []byte) func(object) { return func(o object) { o[key] = value } }
	salts := func(inner object) func(object) {
		return func(o object) { o[3], o[4] = byteString(challenge(16)), inner.bytes() }
	}
	salt := byteString(make([]byte, 16))
	digest := c
	digest.Members = []credential.Member{c.Members[0]}
	digest.Members[0].Digest = make([]byte, 16)
	withDigest := m.code(digest)
	spoil("unknown-key", "a key of the future", set(5, number(1)), code)
	spoil("no-iat", "no time", func(o object) { delete(o, 1) }, code)
	spoil("iat-zero", "a time of zero", set(1, number(0)), code)
	spoil("iat-negative", "a time before 1970", set(1, number(-1)), code)
	spoil("year-10000", "a time after the year 9999", set(1, number(253402300800)), code)
	spoil("no-codes", "no codes at all", func(o object) { delete(o, 2) })
	spoil("empty", "an empty list of codes", nil)
	spoil("challenge-0", "an empty challenge", set(3, byteString(nil)), code)
	spoil("challenge-15", "a challenge of 15 bytes", set(3, byteString(make([]byte, 15))), code)
	spoil("challenge-33", "a challenge of 33 bytes", set(3, byteString(make([]byte, 33))), code)
	spoil("salt-without-challenge", "salts are shown in answer to a challenge only", set(4, object{0: salt}.bytes()), withDigest)
	spoil("salt-without-digest", "a salt for a member without a digest", salts(object{0: salt}), code)
	spoil("salt-of-nobody", "a salt for a second member of one", salts(object{1: salt}), withDigest)
	spoil("salt-of-15", "a salt of 15 bytes", salts(object{0: byteString(make([]byte, 15))}), withDigest)
	spoil("salt-negative", "a salt for member −1", salts(object{-1: salt}), withDigest)
	spoil("salts-empty", "a map of no salts", salts(object{}), withDigest)
	spoil("paper-inside", "a paper code in a presentation", nil, m.code(world.Paper("张*")))
	spoil("two-holders", "codes of two holder keys", nil, code, m.code(world.Phone("李*", m.other)))
	spoil("same-code-twice", "one code twice", nil, code, code)
	eleven := make([][]byte, 11)
	for i := range eleven {
		next := world.Phone("张*", m.holder)
		next.Members[0].Status.Index += uint64(i)
		eleven[i] = m.code(next)
	}
	spoil("eleven-codes", "eleven codes", nil, eleven...)
	spoil("eleven-members", "a household of ten and one more", nil, m.code(world.Household(m.holder, "一*", "二*", "三*", "四*", "五*", "六*", "七*", "八*", "九*", "十*")), code)
	m.badInside(code, bad)
}

func (m *mint) badInside(code []byte, bad func(id, comment, reason string, message []byte)) {
	show := m.Show(credential.Presentation{At: world.Now, Codes: [][]byte{code}}, m.holder)
	id := m.holder.Public().ID()
	body := object{1: number(world.Now), 2: list(byteString(code))}.bytes()
	withKid := object{1: number(-7), 4: byteString(id[:]), 16: text(credential.TypePresentation)}.bytes()
	bad("kid", "a kid on a presentation, whose key is in the code", "envelope", signed(m.holder, withKid, body))
	bad("eddsa", "a presentation with EdDSA", "algorithm", signed(m.Ed("holder"), showHeader(-8), body))
	bad("tagged-code", "a tagged code inside", "envelope", m.rawShown(nil, append([]byte{0xd2}, code...)))
	bad("inside-itself", "a presentation inside a presentation", "typ", m.rawShown(nil, show))
	bad("snapshot-inside", "a snapshot inside a presentation", "typ", m.rawShown(nil, m.Authority().SignedSnapshot()))
	bad("code-cut", "a code without its last byte", "cbor", m.rawShown(nil, code[:len(code)-1]))
	bad("code-empty", "a code of no bytes", "cbor", m.rawShown(nil, nil))
}

func (m *mint) statuses() {
	revoked, red := world.Paper("张*"), world.Paper("张*")
	revoked.Members[0].Status.Index = world.Revoked[0]
	red.Members[0].Colour = credential.Red
	yellow := world.Phone("张*", m.holder)
	yellow.Members[0].Colour, yellow.Members[0].Relation, yellow.Members[0].Guardian, yellow.Members[0].Hint = credential.Yellow, credential.Parent, "王*", 1
	both := world.Paper("张*")
	both.Members[0].Colour, both.Members[0].Status.Index = credential.Red, world.Revoked[0]
	gap := world.IssuedAtTime(world.Paper("张*"), world.Issued-3*86400)
	redGap := world.IssuedAtTime(red, world.Issued-3*86400)
	phone := world.Phone("张*", m.holder)
	phone.Members[0].Status.Index = world.Revoked[1]
	stale := int64(world.Published + 20*3600 + 60)
	beyond := world.Paper("张*")
	beyond.Members[0].Status.Index = 1 << 40
	m.add("status",
		vector{id: "revoked-paper", comment: "the index is in the list", reason: "revoked", text: yk1(m.code(revoked)), people: people(revoked)},
		vector{id: "revoked-phone", comment: "the second index of the list", reason: "revoked", text: m.shown(m.code(phone)), people: people(phone)},
		vector{id: "revoked-stale", comment: "no fresher bundle could make it good", reason: "revoked", text: yk1(m.code(revoked)), at: stale, people: people(revoked)},
		vector{id: "revoked-red", comment: "revoked and red: nothing is shown", reason: "revoked", text: yk1(m.code(both)), people: people(both)},
		vector{id: "index-beyond-list", comment: "an index that the list cannot hold could never be revoked", reason: "claims", late: true, text: yk1(m.code(beyond)), people: people(beyond)},
		vector{id: "list-missing", comment: "the list of that day had begun and is not in the bundle", reason: "list_missing", cannotSay: true, text: yk1(m.code(gap)), bundle: "gap", people: people(gap)},
		vector{id: "list-missing-red", status: "unknown", comment: "red is refused even so", reason: "colour", text: yk1(m.code(redGap)), bundle: "gap", people: people(redGap)},
	)
	m.add("policy",
		vector{id: "red", comment: "a genuine red shows its data", reason: "colour", text: yk1(m.code(red)), people: people(red)},
		vector{id: "yellow", comment: "a genuine yellow shows its data", reason: "colour", text: m.shown(m.code(yellow)), people: people(yellow)},
		vector{id: "red-stale", comment: "no fresher bundle could make it good", reason: "colour", text: yk1(m.code(red)), at: stale, people: people(red)},
	)
	h := world.Household(m.holder, "张*", "李*", "王*")
	one, two := h, h
	one.Members = append([]credential.Member(nil), h.Members...)
	one.Members[1].Status.Index = world.Revoked[0]
	two.Members = append([]credential.Member(nil), h.Members...)
	two.Members[2].Colour = credential.Red
	m.add("household",
		vector{id: "household-one-revoked", comment: "the whole is its worst member", reason: "revoked", text: m.shown(m.code(one)), people: people(one), reasons: []string{"ok", "revoked", "ok"}},
		vector{id: "household-one-red", comment: "a verdict for every member", reason: "colour", text: m.shown(m.code(two)), people: people(two), reasons: []string{"ok", "ok", "colour"}},
		vector{id: "household-stale-and-red", comment: "refuse is worse than cannot say", reason: "colour", text: m.Shown(stale, m.holder, m.code(two)), at: stale, people: people(two),
			reasons: []string{"bundle_stale", "bundle_stale", "colour"}},
	)
}

func (m *mint) freshness() {
	p := world.Paper("张*")
	text := yk1(m.code(p))
	early := world.IssuedAtTime(p, world.Published-3600)
	add := func(id, comment, reason, bundle string, at int64, c credential.Claims, text string) {
		m.add("bundle", vector{id: id, comment: comment, reason: reason, cannotSay: true, text: text, bundle: bundle, at: at, people: people(c)})
	}
	add("bundle-stale", "a second past the hard age", "bundle_stale", "", world.Published+20*3600+1, p, text)
	add("bundle-expired-snapshot", "the snapshot has expired", "bundle_expired", "expired-snapshot", world.Now, p, text)
	add("bundle-expired-key-list", "the key list has expired", "bundle_expired", "expired-key-list", world.Now, p, text)
	add("bundle-expired-root", "the root has expired", "bundle_expired", "expired-root", world.Now, p, text)
	add("clock-behind", "the gate's clock is 61 s behind the snapshot", "clock_behind", "", world.Published-61, early, yk1(m.code(early)))
	m.add("bundle",
		vector{id: "bundle-missing", comment: "only a root is pinned", reason: "bundle_missing", cannotSay: true, text: text, bundle: "pinned-only"},
		vector{id: "demo-root", comment: "a DEMO root at a production gate", reason: "demo_root", cannotSay: true, text: text, bundle: "demo"},
		vector{id: "demo-root-nonsense", comment: "without trust nothing is looked at", reason: "demo_root", cannotSay: true, text: "nonsense", bundle: "demo"},
		vector{id: "other-root", comment: "a bundle of the same region under another root knows none of our keys", reason: "key_unknown", text: text, bundle: "other-root"},
	)
}

func (m *mint) documents() {
	salt := credential.Salt(challenge(16))
	document := &testvectors.Document{Type: "resident-id", Number: "990101199001010013"}
	digest := credential.DocumentDigest(salt, document.Type, document.Number)
	paper, phone := world.Paper("张*"), world.Phone("张*", m.holder)
	paper.Members[0].Digest, phone.Members[0].Digest = digest, digest
	household := world.Household(m.holder, "张*", "李*")
	household.Members[1].Digest = digest
	show := func(c credential.Claims, member int) string {
		p := credential.Presentation{At: world.Now, Codes: [][]byte{m.code(c)}, Challenge: challenge(16), Salts: map[int]credential.Revealed{member: salt.Of(0)}}
		return yk1(m.Show(p, m.holder))
	}
	other := &testvectors.Document{Type: "resident-id", Number: "990101199001010021"}
	passport := &testvectors.Document{Type: "passport", Number: document.Number}
	m.add("document",
		vector{id: "document-phone", comment: "the salt is revealed and the document matches", text: show(phone, 0), challenge: challenge(16), document: document, match: "match", people: people(phone)},
		vector{id: "document-household", comment: "the second member's document", text: show(household, 1), challenge: challenge(16), document: document, match: "match", people: people(household)},
		vector{id: "document-paper", comment: "the salt from behind the fold", text: yk1(m.code(paper)), salt: credential.SaltText(salt.Of(0)), document: document, match: "match", people: people(paper)},
		vector{id: "document-not-offered", comment: "no salt is revealed: the person has to be looked at", text: yk1(m.code(paper)), document: document, match: "not_offered", people: people(paper)},
		vector{id: "document-phone-not-offered", comment: "the inspector looks at the document", text: m.shown(m.code(phone)), document: document, match: "not_offered", check: "document", people: people(phone)},
		vector{id: "document-other-number", comment: "somebody else's document", reason: "document_mismatch", text: show(phone, 0), challenge: challenge(16), document: other, match: "no_match"},
		vector{id: "document-other-type", comment: "the number under another type", reason: "document_mismatch", text: show(phone, 0), challenge: challenge(16), document: passport, match: "no_match"},
		vector{id: "document-other-salt", comment: "the salt of another paper", reason: "document_mismatch", text: yk1(m.code(paper)), salt: credential.SaltText(credential.Salt{1}.Of(0)), document: document, match: "no_match"},
	)
	m.documentTypes(salt, document, paper, phone)
}

// documentTypes are salts that say of which type of document they are, and the two forms of a permit.
func (m *mint) documentTypes(salt credential.Salt, document *testvectors.Document, paper, phone credential.Claims) {
	const mismatch = "document_mismatch"
	typed := func(c credential.Claims, types ...credential.DocumentType) string {
		p := credential.Presentation{At: world.Now, Codes: [][]byte{m.code(c)}, Challenge: challenge(16), Salts: make(map[int]credential.Revealed)}
		for i, t := range types {
			p.Salts[i] = salt.Of(t)
		}
		return yk1(m.Show(p, m.holder))
	}
	const resident, permit, certificate = credential.ResidentID, credential.HomeReturnPermit, credential.BirthCertificate
	mixed := world.Household(m.holder, "张*", "李*")
	mixed.Members[0].Digest = credential.DocumentDigest(salt, document.Type, "990101199001010021")
	mixed.Members[1].Digest = credential.DocumentDigest(salt, "birth-certificate", "Z990000201")
	permits := world.Phone("张*", m.holder)
	permits.Members[0].Digest = credential.DocumentDigest(salt, "home-return-permit", "H0990000123")
	renewed := world.Phone("张*", m.holder)
	renewed.Members[0].Digest = credential.DocumentDigest(salt, "home-return-permit", "H09900001")
	inHand := func(t, number string) *testvectors.Document { return &testvectors.Document{Type: t, Number: number} }
	other := inHand("resident-id", "990101199001010021")
	untyped := func(c credential.Claims) string { return typed(c, 0) }
	m.add("document",
		vector{id: "document-type-same", comment: "the salt is said to be of the type that is asked for", text: typed(phone, resident), challenge: challenge(16), document: document, match: "match", people: people(phone)},
		vector{id: "document-type-same-other-number", comment: "somebody else's document of that type", reason: mismatch, text: typed(phone, resident), challenge: challenge(16), document: other, match: "no_match"},
		vector{id: "document-type-another", comment: "the salt is of another type than is asked for: it tells nothing of this document, and the inspector looks at it", text: typed(phone, permit), challenge: challenge(16), document: inHand("resident-id", document.Number), match: "not_offered", check: "document", people: people(phone)},
		vector{id: "document-type-unknown", comment: "a type that this gate does not know is of no document that it asks for", text: typed(phone, 255), challenge: challenge(16), document: document, match: "not_offered", check: "document", people: people(phone)},
		vector{id: "document-type-household-second", comment: "the document of the second member, whose salt says its type", text: typed(mixed, resident, certificate), challenge: challenge(16), document: inHand("birth-certificate", "Z990000201"), match: "match", people: people(mixed)},
		vector{id: "document-type-household-another", comment: "it may be the second member's, whose salt is of another type", text: typed(mixed, resident, certificate), challenge: challenge(16), document: document, match: "not_offered", check: "document", people: people(mixed)},
		vector{id: "document-type-household-all", comment: "every revealed salt is of the type that is asked for, and none of the document", reason: mismatch, text: typed(mixed, resident), challenge: challenge(16), document: document, match: "no_match"},
		vector{id: "document-type-paper", comment: "the symbol behind the fold says its type", text: yk1(m.code(paper)), salt: credential.SaltText(salt.Of(resident)), document: document, match: "match", people: people(paper)},
		vector{id: "document-type-paper-another", comment: "the symbol behind the fold is of another type", text: yk1(m.code(paper)), salt: credential.SaltText(salt.Of(resident)), document: inHand("passport", "E99000001"), match: "not_offered", people: people(paper)},
		vector{id: "document-type-zero", comment: "type 0 is none", reason: "claims", text: m.saltOf(phone, salt, 0), challenge: challenge(16)},
		vector{id: "document-permit-former", comment: "a permit of the former form, and its letter and 8 digits are asked for", text: untyped(permits), challenge: challenge(16), document: inHand("home-return-permit", "H09900001"), match: "match", people: people(permits)},
		vector{id: "document-permit-renewed", comment: "the same permit after a renewal", text: untyped(permits), challenge: challenge(16), document: inHand("home-return-permit", "H0990000145"), match: "match", people: people(permits)},
		vector{id: "document-permit-present", comment: "a permit of the present form, and the former is asked for", text: untyped(renewed), challenge: challenge(16), document: inHand("home-return-permit", "H0990000123"), match: "match", people: people(renewed)},
		vector{id: "document-permit-other", comment: "another holder's permit", reason: mismatch, text: untyped(permits), challenge: challenge(16), document: inHand("home-return-permit", "H0990000223"), match: "no_match"},
		vector{id: "document-type-long", comment: "18 bytes are no salt", reason: "claims", text: m.saltOf(phone, salt, 1, 1), challenge: challenge(16)},
	)
}

// saltOf reveals a salt with more bytes behind it.
func (m *mint) saltOf(c credential.Claims, salt credential.Salt, more ...byte) string {
	return yk1(m.rawShown(func(o object) {
		o[3], o[4] = byteString(challenge(16)), object{0: byteString(append(salt[:], more...))}.bytes()
	}, m.code(c)))
}
