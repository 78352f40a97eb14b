package storetest

import (
	"errors"
	"fmt"
	"sync"

	"healthcode.example/health"
	"healthcode.example/wallet"
)

var mergeCases = map[string]func(*world){
	"a merge that is refused by whoever asked for it changes nothing": func(w *world) {
		w.enrol("keep", "gone", "child")
		w.guard("gone", "child")
		w.device("keep")
		w.device("gone")
		w.print("gone", "gone")
		w.logIn("gone")
		wrong := errors.New("two birth dates")
		w.same("a refused merge", func() {
			_, err := w.Merge(w.ctx, w.people["keep"], w.people["gone"], wallet.ByAuthority, false, w.later(), func(keep, gone wallet.StoredPerson) (wallet.Joined, error) {
				if keep.ID != w.people["keep"] || gone.ID != w.people["gone"] {
					w.Errorf("asked about %v and %v", keep.ID, gone.ID)
				}
				return wallet.Joined{Sealed: []byte("x"), Lookups: []wallet.Lookup{lookup("gone")}}, wrong
			}, nil)
			if !errors.Is(err, wrong) {
				w.Errorf("got %v", err)
			}
		}, "keep", "gone", "child")
		w.same("a merge for which the rules give no colour", func() {
			_, err := w.Merge(w.ctx, w.people["keep"], w.people["gone"], wallet.ByAuthority, false, w.later(), func(wallet.StoredPerson, wallet.StoredPerson) (wallet.Joined, error) {
				return wallet.Joined{Sealed: []byte("x"), Lookups: []wallet.Lookup{lookup("gone")}}, nil
			}, func([]health.Evidence) health.Decision { return health.Decision{} })
			if err == nil {
				w.Error("it was done")
			}
		}, "keep", "gone", "child")
	},
	"a merge counts guardians and dependants of both, and whom they share once": func(w *world) {
		w.publish(100_000)
		w.enrol("keep", "gone", "one more")
		for i := range wallet.MaxGuardians {
			name := fmt.Sprint("guardian ", i)
			w.enrol(name)
			w.guard(name, "keep")
		}
		w.guard("guardian 0", "gone")
		w.must(changed(w.merge("keep", "gone", true)))
		w.guard("one more", "gone")
		w.same("one guardian too many", func() {
			if _, err := w.merge("keep", "gone", false); !errors.Is(err, wallet.ErrTooMany) {
				w.Errorf("got %v", err)
			}
		}, "keep", "gone", "one more")
		w.enrol("parent", "twin")
		for i := range wallet.MaxDependants {
			name := fmt.Sprint("child ", i)
			w.enrol(name)
			w.guard("parent", name)
		}
		w.guard("twin", "child 0")
		w.must(changed(w.merge("parent", "twin", true)))
		w.guard("twin", "one more")
		w.same("one dependant too many", func() {
			if _, err := w.merge("parent", "twin", false); !errors.Is(err, wallet.ErrTooMany) {
				w.Errorf("got %v", err)
			}
		}, "parent", "twin", "one more")
		w.endGuardian("twin", "one more", w.later())
		w.must(changed(w.merge("parent", "twin", false)))
	},
	"a merge is told to the person and the guardians in force of both": func(w *world) {
		w.enrol("keep", "gone", "guardian", "other", "former")
		w.guard("guardian", "keep")
		w.guard("other", "gone")
		w.guard("former", "keep")
		w.endGuardian("former", "keep", w.unix())
		w.later()
		w.must(changed(w.merge("keep", "gone", false)))
		w.reopen()
		told := wallet.Event{At: w.unix(), Kind: wallet.EventMerged, By: wallet.ByAuthority}
		w.toldOnce("keep", 0, told)
		told.Member = w.people["keep"]
		w.toldOnce("guardian", 0, told)
		w.toldOnce("other", 0, told)
		if got := w.toldOf("former", 0, wallet.EventMerged); len(got) != 0 {
			w.Errorf("a former guardian reads %+v", got)
		}
	},
	"what a caller gives to be run may run again, beside others that fail late": func(w *world) {
		w.publish(100_000)
		w.enrol("keep", "gone")
		const people = 16
		var done sync.WaitGroup
		for i := range people {
			w.enrol(fmt.Sprint(i))
		}
		for i := range people {
			self := w.people[fmt.Sprint(i)]
			done.Go(func() {
				runs := 0
				err := w.NewPrint(w.ctx, wallet.Acting{Person: self}, self, w.unix(), func(m wallet.MemberView) ([]byte, error) {
					runs++
					return []byte(fmt.Sprint("code ", m.Holding.Handle)), nil
				})
				p, errDraw := w.DrawPrint(w.ctx, wallet.Acting{Person: self}, self, w.unix(), anybody)
				if err != nil || errDraw != nil || runs == 0 || string(p.Sealed) != fmt.Sprint("code ", p.Handle) {
					w.Errorf("the print %q of handle %d, made %d times: %v, %v", p.Sealed, p.Handle, runs, err, errDraw)
				}
			})
			done.Go(func() { // fails after it has begun to write
				_, err := w.Merge(w.ctx, w.people["keep"], w.people["gone"], wallet.ByAuthority, false, w.unix(), func(wallet.StoredPerson, wallet.StoredPerson) (wallet.Joined, error) {
					return wallet.Joined{Sealed: []byte("x"), Lookups: []wallet.Lookup{lookup("gone")}}, nil
				}, func([]health.Evidence) health.Decision { return health.Decision{} })
				if err == nil {
					w.Error("a merge without a colour was done")
				}
			})
		}
		done.Wait()
		w.reopen()
		for i := range people {
			if got := w.toldOf(fmt.Sprint(i), 0, wallet.EventPrintMade); len(got) != 1 {
				w.Errorf("%d reads of %d prints", i, len(got))
			}
		}
	},
}
