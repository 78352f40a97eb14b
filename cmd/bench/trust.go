package main

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"healthcode.example/credential"
	"healthcode.example/crypto/cose"
	"healthcode.example/trust"
)

// trustFigures are sizes and times of what a gate carries.
func trustFigures(*world) []figure {
	const listed, width, handles = 1_000_000, 27, 100_000_000
	list := randomList(trust.Phone, credential.ListDay(at.Unix()), width, listed)
	probes := rand.New(rand.NewPCG(3, 4))
	lookUp := perCall(func() { list.Contains(probes.Uint64N(1 << width)) })
	fixture := fmt.Sprintf("%d revoked of %d handles, list of 2^%d", listed, handles, width)
	region := newPublisher()
	full := region.file(nil)
	crowded := region.file(region.lists(100_000))
	return []figure{
		{"status list / entropy of the set", fixture, float64(list.Size()) * 8 / entropy(1<<width, listed), "", 1.10, false},
		{"look-up in a loaded status list", fixture, lookUp / 1000, "µs", 1, false},
		{"bundle of a province", fmt.Sprintf("%d keys, 5 partners, one root, 32 runs, nothing revoked", len(region.list.Keys)), float64(len(full)) / 1000, "KB", 16, false},
		{"load and check a bundle", "the same with 100000 revoked, from its pinned root", perCall(func() { region.load(crowded) }) / 1e6, "ms", 50, false},
		{"follow one bundle with the next", "both with 100000 revoked: the superset is checked", region.follow(crowded), "ms", 50, false},
	}
}

// entropy is log2 of the number of sets of n among all, in bits.
func entropy(all, n float64) float64 {
	gamma := func(x float64) float64 {
		g, _ := math.Lgamma(x)
		return g
	}
	return (gamma(all+1) - gamma(n+1) - gamma(all-n+1)) / math.Ln2
}

// randomList draws n different indices, the same in every run.
func randomList(purpose trust.Purpose, day uint32, width uint8, n int) *trust.StatusList {
	random, seen := rand.New(rand.NewPCG(uint64(purpose), uint64(day))), make(map[uint64]bool, n)
	indices := make([]uint64, 0, n)
	for len(indices) < n {
		if index := random.Uint64N(1 << width); !seen[index] {
			seen[index] = true
			indices = append(indices, index)
		}
	}
	l, err := trust.NewStatusList(purpose, day, width, indices)
	must(err)
	return l
}

// publisher is a province with everything that its key list holds in a normal month.
type publisher struct {
	root     []byte
	list     trust.KeyList
	keys     []byte
	snapshot *cose.PrivateKey
	version  uint64
}

func newPublisher() *publisher {
	p := &publisher{snapshot: key(cose.Ed25519, "province snapshot"), version: 2_000_000}
	roles := func(name string, n int) (public []*cose.PublicKey, signers []cose.Signer) {
		for i := range n {
			k := key(cose.Ed25519, fmt.Sprintf("province %s %d", name, i))
			public, signers = append(public, k.Public()), append(signers, k)
		}
		return public, signers
	}
	rootKeys, rootSigners := roles("root", 3)
	listKeys, listSigners := roles("list", 3)
	var err error
	p.root, err = trust.SignRoot(&trust.Root{
		Version: 1, ExpiresAt: at.AddDate(5, 0, 0).Unix(), Region: "CN-GD", Threshold: 2, RootKeys: rootKeys, ListThreshold: 2, ListKeys: listKeys,
	}, rootSigners[:2]...)
	must(err)
	p.list = trust.KeyList{
		Version: 1, IssuedAt: at.AddDate(0, -1, 0).Unix(), ExpiresAt: at.AddDate(0, 6, 0).Unix(), Region: "CN-GD",
		Keys: provinceKeys(p.snapshot), Partners: fivePartners(), Policy: trust.DefaultPolicy(),
	}
	p.keys, err = trust.SignKeyList(&p.list, listSigners[:2]...)
	must(err)
	return p
}

