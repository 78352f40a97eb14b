package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"time"

	"healthcode.example/credential"
	"healthcode.example/crypto/cose"
	"healthcode.example/testvectors"
	"healthcode.example/testvectors/world"
	"healthcode.example/trust"
)

// updater makes the steps of trust; all of them begin at the root of the main bundle.
type updater struct {
	*mint
	files map[string][]byte
	out   []testvectors.Update
}

type expected = testvectors.UpdateExpected

// versions is the outcome of an Update that works.
func versions(root, keys, snapshot uint64) expected {
	return expected{Root: root, KeyList: keys, Snapshot: snapshot}
}

func fails(class string) expected { return expected{Error: class} }

func (m *mint) updates(files map[string][]byte) []testvectors.Update {
	u := &updater{mint: m, files: files}
	u.first()
	u.roots()
	u.keyLists()
	u.snapshots()
	u.runs()
	u.resets()
	u.statusLists()
	u.broken()
	return u.out
}

// add writes the files under the names of the case, unless the same bytes are there already.
func (u *updater) add(id, comment string, have, got []byte, e expected) {
	u.addAt(id, comment, have, got, world.Now, e)
}

func (u *updater) addAt(id, comment string, have, got []byte, at int64, e expected) {
	c := testvectors.Update{ID: id, Comment: comment, Flags: []string{"update"}, Root: "roots/main.cose", At: stamp(at, 0), Expected: e}
	c.Have, c.Got = u.file("bundles/"+id+"-have.ykb", have), u.file("bundles/"+id+"-got.ykb", got)
	if e.Error != "" {
		c.Flags = append(c.Flags, e.Error)
	}
	u.out = append(u.out, c)
}

func (u *updater) file(name string, b []byte) string {
	if b == nil {
		return ""
	}
	for _, known := range slices.Sorted(maps.Keys(u.files)) {
		if bytes.Equal(u.files[known], b) && known[0] == 'b' {
			return known
		}
	}
	u.files[name] = b
	return name
}

// later is the main authority a few minutes on, changed.
func (u *updater) later(change func(*world.Authority)) []byte {
	a := u.mainAuthority()
	a.Snapshot.Version++
	a.Snapshot.IssuedAt += 60
	a.Snapshot.ExpiresAt += 60
	if change != nil {
		change(a)
	}
	return a.Bundle()
}

func (u *updater) first() {
	main := u.files["bundles/main.ykb"]
	u.add("first-load", "nothing but the root is there", nil, main, versions(1, 1, 1))
	u.addAt("first-load-expired", "an expired bundle loads where there is none, so that the gate can say why it cannot say", nil, main, world.Expiry+1, versions(1, 1, 1))
	u.add("same-again", "the same bundle again", main, main, versions(1, 1, 1))
	u.add("next", "the next snapshot", main, u.later(nil), versions(1, 1, 2))
	u.add("chain-of-three", "from root 1 to root 3, the rest unchanged", main, u.files["bundles/third-root.ykb"], versions(3, 1, 1))
	u.add("chain-at-once", "from the pinned root to root 3", nil, u.files["bundles/third-root.ykb"], versions(3, 1, 1))
	u.addAt("replace-by-expired", "the snapshot expires now", main, u.later(nil), world.Published+86400+60, fails("expired"))
	u.add("replace-by-expired-key-list", "the key list has expired", main, u.later(func(a *world.Authority) { a.List.Version, a.List.ExpiresAt = 2, world.Now }), fails("expired"))
	u.addAt("replace-by-expired-below-the-floor", "the clock was set back to before the end of the key list, and the snapshot in force was issued after it", main,
		u.later(func(a *world.Authority) { a.List.Version, a.List.ExpiresAt = 2, world.Published-3600 }), world.Published-7200, fails("expired"))
}

