package storetest

import (
	"errors"
	"slices"

	"healthcode.example/health"
	"healthcode.example/wallet"
)

var consentCases = map[string]func(*world){
	"guardians are found from the member, those that have ended are not": func(w *world) {
		w.enrol("child", "mother", "father", "stranger")
		if all, err := w.Guardians(w.ctx, w.people["child"]); err != nil || len(all) != 0 {
			w.Errorf("got %+v, %v", all, err)
		}
		w.guard("mother", "child")
		g := w.guardianship("father", "child")
		g.Provider, g.Consent = "https://id.example", "3"
		w.must(w.BindGuardian(w.ctx, g, wallet.ByAuthority))
		w.reopen()
		all, err := w.Guardians(w.ctx, w.people["child"])
		if err != nil || !slices.Equal(all, []wallet.Guardianship{w.guardianship("mother", "child"), g}) {
			w.Errorf("got %+v, %v", all, err)
		}
		w.endGuardian("father", "child", w.later())
		if all, err = w.Guardians(w.ctx, g.Member); err != nil || len(all) != 1 || all[0].Guardian != w.people["mother"] {
			w.Errorf("got %+v, %v", all, err)
		}
	},
	"a consent is recorded with the guardianship in force and told to both": func(w *world) {
		w.enrol("child", "mother", "father")
		w.guard("mother", "child")
		mother, child := w.people["mother"], w.people["child"]
		w.must(w.GiveConsent(w.ctx, mother, child, "2", w.later()))
		w.reopen()
		if all, err := w.Guardians(w.ctx, child); err != nil || len(all) != 1 || all[0].Consent != "2" {
			w.Errorf("got %+v, %v", all, err)
		}
		w.consented("child", wallet.Event{At: w.unix(), Kind: wallet.EventConsent, By: wallet.ByGuardian, Other: mother, Detail: "2"})
		w.consented("mother", wallet.Event{At: w.unix(), Kind: wallet.EventConsent, By: wallet.ByGuardian, Member: child, Detail: "2"})
		if err := w.GiveConsent(w.ctx, w.people["father"], child, "2", w.unix()); !errors.Is(err, wallet.ErrNoGuardian) {
			w.Errorf("got %v", err)
		}
		w.endGuardian("mother", "child", w.later())
		if err := w.GiveConsent(w.ctx, mother, child, "3", w.unix()); !errors.Is(err, wallet.ErrNoGuardian) {
			w.Errorf("got %v", err)
		}
	},
	"a consent that comes with a guardianship is told too": func(w *world) {
		w.enrol("mother", "first")
		g := w.guardianship("mother", "first")
		g.Consent = "1"
		w.must(w.BindGuardian(w.ctx, g, wallet.ByAuthority))
		w.consented("first", wallet.Event{At: w.unix(), Kind: wallet.EventConsent, By: wallet.ByAuthority, Other: g.Guardian, Detail: "1"})
		second := w.newPerson("second")
		h := w.guardianship("mother", "second")
		h.Consent = "1"
		second.Guardianship = &h
		w.must(w.AddPeople(w.ctx, wallet.ByAuthority, []wallet.NewPerson{second}))
		w.consented("second", wallet.Event{At: w.unix(), Kind: wallet.EventConsent, By: wallet.ByAuthority, Other: h.Guardian, Detail: "1"})
	},
	"fewer devices may be allowed than the most": func(w *world) {
		w.enrol("person")
		d := wallet.Device{Person: w.people["person"], Since: w.unix()}
		for i := range 3 {
			d.ID = id(uint64(500 + i))
			if err := w.BindDevice(w.ctx, d, 2); (i == 2) != errors.Is(err, wallet.ErrTooMany) || i < 2 && err != nil {
				w.Errorf("device %d: got %v", i, err)
			}
		}
		if err := w.BindDevice(w.ctx, d, wallet.MaxDevices+100); err != nil {
			w.Errorf("got %v", err)
		}
	},
}

// consented checks that the newest consent in the person's log is this one.
func (w *world) consented(person string, want wallet.Event) {
	w.Helper()
	for _, e := range w.events(person) {
		if e.Kind == wallet.EventConsent {
			e.Number = 0
			if e != want {
				w.Errorf("the event of %s is %+v, want %+v", person, e, want)
			}
			return
		}
	}
	w.Errorf("%s, %v, was not told", person, health.PersonID(w.people[person]))
}
