package storetest

import (
	"errors"
	"fmt"
	"reflect"
	"slices"

	"healthcode.example/wallet"
)

// toldOf are the events of the kind that have come to the person since there
// were so many.
func (w *world) toldOf(person string, since int, kind wallet.EventKind) (all []wallet.Event) {
	w.Helper()
	for _, e := range w.events(person)[since:] {
		if e.Kind == kind {
			all = append(all, e)
		}
	}
	return all
}

// toldOnce checks that exactly this event of its kind has come.
func (w *world) toldOnce(person string, since int, want wallet.Event) {
	w.Helper()
	if got := w.toldOf(person, since, want.Kind); !reflect.DeepEqual(got, []wallet.Event{want}) {
		w.Errorf("%s reads %+v, want %+v", person, got, want)
	}
}

// dossier is all that is kept about the person.
func (w *world) dossier(person string) wallet.Dossier {
	w.Helper()
	d, err := w.Dossier(w.ctx, w.people[person])
	w.must(err)
	return d
}

// same checks that the operation leaves all that is kept about these people, and
// every handle, as it was.
func (w *world) same(what string, operation func(), people ...string) {
	w.Helper()
	var before []wallet.Dossier
	for _, name := range people {
		before = append(before, w.dossier(name))
	}
	w.unchanged(what, operation)
	for i, name := range people {
		if now := w.dossier(name); !reflect.DeepEqual(now, before[i]) {
			w.Errorf("%s: of %s was kept %+v, and now %+v", what, name, before[i], now)
		}
	}
}

