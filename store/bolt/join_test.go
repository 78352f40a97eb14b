package bolt_test

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"healthcode.example/issuer"
)

// branchOff starts another machine on a copy of the store: its gate and its people go on by themselves.
func (w *province) branchOff() *province {
	w.t.Helper()
	w.backUp()
	o := *w
	o.path = filepath.Join(w.t.TempDir(), "store")
	o.people, o.codes, o.backups = slices.Clone(w.people), slices.Clone(w.codes), slices.Clone(w.backups)
	o.given, o.versions, o.dead = maps.Clone(w.given), maps.Clone(w.versions), maps.Clone(w.dead)
	w.must(os.WriteFile(o.path, w.backups[len(w.backups)-1].file, 0o600))
	o.open()
	w.t.Cleanup(func() { w.must(o.store.Close()) })
	return &o
}

// A history that has forked is joined by a restore that is given the bundle of the branch that is given up: gates of both take what follows, no
// code comes back whose revocation either has published, and no handle is given that either has given.
func TestAForkedHistoryIsJoinedByARestore(t *testing.T) {
	seeds := uint64(2)
	if os.Getenv("HEALTHCODE_LONG") == "1" {
		seeds = 30
	}
	for seed := range seeds {
		w := newProvince(t, 2000+seed)
		for range 4 {
			w.live()
		}
		o := w.branchOff()
		for range 3 + w.rng.IntN(8) { // hours, or days with lists of their own
			w.live()
			o.at = w.at
			o.live()
			w.at = o.at
		}
		for range 3 { // the other gives many handles, beyond what this one has reserved
			for range 50 {
				o.enrol()
			}
			o.publish()
		}
		o.holdings()
		w.publish()
		w.check()
		o.check()
		chosen := w.backups[w.rng.IntN(len(w.backups))]
		before := maps.Clone(w.given)
		plan := w.restoreOver(chosen, o.published)
		if len(plan.Refusing) != 0 {
			t.Fatalf("seed %d: gates of the other branch: %v", seed, plan.Refusing)
		}
		w.forget()
		for range 6 {
			o.at = w.at
			o.take(issuer.Publication{Version: w.gate.Version(), Bundle: w.published})
			o.stillEnded()
			w.check()
			w.live()
		}
		for range 50 {
			w.enrol()
		}
		for _, h := range w.holdings() {
			if _, old := before[h.Handle]; old {
				continue
			}
			if was, twice := o.given[h.Handle]; twice {
				t.Fatalf("seed %d: handle %d was given to %v by the other branch, and to %v", seed, h.Handle, was, h)
			}
		}
	}
}

// stillEnded looks whether every code that the branch has published as revoked still is at its gate.
func (w *province) stillEnded() {
	w.t.Helper()
	for _, c := range w.codes {
		place, dead := w.dead[c.status]
		if !dead || place != (deadCode{c.holding.Purpose, c.status.List}) || w.at.Unix() >= c.expires {
			continue
		}
		if list := w.gate.List(place.purpose, place.day); list == nil || !list.Contains(c.status.Index) {
			w.t.Fatalf("%s: a code of %s whose revocation the other branch has published is back", w.at, c.at)
		}
	}
}

// restoreOver restores a backup of this branch and gives up the other.
func (w *province) restoreOver(b backup, abandoned []byte) *issuer.RestorePlan {
	w.t.Helper()
	w.must(w.store.Close())
	w.overwrite(b)
	w.open()
	plan, err := issuer.PlanRestore(w.ctx(), w.config(), w.store, w.published, b.at, w.at, abandoned)
	w.must(err)
	p, err := plan.Apply(w.ctx(), true)
	w.must(err)
	w.take(p)
	w.must(w.issuer.EnsureLists(w.ctx(), w.at))
	return plan
}

func TestWhatIsNoBundleOfThisRegionIsNotAbandoned(t *testing.T) {
	w, stranger := newProvince(t, 7), newProvince(t, 8)
	if _, err := issuer.PlanRestore(w.ctx(), w.config(), w.store, w.published, w.at, w.at, stranger.published); err == nil {
		t.Error("a bundle of another region was taken for a branch")
	}
	o := w.branchOff()
	o.at = o.at.Add(time.Hour)
	o.publish()
	if _, err := issuer.PlanRestore(w.ctx(), w.config(), w.store, w.published, w.at, w.at, o.published); !errors.Is(err, issuer.ErrBackwards) {
		t.Errorf("a branch of the future: %v", err)
	}
}
