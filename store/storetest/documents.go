package storetest

import (
	"context"
	"errors"

	"healthcode.example/wallet"
)

// addDocument gives the person a document of that name, with what seal makes of the record.
func (w *world) addDocument(ctx context.Context, person, document string, seal func(wallet.StoredPerson) ([]byte, error)) error {
	return w.AddDocument(ctx, w.people[person], wallet.AddedDocument{Lookup: lookup(document), Type: wallet.HomeReturnPermit}, wallet.BySelf, w.unix(), seal)
}

func marked(p wallet.StoredPerson) ([]byte, error) { return append(p.Sealed, " and a permit"...), nil }

var documentCases = map[string]func(*world){
	"a document that is added leads to the person, ends no code and is told once": func(w *world) {
		w.enrol("guardian", "person", "other")
		w.guard("guardian", "person")
		d := w.device("guardian")
		w.print("person", "person")
		since, guardians, others := len(w.events("person")), len(w.events("guardian")), len(w.events("other"))
		handle := w.handle("guardian", "person", d)
		w.later()
		w.unchanged("an added document", func() {
			for range 2 {
				w.must(w.addDocument(w.ctx, "person", "permit", marked))
			}
		})
		w.reopen()
		for _, document := range []string{"permit", "person"} {
			if got, err := w.FindPerson(w.ctx, lookup(document)); err != nil || got != w.people["person"] {
				w.Errorf("by %s: %v, %v", document, got, err)
			}
		}
		if p, err := w.Person(w.ctx, w.people["person"]); err != nil || string(p.Sealed) != "sealed person and a permit" {
			w.Errorf("the record is %q, %v", p.Sealed, err)
		}
		if h := w.handle("guardian", "person", d); h != handle {
			w.Errorf("the handle was %d and is %d", handle, h)
		}
		e := wallet.Event{At: w.unix(), Kind: wallet.EventDocumentAdded, By: wallet.BySelf, Detail: "home-return-permit"}
		w.told("person", since, e)
		e.Member = w.people["person"]
		w.told("guardian", guardians, e)
		w.told("other", others)
		if _, err := w.DrawPrint(w.ctx, wallet.Acting{Person: w.people["person"]}, w.people["person"], w.unix(), func(wallet.StoredPrint) error { return nil }); err != nil {
			w.Errorf("the print: %v", err)
		}
	},
	"a document of somebody else's, the dead, nobody and a seal that fails leave everything as it was": func(w *world) {
		w.enrol("person", "other", "dead")
		w.people["nobody"] = id(99)
		_, err := w.Decease(w.ctx, w.people["dead"], wallet.ByAuthority, false, w.unix())
		w.must(err)
		over, cancel := context.WithCancel(w.ctx)
		cancel()
		failed := errors.New("it cannot be sealed")
		for _, c := range []struct {
			ctx              context.Context
			person, document string
			seal             func(wallet.StoredPerson) ([]byte, error)
			want             error
		}{
			{w.ctx, "person", "other", marked, wallet.ErrDuplicate},
			{w.ctx, "dead", "permit", marked, wallet.ErrDeceased},
			{w.ctx, "nobody", "permit", marked, wallet.ErrNoPerson},
			{w.ctx, "person", "permit", func(wallet.StoredPerson) ([]byte, error) { return nil, failed }, failed},
			{over, "person", "permit", marked, context.Canceled},
		} {
			since := len(w.events("person"))
			if err := w.addDocument(c.ctx, c.person, c.document, c.seal); !errors.Is(err, c.want) {
				w.Errorf("%s, %s: got %v, want %v", c.person, c.document, err, c.want)
			}
			w.told("person", since)
		}
		w.reopen()
		if _, err := w.FindPerson(w.ctx, lookup("permit")); !errors.Is(err, wallet.ErrNoPerson) {
			w.Errorf("got %v", err)
		}
		if p, err := w.Person(w.ctx, w.people["person"]); err != nil || string(p.Sealed) != "sealed person" {
			w.Errorf("the record is %q, %v", p.Sealed, err)
		}
	},
}
