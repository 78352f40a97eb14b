package main

import (
	"encoding/base32"
	"encoding/binary"
	"encoding/json"
	"hash/adler32"
	"strings"
	"time"

	"healthcode.example/credential"
	"healthcode.example/crypto/base45"
	"healthcode.example/crypto/cose"
	"healthcode.example/testvectors"
	"healthcode.example/testvectors/world"
	"healthcode.example/trust"
	"healthcode.example/verifier/foreigntest"
)

// Issuers of the foreign formats.
const (
	cardIssuer = "https://cards.example"
	passIssuer = "did:web:pass.example"
	idIssuer   = "https://id.example"
	strict     = "YY" // a country on which our policy is strict
)

var strictPolicy = trust.PartnerPolicy{
	Kinds: []credential.Kind{credential.Paper}, UnknownAge: 30 * 24 * time.Hour, RefreshAge: 48 * time.Hour, TestAge: 72 * time.Hour, Gates: []string{"border"},
	Colours: trust.ColourMap{credential.Green, credential.Red, credential.Red},
}

// foreignAuthority knows two countries of EU certificates, and one issuer of each other format.
func (m *mint) foreignAuthority() *world.Authority {
	a := m.mainAuthority()
	key := func(k *cose.PrivateKey, kid string) trust.PartnerKey {
		return trust.PartnerKey{Key: k.Public(), Purposes: []trust.Purpose{trust.Paper}, KeyID: []byte(kid)}
	}
	tests, ended := key(m.EC("country tests"), "tests"), key(m.EC("country ended"), "ended")
	tests.Proofs, ended.Until = []trust.Proof{trust.Test}, world.Now
	loose := trust.PartnerPolicy{Kinds: []credential.Kind{credential.Paper}, UnknownAge: 30 * 24 * time.Hour}
	entry := func(name, format, issuer string, policy trust.PartnerPolicy, keys ...trust.PartnerKey) trust.Partner {
		return trust.Partner{Name: name, Formats: []string{format}, Issuers: []string{issuer}, Keys: keys, Policy: policy}
	}
	identity := trust.PartnerKey{Key: m.Ed("identities").Public(), Purposes: []trust.Purpose{trust.Paper}}
	a.List.Partners = []trust.Partner{
		entry("Cards", "SHC", cardIssuer, loose, key(m.EC("cards"), "card")),
		entry("Country", "HC1", "XX", loose, key(m.EC("country"), "country"), tests, ended),
		entry("Identities", "C169", idIssuer, loose, identity),
		entry("Pass", "NZCP", passIssuer, loose, key(m.EC("pass"), "pass")),
		entry("Strict country", "HC1", strict, strictPolicy, key(m.EC("strict"), "strict")),
	}
	return a
}

// stored is deflate without compression (RFC 1951 §3.2.4): the same bytes with every library.
func stored(b []byte) []byte {
	n := uint16(len(b))
	out := binary.LittleEndian.AppendUint16([]byte{1}, n)
	return append(binary.LittleEndian.AppendUint16(out, ^n), b...)
}

// zlibOf is RFC 1950 around stored.
func zlibOf(b []byte) []byte {
	return binary.BigEndian.AppendUint32(append([]byte{0x78, 1}, stored(b)...), adler32.Checksum(b))
}

// certificate is an EU certificate: of a country, under a key, with one entry.
type certificate struct {
	country, kid string
	key          *cose.PrivateKey
	alg          int64
	issued       int64
	expires      int64
	kind         string
	entry        map[string]any
}

// vaccinated is a good one.
func (m *mint) vaccinated() certificate {
	return certificate{"XX", "country", m.EC("country"), -7, world.Now - 86400, world.Now + 30*86400, "v", foreigntest.Vaccination("XX")}
}

func (c certificate) message() []byte {
	m := foreigntest.Message{Tags: []uint64{18}, Protected: map[int]any{1: c.alg, 4: []byte(c.kid)}, Payload: foreigntest.Certificate(c.country, c.issued, c.expires, c.kind, c.entry)}
	return must(m.Bytes(foreigntest.With(c.key)))
}

func (c certificate) text() string { return "HC1:" + base45.Encode(zlibOf(c.message())) }

func (c certificate) spoilt(change func(*certificate)) string {
	change(&c)
	return c.text()
}

// foreign are the cases of foreign.json.
func (m *mint) foreign() []testvectors.Foreign {
	var all []testvectors.Foreign
	add := func(format, id, comment, text, reason string, change func(*testvectors.Foreign)) {
		f := testvectors.Foreign{ID: "foreign-" + id, Comment: comment, Format: format, Bundle: "foreign", At: stamp(world.Now, 0), Text: text}
		f.Expected = testvectors.ForeignExpected{Verdict: "refuse", Reason: reason, Remedy: remedies[reason], Members: []testvectors.ForeignMember{}}
		if change != nil {
			change(&f)
		}
		all = append(all, f)
	}
	m.foreignRefused(add)
	m.foreignJudged(add)
	m.foreignOthers(add)
	m.everyFormat(add)
	m.proofs(add)
	return all
}

type adder func(format, id, comment, text, reason string, change func(*testvectors.Foreign))

