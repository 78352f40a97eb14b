package storetest

import (
	"context"
	"errors"
	"reflect"
	"time"

	"healthcode.example/credential"
	"healthcode.example/crypto/cose"
	"healthcode.example/issuer"
	"healthcode.example/trust"
)

// restoration is one that fits the world: its counter goes on at from.
func (w *world) restoration(from uint64, renew ...issuer.Holding) issuer.Restoration {
	w.Helper()
	last, err := w.Published(w.ctx)
	w.must(err)
	next, _, err := w.Counter(w.ctx)
	w.must(err)
	return issuer.Restoration{
		Prev: last.Version, Next: next, From: from, Since: w.unix() - 3600, At: w.unix(), Renew: renew,
		Publication: issuer.Publication{Version: last.Version + 9, Ceiling: from + 100, At: w.unix(), Bundle: []byte("restored")},
	}
}

// holdings returns all of them by handle.
func (w *world) holdings() map[uint64]issuer.Holding {
	w.Helper()
	all := make(map[uint64]issuer.Holding)
	w.must(w.Holdings(w.ctx, func(h issuer.Holding) error { all[h.Handle] = h; return nil }))
	return all
}

var restoreCases = map[string]func(*world){
	"every holding is seen once": func(w *world) {
		w.enrol("mother", "child")
		w.guard("mother", "child")
		d := w.device("mother")
		own, child, paper := w.own("mother", d), w.handle("mother", "child", d), w.print("child", "child")
		all := w.holdings()
		want := issuer.Holding{Person: w.people["child"], Purpose: trust.Paper, Handle: paper, Since: w.unix()}
		if len(all) != 3 || all[own].Device != d || all[child].Person != w.people["child"] || all[paper] != want {
			w.Errorf("got %+v", all)
		}
		enough, calls := errors.New("enough"), 0
		if err := w.Holdings(w.ctx, func(issuer.Holding) error { calls++; return enough }); !errors.Is(err, enough) || calls != 1 {
			w.Errorf("%d calls, %v", calls, err)
		}
	},
	"a restore revokes, renews and publishes at once, and goes on above the ceiling": func(w *world) {
		w.enrol("person", "other")
		d := w.device("person")
		kept, ended := w.own("person", d), w.print("person", "person")
		next, _, err := w.Counter(w.ctx)
		w.must(err)
		w.later()
		r := w.restoration(1000, w.holdings()[ended])
		r.Revoked = []issuer.Revocation{{Purpose: trust.Phone, Handle: 5000, Since: w.unix() - 50, At: w.unix() - 40}}
		r.Lists = []issuer.ListKey{{Purpose: trust.Phone, Day: 5, Width: 27, Sealed: []byte("made"), Carried: true}}
		_, err = w.AddList(w.ctx, issuer.ListKey{Purpose: trust.Phone, Day: 5, Width: 22, Sealed: []byte("before")})
		w.must(err)
		w.must(w.PutKey(w.ctx, issuer.KeyRecord{ID: cose.KeyID{1}, Purpose: trust.Phone, Sealed: []byte("before")}))
		r.Keys = []issuer.KeyRecord{
			{ID: cose.KeyID{1}, Purpose: trust.Phone, Sealed: []byte("brought")},
			{ID: cose.KeyID{2}, Purpose: trust.SnapshotKey, Prefecture: 440100, Active: true, Sealed: []byte("brought")},
		}
		w.must(w.Restore(w.ctx, r))
		w.reopen()

		all := w.holdings()
		if len(all) != 2 || all[kept].Device != d || all[1000].Person != w.people["person"] || all[1000].Since != w.unix() {
			w.Errorf("the holdings are %+v", all)
		}
		if now, ceiling, err := w.Counter(w.ctx); err != nil || now != 1001 || ceiling != 1100 {
			w.Errorf("the counter stands at %d of %d, %v", now, ceiling, err)
		}
		if p, err := w.Published(w.ctx); err != nil || p.Version != r.Publication.Version || string(p.Bundle) != "restored" {
			w.Errorf("published is %+v, %v", p, err)
		}
		if lists, err := w.Lists(w.ctx); err != nil || len(lists) != 1 || string(lists[0].Sealed) != "made" || !lists[0].Carried {
			w.Errorf("the lists are %+v, %v", lists, err)
		}
		r.Keys[1].Active = false
		if keys, err := w.Keys(w.ctx); err != nil || len(keys) != 2 || string(keys[0].Sealed) != "before" || !reflect.DeepEqual(keys[1], r.Keys[1]) {
			w.Errorf("the keys are %+v, %v", keys, err)
		}
		w.revokedByRestore(r, next, ended)
		if h := w.print("other", "other"); h != 1001 {
			w.Errorf("the next handle is %d", h)
		}
	},
	"a restore that was planned for another state changes nothing": func(w *world) {
		w.enrol("person")
		h := w.print("person", "person")
		for name, spoil := range map[string]func(*issuer.Restoration){
			"another publication": func(r *issuer.Restoration) { r.Prev++; r.Publication.Version++ },
			"another counter":     func(r *issuer.Restoration) { r.Next-- },
			"another handle":      func(r *issuer.Restoration) { r.Renew[0].Handle++ },
			"another time":        func(r *issuer.Restoration) { r.Renew[0].Since-- },
		} {
			r := w.restoration(1000, w.holdings()[h])
			spoil(&r)
			w.unchanged(name, func() {
				if err := w.Restore(w.ctx, r); !errors.Is(err, issuer.ErrConflict) {
					w.Errorf("%s: got %v", name, err)
				}
			})
		}
		w.must(w.Restore(w.ctx, w.restoration(1000, w.holdings()[h])))
	},
	"a restore never goes back": func(w *world) {
		w.enrol("person")
		h := w.print("person", "person")
		for name, spoil := range map[string]func(*issuer.Restoration){
			"the counter":                   func(r *issuer.Restoration) { r.From = r.Next - 1 },
			"the version":                   func(r *issuer.Restoration) { r.Publication.Version = r.Prev },
			"the ceiling":                   func(r *issuer.Restoration) { r.Publication.Ceiling = 199 },
			"a ceiling below what it gives": func(r *issuer.Restoration) { r.Publication.Ceiling = r.From },
			"a context that is over":        nil,
		} {
			r, ctx := w.restoration(1000, w.holdings()[h]), w.ctx
			if spoil != nil {
				spoil(&r)
			} else {
				over, cancel := context.WithCancel(w.ctx)
				cancel()
				ctx = over
			}
			w.unchanged(name, func() {
				if err := w.Restore(ctx, r); err == nil || errors.Is(err, issuer.ErrConflict) {
					w.Errorf("%s: got %v", name, err)
				}
			})
		}
	},
	"doubtful handles go when no list can hold them": func(w *world) {
		w.must(w.Restore(w.ctx, w.restoration(300)))
		count := func() (n int) {
			w.must(w.Revocations(w.ctx, func(issuer.Revocation) error { n++; return nil }))
			return n
		}
		before := count()
		today := credential.ListDay(w.unix())
		w.must(w.DropLists(w.ctx, map[trust.Purpose]uint32{trust.Phone: today, trust.Paper: today}))
		if now := count(); now != before || before != 2*299 {
			w.Errorf("%d revoked, %d before", now, before)
		}
		w.must(w.DropLists(w.ctx, map[trust.Purpose]uint32{trust.Phone: today + 1, trust.Paper: today}))
		if after := count(); after != 299 {
			w.Errorf("%d revocations are kept, want those of paper", after)
		}
	},
}

