package main

import (
	"encoding/hex"
	"time"

	"healthcode.example/credential"
	"healthcode.example/crypto/cose"
	"healthcode.example/testvectors/world"
	"healthcode.example/trust"
)

// Regions of the partners: one with a bundle, and one of which there is no more than two keys.
const (
	neighbour = "CN-MO"
	keysOnly  = "CN-HK"
)

// partnerAuthority publishes for the neighbour, under keys of its own.
func (m *mint) partnerAuthority() *world.Authority {
	a := m.Authority()
	root, list, snapshot := m.Ed("partner root"), m.Ed("partner list"), m.Ed("partner snapshot")
	a.Root.Region, a.List.Region, a.Snapshot.Region = neighbour, neighbour, neighbour
	a.Root.RootKeys, a.RootSigners, a.Root.Threshold = []*cose.PublicKey{root.Public()}, []cose.Signer{root}, 1
	a.Root.ListKeys, a.ListSigners, a.Root.ListThreshold = []*cose.PublicKey{list.Public()}, []cose.Signer{list}, 1
	a.List.Keys = nil
	a.AddKey(m.Ed("partner phone"), trust.Phone, nil)
	a.AddKey(m.Ed("partner paper"), trust.Paper, nil)
	a.AddKey(m.Ed("partner compromised"), trust.Phone, func(k *trust.IssuerKey) { k.State = trust.Compromised })
	a.AddKey(snapshot, trust.SnapshotKey, nil)
	a.SnapshotSigner = snapshot
	return a
}

// partnersAuthority is ours, with both partners in its key list.
func (m *mint) partnersAuthority() *world.Authority {
	a := m.mainAuthority()
	print := must(hex.DecodeString(must(trust.RootFingerprint(m.partnerAuthority().FirstRoot()))))
	use := func(name string, until int64, purposes ...trust.Purpose) trust.PartnerKey {
		return trust.PartnerKey{Key: m.Ed(name).Public(), Purposes: purposes, Until: until}
	}
	a.List.Partners = []trust.Partner{
		{
			Name: "Neighbour", Issuers: []string{neighbour}, Formats: []string{trust.FormatYK1}, Root: print,
			Keys: []trust.PartnerKey{use("partner phone", 0, trust.Phone), use("partner paper", 0, trust.Paper)},
			Policy: trust.PartnerPolicy{
				Kinds: []credential.Kind{credential.Phone, credential.Household}, Colours: trust.ColourMap{credential.Green, credential.Red, credential.Red},
				UnknownAge: 2 * time.Hour, RefreshAge: 6 * time.Hour, TestAge: 48 * time.Hour, EndOfDay: true,
			},
		},
		{
			Name: "Keys only", Issuers: []string{keysOnly}, Formats: []string{trust.FormatYK1},
			Keys: []trust.PartnerKey{
				use("island phone", 0, trust.Phone), use("island paper", 0, trust.Paper), use("island until now", world.Now, trust.Paper),
			},
			Policy: trust.PartnerPolicy{Kinds: []credential.Kind{credential.Phone, credential.Paper}, UnknownAge: time.Hour},
		},
	}
	return a
}

// neighbours is a phone code of the neighbour, issued so long before the gate's time, sampled ten hours before that time.
func (m *mint) neighbours(before time.Duration) credential.Claims {
	c := world.IssuedAtTime(world.Phone("张*", m.holder), world.Now-int64(before/time.Second))
	c.Issuer = neighbour
	c.Members[0].Tested = world.Now/3600 - 10
	return c
}

