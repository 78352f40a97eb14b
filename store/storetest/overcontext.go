package storetest

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"testing"

	"healthcode.example/credential"
	"healthcode.example/crypto/cose"
	"healthcode.example/issuer"
	"healthcode.example/trust"
	"healthcode.example/wallet"
)

// readers are the methods of a store that change nothing.
var readers = []string{
	"Agreement", "Counter", "Decisions", "Device", "Devices", "Dossier", "Events", "Family", "FindPerson", "Guardians", "Holdings", "Keys", "Lists",
	"Overrides", "PeopleAfter", "Person", "Published", "Revocations", "Session",
}

// writers calls every method that changes something, each so that it would.
func (w *world) writers(ctx context.Context) map[string]func() error {
	person, other, elder := w.people["person"], w.people["other"], w.people["elder"]
	device, ses := w.device("person"), w.logIn("person")
	late := w.newPerson("late")
	judged := func(wallet.Dossier) (wallet.Erased, error) {
		return wallet.Erased{Lookups: []wallet.Lookup{lookup("person")}}, nil
	}
	corrected := func(wallet.Dossier) (wallet.Corrected, error) {
		return wallet.Corrected{Sealed: []byte("mended"), Majority: 1, Fields: "name"}, nil
	}
	return map[string]func() error{
		"AddPeople": func() error { return w.AddPeople(ctx, wallet.ByAuthority, []wallet.NewPerson{late}) },
		"AddDocument": func() error {
			return w.AddDocument(ctx, person, wallet.AddedDocument{Lookup: lookup("late permit"), Type: wallet.HomeReturnPermit}, wallet.BySelf, 1, marked)
		},
		"BindDevice": func() error {
			return w.BindDevice(ctx, wallet.Device{ID: id(70), Person: person, Since: 1}, wallet.MaxDevices)
		},
		"EndDevice":    func() error { return w.EndDevice(ctx, device, wallet.BySelf, 1) },
		"EndDevices":   func() error { return w.EndDevices(ctx, person, nil, [32]byte{}, wallet.BySelf, 1) },
		"BindGuardian": func() error { return w.BindGuardian(ctx, w.guardianship("other", "person"), wallet.ByAuthority) },
		"EndGuardian": func() error {
			return changed(w.EndGuardian(ctx, wallet.GuardianEnd{Guardian: person, Member: other, By: wallet.ByAuthority}, 1))
		},
		"GiveConsent": func() error { return w.GiveConsent(ctx, person, other, "2", 1) },
		"NewPrint": func() error {
			return w.NewPrint(ctx, wallet.Acting{Person: person}, person, 1, func(wallet.MemberView) ([]byte, error) { return []byte{1}, nil })
		},
		"DrawPrint": func() error {
			_, err := w.DrawPrint(ctx, wallet.Acting{Person: elder}, elder, w.unix(), anybody)
			return err
		},
		"EndPrint": func() error {
			return changed(w.EndPrint(ctx, wallet.PrintEnd{By: wallet.Acting{Person: elder}, Member: elder}, 1))
		},
		"AddSession":    func() error { return w.AddSession(ctx, w.session("person"), "1") },
		"TouchSessions": func() error { return w.TouchSessions(ctx, []wallet.SessionUse{{Hash: ses.Hash, Seen: ses.Seen + 1}}) },
		"EndSessions":   func() error { return w.EndSessions(ctx, person, 1) },
		"SweepSessions": func() error {
			return swept(w.SweepSessions(ctx, [32]byte{}, 100, func(wallet.Session) bool { return true }))
		},
		"SweepMarks": func() error { return dropped(w.SweepMarks(ctx, 1<<40)) },
		"AddEvent": func() error {
			return w.AddEvent(ctx, person, wallet.Event{At: 1, Kind: wallet.EventExported, By: wallet.BySelf})
		},
		"Record": func() error {
			return second(w.Record(ctx, w.positive("person"), w.always(w.colour("person", credential.Red, "x"))))
		},
		"Correct": func() error { return changed(w.Correct(ctx, person, wallet.ByAuthority, false, 1, corrected)) },
		"Merge": func() error {
			return changed(w.Merge(ctx, person, elder, wallet.ByAuthority, false, 1, func(wallet.StoredPerson, wallet.StoredPerson) (wallet.Joined, error) {
				return wallet.Joined{Sealed: []byte("both"), Lookups: []wallet.Lookup{lookup("elder")}}, nil
			}, w.always(w.colour("person", credential.Red, "x"))))
		},
		"Decease": func() error { return changed(w.Decease(ctx, person, wallet.ByAuthority, false, 1)) },
		"Revive":  func() error { return changed(w.Revive(ctx, w.people["dead"], wallet.ByAuthority, "x", false, 1)) },
		"Erase":   func() error { return changed(w.Erase(ctx, person, wallet.ByAuthority, false, 1, judged)) },
		"AddList": func() error {
			_, err := w.AddList(ctx, issuer.ListKey{Purpose: trust.Phone, Day: 77, Width: 22, Sealed: []byte{1}})
			return err
		},
		"DropLists": func() error { return w.DropLists(ctx, map[trust.Purpose]uint32{trust.Phone: 1 << 30}) },
		"Publish":   func() error { return w.Publish(ctx, 1, issuer.Publication{Version: 2, Ceiling: 1000}) },
		"PutKey":    func() error { return w.PutKey(ctx, issuer.KeyRecord{ID: cose.KeyID{1}}) },
		"DropKey":   func() error { return w.DropKey(ctx, cose.KeyID{2}) },
		"Activate":  func() error { return w.Activate(ctx, trust.Phone, 0, cose.KeyID{2}, cose.KeyID{}) },
		"Restore":   func() error { return w.Restore(ctx, w.restoration(1000)) },
	}
}

