package main

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"strings"

	"healthcode.example/credential"
	"healthcode.example/crypto/base45"
	"healthcode.example/crypto/cose"
	"healthcode.example/testvectors"
	"healthcode.example/testvectors/world"
	"healthcode.example/trust"
)

func (m *mint) sequences() []testvectors.Sequence {
	c := world.Phone("张*", m.holder)
	code := m.code(c)
	first, second := m.Shown(world.Now, m.holder, code), m.Shown(world.Now+30, m.holder, code)
	answer := func(at int64, challenge []byte) string {
		return yk1(m.Show(credential.Presentation{At: at, Codes: [][]byte{code}, Challenge: challenge}, m.holder))
	}
	step := func(after int64, text string, challenge []byte, v vector) testvectors.Step {
		e := v.expected()
		return testvectors.Step{At: stamp(world.Now+after, 0), Text: text, Challenge: hex.EncodeToString(challenge), Expected: &e}
	}
	open := func(after int64, challenge []byte) testvectors.Step {
		return testvectors.Step{At: stamp(world.Now+after, 0), Open: hex.EncodeToString(challenge)}
	}
	good, again := vector{people: people(c)}, vector{reason: "already_shown"}
	over := vector{reason: "challenge_expired"}
	asked, other := challenge(16), challenge(17)[1:]
	sequence := func(id, comment string, steps ...testvectors.Step) testvectors.Sequence {
		return testvectors.Sequence{ID: id, Comment: comment, Bundle: "main", Gate: "production", Steps: steps}
	}
	return []testvectors.Sequence{
		sequence("shown-twice", "the same presentation a second time", step(0, first, nil, good), step(5, first, nil, again)),
		sequence("shown-twice-tagged", "the same presentation under a tag", step(0, first, nil, good), step(5, tagged(first), nil, again)),
		sequence("shown-twice-other-s", "the same presentation with the other right signature", step(0, first, nil, good), step(5, resigned(first), nil, again)),
		sequence("redrawn", "a new presentation of the same code", step(0, first, nil, good), step(30, second, nil, good)),
		sequence("refused-then-shown-again", "a presentation that was too old is remembered too", step(61, first, nil, vector{reason: "presentation_old"}), step(62, first, nil, again)),
		sequence("asked-and-answered", "a challenge is good once", open(0, asked), step(10, answer(world.Now+9, asked), asked, good), step(12, answer(world.Now+11, asked), asked, over)),
		sequence("never-asked", "a challenge that was never opened here", step(10, answer(world.Now+9, asked), asked, over)),
		sequence("answered-late", "an answer after 61 seconds", open(0, asked), step(61, answer(world.Now+60, asked), asked, over)),
		sequence("answered-at-60", "an answer after 60 seconds", open(0, asked), step(60, answer(world.Now+60, asked), asked, good)),
		sequence("answered-another", "the answer to another open challenge closes nothing", open(0, asked), open(0, other),
			step(1, answer(world.Now, other), asked, vector{reason: "challenge_mismatch"}), step(2, answer(world.Now, asked), asked, good)),
		sequence("missing-then-answered", "a scan without an answer is not remembered", open(0, asked), step(1, first, asked, vector{reason: "challenge_missing"}), step(2, first, nil, good)),
	}
}

func tagged(text string) string {
	return yk1(append([]byte{0xd2}, must(base45.Decode(strings.TrimPrefix(text, credential.Prefix)))...))
}

func resigned(text string) string {
	return yk1(otherS(must(base45.Decode(strings.TrimPrefix(text, credential.Prefix)))))
}

