package storetest

import (
	"errors"

	"healthcode.example/wallet"
)

// correct stores c in the place of the person's record.
func (w *world) correct(person string, c wallet.Corrected, dry bool) (wallet.Changes, error) {
	return w.Correct(w.ctx, w.people[person], wallet.ByAuthority, dry, w.unix(), func(wallet.Dossier) (wallet.Corrected, error) { return c, nil })
}

var correctionCases = map[string]func(*world){
	"a correction is told to the person and the guardians in force, with its fields": func(w *world) {
		w.enrol("person", "guardian", "former")
		w.guard("former", "person")
		w.endGuardian("former", "person", w.unix())
		w.guard("guardian", "person")
		w.later()
		w.must(changed(w.correct("person", wallet.Corrected{Sealed: []byte("mended"), Majority: 1, Fields: "name,region"}, false)))
		w.reopen()
		told := wallet.Event{At: w.unix(), Kind: wallet.EventCorrected, By: wallet.ByAuthority, Detail: "name,region"}
		w.toldOnce("person", 0, told)
		told.Member = w.people["person"]
		w.toldOnce("guardian", 0, told)
		if got := w.toldOf("former", 0, wallet.EventCorrected); len(got) != 0 {
			w.Errorf("a former guardian reads %+v", got)
		}
	},
	"a corrected name ends the dependants' codes on the person's devices, which carry it, and nothing else does": func(w *world) {
		for _, named := range []bool{false, true} {
			guardian, child := map[bool]string{true: "named", false: "unnamed"}[named], map[bool]string{true: "first", false: "second"}[named]
			w.enrol(guardian, child)
			w.guard(guardian, child)
			d, childs := w.device(guardian), w.device(child)
			own, dependants, elsewhere := w.own(guardian, d), w.handle(guardian, child, d), w.own(child, childs)
			before, want := w.revoked(), []uint64{own}
			if named {
				want = append(want, dependants)
			}
			w.later()
			w.must(changed(w.correct(guardian, wallet.Corrected{Sealed: []byte("x"), Majority: 1, Named: named, Fields: "name"}, false)))
			w.reopen()
			w.gone(before, want...)
			if now := w.handle(guardian, child, d); now == 0 || (now == dependants) == named || w.own(child, childs) != elsewhere {
				w.Errorf("named %v: the child's handle was %d and is %d", named, dependants, now)
			}
		}
	},
	"whoever turns out to be a minor is nobody's guardian any more": func(w *world) {
		w.enrol("young", "dependant", "guardian")
		w.guard("young", "dependant")
		w.guard("guardian", "young")
		d := w.device("young")
		h := w.handle("young", "dependant", d)
		w.later()
		did, err := w.correct("young", wallet.Corrected{Sealed: []byte("x"), Majority: w.unix() + 1000, Fields: "birth"}, false)
		w.must(err)
		w.reopen()
		if _, ended := w.revoked()[h]; !ended || did.Dependants != 1 {
			w.Errorf("the dependant's code ended: %v, and %+v is reported", ended, did)
		}
		if all, err := w.Guardians(w.ctx, w.people["dependant"]); err != nil || len(all) != 0 {
			w.Errorf("got %+v, %v", all, err)
		}
		w.toldOnce("dependant", 1, wallet.Event{At: w.unix(), Kind: wallet.EventGuardianEnded, By: wallet.ByAuthority, Other: w.people["young"], Detail: wallet.AuthorityImport})
		if all, err := w.Guardians(w.ctx, w.people["young"]); err != nil || len(all) != 1 || all[0].NotAfter != w.unix()+1000 {
			w.Errorf("got %+v, %v", all, err)
		}
	},
	"a correction that is refused, and a dry one, change nothing": func(w *world) {
		w.enrol("guardian", "person", "dependant")
		w.guard("guardian", "person")
		w.guard("person", "dependant")
		w.device("person")
		w.device("guardian")
		w.logIn("person")
		w.print("person", "person")
		w.later()
		wrong := errors.New("the record says so already")
		people := []string{"guardian", "person", "dependant"}
		w.same("a refused correction", func() {
			_, err := w.Correct(w.ctx, w.people["person"], wallet.ByAuthority, false, w.unix(), func(d wallet.Dossier) (wallet.Corrected, error) {
				if d.Person.ID != w.people["person"] || len(d.Devices) != 1 || d.Print == nil || len(d.Guardians) != 1 {
					w.Errorf("it is judged by %+v", d)
				}
				return wallet.Corrected{Sealed: []byte("x"), Remove: []wallet.Lookup{lookup("person")}, Majority: 1, LogOut: true}, wrong
			})
			if !errors.Is(err, wrong) {
				w.Errorf("got %v", err)
			}
		}, people...)
		c := wallet.Corrected{
			Sealed: []byte("mended"), Remove: []wallet.Lookup{lookup("person")}, Add: []wallet.Lookup{lookup("new")}, Majority: w.unix() + 1000,
			Named: true, LogOut: true, Fields: "documents", Override: &wallet.Override{Reason: "x"},
		}
		var would wallet.Changes
		w.same("a dry correction", func() {
			var err error
			would, err = w.correct("person", c, true)
			w.must(err)
		}, people...)
		if all, err := w.Overrides(w.ctx, 0, 10); err != nil || len(all) != 0 {
			w.Errorf("a dry correction left %+v, %v", all, err)
		}
		if found, err := w.FindPerson(w.ctx, lookup("person")); err != nil || found != w.people["person"] {
			w.Errorf("found %v, %v", found, err)
		}
		if did, err := w.correct("person", c, false); err != nil || did != would || did.Codes < 3 || did.Prints != 1 || did.Dependants != 1 {
			w.Errorf("it did %+v and would have done %+v, %v", did, would, err)
		}
	},
}