func (m *mint) partners() {
	young, old := m.neighbours(2*time.Hour), m.neighbours(2*time.Hour+time.Minute)
	oldest, late := m.neighbours(6*time.Hour), m.neighbours(6*time.Hour+time.Minute)
	by := func(c credential.Claims) string { return m.shown(m.Sign(c, m.Ed("partner phone"))) }
	with := func(v vector) vector {
		v.bundle, v.region, v.people = "partners", neighbour, people(v.people...)
		return v
	}
	checked := func(v vector) vector {
		v.partners, v.status = []string{"partner"}, "checked"
		return with(v)
	}
	unknown := func(v vector) vector {
		v.status = "unknown"
		return with(v)
	}
	red, revoked := m.neighbours(time.Minute), m.neighbours(time.Minute)
	red.Members[0].Colour = credential.Red
	yellow := m.neighbours(time.Minute)
	yellow.Members[0].Colour = credential.Yellow
	revoked.Members[0].Status.Index = world.Revoked[0]
	m.add("partner",
		checked(vector{id: "partner-checked", comment: "with the partner's bundle; exactly the refresh age", text: by(oldest), people: people(oldest)}),
		unknown(vector{id: "partner-unknown", comment: "with its keys alone; exactly the unknown age", text: by(young), people: people(young)}),
		unknown(vector{id: "partner-unknown-old", comment: "a minute past the unknown age; its bundle would tell", reason: "status_unknown", cannotSay: true, text: by(old), people: people(old)}),
		checked(vector{id: "partner-refresh-age", comment: "a minute past the refresh age", reason: "partner_age", text: by(late), people: people(late)}),
		checked(vector{id: "partner-revoked", comment: "its index is in the partner's list", reason: "revoked", text: by(revoked), people: people(revoked)}),
		checked(vector{id: "partner-yellow-is-red", comment: "the colour map makes their yellow our red", reason: "colour", text: by(yellow), people: people(red)}),
	)
	m.partnerEdges(by, checked)
	m.partnerKeys(with, unknown)
	m.partnerGates()
	stale := func(v vector) vector {
		v.partners = []string{"partner-old"}
		return unknown(v)
	}
	m.add("partner",
		stale(vector{id: "partner-stale-young", comment: "a bundle of the partner past our hard age is as good as none", text: by(young), people: people(young)}),
		stale(vector{id: "partner-stale-old", comment: "and no better", reason: "status_unknown", cannotSay: true, text: by(old), people: people(old)}),
	)
}

// partnerEdges are the ends of day and of the sample's age.
func (m *mint) partnerEdges(by func(credential.Claims) string, checked func(vector) vector) {
	evening := world.IssuedAtTime(m.neighbours(0), world.Midnight-3600)
	show := func(c credential.Claims, at int64) string {
		return m.Shown(at, m.holder, m.Sign(c, m.Ed("partner phone")))
	}
	sampled := func(hours int64) credential.Claims {
		c := m.neighbours(time.Minute)
		c.Members[0].Tested = hours
		return c
	}
	clock := int64(world.Midnight - 6*3600) // a full hour after the gate's usual time
	edge, over, never := sampled(clock/3600-48), sampled(clock/3600-49), sampled(0)
	paper := world.Paper("张*")
	paper.Issuer = neighbour
	m.add("partner",
		checked(vector{id: "partner-day", comment: "23:59:59 of the day of iat", at: world.Midnight - 1, text: show(evening, world.Midnight-1), people: people(evening)}),
		checked(vector{id: "partner-day-over", comment: "00:00:00 of the next", reason: "partner_age", at: world.Midnight, text: show(evening, world.Midnight), people: people(evening)}),
		checked(vector{id: "partner-test-edge", comment: "a sample of exactly 48 hours", at: clock, text: show(edge, clock), people: people(edge)}),
		checked(vector{id: "partner-test-old", comment: "a sample of 49 hours", reason: "test_old", at: clock, text: show(over, clock), people: people(over)}),
		checked(vector{id: "partner-test-missing", comment: "no sample", reason: "test_missing", text: by(never), people: people(never)}),
		checked(vector{id: "partner-kind", comment: "paper is not admitted", reason: "kind_not_admitted", text: yk1(m.Sign(paper, m.Ed("partner paper"))), people: people(paper)}),
	)
}