func (m *mint) primitives() testvectors.Primitives {
	var p testvectors.Primitives
	for _, b := range []string{"", "00", "ff", "0000", "ffff", "41424344", "48656c6c6f2121", "626173652d3435", "d2844043a0"} {
		p.Base45 = append(p.Base45, testvectors.Base45{Bytes: &b, Text: base45.Encode(must(hex.DecodeString(b)))})
	}
	for _, text := range []string{"A", "AAAA", ":::", "GGW", "::", "5T", "bb8", "BB8\n", "BB_", "BB é"} {
		p.Base45 = append(p.Base45, testvectors.Base45{Text: text})
	}
	for _, r := range []testvectors.Rice{
		{Width: 20, Indices: []uint64{}}, {Width: 20, Indices: []uint64{0}}, {Width: 20, Indices: []uint64{1<<20 - 1}}, {Width: 20, Indices: []uint64{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}},
		{Width: 24, Indices: world.Revoked}, {Width: 48, Indices: []uint64{7, 1 << 40, 1<<48 - 1}}, {Width: 22, Indices: spread(400, 22)},
	} {
		r.Bytes = hex.EncodeToString(riceBytes(must(trust.NewStatusList(trust.Phone, 20000, r.Width, r.Indices))))
		p.Rice = append(p.Rice, r)
	}
	for _, d := range []struct{ typ, number string }{
		{"resident-id", "990101199001010013"}, {"resident-id", "99010119900101003X"}, {"home-return-permit", "H99999999"}, {"passport", "E99999999"}, {"birth-certificate", "Z999999999"},
	} {
		seed := world.Seed("salt of " + d.typ)
		salt := credential.Salt(seed[:16])
		p.Digests = append(p.Digests, testvectors.Digest{Salt: hex.EncodeToString(salt[:]), Type: d.typ, Number: d.number,
			Digest: hex.EncodeToString(credential.DocumentDigest(salt, d.typ, d.number))})
	}
	for _, k := range []*cose.PrivateKey{m.Ed(world.PaperKey), m.EC(world.PaperECKey), m.holder, m.other} {
		thumb, t := k.Public().Thumbprint(), testvectors.Thumbprint{Key: hex.EncodeToString(k.Public().Bytes()), Kid: k.Public().ID().String()}
		t.Thumbprint = hex.EncodeToString(thumb[:])
		if k.Public().Algorithm() == cose.ES256 {
			t.Compressed = hex.EncodeToString(k.Public().AppendCompressed(nil))
		}
		p.Thumbprints = append(p.Thumbprints, t)
	}
	for _, name := range []string{"张三", "张三丰", "欧阳明日", "歐陽明日", "欧阳", "Li Wei", "阿卜杜拉·买买提", "A B C D E", "王", "Bartholomew", "-王", "O'Brien", "\ue863明"} {
		p.Masks = append(p.Masks, testvectors.Mask{Name: name, Masked: credential.MaskName(name)})
	}
	return p
}

// spread gives n indices of the width that look random and are not.
func spread(n int, width uint8) []uint64 {
	seen := make(map[uint64]bool)
	out := make([]uint64, 0, n)
	for x := uint64(1); len(out) < n; x = x*6364136223846793005 + 1442695040888963407 {
		if i := x >> (64 - width); !seen[i] {
			seen[i] = true
			out = append(out, i)
		}
	}
	return out
}

// riceBytes takes the bytes of a list out of a file that holds nothing else.
func riceBytes(l *trust.StatusList) []byte {
	r := cose.NewReader(must(trust.Assemble(nil, nil, nil, []*trust.StatusList{l})))
	must(r.Array(5))
	must(r.Text())
	must(r.Array(0))
	must(r.Bytes())
	must(r.Bytes())
	if must(r.Array(1)) == 0 {
		return nil
	}
	return must(r.Bytes())
}

// keys are the TEST KEYS that sign the vectors.
func (m *mint) keys() (all []testvectors.Key) {
	for _, k := range []struct {
		alg       cose.Algorithm
		name, use string
	}{
		{cose.Ed25519, world.PaperKey, "paper codes"}, {cose.ES256, world.PaperECKey, "paper codes"}, {cose.Ed25519, world.PhoneKey, "phone and household codes"},
		{cose.ES256, world.PhoneECKey, "phone and household codes"}, {cose.ES256, "holder", "presentations"}, {cose.ES256, "other holder", "presentations"},
		{cose.Ed25519, world.SnapshotKey, "snapshots"}, {cose.Ed25519, "list 1", "key lists"}, {cose.Ed25519, "list 2", "key lists"}, {cose.Ed25519, "root 1", "roots"}, {cose.Ed25519, "root 2", "roots"},
	} {
		all = append(all, testvectors.Key{Name: "TEST KEY " + k.name, Use: k.use, Kid: m.Key(k.alg, k.name).Public().ID().String(), JWK: m.jwk(k.alg, k.name), PEM: keyPEM(k.alg, k.name)})
	}
	return all
}

func (m *mint) jwk(alg cose.Algorithm, name string) map[string]string {
	b64 := base64.RawURLEncoding.EncodeToString
	seed := world.Seed(name)
	public := m.Key(alg, name).Public()
	out := map[string]string{"kid": public.ID().String(), "d": b64(seed[:])}
	if ed, ok := public.Ed25519(); ok {
		out["kty"], out["crv"], out["x"] = "OKP", "Ed25519", b64(ed)
		return out
	}
	ec, _ := public.ECDSA()
	point := must(ec.Bytes())
	out["kty"], out["crv"], out["x"], out["y"] = "EC", "P-256", b64(point[1:33]), b64(point[33:])
	return out
}

func keyPEM(alg cose.Algorithm, name string) string {
	seed := world.Seed(name)
	var key any = ed25519.NewKeyFromSeed(seed[:])
	if alg == cose.ES256 {
		key = must(ecdsa.ParseRawPrivateKey(elliptic.P256(), seed[:]))
	}
	block := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: must(x509.MarshalPKCS8PrivateKey(key))})
	return "TEST KEY " + name + ": published, never trust it\n" + string(block)
}
