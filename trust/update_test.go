package trust_test

import (
	"bytes"
	"errors"
	"iter"
	"slices"
	"testing"
	"time"

	"healthcode.example/credential"
	"healthcode.example/crypto/cose"
	"healthcode.example/testvectors"
	"healthcode.example/testvectors/world"
	"healthcode.example/trust"
	"pgregory.net/rapid"
)

var now = time.Unix(world.Now, 0)

func newWorld(t testing.TB) *world.World {
	return world.New(func(err error) { t.Helper(); t.Fatal(err) })
}

// gate is a client with what it has; its methods say what should happen.
type gate struct {
	testing.TB
	has *trust.Bundle
}

func pins(t testing.TB, root []byte) *gate {
	t.Helper()
	b, err := trust.Pin(root)
	if err != nil {
		t.Fatal(err)
	}
	return &gate{t, b}
}

func (g *gate) takes(bundle []byte) {
	g.Helper()
	g.takesAt(bundle, now)
}

func (g *gate) takesAt(bundle []byte, at time.Time) {
	g.Helper()
	b, err := trust.Update(g.has, bundle, at)
	if err != nil {
		g.Fatal(err)
	}
	g.has = b
}

func (g *gate) refuses(bundle []byte, class error) {
	g.Helper()
	g.refusesAt(bundle, now, class)
}

func (g *gate) refusesAt(bundle []byte, at time.Time, class error) {
	g.Helper()
	if b, err := trust.Update(g.has, bundle, at); b != nil || !errors.Is(err, class) {
		g.Errorf("%v, want %v", err, class)
	}
}

// small is an authority with little to publish, so that every bit of it can be tried.
func small(w *world.World) *world.Authority {
	a := w.Authority()
	a.Lists = a.Lists[1:2]
	a.Root.RootKeys, a.RootSigners, a.Root.Threshold = a.Root.RootKeys[:1], a.RootSigners[:1], 1
	a.Root.ListKeys, a.Root.ListThreshold = a.Root.ListKeys[:2], 2
	a.List.Keys = a.List.Keys[4:]
	return a
}

func TestABundleCutAnywhereIsRefused(t *testing.T) {
	a := small(newWorld(t))
	file := a.Bundle()
	g := pins(t, a.FirstRoot())
	for length := range len(file) {
		g.refuses(file[:length], trust.ErrFormat)
	}
	g.takes(file)
	g.refuses(append(bytes.Clone(file), 0), trust.ErrFormat)
}

// every gives the bits of a file that a test flips: under the race detector one of every byte, and each of the eight in turn.
func every(file []byte, few bool) iter.Seq[int] {
	step := 1
	if few {
		step = 7
	}
	return func(yield func(int) bool) {
		for i := 0; i < 8*len(file); i += step {
			if !yield(i) {
				return
			}
		}
	}
}

func flipped(file []byte, bit int) []byte {
	bad := bytes.Clone(file)
	bad[bit/8] ^= 1 << (bit % 8)
	return bad
}

// Of every signature in it too: also of those that the thresholds would not need.
func TestABundleWithAnyBitFlippedIsRefused(t *testing.T) {
	w := newWorld(t)
	a := small(w)
	a.Root.ListThreshold = 1
	a.NextRoot(func(a *world.Authority) {
		a.Root.RootKeys, a.RootSigners = []*cose.PublicKey{w.Ed("root 5").Public(), w.Ed("root 6").Public()}, []cose.Signer{w.Ed("root 5"), w.Ed("root 6")}
	})
	file := a.Bundle()
	first, err := trust.Pin(a.FirstRoot())
	if err != nil {
		t.Fatal(err)
	}
	inForce, err := trust.Update(first, file, now)
	if err != nil {
		t.Fatal(err)
	}
	for i := range every(file, slowed) {
		for name, have := range map[string]*trust.Bundle{"the root": first, "the bundle": inForce} {
			if b, err := trust.Update(have, flipped(file, i), now); b != nil || classOf(err) == "" || classOf(err) == "an error of no class" {
				t.Errorf("over %s, with bit %d of byte %d flipped: %v", name, i%8, i/8, err)
			}
		}
	}
}