func (u *updater) roots() {
	main := u.files["bundles/main.ykb"]
	rotated := func(change func(*world.Authority), signers ...cose.Signer) []byte {
		return u.later(func(a *world.Authority) {
			a.FirstRoot()
			a.Root.Version++
			if change != nil {
				change(a)
			}
			a.Chain = append(a.Chain, a.SignedRoot(signers...))
		})
	}
	one, two, fresh, fresh2 := u.Ed("root 1"), u.Ed("root 2"), u.Ed("root 5"), u.Ed("root 6")
	replace := func(a *world.Authority) { a.Root.RootKeys = []*cose.PublicKey{fresh.Public(), fresh2.Public()} }
	u.add("root-both", "root 2 is signed by both thresholds", main, rotated(replace, one, two, fresh, fresh2), versions(2, 1, 2))
	u.add("root-new-only", "root 2 is signed by its own keys only", main, rotated(replace, fresh, fresh2), fails("signature"))
	u.add("root-old-only", "root 2 is signed by the former keys only", main, rotated(replace, one, two), fails("signature"))
	u.add("root-old-too-few", "one signature of the former root's two is missing", main, rotated(replace, one, fresh, fresh2), fails("signature"))
	u.add("root-new-too-few", "one signature of its own two is missing", main, rotated(replace, one, two, fresh), fails("signature"))
	u.add("root-other-region", "root 2 is of another region", main, rotated(func(a *world.Authority) { a.Root.Region = "HK-X" }, one, two), fails("region"))
	u.add("root-turns-demo", "root 2 is marked DEMO", main, rotated(func(a *world.Authority) { a.Root.Demo = true }, one, two), fails("region"))
	u.add("root-last-expired", "the newest root has expired", main, rotated(func(a *world.Authority) { a.Root.ExpiresAt = world.Now }, one, two), fails("expired"))
	u.add("root-intermediate-expired", "an expired root in the middle is walked through", main, u.later(func(a *world.Authority) {
		a.NextRoot(func(a *world.Authority) { a.Root.ExpiresAt = world.Published })
		a.NextRoot(func(a *world.Authority) { a.Root.ExpiresAt = world.Expiry })
	}), versions(3, 1, 2))
	u.add("root-missing", "root 2 is missing", main, u.later(func(a *world.Authority) {
		a.NextRoot(func(*world.Authority) {})
		a.NextRoot(func(*world.Authority) {})
		a.Chain = a.Chain[2:]
	}), fails("mixed"))
	u.add("root-back", "root 3 is in force", u.files["bundles/third-root.ykb"], main, fails("rollback"))
	u.add("root-of-others", "another root of the same version", main, u.files["bundles/other-root.ykb"], fails("region"))
	u.add("root-of-others-first", "another root than the pinned one", nil, u.files["bundles/other-root.ykb"], fails("region"))
}

func (u *updater) keyLists() {
	main := u.files["bundles/main.ykb"]
	second := u.later(func(a *world.Authority) { a.List.Version = 2 })
	u.add("keys-next", "the next key list", main, second, versions(1, 2, 2))
	u.add("keys-too-few", "one signature of two is missing", main, u.later(func(a *world.Authority) { a.ListSigners = a.ListSigners[:1] }), fails("signature"))
	u.add("keys-by-root", "signed by the root's keys", main, u.later(func(a *world.Authority) { a.ListSigners = a.RootSigners }), fails("signature"))
	u.add("keys-back", "key list 2 is in force", second, u.later(func(a *world.Authority) { a.Snapshot.Version = 3 }), fails("rollback"))
	u.add("keys-two-of-one-version", "another key list of the same version", main, u.later(func(a *world.Authority) { a.List.ExpiresAt++ }), fails("mixed"))
	u.add("keys-other-region", "a key list of another region", main, u.later(func(a *world.Authority) { a.List.Version, a.List.Region = 2, "HK-X" }), fails("region"))
	u.partners(main)
	u.surplus(main)
}