// partnerKeys are whose key signs for whom.
func (m *mint) partnerKeys(with, unknown func(vector) vector) {
	ours, theirs := world.Phone("张*", m.holder), m.neighbours(time.Minute)
	island := world.Paper("张*")
	island.Issuer = keysOnly
	aged := world.IssuedAtTime(island, world.Now-3660)
	at := func(v vector) vector {
		v = unknown(v)
		v.region = keysOnly
		return v
	}
	m.add("partner key",
		vector{id: "partner-signs-for-us", comment: "a code of our region under a partner's key", reason: "key_unknown", bundle: "partners", partners: []string{"partner"},
			text: m.shown(m.Sign(ours, m.Ed("partner phone")))},
		vector{id: "partner-by-our-key", comment: "a code of the partner under a key of ours", reason: "key_unknown", bundle: "partners", partners: []string{"partner"},
			text: m.shown(m.Sign(theirs, m.Ed(world.PhoneKey)))},
		vector{id: "partner-key-unknown", comment: "a kid that the entry lacks; the partner's bundle would tell", reason: "key_unknown", cannotSay: true, bundle: "partners",
			text: m.shown(m.Sign(theirs, m.Ed("unlisted")))},
		vector{id: "partner-key-compromised", comment: "stolen, says the partner's bundle", reason: "key_compromised", bundle: "partners", partners: []string{"partner"},
			text: m.shown(m.Sign(theirs, m.Ed("partner compromised")))},
		vector{id: "partner-key-unlisted", comment: "a kid that the entry of a partner without a bundle lacks", reason: "key_unknown", bundle: "partners",
			text: yk1(m.Sign(island, m.Ed("unlisted")))},
		vector{id: "partner-key-purpose", comment: "paper under a key that serves phones", reason: "key_purpose", bundle: "partners", text: yk1(m.Sign(island, m.Ed("island phone")))},
		vector{id: "partner-key-until", comment: "the gate's time is the end of the key", reason: "key_window", bundle: "partners", text: yk1(m.Sign(island, m.Ed("island until now")))},
		at(vector{id: "partner-keys-only", comment: "a partner without a bundle", text: yk1(m.Sign(island, m.Ed("island paper"))), people: people(island)}),
		at(vector{id: "partner-keys-only-old", comment: "no bundle could tell: the age decides", reason: "partner_age", text: yk1(m.Sign(aged, m.Ed("island paper"))), people: people(aged)}),
		vector{id: "partner-two-issuers", comment: "codes of two issuers in one presentation", reason: "claims", bundle: "partners", partners: []string{"partner"},
			text: yk1(m.rawShown(nil, m.Sign(theirs, m.Ed("partner phone")), m.code(ours)))},
	)
}

// gatesAuthority knows the keys of the island, whose codes count at some gates only.
func (m *mint) gatesAuthority() *world.Authority {
	a := m.mainAuthority()
	a.List.Partners = []trust.Partner{{
		Name: "Keys only", Issuers: []string{keysOnly}, Formats: []string{trust.FormatYK1},
		Keys:   []trust.PartnerKey{{Key: m.Ed("island paper").Public(), Purposes: []trust.Purpose{trust.Paper}}},
		Policy: trust.PartnerPolicy{Kinds: []credential.Kind{credential.Paper}, UnknownAge: time.Hour, Gates: []string{"border", "port"}},
	}}
	return a
}

// partnerGates are the sorts of gates at which a partner's codes count.
func (m *mint) partnerGates() {
	island := world.Paper("张*")
	island.Issuer = keysOnly
	at := func(id, comment, sort, reason string) vector {
		return vector{id: id, comment: comment, sort: sort, reason: reason, bundle: "gates", region: keysOnly, status: "unknown", people: people(island),
			text: yk1(m.Sign(island, m.Ed("island paper")))}
	}
	m.add("partner",
		at("partner-gate", "at a gate of a sort that the policy names", "port", ""),
		at("partner-gate-other", "at a gate of another sort", "hospital", "kind_not_admitted"),
		at("partner-gate-none", "at a gate of no sort", "", "kind_not_admitted"),
	)
}