// foreignRefused are the refusals before the signature has passed.
func (m *mint) foreignRefused(add adder) {
	good := m.vaccinated()
	refuse := func(id, comment, reason, text string) { add("HC1", "dcc-"+id, comment, text, reason, nil) }
	refuse("too-long", "more characters than a symbol holds", "too_long", "HC1:"+strings.Repeat("0", 4296))
	refuse("base45", "a character outside the alphabet", "base45", good.text()+"a")
	refuse("not-compressed", "the message without zlib", "envelope", "HC1:"+base45.Encode(good.message()))
	refuse("bomb", "zlib that never ends", "envelope", "HC1:"+base45.Encode(append([]byte{0x78, 1}, stored(make([]byte, 2000))[:1500]...)))
	refuse("algorithm", "ES384", "algorithm", good.spoilt(func(c *certificate) { c.alg = -35 }))
	refuse("no-entry", "neither vaccination nor test nor recovery", "claims", good.spoilt(func(c *certificate) { c.kind = "x" }))
	refuse("country", "a country that no partner speaks for", "region_unknown", good.spoilt(func(c *certificate) { c.country, c.entry = "ZZ", foreigntest.Vaccination("ZZ") }))
	refuse("kid", "a key that the entry lacks", "key_unknown", good.spoilt(func(c *certificate) { c.kid = "nobody" }))
	refuse("other-country", "a key of another country", "key_unknown", good.spoilt(func(c *certificate) { c.kid, c.key = "strict", m.EC("strict") }))
	refuse("key-purpose", "a vaccination under a key for tests", "key_purpose", good.spoilt(func(c *certificate) { c.kid, c.key = "tests", m.EC("country tests") }))
	refuse("key-until", "the gate's time is the end of the key", "key_window", good.spoilt(func(c *certificate) { c.kid, c.key = "ended", m.EC("country ended") }))
	refuse("signature", "signed by another key", "signature", good.spoilt(func(c *certificate) { c.key = m.EC("strict") }))
	refuse("future", "issued 61 s ahead", "not_yet_valid", good.spoilt(func(c *certificate) { c.issued = world.Now + 61 }))
	refuse("expired", "the second after exp", "expired", good.spoilt(func(c *certificate) { c.expires = world.Now - 1 }))
}

// judged expects what is said of a code whose signature is right. With data where there is a name.
func judged(region string, member testvectors.ForeignMember, cannotSay bool) func(*testvectors.Foreign) {
	return func(f *testvectors.Foreign) {
		e := &f.Expected
		e.Region, e.Status = region, "unknown"
		member.Verdict, member.Reason = "refuse", e.Reason
		switch {
		case e.Reason == "ok":
			e.Verdict, e.Check, member.Verdict = "accept", "document", "accept"
		case cannotSay:
			e.Verdict, member.Verdict = "cannot_say", "cannot_say"
		}
		if member.Name != "" {
			member.Kind = "foreign"
		}
		e.Members = []testvectors.ForeignMember{member}
	}
}

func lines(hans, hant, en string) map[string]string {
	return map[string]string{"zh-Hans": hans, "zh-Hant": hant, "en": en}
}

var proof = lines("接种疫苗，第2剂，共2剂，EU/1/20/1528，2021-05-29", "接種疫苗，第2劑，共2劑，EU/1/20/1528，2021-05-29", "vaccination, dose 2 of 2, EU/1/20/1528, 2021-05-29")

const masked = "E*** M***"