// surplus is about signatures beyond the thresholds.
func (u *updater) surplus(main []byte) {
	three, stranger := []cose.Signer{u.Ed("list 1"), u.Ed("list 2"), u.Ed("list 3")}, u.Ed("stranger")
	u.add("surplus-right", "all three list keys sign where two would do", main, u.later(func(a *world.Authority) { a.List.Version, a.ListSigners = 2, three }), versions(1, 2, 2))
	u.add("surplus-of-former-signer", "a new root has taken the role from one of three who signed the key list", main, u.later(func(a *world.Authority) {
		a.List.Version, a.ListSigners = 2, three
		a.NextRoot(func(a *world.Authority) { a.Root.ListKeys = a.Root.ListKeys[:2] })
	}), versions(2, 2, 2))
	var keys []byte
	wrong := u.later(func(a *world.Authority) {
		a.List.Version, a.ListSigners = 2, three
		keys = a.KeyList()
	})
	wrong[bytes.Index(wrong, keys)+len(keys)-1] ^= 1
	u.add("surplus-wrong-on-keys", "two right signatures on the key list, and one with a bit that is another", main, wrong, fails("signature"))
	u.add("surplus-stranger-on-keys", "two right signatures on the key list, and a stranger's", main, u.later(func(a *world.Authority) {
		a.List.Version, a.ListSigners = 2, append(three[:2:2], stranger)
	}), fails("signature"))
	u.add("surplus-stranger-on-root", "root 2 is signed by both thresholds, and by a stranger", main, u.later(func(a *world.Authority) {
		a.FirstRoot()
		a.Root.Version++
		a.Chain = append(a.Chain, a.SignedRoot(append(a.RootSigners[:2:2], stranger)...))
	}), fails("signature"))
	chain := u.mainAuthority().Roots()
	bad := bytes.Clone(main)
	bad[bytes.Index(bad, chain[0])+len(chain[0])-1] ^= 1
	u.add("surplus-bit-of-pinned-root", "one bit of a signature on the very root that is pinned", main, bad, fails("signature"))
}

func (u *updater) partners(main []byte) {
	with := func(change func(*world.Authority, *trust.Partner)) []byte {
		return u.later(func(a *world.Authority) {
			key := trust.PartnerKey{Key: u.Ed("partner").Public(), Purposes: []trust.Purpose{trust.Phone, trust.Paper}}
			p := trust.Partner{Name: "synthetic neighbour", Issuers: []string{"HK-X"}, Formats: []string{trust.FormatYK1}, Keys: []trust.PartnerKey{key}}
			p.Policy = trust.PartnerPolicy{UnknownAge: 6 * time.Hour, Kinds: []credential.Kind{credential.Phone, credential.Paper}, TestAge: 48 * time.Hour, EndOfDay: true}
			if change != nil {
				change(a, &p)
			}
			a.List.Version, a.List.Partners = 2, []trust.Partner{p}
		})
	}
	u.add("keys-partner", "a partner is added", main, with(nil), versions(1, 2, 2))
	u.add("keys-partner-our-root", "a partner is pinned to our own root", main, with(func(a *world.Authority, p *trust.Partner) {
		p.Root = must(hex.DecodeString(must(trust.RootFingerprint(a.FirstRoot()))))
	}), fails("region"))
	u.add("keys-partner-our-list-key", "a partner holds one of our key-list keys", main, with(func(_ *world.Authority, p *trust.Partner) {
		p.Keys[0].Key = u.Ed("list 3").Public()
	}), fails("region"))
}

func (u *updater) snapshots() {
	main := u.files["bundles/main.ykb"]
	next := u.files["bundles/next-day.ykb"]
	bad := func(id, comment, class string, change func(*world.Authority)) {
		u.add("snapshot-"+id, comment, main, u.later(change), fails(class))
	}
	bad("by-phone-key", "signed by an issuer key of another purpose", "signature", func(a *world.Authority) { a.SnapshotSigner = u.Ed(world.PhoneKey) })
	bad("by-stranger", "signed by a key that is not listed", "signature", func(a *world.Authority) { a.SnapshotSigner = u.Ed("unlisted") })
	bad("by-list-key", "signed by a key-list key", "signature", func(a *world.Authority) { a.SnapshotSigner = u.Ed("list 1") })
	bad("by-compromised", "signed by a compromised key", "signature", func(a *world.Authority) {
		a.List.Version, a.List.Keys[4].State = 2, trust.Compromised
	})
	bad("before-window", "issued before the key's window", "signature", func(a *world.Authority) {
		a.List.Version, a.List.Keys[4].UseFrom = 2, a.Snapshot.IssuedAt+1
	})
	bad("after-window", "issued at the end of the key's window", "signature", func(a *world.Authority) {
		a.List.Version, a.List.Keys[4].UseUntil = 2, a.Snapshot.IssuedAt
	})
	bad("other-region", "of another region", "region", func(a *world.Authority) { a.Snapshot.Region = "HK-X" })
	bad("two-of-one-version", "another snapshot of the same version", "mixed", func(a *world.Authority) { a.Snapshot.Version = 1 })
	bad("time-back", "a higher version issued earlier", "rollback", func(a *world.Authority) { a.Snapshot.IssuedAt = world.Published - 1 })
	bad("ceiling-back", "a lower ceiling", "rollback", func(a *world.Authority) { a.Snapshot.Ceiling-- })
	u.add("snapshot-back", "the main bundle after the next day's", next, main, fails("rollback"))
	a := u.mainAuthority()
	former := a.SignedSnapshot()
	a.List.Version = 2
	u.add("snapshot-of-other-keys", "a new key list with the snapshot of the former", main, must(trust.Assemble(a.Roots(), a.KeyList(), former, a.Lists)), fails("mixed"))
}

