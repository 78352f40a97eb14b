package main

import (
	"encoding/base32"
	"encoding/json"
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

// shown is a code of another format, to be spoilt.
type shown struct {
	issuer  string
	kid     string
	key     *cose.PrivateKey
	alg     int64
	issued  int64
	expires int64
	content any // of the format's own kind
}

// foreignFormat writes codes of one format under the keys and policies of formatsAuthority.
type foreignFormat struct {
	name    string // of the registry
	short   string // in the names of vectors
	issuers [3]string
	alg     cose.Algorithm
	write   func(shown) string
	good    any               // content that proves, or an identity
	nothing any               // content that is no code of the format
	long    string            // a text that is too long; empty: any that goes on for too long
	broken  string            // a text that is no envelope
	other   int64             // an algorithm that the format does not know
	proves  map[string]string // what good says
	base45  bool              // so is its text written
	last    int64             // seconds that the code is still good at its end
}

// Issuers of a format, by our policy on them.
const (
	loose  = iota // everything counts
	severe        // like strictPolicy
	yellow        // their green is our yellow
)

func (m *mint) formats() []foreignFormat {
	return []foreignFormat{
		{
			name: "HC1", short: "dcc", issuers: [3]string{"AA", "BB", "CC"}, alg: cose.ES256, write: writeDCC, other: -35, base45: true, last: 1,
			good: entry{"v", foreigntest.Vaccination("AA")}, nothing: entry{"x", foreigntest.Vaccination("AA")}, proves: proof,
			long: "HC1:" + strings.Repeat("0", 4296), broken: "HC1:" + base45.Encode(zlibOf([]byte{0xf6})),
		},
		{
			name: "SHC", short: "shc", issuers: [3]string{"https://aa.example", "https://bb.example", "https://cc.example"}, alg: cose.ES256, write: writeSHC, other: -35,
			good: []map[string]any{foreigntest.Patient(), foreigntest.Dose("2021-01-29")}, nothing: []map[string]any{foreigntest.Patient()},
			proves: lines("接种疫苗，记录1剂，最近 2021-01-29", "接種疫苗，紀錄1劑，最近 2021-01-29", "vaccination, 1 dose recorded, last 2021-01-29"),
			long:   "shc:/" + strings.Repeat("0", 64<<10), broken: foreigntest.Numeric("e30.e30"),
		},
		{
			name: "NZCP", short: "nzcp", issuers: [3]string{"did:web:aa.example", "did:web:bb.example", "did:web:cc.example"}, alg: cose.ES256, write: writeNZCP, other: -8,
			good: "PublicCovidPass", nothing: "AnotherPass",
			proves: lines("新西兰新冠通行证，不说明依据", "新西蘭新冠通行證，不說明依據", "New Zealand COVID pass, which does not say on what grounds"),
			long:   "NZCP:/1/" + strings.Repeat("A", 4296), broken: "NZCP:/1/1",
		},
		{
			name: "C169", short: "c169", issuers: [3]string{"https://id-aa.example", "https://id-bb.example", "https://id-cc.example"}, alg: cose.Ed25519, write: writeC169, other: -35, base45: true,
			good: map[int]any{1: "synthetic", 4: "Erika Mustermann"}, proves: lines("身份，与健康无关", "身份，與健康無關", "identity, nothing about health"),
			broken: base45.Encode(zlibOf([]byte{0x84, 0x40})),
		},
	}
}

// key is one of the format's own.
func (m *mint) formatKey(f *foreignFormat, name string) *cose.PrivateKey {
	return m.Key(f.alg, f.name+" "+name)
}

// formatsAuthority knows three issuers of each format, and of the first also a key for telephones, one that has ended, and one that has begun half an
// hour ago.
func (m *mint) formatsAuthority() *world.Authority {
	a := m.mainAuthority()
	policies := [3]trust.PartnerPolicy{
		{Kinds: []credential.Kind{credential.Paper}, UnknownAge: 30 * 24 * time.Hour},
		strictPolicy,
		{Kinds: []credential.Kind{credential.Paper}, UnknownAge: 30 * 24 * time.Hour, Colours: trust.ColourMap{credential.Yellow, credential.Red, credential.Red}},
	}
	for _, f := range m.formats() {
		for i, policy := range policies {
			key := func(name string) trust.PartnerKey {
				return trust.PartnerKey{Key: m.formatKey(&f, name).Public(), Purposes: []trust.Purpose{trust.Paper}, KeyID: []byte(name)}
			}
			keys := []trust.PartnerKey{key([]string{"loose", "severe", "yellow"}[i])}
			if i == loose {
				phone, ended, begun := key("phone"), key("ended"), key("begun")
				phone.Purposes, ended.Until, begun.From = []trust.Purpose{trust.Phone}, world.Now, world.Now-1800
				keys = append(keys, phone, ended, begun)
			}
			a.List.Partners = append(a.List.Partners, trust.Partner{
				Name: f.name + " " + string(keys[0].KeyID), Formats: []string{f.name}, Issuers: []string{f.issuers[i]}, Keys: keys, Policy: policy,
			})
		}
	}
	return a
}

// entry is the content of an EU certificate.
type entry struct {
	kind string
	load map[string]any
}

func enveloped(s shown, tag uint64, payload any) []byte {
	b := foreigntest.Message{Tags: []uint64{tag}, Protected: map[int]any{1: s.alg, 4: []byte(s.kid)}, Payload: payload}
	return must(b.Bytes(foreigntest.With(s.key)))
}

func writeDCC(s shown) string {
	e, _ := s.content.(entry)
	return "HC1:" + base45.Encode(zlibOf(enveloped(s, 18, foreigntest.Certificate(s.issuer, s.issued, s.expires, e.kind, e.load))))
}

func writeSHC(s shown) string {
	resources, _ := s.content.([]map[string]any)
	header := map[string]any{"alg": map[int64]string{-7: "ES256"}[s.alg], "kid": s.kid, "zip": "DEF"}
	payload := must(json.Marshal(foreigntest.Card(s.issuer, s.issued, s.expires, resources...)))
	return foreigntest.Numeric(must(foreigntest.JWS(must(json.Marshal(header)), stored(payload), foreigntest.With(s.key))))
}

func writeNZCP(s shown) string {
	b := enveloped(s, 18, map[any]any{1: s.issuer, 5: s.issued, 4: s.expires, 7: make([]byte, 16), "vc": map[string]any{
		"type": []any{"VerifiableCredential", s.content}, "version": "1.0.0",
		"credentialSubject": map[string]any{"givenName": "Erika", "familyName": "Mustermann", "dob": "1990-01-01"},
	}})
	return "NZCP:/1/" + base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b)
}

