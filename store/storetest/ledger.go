package storetest

import (
	"errors"
	"reflect"
	"time"

	"healthcode.example/credential"
	"healthcode.example/health"
	"healthcode.example/issuer"
	"healthcode.example/trust"
	"healthcode.example/wallet"
)

var ledgerCases = map[string]func(*world){
	"another colour ends every holding of the person and nobody else's": func(w *world) {
		w.enrol("mother", "child", "other")
		w.guard("mother", "child")
		mothers, childs, others := w.device("mother"), w.device("child"), w.device("other")
		onMothers, own, paper := w.handle("mother", "child", mothers), w.own("child", childs), w.print("child", "child")
		mother, other := w.own("mother", mothers), w.own("other", others)
		before := w.revoked()
		w.later()
		w.paint("child")
		w.gone(before, onMothers, own, paper)
		w.reopen()
		w.gone(before, onMothers, own, paper)
		fresh := map[uint64]bool{w.handle("mother", "child", mothers): true, w.own("child", childs): true}
		if len(fresh) != 2 || fresh[0] || fresh[onMothers] || fresh[own] || fresh[paper] {
			w.Errorf("the fresh handles are %v", fresh)
		}
		if w.own("mother", mothers) != mother || w.own("other", others) != other {
			w.Error("another person's handle moved")
		}
		f, err := w.Family(w.ctx, w.people["mother"], mothers)
		w.must(err)
		if h := f.Members[1].Holding; h.Since != w.unix() || h.Purpose != trust.Phone {
			w.Errorf("the holding is %+v", h)
		}
	},
	"a decision comes back as it was made, after a restart": func(w *world) {
		w.enrol("person")
		want := w.colour("person", credential.Red, "positive_test")
		want.Rule = "positive"
		got, changed, err := w.Record(w.ctx, w.positive("person"), w.always(want))
		if err != nil || !changed || !reflect.DeepEqual(got, want) {
			w.Errorf("got %+v, %v, %v", got, changed, err)
		}
		w.reopen()
		f, err := w.Family(w.ctx, w.people["person"], noDevice)
		w.must(err)
		if d := f.Members[0].Decision; d == nil || !reflect.DeepEqual(*d, want) {
			w.Errorf("got %+v, want %+v", d, want)
		}
	},
	"all evidence is judged, oldest first, after a restart": func(w *world) {
		w.enrol("person", "other")
		w.paint("other")
		for _, hours := range []int{3, 1, 2} {
			e := w.positive("person")
			e.At = start.Add(time.Duration(hours) * time.Hour)
			_, _, err := w.Record(w.ctx, e, w.always(w.colour("person", credential.Red, "positive_test")))
			w.must(err)
		}
		w.reopen()
		var seen []health.Evidence
		last := w.positive("person")
		last.Kind, last.At = health.Release, start.Add(150*time.Minute)
		_, _, err := w.Record(w.ctx, last, func(all []health.Evidence) health.Decision {
			if len(all) > 0 {
				seen = append([]health.Evidence(nil), all...)
			}
			return w.colour("person", credential.Red, "positive_test")
		})
		w.must(err)
		if len(seen) != 4 {
			w.Fatalf("saw %d", len(seen))
		}
		for i, minutes := range []int{60, 120, 150, 180} {
			if want := start.Add(time.Duration(minutes) * time.Minute); !seen[i].At.Equal(want) || seen[i].Person != w.people["person"] {
				w.Errorf("%d is %+v", i, seen[i])
			}
		}
		if !seen[2].Same(last) || !seen[2].RecordedAt.Equal(last.RecordedAt) || seen[0].Source != "laboratory" || seen[0].Reference == "" {
			w.Errorf("saw %+v", seen)
		}
	},
	"the same colour and reason move no handle": func(w *world) {
		w.enrol("person")
		w.device("person")
		w.paint("person")
		w.later()
		w.unchanged("a second finding", func() {
			d := w.colour("person", credential.Red, "positive_test")
			d.RulesVersion = 2
			if got, changed, err := w.Record(w.ctx, w.positive("person"), w.always(d)); err != nil || changed || got.RulesVersion != 2 {
				w.Errorf("got %+v, %v, %v", got, changed, err)
			}
		})
	},
	"a first decision that is the default changes nothing": func(w *world) {
		w.enrol("person")
		w.device("person")
		w.unchanged("a release", func() {
			green := w.colour("person", credential.Green, "default")
			if _, changed, err := w.Record(w.ctx, w.positive("person"), w.always(green)); err != nil || changed {
				w.Errorf("got %v, %v", changed, err)
			}
		})
	},
	"another reason changes, and back to green changes": func(w *world) {
		w.enrol("person")
		d := w.device("person")
		seen := map[uint64]bool{w.own("person", d): true}
		for i, next := range []health.Decision{
			w.colour("person", credential.Red, "a"), w.colour("person", credential.Red, "b"), w.colour("person", credential.Green, "default"),
		} {
			w.later()
			if _, changed, err := w.Record(w.ctx, w.positive("person"), w.always(next)); err != nil || !changed {
				w.Errorf("%d: got %v, %v", i, changed, err)
			}
			if h := w.own("person", d); seen[h] {
				w.Errorf("handle %d came back", h)
			} else {
				seen[h] = true
			}
		}
		if n := len(w.revoked()); n != 3 {
			w.Errorf("%d are revoked", n)
		}
	},
	"evidence told twice is recorded once": func(w *world) {
		w.enrol("person")
		e := w.positive("person")
		red := w.colour("person", credential.Red, "positive_test")
		most := 0
		decide := func(all []health.Evidence) health.Decision {
			most = max(most, len(all))
			return w.always(red)(all)
		}
		for range 3 {
			_, _, err := w.Record(w.ctx, e, decide)
			w.must(err)
			w.reopen()
			e.RecordedAt = e.RecordedAt.Add(time.Hour)
		}
		if most != 1 {
			w.Errorf("decided on %d pieces", most)
		}
	},
	"a decision without a colour is refused and its evidence with it": func(w *world) {
		w.enrol("person")
		w.device("person")
		w.unchanged("no colour", func() {
			if _, _, err := w.Record(w.ctx, w.positive("person"), w.always(health.Decision{Reason: "x"})); err == nil {
				w.Error("it was taken")
			}
		})
		seen := 0
		_, _, err := w.Record(w.ctx, w.positive("person"), func(all []health.Evidence) health.Decision {
			seen = max(seen, len(all))
			return w.colour("person", credential.Green, "default")
		})
		if err != nil || seen != 1 {
			w.Errorf("decided on %d pieces, %v", seen, err)
		}
	},
	"nobody has no evidence": func(w *world) {
		e := w.positive("nobody")
		if _, _, err := w.Record(w.ctx, e, w.always(w.colour("nobody", credential.Red, "x"))); !errors.Is(err, health.ErrNoPerson) {
			w.Errorf("got %v", err)
		}
	},
	"at the ceiling nothing is given and nothing is stored": func(w *world) {
		w.enrol("guardian", "child", "orphan")
		d := w.device("guardian")
		w.guard("guardian", "child")
		w.device("child")
		own, child := w.own("guardian", d), w.handle("guardian", "child", d)
		next, ceiling, err := w.Counter(w.ctx)
		w.must(err)
		for ; next < ceiling-1; next++ {
			w.print("orphan", "orphan")
		}
		w.unchanged("two handles where there is room for one", func() {
			red := w.always(w.colour("child", credential.Red, "x"))
			if _, _, err := w.Record(w.ctx, w.positive("child"), red); !errors.Is(err, issuer.ErrCeiling) {
				w.Errorf("got %v", err)
			}
		})
		w.print("orphan", "orphan")
		before := w.revoked()
		person := w.newPerson("second child")
		g := w.guardianship("guardian", "second child")
		person.Guardianship = &g
		for name, err := range map[string]error{
			"record":        second(w.Record(w.ctx, w.positive("child"), w.always(w.colour("child", credential.Red, "x")))),
			"bind device":   w.BindDevice(w.ctx, wallet.Device{ID: id(1 << 40), Person: w.people["orphan"], Since: w.unix()}, wallet.MaxDevices),
			"bind guardian": w.BindGuardian(w.ctx, w.guardianship("guardian", "orphan"), wallet.ByAuthority),
			"print":         w.NewPrint(w.ctx, wallet.Acting{Person: w.people["orphan"]}, w.people["orphan"], w.unix(), func(wallet.MemberView) ([]byte, error) { return nil, nil }),
			"add people":    w.AddPeople(w.ctx, wallet.ByAuthority, []wallet.NewPerson{person}),
		} {
			if !errors.Is(err, issuer.ErrCeiling) {
				w.Errorf("%s: got %v", name, err)
			}
		}
		w.gone(before)
		w.publish(ceiling + 100)
		if w.own("guardian", d) != own || w.handle("guardian", "child", d) != child {
			w.Error("a handle moved")
		}
		if f, err := w.Family(w.ctx, w.people["guardian"], d); err != nil || len(f.Members) != 2 || f.Members[1].Decision != nil {
			w.Errorf("something was stored: %+v, %v", f, err)
		}
		w.must(w.AddPeople(w.ctx, wallet.ByAuthority, []wallet.NewPerson{person}))
		w.paint("child")
	},
}

// second is the error of Record.
func second(_ health.Decision, _ bool, err error) error { return err }
