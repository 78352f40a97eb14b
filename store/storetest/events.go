package storetest

import (
	"errors"
	"fmt"
	"slices"

	"healthcode.example/credential"
	"healthcode.example/health"
	"healthcode.example/wallet"
)

// events returns the person's events, oldest first.
func (w *world) events(person string) []wallet.Event {
	w.Helper()
	all, err := w.Events(w.ctx, w.people[person], 0, 1000)
	w.must(err)
	slices.Reverse(all)
	for i := range all {
		if i > 0 && all[i].Number <= all[i-1].Number {
			w.Errorf("the events of %s are out of order", person)
		}
		all[i].Number = 0
	}
	return all
}

// told checks that these events of the person, and no others, have come since
// there were so many.
func (w *world) told(person string, since int, want ...wallet.Event) {
	w.Helper()
	got := w.events(person)[since:]
	if !slices.Equal(got, want) {
		w.Errorf("%s reads %+v, want %+v", person, got, want)
	}
}

var eventCases = map[string]func(*world){
	"devices are in their person's history, also after a restart": func(w *world) {
		w.enrol("person", "other")
		d := w.device("person")
		added := wallet.Event{At: w.unix(), Kind: wallet.EventDeviceAdded, By: wallet.BySelf, Detail: wallet.DeviceMark(d)}
		w.must(w.EndDevice(w.ctx, d, wallet.ByCommunityWorker, w.later()))
		ended := wallet.Event{At: w.unix(), Kind: wallet.EventDeviceEnded, By: wallet.ByCommunityWorker, Detail: wallet.DeviceMark(d)}
		w.must(w.EndDevice(w.ctx, d, wallet.BySelf, w.later()))
		w.reopen()
		w.told("person", 0, added, ended)
		w.told("other", 0)
	},
	"a guardianship is told to the member, the guardian and the other guardians": func(w *world) {
		w.enrol("mother", "father", "child", "sibling", "former")
		w.guard("former", "child")
		w.endGuardian("former", "child", w.unix())
		w.guard("mother", "child")
		w.guard("mother", "sibling")
		mother, child, former := len(w.events("mother")), len(w.events("child")), len(w.events("former"))
		w.later()
		w.must(w.BindGuardian(w.ctx, w.guardianship("father", "child"), wallet.BySelf))
		added := wallet.Event{At: w.unix(), Kind: wallet.EventGuardianAdded, By: wallet.BySelf, Detail: wallet.AuthorityImport}
		ofChild, ofFather, ofMother := added, added, added
		ofChild.Other = w.people["father"]
		ofFather.Member = w.people["child"]
		ofMother.Member, ofMother.Other = w.people["child"], w.people["father"]
		w.endGuardian("father", "child", w.later())
		w.endGuardian("father", "child", w.later())
		ended := func(e wallet.Event) wallet.Event {
			e.At, e.Kind, e.By = w.unix()-1, wallet.EventGuardianEnded, wallet.ByAuthority
			return e
		}
		w.reopen()
		w.told("child", child, ofChild, ended(ofChild))
		w.told("father", 0, ofFather, ended(ofFather))
		w.told("mother", mother, ofMother, ended(ofMother))
		w.told("former", former)
		if got := w.events("sibling"); len(got) != 1 {
			w.Errorf("the sibling reads %+v", got)
		}
	},
	"guardianships that are imported are told too": func(w *world) {
		w.enrol("stored")
		w.device("stored")
		var people []wallet.NewPerson
		for i, guardian := range []string{"new", "stored", "new"} {
			p := w.newPerson(fmt.Sprint("child ", i))
			if i == 0 {
				people = append(people, w.newPerson("new"))
			}
			g := w.guardianship(guardian, fmt.Sprint("child ", i))
			p.Guardianship = &g
			people = append(people, p)
		}
		w.must(w.AddPeople(w.ctx, wallet.ByAuthority, people))
		added := wallet.Event{At: w.unix(), Kind: wallet.EventGuardianAdded, By: wallet.ByAuthority, Detail: wallet.AuthorityImport}
		of := func(member, other string) wallet.Event {
			e := added
			e.Member, e.Other = w.people[member], w.people[other]
			return e
		}
		w.told("new", 0, of("child 0", ""), of("child 2", ""))
		w.told("stored", 1, of("child 1", ""))
		w.told("child 0", 0, of("", "new"))
		w.told("child 1", 0, of("", "stored"))
	},
	"prints are in the history: made, ended by a reprint, by a loss and by a colour": func(w *world) {
		w.enrol("guardian", "elder")
		w.guard("guardian", "elder")
		since := len(w.events("elder"))
		made := wallet.Event{At: w.unix(), Kind: wallet.EventPrintMade, By: wallet.BySelf}
		w.print("elder", "elder")
		w.later()
		w.print("guardian", "elder")
		ended := wallet.Event{At: w.unix(), Kind: wallet.EventPrintEnded, By: wallet.ByGuardian, Other: w.people["guardian"]}
		again := ended
		again.Kind = wallet.EventPrintMade
		w.must(w.endPrint("elder", "elder", w.later()))
		lost := wallet.Event{At: w.unix(), Kind: wallet.EventPrintEnded, By: wallet.BySelf}
		if err := w.endPrint("elder", "elder", w.later()); !errors.Is(err, wallet.ErrEnded) {
			w.Errorf("got %v", err)
		}
		third := wallet.Event{At: w.unix(), Kind: wallet.EventPrintMade, By: wallet.BySelf}
		w.print("elder", "elder")
		w.later()
		w.paint("elder")
		coloured := wallet.Event{At: w.unix(), Kind: wallet.EventPrintEnded, By: wallet.BySystem}
		w.later()
		w.print("elder", "elder")
		last := wallet.Event{At: w.unix(), Kind: wallet.EventPrintMade, By: wallet.BySelf}
		w.reopen()
		w.told("elder", since, made, ended, again, lost, third, coloured, last)
	},
	"what fails is in no history": func(w *world) {
		w.enrol("person", "child")
		w.device("person")
		w.guard("person", "child")
		person, child := w.events("person"), w.events("child")
		wrong := errors.New("no key")
		for name, err := range map[string]error{
			"a device that exists": w.BindDevice(w.ctx, wallet.Device{ID: id(w.serial), Person: w.people["person"], Since: w.unix()}, wallet.MaxDevices),
			"a guardian in force":  w.BindGuardian(w.ctx, w.guardianship("person", "child"), wallet.ByAuthority),
			"nobody's guardian":    w.endGuardianBy(wallet.ByAuthority, "child", "person", w.unix()),
			"an unknown device":    w.EndDevice(w.ctx, id(999), wallet.BySelf, w.unix()),
			"a print": w.NewPrint(w.ctx, wallet.Acting{Person: w.people["child"]}, w.people["child"], w.unix(), func(wallet.MemberView) ([]byte, error) {
				return nil, wrong
			}),
		} {
			if err == nil {
				w.Errorf("%s was taken", name)
			}
		}
		w.reopen()
		w.told("person", len(person))
		w.told("child", len(child))
	},
	"at the ceiling nothing happens and nothing is told": func(w *world) {
		w.enrol("person")
		next, ceiling, err := w.Counter(w.ctx)
		w.must(err)
		for ; next < ceiling; next++ {
			w.print("person", "person")
		}
		since := len(w.events("person"))
		if err := w.BindDevice(w.ctx, wallet.Device{ID: id(999), Person: w.people["person"], Since: 1}, wallet.MaxDevices); err == nil {
			w.Error("a handle above the ceiling was given")
		}
		w.reopen()
		w.told("person", since)
	},
	"events are read in pages, newest first": func(w *world) {
		w.enrol("person", "other")
		for i := range 25 {
			w.must(w.AddEvent(w.ctx, w.people["person"], wallet.Event{At: int64(i), Kind: wallet.EventCodeResolved, By: wallet.ByAuthority, Detail: "contact_tracing"}))
			w.must(w.AddEvent(w.ctx, w.people["other"], wallet.Event{At: int64(i), Kind: wallet.EventLogIn, By: wallet.BySelf}))
		}
		w.reopen()
		var before uint64
		at := int64(24)
		for page := range 3 {
			got, err := w.Events(w.ctx, w.people["person"], before, 10)
			if err != nil || len(got) != []int{10, 10, 5}[page] {
				w.Fatalf("page %d: %d events, %v", page, len(got), err)
			}
			for _, e := range got {
				if e.At != at || e.Kind != wallet.EventCodeResolved || e.Detail != "contact_tracing" {
					w.Errorf("got %+v, want that of %d", e, at)
				}
				at--
			}
			before = got[len(got)-1].Number
		}
		if got, err := w.Events(w.ctx, w.people["person"], before, 10); err != nil || len(got) != 0 {
			w.Errorf("behind the last come %v, %v", got, err)
		}
		if _, err := w.Events(w.ctx, w.people["person"], 0, 0); err == nil {
			w.Error("a page of nothing was given")
		}
	},
	"nobody has no history": func(w *world) {
		if _, err := w.Events(w.ctx, id(99), 0, 1); !errors.Is(err, wallet.ErrNoPerson) {
			w.Errorf("got %v", err)
		}
		if _, err := w.Decisions(w.ctx, id(99)); !errors.Is(err, wallet.ErrNoPerson) {
			w.Errorf("got %v", err)
		}
		if err := w.AddEvent(w.ctx, id(99), wallet.Event{Kind: wallet.EventLogIn}); !errors.Is(err, wallet.ErrNoPerson) {
			w.Errorf("got %v", err)
		}
	},
	"every decision stays readable with its texts": func(w *world) {
		w.enrol("person", "other")
		for i, c := range []credential.Colour{credential.Red, credential.Green, credential.Yellow} {
			w.later()
			_, _, err := w.Record(w.ctx, w.positive("person"), w.always(w.colour("person", c, fmt.Sprint("reason ", i))))
			w.must(err)
		}
		w.paint("other")
		w.reopen()
		got, err := w.Decisions(w.ctx, w.people["person"])
		if err != nil || len(got) != 3 {
			w.Fatalf("got %+v, %v", got, err)
		}
		for i, d := range got {
			reason := fmt.Sprint("reason ", i)
			if d.Person != w.people["person"] || d.Reason != reason || d.Text["en"] != reason || d.Release["en"] != "wait" {
				w.Errorf("got %+v", d)
			}
		}
		if got, err := w.Decisions(w.ctx, w.newPersonStored("third")); err != nil || len(got) != 0 {
			w.Errorf("got %+v, %v", got, err)
		}
	},
}

// newPersonStored enrols one more and gives the identifier.
func (w *world) newPersonStored(name string) health.PersonID {
	w.Helper()
	w.enrol(name)
	return w.people[name]
}