// Whoever pins a root from a file reads of every damage to it, as does who takes up a chain of roots for a ceremony.
func TestARootWithAnyBitFlippedIsNotPinned(t *testing.T) {
	w := newWorld(t)
	a := w.Authority()
	a.RootSigners = append(a.RootSigners, w.Ed("root 3")) // one more than the threshold
	first := a.FirstRoot()
	for i := range every(first, slowed) {
		if _, err := trust.Pin(flipped(first, i)); !errors.Is(err, trust.ErrSignature) && !errors.Is(err, trust.ErrFormat) {
			t.Errorf("bit %d of byte %d: %v", i%8, i/8, err)
		}
	}
	a.NextRoot(func(*world.Authority) {})
	second := a.Roots()[1]
	for i := range every(second, slowed) {
		if _, err := trust.Chain([][]byte{first, flipped(second, i)}); err == nil {
			t.Errorf("bit %d of byte %d of the second root", i%8, i/8)
		}
	}
}

// A root that followed another carries signatures of the other's keys, which whoever pins it alone cannot know; nor those of former list signers.
func TestALaterRootIsPinnedThoughItsFormerKeysAreUnknown(t *testing.T) {
	w := newWorld(t)
	a := w.Authority()
	a.ListSigners = append(a.ListSigners, w.Ed("list 3"))
	a.NextRoot(func(a *world.Authority) {
		a.Root.RootKeys, a.RootSigners = []*cose.PublicKey{w.Ed("root 5").Public(), w.Ed("root 6").Public()}, []cose.Signer{w.Ed("root 5"), w.Ed("root 6")}
		a.Root.ListKeys = a.Root.ListKeys[:2] // the third signed this list, and leaves
	})
	g := pins(t, a.Roots()[1])
	g.takes(a.Bundle())
	own, err := g.has.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	pins(t, a.Roots()[1]).takes(own) // after a restart
	g.takes(a.Bundle())
	pins(t, a.FirstRoot()).takes(a.Bundle())
}

// A file may leave out the roots that a gate has. What it may not bring past them is a signature that the gate's own file, with all the roots, would be
// refused for at the next start.
func TestAGateTakesNothingThatItWouldNotTakeFromItsOwnFile(t *testing.T) {
	w := newWorld(t)
	for name, c := range map[string]struct {
		change func(a *world.Authority)
		want   error
	}{
		"as the ceremony made it":      {func(*world.Authority) {}, nil},
		"a stranger's on the root":     {func(a *world.Authority) { a.RootSigners = append(a.RootSigners, w.Ed("stranger")) }, trust.ErrSignature},
		"a stranger's on the key list": {func(a *world.Authority) { a.ListSigners = append(a.ListSigners, w.Ed("stranger")) }, trust.ErrSignature},
		"a former list signer's": {func(a *world.Authority) {
			a.ListSigners = append(a.ListSigners, w.Ed("list 3"))
			a.Root.ListKeys = a.Root.ListKeys[:2]
		}, nil},
	} {
		a := w.Authority()
		g := pins(t, a.FirstRoot())
		g.takes(a.Bundle())
		a.List.Version++
		a.NextRoot(c.change)
		a.Next(300)
		partial, err := trust.Assemble(a.Roots()[1:], a.KeyList(), a.SignedSnapshot(), a.Lists)
		if err != nil {
			t.Fatal(err)
		}
		b, err := trust.Update(g.has, partial, now)
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
		if err != nil {
			continue
		}
		own, err := b.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := trust.Update(pins(t, a.FirstRoot()).has, own, now); err != nil {
			t.Errorf("%s: taken, and after a restart: %v", name, err)
		}
	}
}

