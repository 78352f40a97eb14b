package storetest

import (
	"errors"
	"reflect"
	"slices"

	"healthcode.example/credential"
	"healthcode.example/health"
	"healthcode.example/wallet"
)

// merge joins gone's record to keep's.
func (w *world) merge(keep, gone string, dry bool) (wallet.Changes, error) {
	return w.Merge(w.ctx, w.people[keep], w.people[gone], wallet.ByAuthority, dry, w.unix(), func(k, g wallet.StoredPerson) (wallet.Joined, error) {
		return wallet.Joined{Sealed: slices.Concat(k.Sealed, g.Sealed), Lookups: []wallet.Lookup{lookup(gone)}}, nil
	}, w.always(w.colour(keep, credential.Red, "of both")))
}

func (w *world) erase(name string, dry bool) (wallet.Changes, error) {
	return w.Erase(w.ctx, w.people[name], wallet.ByAuthority, dry, w.unix(), func(wallet.Dossier) (wallet.Erased, error) {
		return wallet.Erased{Lookups: []wallet.Lookup{lookup(name)}}, nil
	})
}

// changed is the error of a change.
func changed(_ wallet.Changes, err error) error { return err }

var recordCases = map[string]func(*world){
	"a merge moves all to one record and ends the codes of both": func(w *world) {
		w.enrol("keep", "gone", "child", "guardian")
		w.guard("gone", "child")
		w.guard("guardian", "gone")
		first, second, third := w.device("keep"), w.device("gone"), w.device("guardian")
		own, childs := w.own("keep", first), w.handle("gone", "child", second)
		w.print("gone", "gone")
		w.paint("gone")
		gones, guardians := w.own("gone", second), w.handle("guardian", "gone", third)
		w.later()
		before := w.revoked()
		_, err := w.merge("keep", "gone", true)
		w.must(err)
		w.gone(before)
		did, err := w.merge("keep", "gone", false)
		w.must(err)
		w.reopen()
		if now := w.revoked(); len(now) != len(before)+did.Codes || did.Codes != 4 {
			w.Errorf("%d handles are revoked since and %+v is reported", len(now)-len(before), did)
		}
		for _, h := range []uint64{own, gones, guardians} {
			if _, ok := w.revoked()[h]; !ok {
				w.Errorf("handle %d is not revoked", h)
			}
		}
		if h := w.handle("keep", "child", second); h != childs {
			w.Errorf("the child's handle was %d and is %d", childs, h)
		}
		for what, h := range map[string]uint64{
			"keep's on the first device": w.own("keep", first), "keep's on the second": w.own("keep", second),
			"the child's on the first": w.handle("keep", "child", first), "keep's on the guardian's": w.handle("guardian", "keep", third),
		} {
			if _, ended := w.revoked()[h]; h == 0 || ended {
				w.Errorf("%s handle is %d, ended %v", what, h, ended)
			}
		}
		d, err := w.Dossier(w.ctx, w.people["keep"])
		w.must(err)
		if len(d.Evidence) != 1 || len(d.Decisions) != 2 || d.Decisions[1].Reason != "of both" || string(d.Person.Sealed) != "sealed keepsealed gone" {
			w.Errorf("the record is %+v", d)
		}
		if found, err := w.FindPerson(w.ctx, lookup("gone")); err != nil || found != w.people["keep"] {
			w.Errorf("found %v, %v", found, err)
		}
		if _, err := w.Person(w.ctx, w.people["gone"]); !errors.Is(err, wallet.ErrNoPerson) {
			w.Errorf("got %v", err)
		}
	},
	"a merge is refused for nobody, for oneself, beyond the limits and with the dead": func(w *world) {
		w.enrol("keep", "gone", "dead")
		for range wallet.MaxDevices {
			w.device("keep")
		}
		w.device("gone")
		_, err := w.Decease(w.ctx, w.people["dead"], wallet.ByAuthority, false, w.unix())
		w.must(err)
		w.people["nobody"] = id(99)
		w.unchanged("a refused merge", func() {
			for other, want := range map[string]error{"gone": wallet.ErrTooMany, "keep": wallet.ErrNoPerson, "nobody": wallet.ErrNoPerson, "dead": wallet.ErrDeceased} {
				if _, err := w.merge("keep", other, false); !errors.Is(err, want) {
					w.Errorf("%s: got %v, want %v", other, err, want)
				}
			}
		})
	},
	"an erasure leaves the revocations and nothing else": func(w *world) {
		w.enrol("person", "child", "guardian")
		w.guard("person", "child")
		w.guard("guardian", "child")
		w.guard("guardian", "person")
		d, other := w.device("person"), w.device("guardian")
		ended := []uint64{w.own("person", d), w.handle("person", "child", d), w.handle("guardian", "person", other), w.print("person", "person")}
		w.later()
		before := w.revoked()
		_, err := w.erase("person", true)
		w.must(err)
		w.gone(before)
		_, err = w.erase("person", false)
		w.must(err)
		w.reopen()
		w.gone(before, ended...)
		if _, err := w.Dossier(w.ctx, w.people["person"]); !errors.Is(err, wallet.ErrNoPerson) {
			w.Errorf("got %v", err)
		}
		if _, err := w.FindPerson(w.ctx, lookup("person")); !errors.Is(err, wallet.ErrNoPerson) {
			w.Errorf("got %v", err)
		}
		if _, err := w.Device(w.ctx, d); !errors.Is(err, wallet.ErrNoDevice) {
			w.Errorf("got %v", err)
		}
		for _, name := range []string{"child", "guardian"} {
			for _, e := range w.events(name) {
				if e.Member == w.people["person"] || e.Other == w.people["person"] {
					w.Errorf("%s still reads %+v", name, e)
				}
			}
		}
		if h := w.handle("guardian", "child", other); h == 0 {
			w.Error("the child has lost the code on the other guardian's device")
		}
		w.enrol("person") // the document is free again
	},
	"an erasure that is judged by all that is kept and refused changes nothing": func(w *world) {
		w.enrol("person", "guardian")
		w.guard("guardian", "person")
		w.device("person")
		w.paint("person")
		w.logIn("person")
		before, err := w.Dossier(w.ctx, w.people["person"])
		w.must(err)
		refused := errors.New("evidence counts")
		w.unchanged("a refused erasure", func() {
			_, err := w.Erase(w.ctx, w.people["person"], wallet.ByAuthority, false, w.later(), func(d wallet.Dossier) (wallet.Erased, error) {
				if !reflect.DeepEqual(d, before) {
					w.Errorf("judged by %+v, kept is %+v", d, before)
				}
				return wallet.Erased{}, refused
			})
			if !errors.Is(err, refused) {
				w.Errorf("got %v", err)
			}
		})
		if after, err := w.Dossier(w.ctx, w.people["person"]); err != nil || !reflect.DeepEqual(after, before) {
			w.Errorf("kept is %+v, %v", after, err)
		}
	},
	"an override is kept with its erasure, and only then": func(w *world) {
		w.enrol("first", "second")
		erase := func(name string, dry bool) {
			o := wallet.Override{At: w.later(), By: wallet.ByAuthority, Act: wallet.OverrideErasure, Reason: name, Outcome: "positive_test"}
			_, err := w.Erase(w.ctx, w.people[name], wallet.ByAuthority, dry, w.unix(), func(wallet.Dossier) (wallet.Erased, error) {
				return wallet.Erased{Lookups: []wallet.Lookup{lookup(name)}, Override: &o}, nil
			})
			w.must(err)
		}
		erase("first", true)
		erase("first", false)
		erase("second", false)
		w.reopen()
		all, err := w.Overrides(w.ctx, 0, 10)
		want := []wallet.Override{
			{Number: 2, At: w.unix(), By: wallet.ByAuthority, Act: wallet.OverrideErasure, Reason: "second", Outcome: "positive_test"},
			{Number: 1, At: w.unix() - 1, By: wallet.ByAuthority, Act: wallet.OverrideErasure, Reason: "first", Outcome: "positive_test"},
		}
		if err != nil || !slices.Equal(all, want) {
			w.Errorf("got %+v, %v", all, err)
		}
		for _, c := range []struct {
			before uint64
			limit  int
			want   []wallet.Override
		}{{0, 1, want[:1]}, {2, 5, want[1:]}, {1, 5, nil}, {99, 5, want}} {
			if got, err := w.Overrides(w.ctx, c.before, c.limit); err != nil || !slices.Equal(got, c.want) {
				w.Errorf("before %d: got %+v, %v", c.before, got, err)
			}
		}
	},
	"what was revoked stays so through an erasure of the guardian and a merge of the member": func(w *world) {
		for _, c := range []struct {
			by   wallet.Actor
			want error
		}{{wallet.ByAuthority, wallet.ErrRevokedByAuthority}, {wallet.BySelf, wallet.ErrRevokedByMember}, {wallet.ByGuardian, nil}} {
			name := string(c.by)
			guardian, child, twin := "guardian "+name, "child "+name, "twin "+name
			w.enrol(guardian, child, twin)
			w.guard(guardian, child)
			w.must(w.endGuardianBy(c.by, guardian, child, w.later()))
			w.must(changed(w.erase(guardian, false)))
			w.must(changed(w.merge(twin, child, false)))
			w.reopen()
			w.enrol(guardian) // under the document that they had
			claim := w.guardianship(guardian, twin)
			claim.Evidence = wallet.HouseholdRegister
			for range 2 {
				if err := w.BindGuardian(w.ctx, claim, wallet.ByGuardian); !errors.Is(err, c.want) || c.want == nil && err != nil {
					w.Errorf("revoked by %s: got %v", name, err)
				}
				if c.want == nil {
					break
				}
			}
			if c.want == nil {
				continue
			}
			w.must(w.BindGuardian(w.ctx, claim, wallet.ByAuthority))
			w.must(w.endGuardianBy(wallet.ByGuardian, guardian, twin, w.later()))
			claim.Since = w.unix()
			if err := w.BindGuardian(w.ctx, claim, wallet.ByGuardian); err != nil {
				w.Errorf("made again by the authority since: got %v", err)
			}
		}
	},
	"a merge takes the guardianship of one record that was revoked from the other": func(w *world) {
		w.enrol("keep", "gone", "child", "parent", "first", "second")
		d := w.device("gone")
		w.guard("keep", "child")
		w.endGuardian("keep", "child", w.later())
		w.guard("gone", "child")
		h := w.handle("gone", "child", d)
		before := w.revoked()
		w.must(changed(w.merge("keep", "gone", false)))
		if _, ended := w.revoked()[h]; !ended || len(w.revoked()) != len(before)+2 { // gone's own is the other
			w.Errorf("the child's code is good on the device of whoever was revoked, %v", w.revoked())
		}
		w.guard("parent", "first")
		w.guard("parent", "second")
		w.endGuardian("parent", "first", w.later())
		w.must(changed(w.merge("second", "first", false)))
		w.reopen()
		for _, member := range []string{"child", "second"} {
			if all, err := w.Guardians(w.ctx, w.people[member]); err != nil || len(all) != 0 {
				w.Errorf("%s has %+v, %v", member, all, err)
			}
		}
	},
	"the dead have no code and get none": func(w *world) {
		w.enrol("person", "child")
		w.guard("person", "child")
		d := w.device("person")
		own, childs, paper := w.own("person", d), w.handle("person", "child", d), w.print("person", "person")
		w.later()
		before := w.revoked()
		_, err := w.Decease(w.ctx, w.people["person"], wallet.ByAuthority, false, w.unix())
		w.must(err)
		w.reopen()
		w.gone(before, own, childs, paper)
		w.unchanged("a second time", func() { _, err = w.Decease(w.ctx, w.people["person"], wallet.ByAuthority, false, w.later()) })
		w.must(err)
		if p, err := w.Person(w.ctx, w.people["person"]); err != nil || p.Deceased != w.unix()-1 {
			w.Errorf("got %+v, %v", p, err)
		}
		if err := w.BindGuardian(w.ctx, w.guardianship("person", "child"), wallet.ByAuthority); !errors.Is(err, wallet.ErrDeceased) {
			w.Errorf("got %v", err)
		}
	},
	"a death that is taken back brings its guardianships back, with fresh handles, and no device": func(w *world) {
		w.enrol("person", "child", "guardian", "revoked", "grown", "dead")
		w.guard("person", "child")
		w.guard("guardian", "person")
		w.guard("person", "revoked")
		w.endGuardian("person", "revoked", w.unix())
		grown := w.guardianship("person", "grown")
		grown.NotAfter = w.unix() + 2
		w.must(w.BindGuardian(w.ctx, grown, wallet.ByAuthority))
		w.guard("person", "dead")
		d, others := w.device("person"), w.device("guardian")
		w.logIn("person")
		former := w.handle("guardian", "person", others)
		_, err := w.Decease(w.ctx, w.people["person"], wallet.ByAuthority, false, w.later())
		w.must(err)
		_, err = w.Decease(w.ctx, w.people["dead"], wallet.ByAuthority, false, w.later())
		w.must(err)
		before, person := w.revoked(), len(w.events("person"))
		undo := func(dry bool) wallet.Changes {
			did, err := w.Revive(w.ctx, w.people["person"], wallet.ByAuthority, "clerical_error", dry, w.later())
			w.must(err)
			return did
		}
		w.unchanged("a dry run", func() { undo(true) })
		if p, err := w.Person(w.ctx, w.people["person"]); err != nil || p.Deceased == 0 {
			w.Errorf("got %+v, %v", p, err)
		}
		if did := undo(false); did != (wallet.Changes{Guardians: 1, Dependants: 1}) {
			w.Errorf("it did %+v", did)
		}
		w.reopen()
		w.gone(before)
		if p, err := w.Person(w.ctx, w.people["person"]); err != nil || p.Deceased != 0 {
			w.Errorf("got %+v, %v", p, err)
		}
		if h := w.handle("guardian", "person", others); h == 0 || h == former {
			w.Errorf("the handle on the guardian's device was %d and is %d", former, h)
		}
		if f, err := w.Family(w.ctx, w.people["person"], noDevice); err != nil || len(f.Members) != 2 || f.Members[1].Person.ID != w.people["child"] || f.Members[1].Guardianship.Since != w.unix() {
			w.Errorf("got %+v, %v", f, err)
		}
		if got, err := w.Device(w.ctx, d); err != nil || got.Ended == 0 {
			w.Errorf("got %+v, %v", got, err)
		}
		added := wallet.Event{At: w.unix(), Kind: wallet.EventGuardianAdded, By: wallet.ByAuthority, Detail: wallet.AuthorityImport}
		over, of, revived := added, added, added
		over.Other, of.Member = w.people["guardian"], w.people["child"]
		revived.Kind, revived.Detail = wallet.EventRevived, "clerical_error"
		w.told("person", person, over, of, revived)
		w.unchanged("a second time", func() {
			if did := undo(false); did != (wallet.Changes{}) {
				w.Errorf("a second time it did %+v", did)
			}
		})
		// The other one's death is taken back too: then both live.
		did, err := w.Revive(w.ctx, w.people["dead"], wallet.ByAuthority, "clerical_error", false, w.later())
		if err != nil || did.Guardians != 1 {
			w.Errorf("it did %+v, %v", did, err)
		}
		if _, err := w.Revive(w.ctx, id(99), wallet.ByAuthority, "x", false, 1); !errors.Is(err, wallet.ErrNoPerson) {
			w.Errorf("got %v", err)
		}
		w.logIn("person")
		w.device("person")
		w.print("person", "person")
	},
	"a correction that takes a document away ends the sessions, and is told with its override": func(w *world) {
		w.enrol("person", "other")
		first, others := w.logIn("person"), w.logIn("other")
		correct := func(c wallet.Corrected, dry bool) {
			c.Sealed, c.Majority, c.Fields, c.LogOut = []byte("mended"), 1, "documents", len(c.Remove) > 0
			_, err := w.Correct(w.ctx, w.people["person"], wallet.ByAuthority, dry, w.later(), func(wallet.Dossier) (wallet.Corrected, error) { return c, nil })
			w.must(err)
		}
		override := wallet.Override{At: w.unix(), By: wallet.ByAuthority, Act: wallet.OverrideCorrection, Reason: "mistyped", Outcome: "positive_test"}
		correct(wallet.Corrected{Add: []wallet.Lookup{lookup("second")}}, false)
		correct(wallet.Corrected{Remove: []wallet.Lookup{lookup("person")}, Override: &override}, true)
		if got, err := w.Session(w.ctx, first.Hash); err != nil || !reflect.DeepEqual(got, first) {
			w.Errorf("got %+v, %v", got, err)
		}
		since := len(w.events("person"))
		correct(wallet.Corrected{Remove: []wallet.Lookup{lookup("person")}, Override: &override}, false)
		w.reopen()
		w.over(first)
		if _, err := w.Session(w.ctx, others.Hash); err != nil {
			w.Errorf("another person's session is gone: %v", err)
		}
		corrected := wallet.Event{At: w.unix(), Kind: wallet.EventCorrected, By: wallet.ByAuthority, Detail: "documents"}
		ended := wallet.Event{At: w.unix(), Kind: wallet.EventLogOut, By: wallet.ByAuthority}
		w.told("person", since, corrected, ended)
		override.Number = 1
		if all, err := w.Overrides(w.ctx, 0, 10); err != nil || !slices.Equal(all, []wallet.Override{override}) {
			w.Errorf("got %+v, %v", all, err)
		}
	},
	"a correction ends the codes, moves the document and the majority": func(w *world) {
		w.enrol("guardian", "child", "other")
		g := w.guardianship("guardian", "child")
		g.NotAfter = w.unix() + 1000
		w.must(w.BindGuardian(w.ctx, g, wallet.ByAuthority))
		d := w.device("guardian")
		h, own := w.handle("guardian", "child", d), w.own("guardian", d)
		w.later()
		before := w.revoked()
		correct := func(person string, c wallet.Corrected) error {
			_, err := w.Correct(w.ctx, w.people[person], wallet.ByAuthority, false, w.unix(), func(wallet.Dossier) (wallet.Corrected, error) { return c, nil })
			return err
		}
		w.must(correct("child", wallet.Corrected{Sealed: []byte("mended"), Remove: []wallet.Lookup{lookup("child")}, Add: []wallet.Lookup{lookup("new")}, Majority: w.unix() + 500, Fields: "documents,birth"}))
		w.reopen()
		w.gone(before, h)
		f, err := w.Family(w.ctx, w.people["guardian"], d)
		w.must(err)
		if f.Members[1].Guardianship.NotAfter != w.unix()+500 || string(f.Members[1].Person.Sealed) != "mended" || f.Members[0].Holding.Handle != own {
			w.Errorf("got %+v", f)
		}
		if found, err := w.FindPerson(w.ctx, lookup("new")); err != nil || found != w.people["child"] {
			w.Errorf("found %v, %v", found, err)
		}
		if err := correct("child", wallet.Corrected{Sealed: []byte("x"), Add: []wallet.Lookup{lookup("other")}}); !errors.Is(err, wallet.ErrDuplicate) {
			w.Errorf("got %v", err)
		}
		w.must(correct("child", wallet.Corrected{Sealed: []byte("of age"), Majority: w.unix() - 1, Fields: "birth"}))
		if h := w.handle("guardian", "child", d); h != 0 {
			w.Errorf("a grown child is still under the guardian: %d", h)
		}
		if _, err := w.Correct(w.ctx, health.PersonID{9}, wallet.ByAuthority, false, 1, nil); !errors.Is(err, wallet.ErrNoPerson) {
			w.Errorf("got %v", err)
		}
	},
}
