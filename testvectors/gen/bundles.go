package main

import (
	"healthcode.example/credential"
	"healthcode.example/crypto/cose"
	"healthcode.example/testvectors"
	"healthcode.example/testvectors/world"
	"healthcode.example/trust"
)

// bundleFiles makes the bundles that the cases name.
func (m *mint) bundleFiles() map[string][]byte {
	files := make(map[string][]byte)
	add := func(name, comment string, a *world.Authority) {
		entry := testvectors.Bundle{Name: name, Comment: comment, File: "bundles/" + name + ".ykb", Root: "roots/" + name + ".cose"}
		files[entry.Root] = a.FirstRoot()
		files[entry.File] = a.Bundle()
		entry.Fingerprint = must(trust.RootFingerprint(a.FirstRoot()))
		m.bundleList = append(m.bundleList, entry)
	}
	add("main", "published at 17:00, of version 1", m.mainAuthority())
	nextDay := m.mainAuthority()
	nextDay.Next(86400)
	add("next-day", "the main bundle a day later", nextDay)
	add("keys", "with issuer keys in every state and window", m.keysAuthority())
	demo := m.mainAuthority()
	demo.Root.Demo = true
	add("demo", "under a root marked DEMO", demo)
	add("third-root", "with a chain of three roots", m.thirdRoot())
	gap := m.mainAuthority()
	gap.Lists = without(gap.Lists, trust.Paper, credential.ListDay(world.Issued-3*86400))
	add("gap", "without the paper list of three days before", gap)
	for _, e := range []struct {
		name   string
		change func(*world.Authority)
	}{
		{"expired-snapshot", func(a *world.Authority) { a.Snapshot.ExpiresAt = world.Now }},
		{"expired-key-list", func(a *world.Authority) { a.List.ExpiresAt = world.Now }},
		{"expired-root", func(a *world.Authority) { a.Root.ExpiresAt = world.Now }},
	} {
		a := m.mainAuthority()
		e.change(a)
		add(e.name, "one part has expired at the gate's time", a)
	}
	add("other-root", "the same region under other keys", m.otherRoot())
	add("partners", "whose key list names two partner regions", m.partnersAuthority())
	add("partner", "of a partner region, to be loaded beside", m.partnerAuthority())
	old := m.partnerAuthority()
	old.Snapshot.IssuedAt -= 21 * 3600
	old.Lists = m.LiveLists(old.Snapshot.IssuedAt, old.List.Policy)
	add("partner-old", "of the partner region, 21 hours older", old)
	add("gates", "whose key list lets a partner's codes count at borders and ports only", m.gatesAuthority())
	add("foreign", "whose key list names partners of other formats", m.foreignAuthority())
	add("formats", "whose key list names three issuers of each other format, under three policies", m.formatsAuthority())
	main := m.bundleList[0]
	m.bundleList = append(m.bundleList, testvectors.Bundle{Name: "pinned-only", Comment: "no bundle: only the root is pinned", Root: main.Root, Fingerprint: main.Fingerprint})
	return files
}

// mainAuthority has one index more in the phone list of the day than in the paper list.
func (m *mint) mainAuthority() *world.Authority {
	a := m.Authority()
	today := credential.ListDay(world.Published)
	for i, l := range a.Lists {
		if l.Purpose == trust.Phone && l.Day == today {
			a.Lists[i] = m.StatusList(trust.Phone, today, append(world.Revoked[:len(world.Revoked):len(world.Revoked)], 77)...)
		}
	}
	return a
}

func without(lists []*trust.StatusList, purpose trust.Purpose, day uint32) (left []*trust.StatusList) {
	for _, l := range lists {
		if l.Purpose != purpose || l.Day != day {
			left = append(left, l)
		}
	}
	return left
}

func (m *mint) keysAuthority() *world.Authority {
	a := m.mainAuthority()
	for _, k := range []struct {
		name   string
		change func(*trust.IssuerKey)
	}{
		{"standby", func(k *trust.IssuerKey) { k.State = trust.Standby }},
		{"retired", func(k *trust.IssuerKey) { k.State = trust.Retired }},
		{"compromised", func(k *trust.IssuerKey) { k.State = trust.Compromised }},
		{"from now", func(k *trust.IssuerKey) { k.UseFrom = world.Issued }},
		{"until now", func(k *trust.IssuerKey) { k.UseUntil = world.Issued + 60 }},
		{"from later", func(k *trust.IssuerKey) { k.UseFrom = world.Issued + 60 }},
		{"until iat", func(k *trust.IssuerKey) { k.UseUntil = world.Issued }},
		{"verify until now", func(k *trust.IssuerKey) { k.UseUntil, k.VerifyUntil = world.Now, world.Now }},
	} {
		a.AddKey(m.Ed(k.name), trust.Paper, k.change)
	}
	a.AddKey(m.Ed("notice"), trust.Notice, nil)
	return a
}

// thirdRoot replaces a root key in the second root and a list key in the third.
func (m *mint) thirdRoot() *world.Authority {
	a := m.mainAuthority()
	a.NextRoot(func(a *world.Authority) {
		fresh := m.EC("root 4")
		a.Root.RootKeys = append(a.Root.RootKeys[1:3:3], fresh.Public())
		a.RootSigners = []cose.Signer{m.Ed("root 2"), fresh}
	})
	a.NextRoot(func(a *world.Authority) {
		fresh := m.Ed("list 4")
		a.Root.ListKeys = append(a.Root.ListKeys[1:3:3], fresh.Public())
		a.ListSigners = []cose.Signer{m.Ed("list 3"), fresh}
	})
	return a
}

// otherRoot is a second authority that claims the same region.
func (m *mint) otherRoot() *world.Authority {
	a := m.Authority()
	a.Root.RootKeys, a.RootSigners = []*cose.PublicKey{m.Ed("other root").Public()}, []cose.Signer{m.Ed("other root")}
	a.Root.ListKeys, a.ListSigners = []*cose.PublicKey{m.Ed("other list").Public()}, []cose.Signer{m.Ed("other list")}
	a.Root.Threshold, a.Root.ListThreshold = 1, 1
	a.List.Keys = nil
	a.AddKey(m.Ed("other paper"), trust.Paper, nil)
	a.AddKey(m.Ed("other snapshot"), trust.SnapshotKey, nil)
	a.SnapshotSigner = m.Ed("other snapshot")
	return a
}
