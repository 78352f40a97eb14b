package issuer_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"healthcode.example/credential"
	"healthcode.example/crypto/cose"
	"healthcode.example/health"
	"healthcode.example/issuer"
	"healthcode.example/trust"
)

func TestTwoPublishersMakeOneLine(t *testing.T) {
	w := newWorld(t, cose.Ed25519)
	r := w.enrol("张伟")
	mine := w.issue(r.read(credential.Phone))
	other := w.server()
	w.advance(time.Minute)
	var first issuer.Publication
	w.store.beforePublish = func() { // the other server overtakes, and a colour changes between the two
		var err error
		first, err = other.PublishSnapshot(t.Context(), w.at)
		w.must(err)
		r.tell(health.PositiveTest)
	}
	second := w.publish()
	if second.Version != first.Version+1 {
		t.Errorf("the loser published version %d after %d", second.Version, first.Version)
	}
	w.update()
	if w.gate.Version() != second.Version || !w.revoked(mine, 0) {
		t.Error("the loser published what it had read before it lost")
	}
}

func TestACeilingStopsTheCounterUntilTheNextPublication(t *testing.T) {
	w := newWorld(t, cose.Ed25519)
	r := w.enrol("张伟")
	w.store.next = w.store.ceiling
	if _, err := w.store.give(r.id, issuer.DeviceID{1}, trust.Phone, w.at.Unix()); !errors.Is(err, issuer.ErrCeiling) {
		t.Fatalf("want %q, got %v", issuer.ErrCeiling, err)
	}
	before := w.store.ceiling
	w.advance(time.Minute)
	p := w.publish()
	w.update()
	if p.Ceiling != before+1024 || w.gate.Snapshot().Ceiling != p.Ceiling || w.store.ceiling != p.Ceiling {
		t.Errorf("the ceiling went from %d to %d, signed %d", before, p.Ceiling, w.gate.Snapshot().Ceiling)
	}
	if r.tell(health.PositiveTest) != credential.Red {
		t.Error("not red after the publication")
	}
	w.store.next = 100_000_000
	w.store.ceiling = 100_000_001
	w.advance(time.Minute)
	w.store.published.Ceiling = w.store.ceiling
	if p := w.publish(); p.Ceiling != 100_065_536 {
		t.Errorf("at a hundred million the ceiling is %d", p.Ceiling)
	}
}

func TestTheReserveFollowsThePopulation(t *testing.T) {
	w := newWorld(t, cose.Ed25519)
	for _, c := range []struct{ given, reserved uint64 }{
		{1, 1024}, {2_000, 1024}, {16_384, 1024}, {160_000, 10_000}, {2_000_000, 65_536}, {100_000_000, 65_536},
	} {
		w.store.next, w.store.ceiling, w.store.published.Ceiling = c.given, c.given, c.given
		w.advance(time.Minute)
		if got := w.publish().Ceiling - c.given; got != c.reserved {
			t.Errorf("with %d handles given, %d are reserved, want %d", c.given, got, c.reserved)
		}
	}
}

func TestAServiceLearnsThatHandlesRunShortBeforeTheyHaveRunOut(t *testing.T) {
	w := newWorld(t, cose.Ed25519)
	w.store.next, w.store.ceiling, w.store.published.Ceiling = 160_000, 160_000, 160_000
	w.publish()
	for _, c := range []struct {
		left  uint64
		short bool
	}{{10_000, false}, {5_400, false}, {5_000, true}, {1, true}, {0, true}} {
		w.store.next = w.store.ceiling - c.left
		if got, err := w.issuer.RunningShort(t.Context()); err != nil || got != c.short {
			t.Errorf("%d of %d left: short is %v, %v", c.left, 10_000, got, err)
		}
	}
	w.advance(time.Minute)
	w.publish()
	if short, err := w.issuer.RunningShort(t.Context()); err != nil || short {
		t.Errorf("right after a publication: %v, %v", short, err)
	}
}

func TestBeforeTheFirstPublicationNothingRunsShort(t *testing.T) {
	w := newWorld(t, cose.Ed25519)
	w.store.next, w.store.ceiling = 1, 0
	if short, err := w.issuer.RunningShort(t.Context()); err != nil || short {
		t.Errorf("got %v, %v", short, err)
	}
}

func TestAPublicationNeverGoesBack(t *testing.T) {
	for name, spoil := range map[string]func(*world, *resident){
		"a clock that went back":    func(w *world, _ *resident) { w.advance(-time.Hour) },
		"revocations that are lost": func(w *world, _ *resident) { w.store.revoked = nil },
		"a counter from a backup":   func(w *world, _ *resident) { w.store.next, w.store.ceiling = 1, 0 },
		"a list key that is lost":   func(w *world, _ *resident) { clear(w.store.lists) },
		"a publication from another region": func(w *world, _ *resident) {
			w.store.published.Bundle = newWorldOf(w.t, cose.Ed25519, 9).store.published.Bundle
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, cose.Ed25519)
			r := w.enrol("张伟")
			w.advance(time.Minute)
			r.tell(health.PositiveTest)
			w.publish()
			before := w.store.published.Version
			w.advance(time.Minute)
			spoil(w, r)
			_, err := w.issuer.PublishSnapshot(t.Context(), w.at)
			if err == nil || w.store.published.Version != before {
				t.Fatalf("published version %d, %v", w.store.published.Version, err)
			}
			if name != "a publication from another region" && !errors.Is(err, issuer.ErrBackwards) {
				t.Errorf("want %q, got %v", issuer.ErrBackwards, err)
			}
		})
	}
}