// provinceKeys are, for phone, paper and notice of 21 prefectures, the current and the next key; a standby for each place that has keys for
// codes, as a ceremony demands; and for the whole region one each for notice, rules and snapshot. Snapshot and rules have their own keys.
func provinceKeys(snapshot *cose.PrivateKey) (keys []trust.IssuerKey) {
	from, until := at.AddDate(0, -1, 0).Unix(), at.AddDate(0, 2, 0).Unix()
	add := func(k *cose.PrivateKey, purpose trust.Purpose, state trust.KeyState, prefecture uint32) {
		keys = append(keys, trust.IssuerKey{
			Key: k.Public(), Purpose: purpose, State: state, Prefecture: prefecture, UseFrom: from, UseUntil: until, VerifyUntil: until + 40*86400,
		})
	}
	for _, purpose := range []trust.Purpose{trust.Phone, trust.Paper, trust.Notice} {
		for p := range uint32(21) {
			for _, period := range []string{"current", "next"} {
				add(key(cose.Ed25519, fmt.Sprintf("province %v %d %s", purpose, p, period)), purpose, trust.Published, 440100+100*p)
			}
			if purpose != trust.Notice {
				add(key(cose.Ed25519, fmt.Sprintf("province %v %d standby", purpose, p)), purpose, trust.Standby, 440100+100*p)
			}
		}
	}
	for _, purpose := range []trust.Purpose{trust.Notice, trust.Rules, trust.SnapshotKey} {
		add(key(cose.Ed25519, fmt.Sprintf("province standby %v", purpose)), purpose, trust.Standby, 0)
	}
	add(key(cose.Ed25519, "province rules"), trust.Rules, trust.Published, 0)
	add(key(cose.Ed25519, "province snapshot next"), trust.SnapshotKey, trust.Published, 0)
	add(snapshot, trust.SnapshotKey, trust.Published, 0)
	return keys
}

// fivePartners have a root, and two keys for gates without their bundle.
func fivePartners() (partners []trust.Partner) {
	for i := range 5 {
		use := func(p trust.Purpose) trust.PartnerKey {
			return trust.PartnerKey{Key: key(cose.ES256, fmt.Sprintf("partner %d %v", i, p)).Public(), Purposes: []trust.Purpose{p}, Until: at.AddDate(1, 0, 0).Unix()}
		}
		partners = append(partners, trust.Partner{
			Name: fmt.Sprintf("Partner region %d", i), Issuers: []string{fmt.Sprintf("XX-%d", i)}, Formats: []string{trust.FormatYK1}, Root: bytes.Repeat([]byte{byte(i)}, 32),
			Keys: []trust.PartnerKey{use(trust.Phone), use(trust.Paper)},
			Policy: trust.PartnerPolicy{
				Kinds: []credential.Kind{credential.Phone, credential.Household}, UnknownAge: 6 * time.Hour, RefreshAge: 6 * time.Hour, TestAge: 48 * time.Hour, EndOfDay: true,
			},
		})
	}
	return partners
}

// lists are two of the phone and sixteen of the paper, as many as live under the default policy; the revoked are spread over them.
func (p *publisher) lists(revoked int) (lists []*trust.StatusList) {
	today := credential.ListDay(at.Unix())
	days := map[trust.Purpose]uint32{trust.Phone: 2, trust.Paper: 16}
	for _, purpose := range []trust.Purpose{trust.Phone, trust.Paper} {
		for day := today + 1 - days[purpose]; day <= today; day++ {
			lists = append(lists, randomList(purpose, day, 27, revoked/18))
		}
	}
	return lists
}

func (p *publisher) file(lists []*trust.StatusList) []byte {
	if lists == nil {
		lists = p.lists(0)
	}
	p.version++
	snapshot, err := trust.SignSnapshot(&trust.Snapshot{
		Version: p.version, IssuedAt: at.Unix(), ExpiresAt: at.AddDate(0, 0, 7).Unix(), Region: "CN-GD", Ceiling: 1 << 27, Runs: thirtyTwoRuns(),
	}, p.keys, lists, p.snapshot)
	must(err)
	b, err := trust.Assemble([][]byte{p.root}, p.keys, snapshot, lists)
	must(err)
	return b
}

// thirtyTwoRuns are as many as a snapshot names, a week apart in a service that publishes every minute.
func thirtyTwoRuns() (runs []trust.Run) {
	for n := range 32 {
		runs = append(runs, trust.Run{From: uint64(1_000_000 + 10_080*n), ID: trust.RunID(bytes.Repeat([]byte{byte(n)}, 8))})
	}
	return runs
}

func (p *publisher) load(file []byte) *trust.Bundle {
	pinned, err := trust.Pin(p.root)
	must(err)
	b, err := trust.Update(pinned, file, at)
	must(err)
	return b
}

// follow is the milliseconds of an update of a gate that has a bundle.
func (p *publisher) follow(file []byte) float64 {
	have := p.load(file)
	next := p.file(have.Lists())
	return perCall(func() {
		_, err := trust.Update(have, next, at)
		must(err)
	}) / 1e6
}