// runs say who published; a gate checks their form and decides nothing by them.
func (u *updater) runs() {
	main := u.files["bundles/main.ykb"]
	named := func(runs ...trust.Run) []byte {
		return u.later(func(a *world.Authority) { a.Snapshot.Runs = runs })
	}
	first, second := trust.Run{From: 1, ID: trust.RunID{1}}, trust.Run{From: 2, ID: trust.RunID{2}}
	u.add("runs", "the snapshot names the runs that published", main, named(first, second), versions(1, 1, 2))
	u.add("runs-of-another-branch", "the snapshot before was of another run: for the publisher to look into, not for a gate", named(second), u.later(func(a *world.Authority) {
		a.Snapshot.Version, a.Snapshot.IssuedAt, a.Snapshot.Runs = 3, a.Snapshot.IssuedAt+60, []trust.Run{first}
	}), versions(1, 1, 3))
	bad := func(id, comment string, runs ...[]byte) {
		u.add("runs-"+id, comment, main, u.altered(func(o object) { o[9] = list(runs...) }), fails("format"))
	}
	run := func(from int64, id byte, size int) []byte {
		return list(number(from), byteString(bytes.Repeat([]byte{id}, size)))
	}
	bad("none", "an array of runs with none in it")
	bad("order", "runs in another order", run(2, 2, 8), run(1, 1, 8))
	bad("two-of-one-version", "two runs that begin with one version", run(1, 1, 8), run(1, 2, 8))
	bad("later", "a run that begins after the snapshot", run(1, 1, 8), run(3, 2, 8))
	bad("from-zero", "a run that begins with version zero", run(0, 1, 8))
	bad("short-id", "a run with an id of seven bytes", run(1, 1, 7))
	var many [][]byte
	for n := range int64(33) {
		many = append(many, run(n+1, 1, 8))
	}
	u.add("runs-many", "33 runs", main, u.altered(func(o object) { o[1], o[9] = number(40), list(many...) }), fails("format"))
}

// altered is the next bundle with its snapshot changed by hand.
func (u *updater) altered(change func(object)) []byte {
	a := u.mainAuthority()
	a.Snapshot.Version, a.Snapshot.IssuedAt = 2, a.Snapshot.IssuedAt+60
	keys := a.KeyList()
	m := must(cose.ParseSign1(a.SignedSnapshot()))
	o := open(m.Payload)
	change(o)
	return must(trust.Assemble(a.Roots(), keys, signed(a.SnapshotSigner, m.Protected, o.bytes()), a.Lists))
}

