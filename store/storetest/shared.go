package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"healthcode.example/credential"
	"healthcode.example/crypto/cose"
	"healthcode.example/health"
	"healthcode.example/issuer"
	"healthcode.example/trust"
	"healthcode.example/wallet"
)

// sharedCases are about many callers at once. They are worth most under -race.
var sharedCases = map[string]func(*world){
	"a context that ends while waiting has a true outcome": func(w *world) {
		w.publish(100_000)
		w.enrol("person")
		var done sync.WaitGroup
		var kept, refused atomic.Int64
		for i := range 16 {
			done.Go(func() {
				for j := range 8 {
					ctx, cancel := context.WithCancel(w.ctx)
					go cancel()
					p := wallet.NewPerson{ID: id(uint64(1000 + i*100 + j)), Sealed: []byte{1}, Lookups: []wallet.Lookup{lookup(fmt.Sprint(i, " ", j))}}
					err := w.AddPeople(ctx, wallet.ByAuthority, []wallet.NewPerson{p})
					cancel()
					_, found := w.Person(w.ctx, p.ID)
					switch {
					case err == nil && found == nil:
						kept.Add(1)
					case errors.Is(err, context.Canceled) && errors.Is(found, wallet.ErrNoPerson):
						refused.Add(1)
					default:
						w.Errorf("the call says %v and the store %v", err, found)
					}
				}
			})
		}
		done.Wait()
		w.Logf("%d kept, %d refused", kept.Load(), refused.Load())
	},
	"a failing caller does not harm its neighbours": func(w *world) {
		w.publish(100_000)
		w.enrol("stored")
		var done sync.WaitGroup
		for i := range 64 {
			done.Go(func() {
				p := wallet.NewPerson{ID: id(uint64(1000 + i)), Sealed: []byte{1}, Lookups: []wallet.Lookup{lookup(fmt.Sprint(i))}}
				if i%2 == 1 {
					p.Lookups[0] = lookup("stored")
				}
				if err := w.AddPeople(w.ctx, wallet.ByAuthority, []wallet.NewPerson{p}); errors.Is(err, wallet.ErrDuplicate) != (i%2 == 1) {
					w.Errorf("%d: got %v", i, err)
				}
			})
		}
		done.Wait()
		ids, err := w.PeopleAfter(w.ctx, health.PersonID{}, 100)
		if err != nil || len(ids) != 33 {
			w.Errorf("%d people are stored, %v", len(ids), err)
		}
	},
	"a caller's panic is the caller's own": func(w *world) {
		w.enrol("person")
		func() {
			defer func() {
				if r := recover(); r != "mine" {
					w.Errorf("recovered %v", r)
				}
			}()
			_ = w.NewPrint(w.ctx, wallet.Acting{Person: w.people["person"]}, w.people["person"], 1, func(wallet.MemberView) ([]byte, error) { panic("mine") })
		}()
		w.print("person", "person")
	},
	"handles given at once are all different": func(w *world) {
		w.publish(100_000)
		const people, rounds = 8, 6
		for i := range people {
			w.enrol(fmt.Sprint(i))
		}
		var seen sync.Map
		var done sync.WaitGroup
		for i := range people {
			done.Go(func() {
				self := w.people[fmt.Sprint(i)]
				for range rounds {
					err := w.NewPrint(w.ctx, wallet.Acting{Person: self}, self, w.unix(), func(m wallet.MemberView) ([]byte, error) {
						return []byte{1}, nil
					})
					if err != nil {
						w.Error(err)
						return
					}
					p, err := w.DrawPrint(w.ctx, wallet.Acting{Person: self}, self, w.unix(), anybody)
					if err != nil {
						w.Error(err)
						return
					}
					if _, twice := seen.LoadOrStore(p.Handle, i); twice {
						w.Errorf("handle %d came twice", p.Handle)
					}
				}
			})
		}
		done.Wait()
		w.reopen()
		next, _, err := w.Counter(w.ctx)
		if want := uint64(people*rounds + 1); err != nil || next != want || len(w.revoked()) != people*(rounds-1) {
			w.Errorf("the counter stands at %d, want %d, and %d are revoked, %v", next, want, len(w.revoked()), err)
		}
	},
	"of many lists made at once one wins and all hear of it": func(w *world) {
		var won sync.Map
		var done sync.WaitGroup
		for i := range 16 {
			done.Go(func() {
				k, err := w.AddList(w.ctx, issuer.ListKey{Purpose: trust.Phone, Day: 1, Width: 22, Sealed: []byte{byte(i)}})
				if err != nil {
					w.Error(err)
				}
				won.Store(string(k.Sealed), true)
			})
		}
		done.Wait()
		winners := 0
		won.Range(func(any, any) bool { winners++; return true })
		if winners != 1 {
			w.Errorf("%d lists won", winners)
		}
	},
	"of many publishers and activations at once one wins": func(w *world) {
		for i := range 8 {
			w.must(w.PutKey(w.ctx, issuer.KeyRecord{ID: cose.KeyID{byte(i + 1)}, Purpose: trust.Phone, Sealed: []byte{1}}))
		}
		var published, activated atomic.Int64
		var done sync.WaitGroup
		for i := range 8 {
			done.Go(func() {
				switch err := w.Publish(w.ctx, 1, issuer.Publication{Version: 2, Ceiling: 1000}); {
				case err == nil:
					published.Add(1)
				case !errors.Is(err, issuer.ErrConflict):
					w.Error(err)
				}
				switch err := w.Activate(w.ctx, trust.Phone, 0, cose.KeyID{byte(i + 1)}, cose.KeyID{}); {
				case err == nil:
					activated.Add(1)
				case !errors.Is(err, issuer.ErrConflict):
					w.Error(err)
				}
			})
		}
		done.Wait()
		if published.Load() != 1 || activated.Load() != 1 {
			w.Errorf("%d published and %d activated", published.Load(), activated.Load())
		}
	},
	"what is read is of one moment": func(w *world) {
		w.publish(100_000)
		w.enrol("mother", "child")
		w.guard("mother", "child")
		d := w.device("mother")
		var done sync.WaitGroup
		done.Go(func() {
			for i := range 40 {
				c := credential.Red
				if i%2 == 1 {
					c = credential.Green
				}
				if _, _, err := w.Record(w.ctx, w.positive("child"), w.always(w.colour("child", c, fmt.Sprint(i)))); err != nil {
					w.Error(err)
				}
			}
		})
		reasons := make(map[uint64]string) // handle -> reason: a handle goes with one decision
		for range 400 {
			f, err := w.Family(w.ctx, w.people["mother"], d)
			if err != nil {
				w.Fatal(err)
			}
			m, reason := f.Members[1], ""
			if m.Decision != nil {
				reason = m.Decision.Reason
			}
			if was, ok := reasons[m.Holding.Handle]; ok && was != reason {
				w.Fatalf("handle %d goes with %q and with %q", m.Holding.Handle, was, reason)
			}
			reasons[m.Holding.Handle] = reason
		}
		done.Wait()
	},
}
