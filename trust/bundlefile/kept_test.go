package bundlefile_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"healthcode.example/credential"
	"healthcode.example/crypto/cose"
	"healthcode.example/trust"
	"healthcode.example/trust/bundlefile"
)

// entry is what a key list says of the region, which is known by its root.
func (r *region) entry() trust.Partner {
	r.t.Helper()
	print, err := hex.DecodeString(r.pin().Fingerprint())
	must(r.t, err)
	return trust.Partner{Name: r.name, Issuers: []string{r.name}, Formats: []string{trust.FormatYK1}, Root: print,
		Policy: trust.PartnerPolicy{Kinds: []credential.Kind{credential.Phone}}}
}

// post is a gate of ours that keeps the bundles of two partners, and its own.
type post struct {
	*testing.T
	path          string
	ours          *trust.Bundle
	macao, hainan *region
}

func newPost(t *testing.T) *post {
	t.Helper()
	macao, hainan := newRegionOf(t, 2, "CN-MO"), newRegionOf(t, 3, "CN-HI")
	home := newRegionOf(t, 1, "CN-GD", macao.entry(), hainan.entry())
	ours, err := trust.Update(home.pin(), home.publish(1), noon)
	must(t, err)
	return &post{t, filepath.Join(t.TempDir(), "gate.ykb"), ours, macao, hainan}
}

// keeps takes a bundle of a partner in.
func (p *post) keeps(got []byte) {
	p.Helper()
	if _, _, err := bundlefile.UpdatePartner(p.path, p.ours, got, noon, nil); err != nil {
		p.Fatal(err)
	}
}

func (p *post) refuses(got []byte, class error) {
	p.Helper()
	if _, _, err := bundlefile.UpdatePartner(p.path, p.ours, got, noon, nil); !errors.Is(err, class) {
		p.Errorf("%v, want %v", err, class)
	}
}

// of gives what is kept of a region, or nil.
func (p *post) of(r *region) *bundlefile.Kept {
	p.Helper()
	for _, k := range bundlefile.Partners(p.path, p.ours, noon) {
		if k.Region == r.name {
			return &k
		}
	}
	return nil
}

// has wants the version of the region's bundle to be in force at the gate.
func (p *post) has(r *region, version uint64) {
	p.Helper()
	if k := p.of(r); k == nil || k.Err != nil || k.Bundle.Version() != version {
		p.Errorf("of %s is kept %+v, want version %d", r.name, k, version)
	}
}

// lost wants the gate to know that it had a bundle of the region, and to have none.
func (p *post) lost(r *region, class error) {
	p.Helper()
	if k := p.of(r); k == nil || k.Bundle != nil || !errors.Is(k.Err, class) || errors.Is(k.Err, fs.ErrNotExist) {
		p.Errorf("of %s is kept %+v, want it lost with %v", r.name, k, class)
	}
}

func TestAPartnerOfWhomNothingWasKeptIsNotLost(t *testing.T) {
	p := newPost(t)
	if kept := bundlefile.Partners(p.path, p.ours, noon); len(kept) != 0 {
		t.Errorf("before anything is kept there is %+v", kept)
	}
	p.keeps(p.macao.publish(1))
	p.has(p.macao, 1)
	if k := p.of(p.hainan); k != nil {
		t.Errorf("nothing was kept of %s, and there is %+v", p.hainan.name, k)
	}
}

// Whatever happens to the kept file, the gate knows that there was one, and takes nothing older in its place.
func TestAKeptBundleThatIsGoneDamagedOrPutBackIsLostUntilItComesAnew(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(p *post, path string) error
		class error
	}{
		"deleted":            {func(_ *post, path string) error { return os.Remove(path) }, trust.ErrFormat},
		"cut":                {func(_ *post, path string) error { return os.Truncate(path, 100) }, trust.ErrFormat},
		"empty":              {func(_ *post, path string) error { return os.Truncate(path, 0) }, trust.ErrFormat},
		"an older one":       {func(p *post, path string) error { return bundlefile.Save(path, p.macao.publish(2)) }, trust.ErrRollback},
		"of another partner": {func(p *post, path string) error { return bundlefile.Save(path, p.hainan.publish(3)) }, trust.ErrRegion},
		"of an unknown root": {func(p *post, path string) error {
			return bundlefile.Save(path, newRegionOf(p.T, 9, "CN-MO").publish(3))
		}, trust.ErrRegion},
		"a directory instead": {func(_ *post, path string) error { return errors.Join(os.Remove(path), os.Mkdir(path, 0o755)) }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPost(t)
			p.keeps(p.macao.publish(3))
			p.keeps(p.hainan.publish(1))
			path := p.of(p.macao).Path
			must(t, c.spoil(p, path))
			if k := p.of(p.macao); k == nil || k.Err == nil || c.class != nil && !errors.Is(k.Err, c.class) {
				t.Fatalf("%s: %+v, want %v", name, k, c.class)
			}
			p.has(p.hainan, 1)
			p.refuses(p.macao.publish(2), trust.ErrRollback)
			if name == "a directory instead" {
				return
			}
			p.keeps(p.macao.publish(3))
			p.has(p.macao, 3)
			p.refuses(p.macao.publish(2), trust.ErrRollback)
		})
	}
}