// kept is all that can be read of the people and what is published.
func (w *world) kept() (all []any) {
	w.Helper()
	for _, name := range []string{"person", "other", "elder", "dead"} {
		d, err := w.Dossier(w.ctx, w.people[name])
		w.must(err)
		all = append(all, d)
	}
	keys, err := w.Keys(w.ctx)
	w.must(err)
	lists, err := w.Lists(w.ctx)
	w.must(err)
	published, err := w.Published(w.ctx)
	w.must(err)
	return append(all, keys, lists, published)
}

// inhabited is a world in which each of the writers has something to do.
func inhabited(t *testing.T, open func(t *testing.T, dir string) Store) *world {
	t.Helper()
	w := newWorld(t, open)
	w.enrol("person", "other", "elder", "dead")
	w.guard("person", "other")
	w.print("elder", "elder")
	w.must(w.PutKey(w.ctx, issuer.KeyRecord{ID: cose.KeyID{2}, Purpose: trust.Phone, Sealed: []byte{1}}))
	_, err := w.AddList(w.ctx, issuer.ListKey{Purpose: trust.Phone, Day: 5, Width: 22, Sealed: []byte{1}})
	w.must(err)
	_, err = w.Decease(w.ctx, w.people["dead"], wallet.ByAuthority, false, w.unix())
	w.must(err)
	return w
}

// runOverContexts tests what a context that is over does to every method.
func runOverContexts(t *testing.T, open func(t *testing.T, dir string) Store) {
	t.Run("a context that is over leaves everything as it was, whatever is called", func(t *testing.T) {
		w := inhabited(t, open)
		ctx, cancel := context.WithCancel(w.ctx)
		calls := w.writers(ctx)
		w.hasAnEntryForEveryMethod(calls)
		cancel()
		before := w.kept()
		w.unchanged("nothing", func() {
			for name, call := range calls {
				if err := call(); !errors.Is(err, context.Canceled) {
					w.Errorf("%s: got %v", name, err)
				}
			}
		})
		if !reflect.DeepEqual(w.kept(), before) {
			w.Errorf("what was kept is %+v, and was %+v", w.kept(), before)
		}
		if _, err := w.Person(w.ctx, w.people["late"]); !errors.Is(err, wallet.ErrNoPerson) {
			w.Errorf("somebody was stored: %v", err)
		}
	})
	t.Run("without a context that is over each of these calls does its work", func(t *testing.T) {
		for name := range inhabited(t, open).writers(context.Background()) {
			w := inhabited(t, open)
			call := w.writers(w.ctx)[name]
			before := w.kept()
			if err := call(); err != nil {
				t.Errorf("%s: got %v", name, err)
			}
			if name == "AddPeople" || name == "Erase" || name == "Merge" || name == "SweepMarks" { // others than those who are read
				continue
			}
			if reflect.DeepEqual(w.kept(), before) {
				t.Errorf("%s changed nothing: its entry proves nothing", name)
			}
		}
	})
}

// hasAnEntryForEveryMethod fails for a method that nobody has said of whether it writes.
func (w *world) hasAnEntryForEveryMethod(writers map[string]func() error) {
	w.Helper()
	store := reflect.TypeFor[Store]()
	for i := range store.NumMethod() {
		name := store.Method(i).Name
		_, writes := writers[name]
		if reads := slices.Contains(readers, name); name != "Close" && reads == writes {
			w.Errorf("%s has no entry, or two: say whether it changes anything, and how to call it", name)
		}
	}
	for name := range writers {
		if _, ok := store.MethodByName(name); !ok {
			w.Errorf("%s is no method of a store", name)
		}
	}
}
