package storetest

import (
	"bytes"
	"errors"
	"reflect"
	"time"

	"healthcode.example/credential"
	"healthcode.example/crypto/cose"
	"healthcode.example/issuer"
	"healthcode.example/trust"
	"healthcode.example/wallet"
)

var issuerCases = map[string]func(*world){
	"of two lists of one day the first stays": func(w *world) {
		first := issuer.ListKey{Purpose: trust.Phone, Day: 19052, Width: 22, Sealed: []byte("first")}
		second := issuer.ListKey{Purpose: trust.Phone, Day: 19052, Width: 24, Sealed: []byte("second")}
		paper := issuer.ListKey{Purpose: trust.Paper, Day: 19052, Width: 23, Sealed: []byte("paper")}
		earlier := issuer.ListKey{Purpose: trust.Phone, Day: 300, Width: 23, Sealed: []byte("earlier")}
		for _, c := range []struct{ add, want issuer.ListKey }{{first, first}, {paper, paper}, {second, first}, {first, first}, {earlier, earlier}} {
			got, err := w.AddList(w.ctx, c.add)
			if err != nil || !reflect.DeepEqual(got, c.want) {
				w.Errorf("got %+v, %v, want %+v", got, err, c.want)
			}
			w.reopen()
		}
		all, err := w.Lists(w.ctx)
		if want := []issuer.ListKey{earlier, first, paper}; err != nil || !reflect.DeepEqual(all, want) {
			w.Errorf("got %+v, %v", all, err)
		}
	},
	"dead lists go, with the revocations that no list can hold": func(w *world) {
		w.enrol("elder")
		today := credential.ListDay(w.unix())
		for _, day := range []uint32{today - 1, today, today + 1} {
			for _, purpose := range []trust.Purpose{trust.Phone, trust.Paper} {
				_, err := w.AddList(w.ctx, issuer.ListKey{Purpose: purpose, Day: day, Width: 22, Sealed: []byte{1}})
				w.must(err)
			}
		}
		midnight := credential.DayStart(today + 1)
		lag := int64(issuer.Lag / time.Second)
		old := w.print("elder", "elder")
		w.now = time.Unix(midnight-lag-1, 0) // just too early for tomorrow's list
		held := w.print("elder", "elder")
		w.now = time.Unix(midnight-lag, 0) // just late enough
		w.print("elder", "elder")
		d := w.device("elder")
		w.now = start
		phone := w.own("elder", d)
		w.must(w.EndDevice(w.ctx, d, wallet.BySelf, w.unix()))
		w.must(w.DropLists(w.ctx, map[trust.Purpose]uint32{trust.Paper: today + 1}))
		w.must(w.DropLists(w.ctx, map[trust.Purpose]uint32{trust.Paper: today + 1}))
		w.reopen()
		kept := w.revoked()
		if _, there := kept[old]; there {
			w.Error("a revocation that no list can hold is kept")
		}
		if _, there := kept[held]; !there {
			w.Error("a revocation that tomorrow's list can hold is gone")
		}
		if _, there := kept[phone]; !there {
			w.Error("a revocation of another purpose is gone")
		}
		all, err := w.Lists(w.ctx)
		w.must(err)
		if len(all) != 4 || all[3].Purpose != trust.Paper || all[3].Day != today+1 {
			w.Errorf("the lists are %+v", all)
		}
	},
	"a publication comes back as it was made": func(w *world) {
		p := issuer.Publication{
			Version: 7, Ceiling: 500, At: w.unix(), Bundle: bytes.Repeat([]byte("bundle"), 100_000),
			Keys: []issuer.PublishedKey{{ID: cose.KeyID{3}, Since: 12}, {ID: cose.KeyID{1}}},
		}
		w.must(w.Publish(w.ctx, 1, p))
		w.reopen()
		if got, err := w.Published(w.ctx); err != nil || !reflect.DeepEqual(got, p) {
			w.Errorf("got version %d, %v", got.Version, err)
		}
		if _, ceiling, err := w.Counter(w.ctx); err != nil || ceiling != 500 {
			w.Errorf("the ceiling is %d, %v", ceiling, err)
		}
	},
	"a publication never goes back and never overtakes another": func(w *world) {
		for _, c := range []struct {
			prev     uint64
			p        issuer.Publication
			conflict bool
		}{
			{0, issuer.Publication{Version: 2, Ceiling: 300}, true},
			{2, issuer.Publication{Version: 3, Ceiling: 300}, true},
			{1, issuer.Publication{Version: 1, Ceiling: 300}, false},
			{1, issuer.Publication{Version: 2, Ceiling: 199}, false},
		} {
			err := w.Publish(w.ctx, c.prev, c.p)
			if err == nil || errors.Is(err, issuer.ErrConflict) != c.conflict {
				w.Errorf("%d after %d: got %v", c.p.Version, c.prev, err)
			}
		}
		if p, err := w.Published(w.ctx); err != nil || p.Version != 1 || p.Ceiling != 200 {
			w.Errorf("got %+v, %v", p, err)
		}
	},
	"handles count from 1 and never come twice": func(w *world) {
		w.enrol("person")
		if next, _, err := w.Counter(w.ctx); err != nil || next != 1 {
			w.Fatalf("a new store begins at %d, %v", next, err)
		}
		for want := uint64(1); want < 20; want++ {
			if got := w.print("person", "person"); got != want {
				w.Errorf("got %d, want %d", got, want)
			}
			if want%5 == 0 {
				w.reopen()
			}
		}
		if next, _, err := w.Counter(w.ctx); err != nil || next != 20 {
			w.Errorf("the counter stands at %d, %v", next, err)
		}
	},
	"an error of yield ends the revocations": func(w *world) {
		w.enrol("person")
		w.print("person", "person")
		w.print("person", "person")
		w.print("person", "person")
		enough, calls := errors.New("enough"), 0
		err := w.Revocations(w.ctx, func(issuer.Revocation) error { calls++; return enough })
		if !errors.Is(err, enough) || calls != 1 {
			w.Errorf("%d calls, %v", calls, err)
		}
	},
	"a revocation says since when and until when its handle held": func(w *world) {
		w.enrol("person")
		h := w.print("person", "person")
		since := w.unix()
		w.now = w.now.Add(-time.Hour) // a clock that went back
		w.print("person", "person")
		want := issuer.Revocation{Handle: h, Purpose: trust.Paper, Since: since, At: since}
		if got := w.revoked()[h]; got != want {
			w.Errorf("got %+v, want %+v", got, want)
		}
	},
	"a private key is inserted once and is not active by itself": func(w *world) {
		a := issuer.KeyRecord{ID: cose.KeyID{2}, Purpose: trust.Phone, Prefecture: 440300, Sealed: []byte("sealed")}
		b := issuer.KeyRecord{ID: cose.KeyID{1}, Purpose: trust.Paper, Sealed: []byte("other")}
		w.must(w.PutKey(w.ctx, a))
		w.must(w.PutKey(w.ctx, b))
		again := a
		again.Sealed = []byte("changed")
		if err := w.PutKey(w.ctx, again); !errors.Is(err, issuer.ErrExists) {
			w.Errorf("got %v", err)
		}
		again.ID, again.Active = cose.KeyID{3}, true
		if err := w.PutKey(w.ctx, again); err == nil {
			w.Error("an active key was put in")
		}
		w.reopen()
		if all, err := w.Keys(w.ctx); err != nil || !reflect.DeepEqual(all, []issuer.KeyRecord{b, a}) {
			w.Errorf("got %+v, %v", all, err)
		}
	},
	"a key that is dropped is gone, and an active one stays": func(w *world) {
		a, b := cose.KeyID{1}, cose.KeyID{2}
		w.must(w.PutKey(w.ctx, issuer.KeyRecord{ID: a, Purpose: trust.Phone, Sealed: []byte("a")}))
		w.must(w.PutKey(w.ctx, issuer.KeyRecord{ID: b, Purpose: trust.Phone, Sealed: []byte("b")}))
		w.must(w.Activate(w.ctx, trust.Phone, 0, a, cose.KeyID{}))
		if err := w.DropKey(w.ctx, a); !errors.Is(err, issuer.ErrConflict) {
			w.Errorf("got %v", err)
		}
		w.must(w.DropKey(w.ctx, b))
		w.must(w.DropKey(w.ctx, b))
		w.reopen()
		if all, err := w.Keys(w.ctx); err != nil || len(all) != 1 || all[0].ID != a {
			w.Errorf("got %+v, %v", all, err)
		}
		w.must(w.PutKey(w.ctx, issuer.KeyRecord{ID: b, Purpose: trust.Phone, Sealed: []byte("again")}))
	},
	"one key of a purpose and prefecture is active, by compare and set": func(w *world) {
		a, b, elsewhere := cose.KeyID{1}, cose.KeyID{2}, cose.KeyID{3}
		none := cose.KeyID{}
		w.must(w.PutKey(w.ctx, issuer.KeyRecord{ID: a, Purpose: trust.Phone, Sealed: []byte("a")}))
		w.must(w.PutKey(w.ctx, issuer.KeyRecord{ID: b, Purpose: trust.Phone, Sealed: []byte("b")}))
		w.must(w.PutKey(w.ctx, issuer.KeyRecord{ID: elsewhere, Purpose: trust.Phone, Prefecture: 440300, Sealed: []byte("c")}))
		for _, c := range []struct {
			prefecture uint32
			id, was    cose.KeyID
			want       error
			active     []cose.KeyID
		}{
			{0, a, b, issuer.ErrConflict, nil},
			{0, elsewhere, none, issuer.ErrNotFound, nil},
			{0, cose.KeyID{9}, none, issuer.ErrNotFound, nil},
			{0, a, none, nil, []cose.KeyID{a}},
			{0, b, none, issuer.ErrConflict, []cose.KeyID{a}},
			{440300, elsewhere, none, nil, []cose.KeyID{a, elsewhere}},
			{0, b, a, nil, []cose.KeyID{b, elsewhere}},
			{0, b, b, nil, []cose.KeyID{b, elsewhere}},
			{0, none, b, nil, []cose.KeyID{elsewhere}},
			{0, none, b, issuer.ErrConflict, []cose.KeyID{elsewhere}},
		} {
			if err := w.Activate(w.ctx, trust.Phone, c.prefecture, c.id, c.was); !errors.Is(err, c.want) {
				w.Errorf("%v for %v: got %v, want %v", c.id, c.was, err, c.want)
			}
			w.reopen()
			all, err := w.Keys(w.ctx)
			w.must(err)
			var active []cose.KeyID
			for _, k := range all {
				if len(k.Sealed) != 1 {
					w.Errorf("key %v was changed to %+v", k.ID, k)
				}
				if k.Active {
					active = append(active, k.ID)
				}
			}
			if !reflect.DeepEqual(active, c.active) {
				w.Errorf("active are %v, want %v", active, c.active)
			}
		}
	},
}
