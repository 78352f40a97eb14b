package bolt_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"healthcode.example/credential"
	"healthcode.example/health"
	"healthcode.example/issuer"
	"healthcode.example/trust"
	"healthcode.example/wallet"
)

// check compares every living code with the gate: it is revoked exactly when its handle is no holding's any more. In a list
// whose key was lost since, a code can only stay as it was published.
func (w *province) check() {
	w.t.Helper()
	current, keys := make(map[uint64]bool), w.listKeys()
	for _, h := range w.holdings() {
		current[h.Handle] = true
	}
	for _, c := range w.codes {
		place := deadCode{c.holding.Purpose, c.status.List}
		if w.at.Unix() >= c.expires+int64(credential.Skew/time.Second) {
			continue
		}
		revoked := w.gate.List(place.purpose, place.day) != nil && w.gate.List(place.purpose, place.day).Contains(c.status.Index)
		if _, was := w.dead[c.status]; was && w.dead[c.status] == place && !revoked {
			w.t.Fatalf("%s: a code of %s whose revocation was published is back", w.at, c.at)
		}
		if revoked {
			w.dead[c.status] = place
		}
		if c.listKey != keys[place] {
			continue
		}
		if revoked == current[c.holding.Handle] {
			w.t.Fatalf("%s: a %s code of %s under handle %d is revoked: %v, and its handle in use: %v", w.at, place.purpose, c.at, c.holding.Handle, revoked, current[c.holding.Handle])
		}
	}
}

// live lets a random hour or day pass in the province.
func (w *province) live() {
	w.t.Helper()
	if len(w.people) < 2 {
		w.enrol()
	}
	who := w.people[w.rng.IntN(len(w.people))]
	switch w.rng.IntN(8) {
	case 0:
		w.enrol()
	case 1:
		w.print(who)
	case 2:
		w.lose(who)
	case 3, 4, 5:
		w.tell(who, []health.EvidenceKind{health.PositiveTest, health.Release}[w.rng.IntN(2)])
	case 6:
		w.backUp()
	case 7:
		w.publish()
		w.check()
	}
	w.holdings()
	pause := time.Duration(1+w.rng.IntN(90)) * time.Minute
	if w.rng.IntN(12) == 0 {
		pause = time.Duration(1+w.rng.IntN(40)) * time.Hour
	}
	w.at = w.at.Add(pause)
	w.publish() // a day that begins without a publication has no list; the service publishes every five minutes
	w.refresh()
}

// lose ends one of the person's phones and binds another.
func (w *province) lose(who health.PersonID) {
	w.t.Helper()
	devices, err := w.store.Devices(w.ctx(), who)
	w.must(err)
	if len(devices) > 0 {
		w.must(w.store.EndDevice(w.ctx(), devices[0].ID, wallet.BySelf, w.at.Unix()))
	}
	w.phone(who)
}

// After any of a hundred restores, of backups of any age, also of times that a former restore undid: no code whose revocation
// was published comes back, no handle is given twice, no version repeats, and the gate takes every publication.
func TestARestoreUndoesNothingThatWasPublished(t *testing.T) {
	histories, restores := 20, 5
	if slowed {
		histories = 2 // make test plays all of them without the race detector
	}
	lost, renewed, doubtful := 0, 0, uint64(0)
	for seed := range uint64(histories) {
		w := newProvinceOf(t, seed, []uint64{fewHandles, 0}[seed%2]) // every other with the reserve that the population gives
		w.backUp()                                                   // before anybody is there
		for range restores {
			for range 3 + w.rng.IntN(10) {
				w.live()
			}
			chosen := w.backups[w.rng.IntN(len(w.backups))]
			if w.rng.IntN(2) == 0 {
				chosen = w.backups[len(w.backups)-1]
			}
			plan := w.restore(chosen)
			w.forget()
			w.check()
			lost, renewed, doubtful = lost+len(plan.Lost), renewed+len(plan.Renewed), doubtful+plan.Doubtful
		}
		for range 5 {
			w.live()
		}
		w.publish()
		w.check()
	}
	t.Logf("%d restores: %d holdings renewed, %d handles in doubt, %d lists lost", histories*restores, renewed, doubtful, lost)
	if !slowed && (renewed == 0 || doubtful == 0 || lost == 0) {
		t.Error("the histories are too tame to show anything")
	}
}

// forget leaves only the people that the restored store knows.
func (w *province) forget() {
	w.t.Helper()
	ids, err := w.store.PeopleAfter(w.ctx(), health.PersonID{}, 1000)
	w.must(err)
	w.people = ids
}

