package main

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"time"

	"healthcode.example/credential"
	"healthcode.example/crypto/cose"
	"healthcode.example/trust"
)

// at is the time of all fixtures: 2026-09-21T13:34:00Z.
var at = time.Unix(1_790_000_040, 0)

// world is one region with a bundle of 21 prefectures' keys, and a holder.
type world struct {
	keys   map[string]*cose.PrivateKey
	bundle *trust.Bundle
	raw    []byte
	holder *cose.PrivateKey
}

// key makes a test key that is the same in every run.
func key(alg cose.Algorithm, label string) *cose.PrivateKey {
	var stream []byte
	for i := range 8 {
		sum := sha256.Sum256(fmt.Appendf(nil, "TEST KEY of the bench: %s %d", label, i))
		stream = append(stream, sum[:]...)
	}
	k, err := cose.Generate(alg, bytes.NewReader(stream))
	must(err)
	return k
}

func newWorld() *world {
	w := &world{keys: make(map[string]*cose.PrivateKey), holder: key(cose.ES256, "holder")}
	root, list, snap := key(cose.Ed25519, "root"), key(cose.Ed25519, "list"), key(cose.Ed25519, "snapshot")
	from, until := at.AddDate(0, -1, 0).Unix(), at.AddDate(0, 2, 0).Unix()
	keys := []trust.IssuerKey{{Key: snap.Public(), Purpose: trust.SnapshotKey, State: trust.Published, UseFrom: from, UseUntil: until, VerifyUntil: until}}
	add := func(alg cose.Algorithm, purpose trust.Purpose, prefecture uint32) {
		name := fmt.Sprintf("%v %v %d", alg, purpose, prefecture)
		w.keys[name] = key(alg, name)
		keys = append(keys, trust.IssuerKey{
			Key: w.keys[name].Public(), Purpose: purpose, State: trust.Published, Prefecture: prefecture, UseFrom: from, UseUntil: until, VerifyUntil: until + 40*86400,
		})
	}
	for p := range uint32(21) {
		for _, alg := range []cose.Algorithm{cose.Ed25519, cose.ES256} {
			add(alg, trust.Phone, 440100+100*p)
			add(alg, trust.Paper, 440100+100*p)
		}
	}
	pub := func(k *cose.PrivateKey) []*cose.PublicKey { return []*cose.PublicKey{k.Public()} }
	rawRoot, err := trust.SignRoot(&trust.Root{
		Version: 1, ExpiresAt: at.AddDate(5, 0, 0).Unix(), Region: "CN-GD", Demo: true,
		Threshold: 1, RootKeys: pub(root), ListThreshold: 1, ListKeys: pub(list),
	}, root)
	must(err)
	rawKeys, err := trust.SignKeyList(&trust.KeyList{
		Version: 1, IssuedAt: from, ExpiresAt: at.AddDate(1, 0, 0).Unix(), Region: "CN-GD", Keys: keys, Policy: trust.DefaultPolicy(),
	}, list)
	must(err)
	w.publish(rawRoot, rawKeys, snap)
	return w
}

func (w *world) publish(root, keys []byte, snap cose.Signer) {
	day := credential.ListDay(at.Unix())
	var lists []*trust.StatusList
	for _, p := range []trust.Purpose{trust.Phone, trust.Paper} {
		l, err := trust.NewStatusList(p, day, 30, []uint64{1, 2, 3})
		must(err)
		lists = append(lists, l)
	}
	rawSnap, err := trust.SignSnapshot(&trust.Snapshot{
		Version: 1, IssuedAt: at.Unix(), ExpiresAt: at.AddDate(0, 0, 7).Unix(), Region: "CN-GD", Ceiling: 1 << 27,
	}, keys, lists, snap)
	must(err)
	w.raw, err = trust.Assemble([][]byte{root}, keys, rawSnap, lists)
	must(err)
	pinned, err := trust.Pin(root)
	must(err)
	w.bundle, err = trust.Update(pinned, w.raw, at)
	must(err)
}

func (w *world) member(name string) credential.Member {
	return credential.Member{Colour: credential.Green, Name: name, Status: credential.Status{List: credential.ListDay(at.Unix()), Index: 1<<30 - 1}}
}

func (w *world) paper(alg cose.Algorithm) []byte {
	c := credential.Claims{
		Issuer: "CN-GD", IssuedAt: at.Unix(), ExpiresAt: at.AddDate(0, 0, 14).Unix(), Kind: credential.Paper, Members: []credential.Member{w.member("张**")},
	}
	return w.sign(&c, w.keys[fmt.Sprintf("%v %v %d", alg, trust.Paper, 440100)])
}

func (w *world) phone(members ...credential.Member) []byte {
	c := credential.Claims{
		Issuer: "CN-GD", IssuedAt: at.Unix(), ExpiresAt: at.AddDate(0, 0, 1).Unix(), Kind: credential.Phone, Holder: w.holder.Public(), Members: members,
	}
	if len(members) > 1 {
		c.Kind = credential.Household
	}
	return w.sign(&c, w.keys[fmt.Sprintf("%v %v %d", cose.Ed25519, trust.Phone, 440100)])
}

func (w *world) sign(c *credential.Claims, k cose.Signer) []byte {
	code, err := c.Sign(k)
	must(err)
	return code
}

func (w *world) show(p credential.Presentation) []byte {
	b, err := p.Sign(w.holder)
	must(err)
	return b
}

func must(err error) {
	if err != nil {
		panic(err) // a fixture that cannot be built is a fault of the bench itself
	}
}