// revokedByRestore checks the revocations of a restore: the doubtful ones of both purposes, those that it brings, and the
// renewed holding's.
func (w *world) revokedByRestore(r issuer.Restoration, next, renewed uint64) {
	w.Helper()
	type of struct {
		purpose trust.Purpose
		handle  uint64
	}
	want := map[of]issuer.Revocation{}
	for _, purpose := range []trust.Purpose{trust.Phone, trust.Paper} {
		for h := next; h < r.From; h++ {
			want[of{purpose, h}] = issuer.Revocation{Purpose: purpose, Handle: h, Since: r.Since, At: r.At}
		}
	}
	for _, v := range r.Revoked {
		want[of{v.Purpose, v.Handle}] = v
	}
	since := w.now.Add(-time.Second).Unix()
	want[of{trust.Paper, renewed}] = issuer.Revocation{Purpose: trust.Paper, Handle: renewed, Since: since, At: r.At}
	w.must(w.Revocations(w.ctx, func(v issuer.Revocation) error {
		if want[of{v.Purpose, v.Handle}] != v {
			w.Errorf("the revocation %+v, want %+v", v, want[of{v.Purpose, v.Handle}])
		}
		delete(want, of{v.Purpose, v.Handle})
		return nil
	}))
	if len(want) != 0 {
		w.Errorf("not revoked: %v", want)
	}
}