func TestAfterARestoreTheEndedStaysEndedAndTheOthersStayGood(t *testing.T) {
	w := newProvince(t, 1)
	w.enrol()
	w.enrol()
	w.publish()
	w.refresh()
	w.backUp()
	w.at = w.at.Add(time.Hour)
	w.tell(w.people[0], health.PositiveTest) // published …
	w.publish()
	w.enrol() // … and somebody who is new
	w.refresh()
	w.at = w.at.Add(time.Hour)
	before := len(w.holdings())
	plan := w.restore(w.backups[0])
	w.check()
	if len(plan.Renewed) != 2 || plan.Renewed[0].Person != w.people[0] || len(plan.Lost) != 0 || plan.Recovered != 0 {
		t.Errorf("the plan renews %v, recovers %d, lost %v", plan.Renewed, plan.Recovered, plan.Lost)
	}
	if after := len(w.holdings()); after != before-2 {
		t.Errorf("%d holdings, %d before", after, before)
	}
	w.refresh()
	w.check()
}

func TestARestoreWithoutListKeysAsksFirst(t *testing.T) {
	w := newProvince(t, 2)
	w.enrol()
	w.backUp()
	w.at = w.at.Add(3 * 24 * time.Hour)
	w.publish()
	w.refresh()
	plan, err := issuer.PlanRestore(w.ctx(), w.config(), w.store, w.published, w.at, w.at)
	w.must(err)
	if len(plan.Lost) != 0 {
		t.Errorf("with all keys there it lost %v", plan.Lost)
	}
	chosen := w.backups[0]
	w.must(w.store.Close())
	w.overwrite(chosen)
	w.open()
	plan, err = issuer.PlanRestore(w.ctx(), w.config(), w.store, w.published, chosen.at, w.at)
	w.must(err)
	if _, err := plan.Apply(w.ctx(), false); !errors.Is(err, issuer.ErrLostLists) || len(plan.Lost) != 2 || !strings.Contains(plan.Lost[0], "2026-03-05") {
		t.Errorf("lost %v, got %v", plan.Lost, err)
	}
	if p, err := w.store.Published(w.ctx()); err != nil || p.Version != plan.BackupVersion {
		t.Errorf("something was written: version %d, %v", p.Version, err)
	}
}

func TestARestoreRefusesWhatIsNotItsOwnNewest(t *testing.T) {
	w, stranger := newProvince(t, 3), newProvince(t, 4)
	old := w.published
	w.enrol()
	w.at = w.at.Add(time.Hour)
	w.publish()
	for name, c := range map[string]struct {
		bundle []byte
		at     time.Time
		want   error
	}{
		"an older bundle":           {old, w.at, trust.ErrRollback},
		"another region's bundle":   {stranger.published, w.at, trust.ErrRegion},
		"a bundle that is cut":      {w.published[:100], w.at, trust.ErrFormat},
		"a clock before the bundle": {w.published, w.at.Add(-2 * time.Hour), issuer.ErrBackwards},
	} {
		if _, err := issuer.PlanRestore(w.ctx(), w.config(), w.store, c.bundle, w.at, c.at); !errors.Is(err, c.want) {
			t.Errorf("%s: want %q, got %v", name, c.want, err)
		}
	}
}

func TestAPlanIsForTheStoreAsItWas(t *testing.T) {
	w := newProvince(t, 5)
	w.enrol()
	w.backUp()
	plan, err := issuer.PlanRestore(w.ctx(), w.config(), w.store, w.published, w.at, w.at)
	w.must(err)
	w.enrol()
	if _, err := plan.Apply(w.ctx(), false); !errors.Is(err, issuer.ErrConflict) {
		t.Errorf("want %q, got %v", issuer.ErrConflict, err)
	}
}

// A small town's bundle stays small: what a restore revokes follows the population.
func TestARestoreOfATownLeavesASmallBundle(t *testing.T) {
	w := newProvinceOf(t, 6, 0)
	for range 10 { // each takes two handles of the thousand that are reserved
		w.enrol()
	}
	w.publish()
	w.backUp()
	w.at = w.at.Add(time.Hour)
	w.enrol()
	w.publish()
	before := len(w.published)
	plan := w.restore(w.backups[0])
	w.check()
	if grown := len(w.published) - before; plan.Doubtful > 1100 || grown > 6_000 {
		t.Errorf("%d handles in doubt, and the bundle grew by %d bytes to %d", plan.Doubtful, grown, len(w.published))
	}
	t.Logf("%d handles in doubt; bundle of %d bytes, %d before", plan.Doubtful, len(w.published), before)
}

// BenchmarkPublishAfterARestore publishes while handles are in doubt, as every publication does until their lists have died: the reserve of a
// town, and that of a province of a million and more.
func BenchmarkPublishAfterARestore(b *testing.B) {
	for name, reserve := range map[string]uint64{"town": 1 << 10, "province": 1 << 16} {
		b.Run(name, func(b *testing.B) {
			w := newProvinceOf(b, 1, reserve)
			w.enrol()
			w.publish()
			w.backUp()
			w.at = w.at.Add(time.Hour)
			w.publish()
			plan := w.restore(w.backups[0])
			for b.Loop() {
				w.at = w.at.Add(time.Second)
				p, err := w.issuer.PublishSnapshot(w.ctx(), w.at)
				w.must(err)
				b.ReportMetric(float64(len(p.Bundle)), "bundle-bytes")
				b.ReportMetric(float64(plan.Doubtful), "doubtful")
			}
		})
	}
}