// A bundle for one call is held to what was kept, also where that is lost.
func TestABundleForOneCallIsNotOlderThanWhatWasKept(t *testing.T) {
	p := newPost(t)
	bundle := func(version uint64) *trust.Bundle {
		b, err := trust.Update(p.macao.pin(), p.macao.publish(version), noon)
		must(t, err)
		return b
	}
	must(t, bundlefile.CheckPartner(p.path, p.ours, bundle(1)))
	p.keeps(p.macao.publish(2))
	path := p.of(p.macao).Path
	must(t, os.Remove(path))
	if err := bundlefile.CheckPartner(p.path, p.ours, bundle(1)); !errors.Is(err, trust.ErrRollback) {
		t.Errorf("an older one for one call: %v", err)
	}
	must(t, bundlefile.CheckPartner(p.path, p.ours, bundle(2)))
	must(t, os.WriteFile(path+".floor", []byte("{}"), 0o600))
	if err := bundlefile.CheckPartner(p.path, p.ours, bundle(2)); !errors.Is(err, trust.ErrFormat) {
		t.Errorf("beside a note that says nothing: %v", err)
	}
}

// A gate that kept a bundle before there were notes goes on, and writes one with the next update, also if that brings nothing new.
func TestABundleKeptWithoutANoteIsTakenOver(t *testing.T) {
	p := newPost(t)
	p.keeps(p.macao.publish(2))
	path := p.of(p.macao).Path
	must(t, os.Remove(path+".floor"))
	p.has(p.macao, 2)
	p.refuses(p.macao.publish(1), trust.ErrRollback)
	p.keeps(p.macao.publish(2))
	must(t, os.Remove(path))
	p.lost(p.macao, trust.ErrFormat)
}

// Where nothing tells which version was kept, a person has to remove what is there: the program would open the way to an older one.
func TestADamagedBundleWithoutAReadableNoteIsNeverReplaced(t *testing.T) {
	for name, note := range map[string]string{"none": "", "cut": `{"root":1,`, "of nothing": `{"root":1,"key_list":1,"snapshot":0}`, "two": `{"root":1,"key_list":1,"snapshot":1}{}`, "unknown": `{"root":1,"key_list":1,"snapshot":1,"x":1}`} {
		p := newPost(t)
		p.keeps(p.macao.publish(2))
		path := p.of(p.macao).Path
		must(t, os.WriteFile(path, []byte("half a bundle"), 0o600))
		must(t, os.Remove(path+".floor"))
		if note != "" {
			must(t, os.WriteFile(path+".floor", []byte(note), 0o600))
		}
		p.lost(p.macao, trust.ErrFormat)
		_, _, err := bundlefile.UpdatePartner(p.path, p.ours, p.macao.publish(3), noon, nil)
		if !errors.Is(err, trust.ErrFormat) || !strings.Contains(err.Error(), "remove") || !strings.Contains(err.Error(), path) {
			t.Errorf("with the note %s: %v", name, err)
		}
		onDisk(t, path, []byte("half a bundle"))
	}
}

// The partner's own way back from a stolen snapshot key goes below the former version, and its bundle is the judge of that.
func TestTheNoteFollowsABundleThatMayGoBack(t *testing.T) {
	p := newPost(t)
	p.keeps(p.macao.publish(9))
	healed := p.macao.condemnSnapshotKey(4)
	p.keeps(healed)
	p.has(p.macao, 4)
	must(t, os.Remove(p.of(p.macao).Path))
	p.keeps(healed)
	p.has(p.macao, 4)
}