func (u *updater) resets() {
	stolen := u.later(func(a *world.Authority) {
		a.Snapshot.Version, a.Snapshot.IssuedAt, a.Snapshot.Ceiling = 1<<40, world.Now, 1<<40
		a.Lists[0] = u.StatusList(a.Lists[0].Purpose, a.Lists[0].Day, append(world.Revoked[:len(world.Revoked):len(world.Revoked)], 9, 10, 11)...)
	})
	fresh := func(a *world.Authority) {
		a.AddKey(u.Ed("snapshot 2"), trust.SnapshotKey, nil)
		a.SnapshotSigner = u.Ed("snapshot 2")
	}
	u.add("reset-not-without-ceremony", "a thief ran the snapshot ahead; the honest one is older", stolen, u.later(nil), fails("rollback"))
	u.add("reset-not-by-new-key-alone", "a second snapshot key; the first is still good", stolen, u.later(func(a *world.Authority) { a.List.Version = 2; fresh(a) }), fails("rollback"))
	u.add("reset-by-compromise", "the key list condemns the thief's key: versions, time, ceiling and lists begin anew", stolen, u.later(func(a *world.Authority) {
		a.List.Version, a.List.Keys[4].State = 2, trust.Compromised
		fresh(a)
	}), versions(1, 2, 2))
	u.add("reset-not-by-removal", "the key list drops the key: it is missing from every older list too", stolen, u.later(func(a *world.Authority) {
		a.List.Version, a.List.Keys = 2, a.List.Keys[:4]
		fresh(a)
	}), fails("rollback"))
	u.add("reset-not-by-threshold", "a root asks for one signature more; the key list goes back", u.later(func(a *world.Authority) { a.List.Version = 9 }), u.later(func(a *world.Authority) {
		a.NextRoot(func(a *world.Authority) { a.Root.ListThreshold++ })
		a.ListSigners = []cose.Signer{u.Ed("list 1"), u.Ed("list 2"), u.Ed("list 3")}
		a.List.Version, a.Snapshot.Version = 2, 3
	}), fails("rollback"))
	ahead := u.later(func(a *world.Authority) { a.List.Version = 1 << 40 })
	u.add("reset-keys-not-without-root", "thieves of the key-list keys ran it ahead", ahead, u.later(func(a *world.Authority) { a.List.Version, a.Snapshot.Version = 2, 3 }), fails("rollback"))
	u.add("reset-keys-by-root", "a root with other key-list keys lets the versions of the key list begin anew", ahead, u.later(func(a *world.Authority) {
		a.NextRoot(func(a *world.Authority) {
			a.Root.ListKeys, a.Root.ListThreshold = []*cose.PublicKey{u.Ed("list 5").Public()}, 1
			a.ListSigners = []cose.Signer{u.Ed("list 5")}
		})
		a.List.Version, a.Snapshot.Version = 2, 3
	}), versions(2, 2, 3))
}

func (u *updater) statusLists() {
	main := u.files["bundles/main.ykb"]
	first := func(a *world.Authority, revoked ...uint64) {
		a.Lists[0] = u.StatusList(a.Lists[0].Purpose, a.Lists[0].Day, revoked...)
	}
	u.add("list-grows", "a list has more entries", main, u.later(func(a *world.Authority) { first(a, 5, 6, 4_000_001, 4_000_002) }), versions(1, 1, 2))
	u.add("list-lost-an-entry", "a list has lost an entry and gained another", main, u.later(func(a *world.Authority) { first(a, 5, 4_000_001, 4_000_003) }), fails("rollback"))
	u.add("list-emptied", "a list has become empty", main, u.later(func(a *world.Authority) { first(a) }), fails("rollback"))
	u.add("list-gone", "a list is gone while codes under it live", main, u.later(func(a *world.Authority) { a.Lists = a.Lists[1:] }), fails("rollback"))
	wide := must(trust.NewStatusList(trust.Phone, credential.ListDay(world.Published)-1, 25, world.Revoked))
	u.add("list-wider", "a list has changed its width", main, u.later(func(a *world.Authority) { a.Lists[0] = wide }), fails("rollback"))
	u.addAt("list-ended", "twenty days later none of the lists is there any more", main, u.later(func(a *world.Authority) { a.Next(20 * 86400) }), world.Now+20*86400, versions(1, 1, 3))
	a := u.mainAuthority()
	keys, snapshot := a.KeyList(), a.SignedSnapshot()
	older := append([]*trust.StatusList{u.StatusList(a.Lists[0].Purpose, a.Lists[0].Day, 5)}, a.Lists[1:]...)
	u.add("list-swapped", "another list than the snapshot's", main, must(trust.Assemble(a.Roots(), keys, snapshot, older)), fails("mixed"))
	u.add("list-left-out", "the last list is missing from the file", main, must(trust.Assemble(a.Roots(), keys, snapshot, a.Lists[:len(a.Lists)-1])), fails("mixed"))
	u.add("list-malformed", "bytes that are no list, as the snapshot names them", main, u.brokenList(), fails("format"))
	u.add("list-beside", "a list that the snapshot does not name", main, must(trust.Assemble(a.Roots(), keys, snapshot, append(a.Lists[:len(a.Lists):len(a.Lists)], wide))), fails("mixed"))
}