var deceasedCases = map[string]func(*world){
	"nothing begins for the dead, neither as themselves nor as somebody's member or guardian": func(w *world) {
		w.enrol("dead", "alive")
		_, err := w.Decease(w.ctx, w.people["dead"], wallet.ByAuthority, false, w.unix())
		w.must(err)
		dead := w.people["dead"]
		child := w.newPerson("child")
		g := w.guardianship("dead", "child")
		child.Guardianship = &g
		w.same("what is refused", func() {
			for what, err := range map[string]error{
				"a session":            w.AddSession(w.ctx, w.session("dead"), "1"),
				"a device":             w.BindDevice(w.ctx, wallet.Device{ID: id(900), Person: dead, Since: 1}, wallet.MaxDevices),
				"a dependant":          w.BindGuardian(w.ctx, w.guardianship("dead", "alive"), wallet.ByAuthority),
				"a guardian":           w.BindGuardian(w.ctx, w.guardianship("alive", "dead"), wallet.ByAuthority),
				"a dependant imported": w.AddPeople(w.ctx, wallet.ByAuthority, []wallet.NewPerson{child}),
				"a document":           w.AddDocument(w.ctx, dead, wallet.AddedDocument{Lookup: lookup("permit"), Type: wallet.HomeReturnPermit}, wallet.BySelf, 1, marked),
				"a print":              w.NewPrint(w.ctx, wallet.Acting{Person: dead}, dead, 1, func(wallet.MemberView) ([]byte, error) { return []byte{1}, nil }),
			} {
				if !errors.Is(err, wallet.ErrDeceased) {
					w.Errorf("%s: got %v", what, err)
				}
			}
		}, "dead", "alive")
		if _, err := w.Person(w.ctx, child.ID); !errors.Is(err, wallet.ErrNoPerson) {
			w.Errorf("the child was stored: %v", err)
		}
	},
	"a death, an erasure and a merge end the sessions of whom they take, and nobody else's": func(w *world) {
		w.enrol("dead", "erased", "gone", "keep")
		ended := []wallet.Session{w.logIn("dead"), w.logIn("dead"), w.logIn("erased"), w.logIn("gone")}
		kept := w.logIn("keep")
		w.must(changed(w.Decease(w.ctx, w.people["dead"], wallet.ByAuthority, false, w.later())))
		w.must(changed(w.erase("erased", false)))
		w.must(changed(w.merge("keep", "gone", false)))
		w.reopen()
		w.over(ended...)
		if got, err := w.Session(w.ctx, kept.Hash); err != nil || got.Person != w.people["keep"] {
			w.Errorf("got %+v, %v", got, err)
		}
	},
	"a death is told to the person and the guardians in force, and a dry one is told to nobody": func(w *world) {
		w.enrol("person", "guardian", "former", "dependant")
		w.guard("former", "person")
		w.endGuardian("former", "person", w.unix())
		w.guard("guardian", "person")
		w.guard("person", "dependant")
		w.device("person")
		w.logIn("person")
		w.print("person", "person")
		w.later()
		var would wallet.Changes
		w.same("a dry death", func() {
			var err error
			would, err = w.Decease(w.ctx, w.people["person"], wallet.ByAuthority, true, w.unix())
			w.must(err)
		}, "person", "guardian", "former", "dependant")
		did, err := w.Decease(w.ctx, w.people["person"], wallet.ByAuthority, false, w.unix())
		if err != nil || did != would || did.Devices != 1 || did.Guardians != 1 || did.Dependants != 1 || did.Prints != 1 {
			w.Errorf("it did %+v and would have done %+v, %v", did, would, err)
		}
		w.reopen()
		told := wallet.Event{At: w.unix(), Kind: wallet.EventDeceased, By: wallet.ByAuthority}
		w.toldOnce("person", 0, told)
		told.Member = w.people["person"]
		w.toldOnce("guardian", 0, told)
		for _, name := range []string{"former", "dependant"} {
			if got := w.toldOf(name, 0, wallet.EventDeceased); len(got) != 0 {
				w.Errorf("%s reads %+v", name, got)
			}
		}
	},
	"a guardianship that a death ended is revoked all the same, told, and not brought back": func(w *world) {
		for _, dead := range []string{"guardian", "member"} {
			for _, by := range []wallet.Actor{wallet.ByAuthority, wallet.BySelf} {
				guardian, member, father := fmt.Sprint("guardian ", w.serial), fmt.Sprint("member ", w.serial), fmt.Sprint("father ", w.serial)
				w.enrol(guardian, member, father)
				w.guard(guardian, member)
				w.guard(father, member)
				whose := map[string]string{"guardian": guardian, "member": member}[dead]
				w.must(changed(w.Decease(w.ctx, w.people[whose], wallet.ByAuthority, false, w.later())))
				since := len(w.events(member))
				end := wallet.GuardianEnd{Guardian: w.people[guardian], Member: w.people[member], By: by, Reason: "court-17", Dry: true}
				would, err := w.EndGuardian(w.ctx, end, w.later())
				w.must(err)
				w.told(member, since)
				end.Dry = false
				did, err := w.EndGuardian(w.ctx, end, w.unix())
				if err != nil || did != would || did != (wallet.Changes{Guardians: 1}) {
					w.Errorf("it did %+v and would have done %+v, %v", did, would, err)
				}
				w.told(member, since, wallet.Event{At: w.unix(), Kind: wallet.EventGuardianEnded, By: by, Other: end.Guardian, Detail: "court-17"})
				if again, err := w.EndGuardian(w.ctx, end, w.later()); err != nil || again != (wallet.Changes{}) {
					w.Errorf("a second time it did %+v, %v", again, err)
				}
				w.reopen()
				w.must(changed(w.Revive(w.ctx, w.people[whose], wallet.ByAuthority, "mistake", false, w.later())))
				if all, err := w.Guardians(w.ctx, end.Member); err != nil || slices.ContainsFunc(all, func(g wallet.Guardianship) bool { return g.Guardian == end.Guardian }) {
					w.Errorf("the %s lives, and the guardianships are %+v, %v", dead, all, err)
				}
				claim := w.guardianship(guardian, member)
				claim.Evidence = wallet.HouseholdRegister
				want := map[wallet.Actor]error{wallet.ByAuthority: wallet.ErrRevokedByAuthority, wallet.BySelf: wallet.ErrRevokedByMember}[by]
				if err := w.BindGuardian(w.ctx, claim, wallet.ByGuardian); !errors.Is(err, want) {
					w.Errorf("claimed again: got %v", err)
				}
			}
		}
	},
	"paper in the hands of a guardian who has died ends with the revocation": func(w *world) {
		w.enrol("guardian", "member")
		w.guard("guardian", "member")
		w.print("guardian", "member")
		w.must(changed(w.Decease(w.ctx, w.people["guardian"], wallet.ByAuthority, false, w.later())))
		draw := func() error {
			_, err := w.DrawPrint(w.ctx, wallet.Acting{Person: w.people["member"]}, w.people["member"], w.unix(), anybody)
			return err
		}
		w.must(draw())
		w.must(w.endGuardianBy(wallet.ByAuthority, "guardian", "member", w.later()))
		if err := draw(); !errors.Is(err, wallet.ErrEnded) {
			w.Errorf("got %v", err)
		}
	},
	"a merge keeps the stricter end of two guardianships over one pair, whichever record is kept": func(w *world) {
		for _, keepRevoked := range []bool{true, false} {
			for _, end := range []string{"the guardian", "a death", "the member"} {
				guardian, revoked, other := fmt.Sprint("guardian ", w.serial), fmt.Sprint("revoked ", w.serial), fmt.Sprint("other ", w.serial)
				w.enrol(guardian, revoked, other)
				w.guard(guardian, revoked)
				w.guard(guardian, other)
				w.must(w.endGuardianBy(wallet.ByAuthority, guardian, revoked, w.later()))
				switch end {
				case "the guardian":
					w.must(w.endGuardianBy(wallet.ByGuardian, guardian, other, w.later()))
				case "the member":
					w.must(w.endGuardianBy(wallet.BySelf, guardian, other, w.later()))
				case "a death":
					w.must(changed(w.Decease(w.ctx, w.people[guardian], wallet.ByAuthority, false, w.later())))
				}
				keep, gone := revoked, other
				if !keepRevoked {
					keep, gone = other, revoked
				}
				w.must(changed(w.merge(keep, gone, false)))
				w.reopen()
				w.must(changed(w.Revive(w.ctx, w.people[guardian], wallet.ByAuthority, "mistake", false, w.later())))
				claim := w.guardianship(guardian, keep)
				claim.Evidence = wallet.FaceCheck
				if err := w.BindGuardian(w.ctx, claim, wallet.ByGuardian); !errors.Is(err, wallet.ErrRevokedByAuthority) {
					w.Errorf("the other one ended by %s, the revoked kept %v: claimed again: got %v", end, keepRevoked, err)
				}
			}
		}
	},
}
