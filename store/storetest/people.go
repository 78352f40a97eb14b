package storetest

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"healthcode.example/health"
	"healthcode.example/wallet"
)

var peopleCases = map[string]func(*world){
	"people are found by id and by lookup, also after a restart": func(w *world) {
		p := w.newPerson("guardian")
		p.Lookups = append(p.Lookups, lookup("second document"))
		w.must(w.AddPeople(w.ctx, wallet.ByAuthority, []wallet.NewPerson{p}))
		w.reopen()
		got, err := w.Person(w.ctx, p.ID)
		if err != nil || got.ID != p.ID || !bytes.Equal(got.Sealed, p.Sealed) {
			w.Errorf("got %+v, %v", got, err)
		}
		for _, l := range p.Lookups {
			if found, err := w.FindPerson(w.ctx, l); err != nil || found != p.ID {
				w.Errorf("found %v, %v", found, err)
			}
		}
	},
	"nobody is not found": func(w *world) {
		if _, err := w.Person(w.ctx, id(99)); !errors.Is(err, wallet.ErrNoPerson) {
			w.Errorf("got %v", err)
		}
		if _, err := w.FindPerson(w.ctx, lookup("nobody")); !errors.Is(err, wallet.ErrNoPerson) {
			w.Errorf("got %v", err)
		}
	},
	"what is wrong with a batch is named by place, and nothing of it is stored": func(w *world) {
		w.enrol("stored")
		good, same, sameID, orphan := w.newPerson("good"), w.newPerson("same"), w.newPerson("same id"), w.newPerson("orphan")
		twice := w.newPerson("twice")
		twice.Lookups = good.Lookups
		same.Lookups = []wallet.Lookup{lookup("stored")}
		sameID.ID = w.people["stored"]
		g := w.guardianship("nobody", "orphan")
		orphan.Guardianship = &g
		noDocument := w.newPerson("no document")
		noDocument.Lookups = nil
		err := w.AddPeople(w.ctx, wallet.ByAuthority, []wallet.NewPerson{good, same, sameID, orphan, twice, noDocument})
		var e *wallet.PeopleError
		if !errors.As(err, &e) {
			w.Fatalf("got %v", err)
		}
		want := []error{nil, wallet.ErrDuplicate, wallet.ErrDuplicate, wallet.ErrNoPerson, wallet.ErrDuplicate, wallet.ErrTooMany}
		for _, f := range e.Faults {
			if !errors.Is(f.Err, want[f.Index]) {
				w.Errorf("place %d: got %v, want %v", f.Index, f.Err, want[f.Index])
			}
			want[f.Index] = nil
		}
		for place, err := range want {
			if err != nil {
				w.Errorf("place %d is not named", place)
			}
		}
		w.reopen()
		if ids, err := w.PeopleAfter(w.ctx, health.PersonID{}, 10); err != nil || len(ids) != 1 {
			w.Errorf("%d people are stored, %v", len(ids), err)
		}
		w.must(w.AddPeople(w.ctx, wallet.ByAuthority, []wallet.NewPerson{good}))
	},
	"faults are bounded": func(w *world) {
		w.enrol("stored")
		var people []wallet.NewPerson
		for i := range wallet.MaxFaults + 5 {
			p := w.newPerson(fmt.Sprint(i))
			p.Lookups = []wallet.Lookup{lookup("stored")}
			people = append(people, p)
		}
		var e *wallet.PeopleError
		if err := w.AddPeople(w.ctx, wallet.ByAuthority, people); !errors.As(err, &e) || len(e.Faults) != wallet.MaxFaults || e.Faults[0].Index != 0 {
			w.Errorf("got %v", err)
		}
	},
	"a guardian may come in the same batch, before or behind": func(w *world) {
		child, guardian := w.newPerson("child"), w.newPerson("guardian")
		g := w.guardianship("guardian", "child")
		g.NotAfter = w.unix() + 1000
		child.Guardianship = &g
		w.must(w.AddPeople(w.ctx, wallet.ByAuthority, []wallet.NewPerson{child, guardian}))
		w.reopen()
		f, err := w.Family(w.ctx, guardian.ID, noDevice)
		if err != nil || len(f.Members) != 2 || *f.Members[1].Guardianship != g {
			w.Errorf("got %+v, %v", f, err)
		}
	},
	"a member imported under a guardian with devices has a holding on each": func(w *world) {
		w.enrol("guardian")
		first, second := w.device("guardian"), w.device("guardian")
		child := w.newPerson("child")
		g := w.guardianship("guardian", "child")
		child.Guardianship = &g
		w.must(w.AddPeople(w.ctx, wallet.ByAuthority, []wallet.NewPerson{child}))
		a, b := w.handle("guardian", "child", first), w.handle("guardian", "child", second)
		if a == 0 || b == 0 || a == b {
			w.Errorf("the handles are %d and %d", a, b)
		}
	},
	"a guardian has so many dependants and no more": func(w *world) {
		w.enrol("guardian")
		var people []wallet.NewPerson
		for i := range wallet.MaxDependants + 1 {
			name := fmt.Sprint("child ", i)
			p := w.newPerson(name)
			g := w.guardianship("guardian", name)
			p.Guardianship = &g
			people = append(people, p)
		}
		if err := w.AddPeople(w.ctx, wallet.ByAuthority, people); !errors.Is(err, wallet.ErrTooMany) {
			w.Errorf("got %v", err)
		}
		w.must(w.AddPeople(w.ctx, wallet.ByAuthority, people[1:]))
		if err := w.AddPeople(w.ctx, wallet.ByAuthority, people[:1]); !errors.Is(err, wallet.ErrTooMany) {
			w.Errorf("got %v", err)
		}
		people[0].Guardianship = nil
		w.must(w.AddPeople(w.ctx, wallet.ByAuthority, people[:1]))
		if err := w.BindGuardian(w.ctx, w.guardianship("guardian", "child 0"), wallet.ByAuthority); !errors.Is(err, wallet.ErrTooMany) {
			w.Errorf("got %v", err)
		}
	},
	"everybody is met once on the way through": func(w *world) {
		var people []wallet.NewPerson
		for i := range 2500 { // beyond what one page of a tree holds
			people = append(people, w.newPerson(fmt.Sprint(i)))
		}
		slices.Reverse(people)
		w.must(w.AddPeople(w.ctx, wallet.ByAuthority, people))
		var after health.PersonID
		met := 0
		for {
			ids, err := w.PeopleAfter(w.ctx, after, 999)
			w.must(err)
			if len(ids) == 0 {
				break
			}
			for _, id := range ids {
				if bytes.Compare(id[:], after[:]) <= 0 {
					w.Fatal("out of order")
				}
				after = id
				met++
			}
		}
		if met != 2500 {
			w.Errorf("met %d", met)
		}
		for i := range 2500 {
			if _, err := w.FindPerson(w.ctx, lookup(fmt.Sprint(i))); err != nil {
				w.Fatal(err)
			}
		}
	},
}