func writeC169(s shown) string {
	payload := map[int]any{1: s.issuer, 4: s.expires, 6: s.issued}
	if s.content != nil {
		payload[169] = s.content
	}
	return base45.Encode(zlibOf(enveloped(s, 18, payload)))
}

// everyFormat goes through the reasons that all formats share, in the same way for each of them.
func (m *mint) everyFormat(add adder) {
	for _, f := range m.formats() {
		code := func(change func(*shown)) string {
			s := shown{
				issuer: f.issuers[loose], kid: "loose", key: m.formatKey(&f, "loose"), alg: int64(f.alg), issued: world.Now - 3600, expires: world.Now + 30*86400, content: f.good,
			}
			if change != nil {
				change(&s)
			}
			return f.write(s)
		}
		of := func(i int) func(*shown) {
			name := [...]string{"loose", "severe", "yellow"}[i]
			return func(s *shown) { s.issuer, s.kid, s.key = f.issuers[i], name, m.formatKey(&f, name) }
		}
		put := func(reason, comment, text string, change func(*testvectors.Foreign)) {
			add(f.name, "every-"+f.short+"-"+strings.ReplaceAll(reason, "_", "-"), comment, text, reason, func(v *testvectors.Foreign) {
				if v.Bundle = "formats"; change != nil {
					change(v)
				}
			})
		}
		signer := func(id, comment string, issued int64, reason string, change func(*testvectors.Foreign)) {
			text := code(func(s *shown) { s.kid, s.key, s.issued = "begun", m.formatKey(&f, "begun"), issued })
			add(f.name, "every-"+f.short+"-"+id, comment, text, reason, func(v *testvectors.Foreign) {
				if v.Bundle = "formats"; change != nil {
					change(v)
				}
			})
		}
		signer("key-not-begun", "issued the second before its signer's certificate begins", world.Now-1801, "key_window", nil)
		signer("key-begun", "issued as its signer's certificate begins", world.Now-1800, "ok",
			judged(f.issuers[loose], testvectors.ForeignMember{Name: masked, Until: stamp(world.Now+30*86400+f.last, 0), Proves: f.proves}, false))
		m.formatRefused(&f, code, put)
		m.formatJudged(&f, code, of, put)
	}
}