// condemnSnapshotKey publishes a version under a new snapshot key, with a key list that condemns the former.
func (r *region) condemnSnapshotKey(version uint64) []byte {
	r.t.Helper()
	former, err := trust.ReadKeyList(r.keyList)
	must(r.t, err)
	next := *former
	next.Version++
	stolen := former.Keys[0]
	stolen.State = trust.Compromised
	r.snapshot, err = cose.Generate(cose.Ed25519, rand.NewChaCha8([32]byte{99}))
	must(r.t, err)
	fresh := former.Keys[0]
	fresh.Key = r.snapshot.Public()
	next.Keys = []trust.IssuerKey{stolen, fresh}
	r.keyList, err = trust.SignKeyList(&next, r.signer)
	must(r.t, err)
	return r.publish(version)
}

// rotate makes a new root, by the same signer.
func (r *region) rotate() {
	r.t.Helper()
	keys := []*cose.PublicKey{r.signer.Public()}
	next, err := trust.SignRoot(&trust.Root{Version: 2, ExpiresAt: noon.AddDate(9, 0, 0).Unix(), Region: r.name,
		Threshold: 1, RootKeys: keys, ListThreshold: 1, ListKeys: keys}, r.signer)
	must(r.t, err)
	r.later = append(r.later, next)
}

// repin is our next key list, which pins the partner to the root that its bundles have now.
func (p *post) repin(theirs *region, root []byte) {
	p.Helper()
	entry := theirs.entry()
	print, err := trust.RootFingerprint(root)
	must(p.T, err)
	entry.Root, err = hex.DecodeString(print)
	must(p.T, err)
	home := newRegionOf(p.T, 1, "CN-GD", entry, p.hainan.entry())
	p.ours, err = trust.Update(home.pin(), home.publish(1), noon)
	must(p.T, err)
}

// List signers who pin the partner to its newer root must not make gates forget what was revoked under it.
func TestWhatWasKeptUnderAFormerRootOfTheChainIsStillUsed(t *testing.T) {
	p := newPost(t)
	p.macao.rotate()
	p.keeps(p.macao.publish(3))
	path := p.of(p.macao).Path
	p.repin(p.macao, p.macao.later[0])
	p.has(p.macao, 3)
	p.refuses(p.macao.publish(2), trust.ErrRollback)
	p.keeps(p.macao.publish(4))
	p.has(p.macao, 4)
	must(t, os.Truncate(path, 100))
	p.lost(p.macao, trust.ErrFormat)
	p.keeps(p.macao.publish(4))
	p.has(p.macao, 4)
}

// A root that did not follow from the former begins anew: that is what list signers do when the former was stolen.
func TestAPinToAnotherChainBeginsAnew(t *testing.T) {
	p := newPost(t)
	p.keeps(p.macao.publish(9))
	again := newRegionOf(t, 7, "CN-MO")
	p.repin(again, again.root)
	if k := p.of(p.macao); k != nil {
		t.Errorf("what followed from the former root is still there: %+v", k)
	}
	p.keeps(again.publish(1))
	p.has(again, 1)
}

// Whatever of the partner's next bundle is damaged on its way, what was kept stays in force.
func TestADamagedBundleOfAPartnerLeavesWhatWasKept(t *testing.T) {
	p := newPost(t)
	kept, next := p.macao.publish(3), p.macao.publish(4)
	p.keeps(kept)
	path := p.of(p.macao).Path
	note := read(t, path+".floor")
	for bit := 0; bit < 8*len(next); bit += 7 {
		bad := bytes.Clone(next)
		bad[bit/8] ^= 1 << (bit % 8)
		if _, changed, err := bundlefile.UpdatePartner(p.path, p.ours, bad, noon, nil); err == nil || changed {
			t.Errorf("bit %d of byte %d is flipped, and it was taken", bit%8, bit/8)
		}
	}
	for length := range next {
		if _, _, err := bundlefile.UpdatePartner(p.path, p.ours, next[:length], noon, nil); !errors.Is(err, trust.ErrFormat) {
			t.Errorf("cut at %d: %v", length, err)
		}
	}
	if got := read(t, path+".floor"); !bytes.Equal(got, note) {
		t.Errorf("the note says %s now", got)
	}
	onDisk(t, path, kept)
	p.keeps(next)
	p.has(p.macao, 4)
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	must(t, err)
	return b
}