// brokenList is a bundle whose snapshot rightly names a list that is none.
func (u *updater) brokenList() []byte {
	a := u.mainAuthority()
	a.Snapshot.Version, a.Snapshot.IssuedAt = 2, a.Snapshot.IssuedAt+60
	keys, l, garbage := a.KeyList(), a.Lists[0], bytes.Repeat([]byte{0xff}, 8)
	m := must(cose.ParseSign1(a.SignedSnapshot()))
	hash := sha256.Sum256(garbage)
	o := open(m.Payload)
	o[8] = list(list(number(int64(l.Purpose)), number(int64(l.Day)), number(int64(l.Width)), number(1), number(int64(len(garbage))), byteString(hash[:])))
	items := make([][]byte, 0, len(a.Roots()))
	for _, r := range a.Roots() {
		items = append(items, byteString(r))
	}
	return list(text("YKB1"), list(items...), byteString(keys), byteString(signed(a.SnapshotSigner, m.Protected, o.bytes())), list(byteString(garbage)))
}

func (u *updater) broken() {
	a := u.mainAuthority()
	main, chain, keys, snapshot := u.files["bundles/main.ykb"], a.Roots(), a.KeyList(), a.SignedSnapshot()
	join := func(magic string, roots [][]byte, keys, snapshot []byte) []byte {
		items := make([][]byte, 0, len(roots))
		for _, r := range roots {
			items = append(items, byteString(r))
		}
		return list(text(magic), list(items...), byteString(keys), byteString(snapshot), list())
	}
	bad := func(id, comment, class string, got []byte) { u.add("file-"+id, comment, main, got, fails(class)) }
	flip := func(at int) []byte {
		out := bytes.Clone(main)
		out[at] ^= 1
		return out
	}
	bad("empty", "no bytes", "format", []byte{})
	bad("cut", "the last byte is missing", "format", main[:len(main)-1])
	bad("half", "the first half", "format", main[:len(main)/2])
	bad("trailing", "a byte after the end", "format", append(bytes.Clone(main), 0))
	bad("magic", "another first word", "format", join("YKB2", chain, keys, snapshot))
	bad("no-root", "no root inside", "format", join("YKB1", nil, keys, snapshot))
	bad("root-for-keys", "a root in place of the key list", "format", join("YKB1", chain, chain[0], snapshot))
	bad("keys-for-root", "a key list in place of the root", "format", join("YKB1", [][]byte{keys}, keys, snapshot))
	bad("keys-for-snapshot", "a key list in place of the snapshot", "format", join("YKB1", chain, keys, keys))
	bad("code-for-snapshot", "a code in place of the snapshot", "format", join("YKB1", chain, keys, u.code(world.Paper("张*"))))
	bad("tagged-snapshot", "a tagged snapshot", "format", join("YKB1", chain, keys, append([]byte{0xd2}, snapshot...)))
	bad("root-twice", "the root stands twice", "format", join("YKB1", [][]byte{chain[0], chain[0]}, keys, snapshot))
	bad("four-gigabytes", "a length of 4 GB", "format", append(list(text("YKB1"), list(), nil)[:6:6], 0x81, 0x5a, 0xff, 0xff, 0xff, 0xff))
	bad("one-key-twice", "one key signs the key list twice", "format", join("YKB1", chain, twice(keys), snapshot))
	bad("bit-of-list", "one bit of the last list", "mixed", flip(len(main)-1))
	bad("bit-of-snapshot-signature", "one bit of the snapshot's signature", "signature", flip(bytes.Index(main, snapshot)+len(snapshot)-1))
	bad("bit-of-key-list-signature", "one bit of a signature on the key list", "signature", flip(bytes.Index(main, keys)+len(keys)-1))
	bad("bit-of-root", "one bit of the root's expiry", "region", flip(bytes.Index(main, number(world.Expiry))+4))
}

// twice repeats the first signature of a COSE_Sign.
func twice(message []byte) []byte {
	m := must(cose.ParseSign(message))
	s := m.Signatures[0]
	signature := list(byteString(s.Protected), []byte{0xa0}, byteString(s.Signature))
	return list(byteString(m.Protected), []byte{0xa0}, byteString(m.Payload), list(signature, signature))
}