// With its snapshot key a bundle loses its floor, for a checkpoint; the publisher keeps comparing.
func TestANewSnapshotKeyIsNoWayBack(t *testing.T) {
	w := newWorld(t, cose.Ed25519)
	r := w.enrol("张伟")
	w.advance(time.Minute)
	r.tell(health.PositiveTest)
	w.publish()
	w.store.revoked = nil
	lost := w.key(trust.SnapshotKey, trust.Published).Entry.Key.ID()
	next, err := issuer.NextKeyList(w.list, issuer.Change{Compromise: []cose.KeyID{lost}, Expires: w.at.AddDate(1, 0, 0)}, w.at)
	w.must(err)
	signed, err := w.authority.SignKeyList(next)
	w.must(err)
	if _, err := w.issuer.PublishKeyList(t.Context(), nil, signed, w.at); !errors.Is(err, issuer.ErrBackwards) {
		t.Errorf("want %q, got %v", issuer.ErrBackwards, err)
	}
}

func TestAShorterLifetimeDropsNoListWithLivingCodes(t *testing.T) {
	w := newWorld(t, cose.Ed25519)
	r := w.enrol("张伟")
	paper := w.issue(r.read(credential.Paper))
	w.advance(time.Hour)
	r.tell(health.PositiveTest)
	w.publish()
	w.update()
	w.advance(10 * 24 * time.Hour)
	w.must(w.issuer.EnsureLists(t.Context(), w.at))
	shorter := w.list.Policy
	shorter.PaperLifetime = 7 * 24 * time.Hour
	w.ceremony(issuer.Change{Policy: &shorter})
	w.advance(time.Hour) // the checkpoint misses the publication of the ceremony
	w.must(w.issuer.EnsureLists(t.Context(), w.at))
	w.publish()
	w.update()
	if !w.revoked(paper, 0) {
		t.Error("a paper code of the longer lifetime is alive again")
	}
	w.must(w.issuer.EnsureLists(t.Context(), w.at))
	if fresh := w.issue(r.read(credential.Paper)); fresh.claims.ExpiresAt != w.at.Add(shorter.PaperLifetime).Unix() {
		t.Errorf("a new paper code ends at %d", fresh.claims.ExpiresAt)
	}
}

func TestWhatHasExpiredIsNotPublished(t *testing.T) {
	w := newWorld(t, cose.Ed25519)
	w.store = newMemory()
	w.issuer = w.server()
	signed, err := w.authority.SignKeyList(w.list)
	w.must(err)
	w.add(w.keys...)
	w.at = time.Unix(w.list.ExpiresAt, 0)
	w.must(w.issuer.EnsureLists(t.Context(), w.at))
	if _, err := w.issuer.PublishKeyList(t.Context(), [][]byte{w.root}, signed, w.at); err == nil || !strings.Contains(err.Error(), "key list has expired") {
		t.Errorf("the first publication has an expired key list: %v", err)
	}
}

func TestAfterALongNightTheServicePublishesAgain(t *testing.T) {
	w := newWorld(t, cose.Ed25519)
	r := w.enrol("张伟")
	w.advance(20 * 24 * time.Hour) // every snapshot and most lists have died
	i := w.server()
	w.must(i.EnsureLists(t.Context(), w.at))
	p, err := i.PublishSnapshot(t.Context(), w.at)
	w.must(err)
	w.issuer = i
	w.update()
	if c := w.issue(r.read(credential.Phone)); w.gate.Version() != p.Version || w.revoked(c, 0) {
		t.Error("no good code after the night")
	}
}

func TestBeforeTheFirstKeyListNothingIsPublished(t *testing.T) {
	w := newWorld(t, cose.Ed25519)
	w.store = newMemory()
	if _, err := w.server().PublishSnapshot(t.Context(), w.at); !errors.Is(err, issuer.ErrNotFound) || !strings.Contains(err.Error(), "key list") {
		t.Errorf("want %q and what to do, got %v", issuer.ErrNotFound, err)
	}
}

func TestAKeyListOfAnotherAuthorityIsNotPublished(t *testing.T) {
	w, stranger := newWorld(t, cose.Ed25519), newWorldOf(t, cose.Ed25519, 9)
	next, err := issuer.NextKeyList(w.list, issuer.Change{Expires: w.at.AddDate(0, 3, 0)}, w.at)
	w.must(err)
	signed, err := stranger.authority.SignKeyList(next)
	w.must(err)
	if _, err := w.issuer.PublishKeyList(t.Context(), nil, signed, w.at); err == nil {
		t.Error("a key list that a stranger signed is published")
	}
	old, err := w.authority.SignKeyList(w.list)
	w.must(err)
	w.publishKeyList(next)
	if _, err := w.issuer.PublishKeyList(t.Context(), nil, old, w.at); err == nil {
		t.Error("an older key list is published")
	}
}