// foreignJudged are verdicts of our policy.
func (m *mint) foreignJudged(add adder) {
	good := m.vaccinated()
	until := stamp(good.expires+1, 0)
	add("HC1", "dcc-vaccination", "accepted without a colour", good.text(), "ok", judged("XX", testvectors.ForeignMember{Name: masked, Proves: proof, Until: until}, false))
	add("HC1", "dcc-unknown-age", "older than a code of unknown status may be", good.spoilt(func(c *certificate) { c.issued = world.Now - 31*86400 }), "partner_age", judged("XX", testvectors.ForeignMember{}, false))
	later := world.Published + 20*3600 + 1
	add("HC1", "dcc-stale", "our own bundle is past its hard age", good.text(), "bundle_stale", func(f *testvectors.Foreign) {
		judged("XX", testvectors.ForeignMember{}, true)(f)
		f.At = stamp(int64(later), 0)
	})
	tested := func(result string, hours int64, change func(*certificate)) string {
		sampled := time.Unix((world.Now/3600-hours)*3600, 0).UTC().Format(time.RFC3339)
		c := certificate{strict, "strict", m.EC("strict"), -7, world.Now - 3600, world.Now + 86400, "t", foreigntest.Test(strict, result, sampled)}
		if change != nil {
			change(&c)
		}
		return c.text()
	}
	at := func(sort string, do func(*testvectors.Foreign)) func(*testvectors.Foreign) {
		return func(f *testvectors.Foreign) { do(f); f.Sort = sort }
	}
	sampled := func(hours int64) string { return stamp((world.Now/3600-hours)*3600, 0) }
	end := stamp(world.Now+86400+1, 0)
	add("HC1", "dcc-negative", "a fresh negative test, green by the colour map, at a gate where it counts", tested("260415000", 10, nil), "ok", at("border", judged(strict,
		testvectors.ForeignMember{Name: masked, Colour: "green", Tested: sampled(10), Until: end, Proves: lines("核酸检测阴性，采样 "+sampled(10), "核酸檢測陰性，採樣 "+sampled(10), "negative NAAT test, sampled "+sampled(10))}, false)))
	add("HC1", "dcc-positive", "a proof of an infection is red, with data", tested("260373001", 10, nil), "colour", at("border", judged(strict,
		testvectors.ForeignMember{Name: masked, Colour: "red", Until: end, Proves: lines("核酸检测阳性，采样 "+sampled(10), "核酸檢測陽性，採樣 "+sampled(10), "positive NAAT test, sampled "+sampled(10))}, false)))
	add("HC1", "dcc-gate", "a gate at which it does not count", tested("260415000", 10, nil), "kind_not_admitted", at("hospital", judged(strict, testvectors.ForeignMember{}, false)))
	add("HC1", "dcc-test-old", "a sample of 73 hours", tested("260415000", 73, nil), "test_old", at("border", judged(strict, testvectors.ForeignMember{}, false)))
	add("HC1", "dcc-test-missing", "a vaccination where a test is asked for", tested("", 0, func(c *certificate) { c.kind, c.entry = "v", foreigntest.Vaccination(strict) }), "test_missing",
		at("border", judged(strict, testvectors.ForeignMember{}, false)))
	add("HC1", "dcc-refresh-age", "issued 49 hours ago", tested("260415000", 10, func(c *certificate) { c.issued = world.Now - 49*3600 }), "partner_age", at("border", judged(strict, testvectors.ForeignMember{}, false)))
}

// foreignOthers are one good code and the most telling bad ones of each further format.
func (m *mint) foreignOthers(add adder) {
	card := func(key *cose.PrivateKey) string {
		payload := must(json.Marshal(foreigntest.Card(cardIssuer, world.Now-3600, nil, foreigntest.Patient(), foreigntest.Dose("2021-01-29"))))
		return foreigntest.Numeric(must(foreigntest.JWS([]byte(`{"alg":"ES256","kid":"card","zip":"DEF"}`), stored(payload), foreigntest.With(key))))
	}
	add("SHC", "shc-dose", "a card of one dose", card(m.EC("cards")), "ok", judged(cardIssuer, testvectors.ForeignMember{Name: masked,
		Proves: lines("接种疫苗，记录1剂，最近 2021-01-29", "接種疫苗，紀錄1劑，最近 2021-01-29", "vaccination, 1 dose recorded, last 2021-01-29")}, false))
	add("SHC", "shc-signature", "signed by another key", card(m.EC("pass")), "signature", nil)
	add("SHC", "shc-part", "one of two symbols", "shc:/1/2/5676", "other_format", nil)
	pass := func(key *cose.PrivateKey) string {
		b := foreigntest.Message{Tags: []uint64{18}, Protected: map[int]any{1: -7, 4: []byte("pass")}, Payload: map[any]any{
			1: passIssuer, 5: world.Now - 3600, 4: world.Now + 86400, 7: make([]byte, 16), "vc": map[string]any{"type": []string{"VerifiableCredential", "PublicCovidPass"}, "version": "1.0.0",
				"credentialSubject": map[string]any{"givenName": "Erika", "familyName": "Mustermann", "dob": "1990-01-01"}}}}
		return "NZCP:/1/" + base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(must(b.Bytes(foreigntest.With(key))))
	}
	add("NZCP", "nzcp-pass", "a pass", pass(m.EC("pass")), "ok", judged(passIssuer, testvectors.ForeignMember{Name: masked, Until: stamp(world.Now+86400, 0),
		Proves: lines("新西兰新冠通行证，不说明依据", "新西蘭新冠通行證，不說明依據", "New Zealand COVID pass, which does not say on what grounds")}, false))
	add("NZCP", "nzcp-signature", "signed by another key", pass(m.EC("cards")), "signature", nil)
	identity := func(tag uint64, key *cose.PrivateKey) string {
		b := foreigntest.Message{Tags: []uint64{tag}, Protected: map[int]any{1: -8}, Payload: map[int]any{
			1: idIssuer, 4: world.Now + 86400, 6: world.Now - 3600, 169: map[int]any{1: "synthetic", 4: "Erika Mustermann"}}}
		return base45.Encode(zlibOf(must(b.Bytes(foreigntest.With(key)))))
	}
	add("C169", "c169-identity", "an identity proves nothing about health", identity(18, m.Ed("identities")), "ok", judged(idIssuer, testvectors.ForeignMember{Name: masked, Until: stamp(world.Now+86400, 0),
		Proves: lines("身份，与健康无关", "身份，與健康無關", "identity, nothing about health")}, false))
	add("C169", "c169-signature", "signed by another key", identity(18, m.Ed("other")), "signature", nil)
	add("C169", "c169-encrypted", "encrypted for somebody else (tag 16)", identity(16, m.Ed("identities")), "other_format", nil)
}