// A stranger's signature among enough genuine ones is nothing that a ceremony lets through: somebody has changed the file.
func TestASignatureThatMayNotBeThereIsNotPassedOver(t *testing.T) {
	w := newWorld(t)
	for name, sign := range map[string]func(a *world.Authority){
		"a stranger's on the root":      func(a *world.Authority) { a.RootSigners = append(a.RootSigners, w.Ed("stranger")) },
		"a list signer's on the root":   func(a *world.Authority) { a.RootSigners = append(a.RootSigners, w.Ed("list 1")) },
		"a stranger's on the key list":  func(a *world.Authority) { a.ListSigners = append(a.ListSigners, w.Ed("stranger")) },
		"a root key's on the key list":  func(a *world.Authority) { a.ListSigners = append(a.ListSigners, w.Ed("root 1")) },
		"an issuer's key's on the list": func(a *world.Authority) { a.ListSigners = append(a.ListSigners, w.Ed(world.PhoneKey)) },
	} {
		a := w.Authority()
		g := pins(t, a.FirstRoot())
		b := w.Authority()
		sign(b)
		if b, err := trust.Update(g.has, b.Bundle(), now); b != nil || !errors.Is(err, trust.ErrSignature) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestARollbackIsRefusedWhicheverPartGoesBack(t *testing.T) {
	w := newWorld(t)
	a := w.Authority()
	first := a.Bundle()
	a.Next(300)
	second := a.Bundle()
	a.List.Version++
	a.Next(300)
	third := a.Bundle()
	g := pins(t, a.FirstRoot())
	g.takes(first)
	g.takes(second)
	g.refuses(first, trust.ErrRollback)
	g.takes(third)
	g.refuses(first, trust.ErrRollback)
	g.refuses(second, trust.ErrRollback)
	g.takes(third)
}

func TestAFrozenBundleIsFoundByItsExpiry(t *testing.T) {
	w := newWorld(t)
	a := w.Authority()
	first := a.Bundle()
	g := pins(t, a.FirstRoot())
	g.takes(first)
	late := now.Add(25 * time.Hour)
	g.refusesAt(first, late, trust.ErrExpired)
	if part := g.has.Expired(late); part != "snapshot" {
		t.Errorf("%q has expired, want the snapshot", part)
	}
	fresh := pins(t, a.FirstRoot())
	fresh.takesAt(first, late) // it loads, so that a verifier can say why it cannot say
}

// A thief of the snapshot key who also sets the clock back would bring an expired key list to a gate that knows better by its own snapshot.
func TestAClockThatWasSetBackMakesNoExpiredPartCurrent(t *testing.T) {
	a := newWorld(t).Authority()
	g := pins(t, a.FirstRoot())
	g.takes(a.Bundle())
	a.List.Version, a.List.ExpiresAt = 2, a.Snapshot.IssuedAt
	a.Next(60)
	g.refusesAt(a.Bundle(), time.Unix(a.List.IssuedAt, 0), trust.ErrExpired)
	a.List.ExpiresAt++
	g.takesAt(a.Bundle(), time.Unix(a.List.IssuedAt, 0))
}

// After a thief ran the time ahead, the floor is the thief's, and must not keep the honest bundle out.
func TestTheFloorOfAThiefDoesNotCount(t *testing.T) {
	w := newWorld(t)
	thief, a := w.Authority(), w.Authority()
	g := pins(t, a.FirstRoot())
	thief.Snapshot.IssuedAt, thief.Snapshot.ExpiresAt = a.List.ExpiresAt-60, a.List.ExpiresAt+60
	thief.List.Keys[4].UseUntil, thief.List.Keys[4].VerifyUntil = a.List.ExpiresAt, a.List.ExpiresAt
	g.takes(thief.Bundle())
	a.List.Version = 2
	a.List.Keys[4].State = trust.Compromised
	a.AddKey(w.Ed("snapshot 2"), trust.SnapshotKey, nil)
	a.SnapshotSigner = w.Ed("snapshot 2")
	a.List.ExpiresAt = thief.Snapshot.IssuedAt - 60
	g.takes(a.Bundle())
}

// Of three genuine publications only parts of one and the same belong together.
func TestPartsOfDifferentPublicationsAreNotMixed(t *testing.T) {
	w := newWorld(t)
	a := w.Authority()
	root := a.FirstRoot()
	var keys, snapshots [3][]byte
	var lists [3][]*trust.StatusList
	for i := range 3 {
		a.List.Version, a.Snapshot.Version = uint64(i+1), uint64(i+1)
		lists[i] = slices.Clone(a.Lists)
		lists[i][0] = w.StatusList(trust.Phone, a.Lists[0].Day, append(slices.Clone(world.Revoked), uint64(100+i))...)
		a.Lists = lists[i]
		keys[i], snapshots[i] = a.KeyList(), a.SignedSnapshot()
	}
	for k := range 3 {
		for s := range 3 {
			for l := range 3 {
				file, err := trust.Assemble([][]byte{root}, keys[k], snapshots[s], lists[l])
				if err != nil {
					t.Fatal(err)
				}
				g := pins(t, root)
				if k == s && s == l {
					g.takes(file)
				} else {
					g.refuses(file, trust.ErrMixed)
				}
			}
		}
	}
}

func TestAChainOfTenRootsIsWalked(t *testing.T) {
	w := newWorld(t)
	a := w.Authority()
	first := a.Bundle()
	for n := range 9 {
		a.NextRoot(func(a *world.Authority) {
			fresh := w.Ed("chain " + string(rune('a'+n)))
			a.Root.RootKeys = []*cose.PublicKey{a.RootSigners[1].Public(), fresh.Public()}
			a.RootSigners = []cose.Signer{a.RootSigners[1], fresh}
			a.Root.ExpiresAt = world.Published // all but the last have expired
			if n == 8 {
				a.Root.ExpiresAt = world.Expiry
			}
		})
	}
	a.Next(300)
	tenth := a.Bundle()
	away := pins(t, a.FirstRoot())
	away.takes(first)
	away.takes(tenth)
	if v := away.has.Root().Version; v != 10 {
		t.Errorf("root %d is in force, want 10", v)
	}
	away.refuses(first, trust.ErrRollback)
	back, err := away.has.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	pins(t, a.FirstRoot()).takes(back)
	pins(t, a.Roots()[5]).takes(back)
	found, err := trust.FindRoot(back, away.has.Fingerprint())
	if err != nil {
		t.Fatal(err)
	}
	pins(t, found).takes(back)
	for missing := 1; missing < 9; missing++ {
		roots := slices.Delete(slices.Clone(a.Roots()), missing, missing+1)
		file, err := trust.Assemble(roots, a.KeyList(), a.SignedSnapshot(), a.Lists)
		if err != nil {
			t.Fatal(err)
		}
		pins(t, a.FirstRoot()).refuses(file, trust.ErrFormat)
	}
}

func TestThresholdsCountKeysAndNotSignatures(t *testing.T) {
	w := newWorld(t)
	for name, c := range map[string]struct {
		signers []cose.Signer
		class   error
	}{
		"no key":       {nil, trust.ErrSignature},
		"one key":      {[]cose.Signer{w.Ed("list 1")}, trust.ErrSignature},
		"one and half": {[]cose.Signer{w.Ed("list 1"), w.Ed("stranger")}, trust.ErrSignature},
		"two keys":     {[]cose.Signer{w.Ed("list 1"), w.Ed("list 3")}, nil},
		"all three":    {[]cose.Signer{w.Ed("list 1"), w.Ed("list 2"), w.Ed("list 3")}, nil},
	} {
		a := w.Authority()
		a.ListSigners = c.signers
		_, err := trust.Update(pins(t, a.FirstRoot()).has, a.Bundle(), now)
		if !errors.Is(err, c.class) {
			t.Errorf("%s: %v, want %v", name, err, c.class)
		}
	}
	if _, err := trust.Pin(w.Authority().SignedRoot(w.Ed("root 1"))); !errors.Is(err, trust.ErrSignature) {
		t.Errorf("a root with one of its two signatures is pinned: %v", err)
	}
}

// A thief of the snapshot key runs everything ahead; the ceremony that condemns the key lets the honest snapshots count again.
func TestAStolenSnapshotKeyIsUndoneByCeremony(t *testing.T) {
	w := newWorld(t)
	a := w.Authority()
	honest := a.Bundle()
	g := pins(t, a.FirstRoot())
	g.takes(honest)

	thief := w.Authority()
	thief.Snapshot.Version, thief.Snapshot.IssuedAt, thief.Snapshot.Ceiling = 1<<50, world.Now, 1<<60
	thief.Snapshot.ExpiresAt = world.Expiry
	g.takes(thief.Bundle())

	a.Next(60)
	g.refuses(a.Bundle(), trust.ErrRollback)
	a.List.Version++
	a.List.Keys[4].State = trust.Compromised
	g.refuses(a.Bundle(), trust.ErrSignature) // still by the stolen key
	a.AddKey(w.Ed("snapshot 2"), trust.SnapshotKey, func(k *trust.IssuerKey) { k.State = trust.Standby })
	a.SnapshotSigner = w.Ed("snapshot 2")
	g.takes(a.Bundle())
	if v := g.has.Version(); v != 2 {
		t.Errorf("snapshot %d is in force, want 2", v)
	}
	g.refuses(thief.Bundle(), trust.ErrRollback)
	g.refuses(honest, trust.ErrRollback)
}

// Update takes a list of the same day exactly when it holds all that was revoked before.
func TestAListMayGrowAndNeverLose(t *testing.T) {
	w := newWorld(t)
	a := small(w)
	root := a.FirstRoot()
	day := a.Lists[0].Day
	rapid.Check(t, func(r *rapid.T) {
		index := rapid.Uint64Range(0, 40)
		before, after := rapid.SliceOf(index).Draw(r, "before"), rapid.SliceOf(index).Draw(r, "after")
		if rapid.Bool().Draw(r, "grows") {
			after = append(after, before...)
		}
		superset := !slices.ContainsFunc(before, func(i uint64) bool { return !slices.Contains(after, i) })
		b := *a
		b.Lists = []*trust.StatusList{w.StatusList(trust.Paper, day, before...)}
		g := pins(t, root)
		g.takes(b.Bundle())
		b.Snapshot.Version++
		b.Lists = []*trust.StatusList{w.StatusList(trust.Paper, day, after...)}
		_, err := trust.Update(g.has, b.Bundle(), now)
		if superset != (err == nil) || err != nil && !errors.Is(err, trust.ErrRollback) {
			r.Fatalf("from %d to %d: %v", before, after, err)
		}
	})
}

func TestAListThatEndedMayBeLeftOut(t *testing.T) {
	w := newWorld(t)
	a := w.Authority()
	g := pins(t, a.FirstRoot())
	g.takes(a.Bundle())
	oldest := a.Lists[0]
	end := trust.ListEnd(oldest.Purpose, oldest.Day, a.List.Policy)
	a.Next(end - 1 - a.Snapshot.IssuedAt)
	a.Lists = slices.DeleteFunc(a.Lists, func(l *trust.StatusList) bool { return l.Purpose == oldest.Purpose && l.Day == oldest.Day })
	g.refusesAt(a.Bundle(), time.Unix(a.Snapshot.IssuedAt, 0), trust.ErrRollback)
	a.Next(1)
	g.takesAt(a.Bundle(), time.Unix(a.Snapshot.IssuedAt, 0))
}

func TestPartnersNeverSpeakForUs(t *testing.T) {
	w := newWorld(t)
	good := trust.Partner{Name: "neighbour", Issuers: []string{"HK-X"}, Formats: []string{"YK1"}, Keys: []trust.PartnerKey{{Key: w.Ed("neighbour").Public(), Purposes: []trust.Purpose{trust.Phone}}},
		Policy: trust.PartnerPolicy{UnknownAge: time.Hour, Kinds: []credential.Kind{credential.Phone}}}
	for name, spoil := range map[string]func(*trust.Partner){
		"our region": func(p *trust.Partner) { p.Issuers = []string{"HK-X", world.Region} },
		"our key": func(p *trust.Partner) {
			p.Keys = []trust.PartnerKey{{Key: w.Ed(world.PaperKey).Public(), Purposes: []trust.Purpose{trust.Phone}}}
		},
		"no issuer":      func(p *trust.Partner) { p.Issuers = nil },
		"unknown format": func(p *trust.Partner) { p.Formats = []string{"YK2"} },
		"no age":         func(p *trust.Partner) { p.Policy.UnknownAge = 0 },
		"unknown kind":   func(p *trust.Partner) { p.Policy.Kinds = append(p.Policy.Kinds, 9) },
		"name to redraw": func(p *trust.Partner) { p.Name = "a\u202eb" },
	} {
		a := w.Authority()
		p := good
		spoil(&p)
		a.List.Partners = []trust.Partner{p}
		if _, err := trust.SignKeyList(&a.List, a.ListSigners...); err == nil {
			t.Errorf("a partner with %s is signed", name)
		}
	}
	a := w.Authority()
	a.List.Partners = []trust.Partner{good}
	g := pins(t, a.FirstRoot())
	g.takes(a.Bundle())
	if got := g.has.KeyList().Partners[0]; got.Name != good.Name || got.Policy.UnknownAge != good.Policy.UnknownAge || !got.Keys[0].Key.Equal(good.Keys[0].Key) {
		t.Errorf("the partner came back as %+v", got)
	}
}

func TestAPolicyThatExposesMoreThanADayIsRefused(t *testing.T) {
	a := newWorld(t).Authority()
	for name, spoil := range map[string]func(*trust.Policy){
		"a day and a second":  func(p *trust.Policy) { p.HardAge, p.PublishEvery = 24*time.Hour, time.Second },
		"soft beyond hard":    func(p *trust.Policy) { p.SoftAge = p.HardAge + time.Second },
		"two days of a phone": func(p *trust.Policy) { p.PhoneLifetime = 48 * time.Hour },
		"a year of paper":     func(p *trust.Policy) { p.PaperLifetime = 365 * 24 * time.Hour },
		"no interval":         func(p *trust.Policy) { p.PublishEvery = 0 },
		"half seconds":        func(p *trust.Policy) { p.SoftAge = 1500 * time.Millisecond },
	} {
		l := a.List
		spoil(&l.Policy)
		if _, err := trust.SignKeyList(&l, a.ListSigners...); err == nil {
			t.Errorf("a policy with %s is signed", name)
		}
	}
}

// FuzzParse: no panic; what is taken is written again and taken again, and what was there never changes.
func FuzzParse(f *testing.F) {
	w := newWorld(f)
	a := w.Authority()
	pinned := pins(f, a.FirstRoot()).has
	f.Add(a.FirstRoot())
	updates, err := testvectors.Updates()
	if err != nil {
		f.Fatal(err)
	}
	for _, u := range updates {
		b, err := testvectors.File(u.Got)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if p, err := trust.Pin(b); err == nil && p.Snapshot() != nil {
			t.Error("a root brought a snapshot")
		}
		got, err := trust.Update(pinned, b, now)
		if err != nil {
			return
		}
		again, err := got.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := trust.Update(pinned, again, now); err != nil {
			t.Errorf("taken, and not taken when it is written again: %v", err)
		}
		if _, err := trust.Update(got, again, now); err != nil && !errors.Is(err, trust.ErrExpired) {
			t.Errorf("it does not follow itself: %v", err)
		}
	})
}

// A root that only asks for more signatures replaces no key. An attacker who pairs it with an old key list and its old snapshot brings nothing back.
func TestAHigherThresholdBringsNoOldKeyListBack(t *testing.T) {
	w := newWorld(t)
	a := w.Authority()
	a.Root.ListThreshold = 1
	g := pins(t, a.FirstRoot())
	oldKeys, oldSnapshot, oldLists, signers := a.KeyList(), a.SignedSnapshot(), a.Lists, a.ListSigners
	a.List.Version, a.List.Keys[0].State = 2, trust.Compromised
	a.AddKey(w.Ed("snapshot 2"), trust.SnapshotKey, nil)
	a.SnapshotSigner, a.ListSigners = w.Ed("snapshot 2"), signers[:1]
	a.Next(300)
	g.takes(a.Bundle())
	a.ListSigners = signers
	a.NextRoot(func(a *world.Authority) { a.Root.ListThreshold = 2 })
	old, err := trust.Assemble(a.Roots(), oldKeys, oldSnapshot, oldLists)
	if err != nil {
		t.Fatal(err)
	}
	g.refuses(old, trust.ErrRollback)
}

// Nobody stole a list key. A signer leaves whose signature stands on the list in force, and a copy of the server's store, with the key list of before its keys
// were named compromised, rides on the new root: the gate takes nothing older.
func TestAnOrdinaryChangeOfListSignersBringsNoOldKeyListBack(t *testing.T) {
	w := newWorld(t)
	a := w.Authority()
	d, e, f, g := w.Ed("list d"), w.Ed("list e"), w.Ed("list f"), w.Ed("list g")
	a.Root.ListKeys, a.Root.ListThreshold = []*cose.PublicKey{d.Public(), e.Public(), f.Public()}, 2
	a.ListSigners = []cose.Signer{d, e}
	gate := pins(t, a.FirstRoot())
	gate.takes(a.Bundle())
	oldKeys, thief := a.KeyList(), a.SnapshotSigner
	a.List.Version, a.List.Keys[0].State = 2, trust.Compromised
	a.AddKey(w.Ed("snapshot 2"), trust.SnapshotKey, nil)
	a.SnapshotSigner, a.ListSigners = w.Ed("snapshot 2"), []cose.Signer{d, f}
	a.Next(300)
	gate.takes(a.Bundle())
	a.ListSigners = []cose.Signer{d, e}
	a.NextRoot(func(a *world.Authority) { a.Root.ListKeys = []*cose.PublicKey{d.Public(), e.Public(), g.Public()} })
	forged := a.Snapshot
	forged.Version += 7
	snapshot, err := trust.SignSnapshot(&forged, oldKeys, a.Lists, thief)
	if err != nil {
		t.Fatal(err)
	}
	old, err := trust.Assemble(a.Roots(), oldKeys, snapshot, a.Lists)
	if err != nil {
		t.Fatal(err)
	}
	gate.refuses(old, trust.ErrRollback)
	a.ListSigners = []cose.Signer{d, g}
	a.List.Version = 3
	a.Next(300)
	gate.takes(a.Bundle())
}