func (m *mint) formatRefused(f *foreignFormat, code func(func(*shown)) string, put func(reason, comment, text string, change func(*testvectors.Foreign))) {
	long := f.long
	if long == "" {
		long = code(nil) + strings.Repeat("0", 4296)
	}
	put("too_long", "more characters than the longest text", long, nil)
	if f.base45 {
		put("base45", "a character outside the alphabet", code(nil)+"a", nil)
	}
	put("envelope", "no envelope of the format", f.broken, nil)
	put("algorithm", "an algorithm that the format does not know", code(func(s *shown) { s.alg = f.other }), nil)
	put("claims", "content that is none of the format's", code(func(s *shown) { s.content = f.nothing }), nil)
	put("region_unknown", "an issuer that no partner speaks for", code(func(s *shown) {
		s.issuer = strings.NewReplacer("aa", "zz", "AA", "ZZ").Replace(s.issuer)
		if e, ok := s.content.(entry); ok { // else its country speaks for it
			s.content = entry{e.kind, altered(e.load, "co", "ZZ")}
		}
	}), nil)
	put("key_unknown", "a key that the entry lacks", code(func(s *shown) { s.kid = "nobody" }), nil)
	put("key_purpose", "a key that serves telephones", code(func(s *shown) { s.kid, s.key = "phone", m.formatKey(f, "phone") }), nil)
	put("key_window", "the gate's time is the end of the key", code(func(s *shown) { s.kid, s.key = "ended", m.formatKey(f, "ended") }), nil)
	put("signature", "signed by another key", code(func(s *shown) { s.key = m.formatKey(f, "severe") }), nil)
	put("not_yet_valid", "good from 61 s ahead", code(func(s *shown) { s.issued = world.Now + 61 }), nil)
	put("expired", "the first second that it is good no longer", code(func(s *shown) { s.expires = world.Now - f.last }), nil)
}

func (m *mint) formatJudged(f *foreignFormat, code func(func(*shown)) string, of func(int) func(*shown), put func(reason, comment, text string, change func(*testvectors.Foreign))) {
	data := testvectors.ForeignMember{Name: masked, Until: stamp(world.Now+30*86400+f.last, 0), Proves: f.proves}
	none := testvectors.ForeignMember{}
	sort := func(name string, do func(*testvectors.Foreign)) func(*testvectors.Foreign) {
		return func(v *testvectors.Foreign) { do(v); v.Sort = name }
	}
	at := func(unix int64, do func(*testvectors.Foreign)) func(*testvectors.Foreign) {
		return func(v *testvectors.Foreign) { do(v); v.At = stamp(unix, 0) }
	}
	put("ok", "accepted, without a colour", code(nil), judged(f.issuers[loose], data, false))
	painted := data
	painted.Colour = "yellow"
	put("colour", "their green is our yellow, and nothing else of theirs is better", code(of(yellow)), judged(f.issuers[yellow], painted, false))
	put("kind_not_admitted", "a gate at which it does not count", code(of(severe)), sort("hospital", judged(f.issuers[severe], none, false)))
	put("partner_age", "older than a code of unknown status may be", code(func(s *shown) { s.issued = world.Now - 30*86400 - 1 }), judged(f.issuers[loose], none, false))
	put("test_missing", "no negative sample where one is asked for", code(of(severe)), sort("border", judged(f.issuers[severe], none, false)))
	early := func(s *shown) { s.issued = world.Published - 3600 }
	put("clock_behind", "the gate's clock is 61 s behind its bundle", code(early), at(world.Published-61, judged(f.issuers[loose], none, true)))
	put("bundle_expired", "our own bundle has expired", code(nil), at(world.Published+86400, judged(f.issuers[loose], none, true)))
	put("bundle_stale", "our own bundle is past its hard age", code(nil), at(world.Published+20*3600+1, judged(f.issuers[loose], none, true)))
}
