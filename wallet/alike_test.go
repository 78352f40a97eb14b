package wallet_test

import (
	"testing"

	"healthcode.example/credential"
	"healthcode.example/health"
	"healthcode.example/wallet"
)

func TestTheAuthorityFindsWhoeverHasTwoRecordsAndMergesThem(t *testing.T) {
	w := newWorld(t)
	e, red := w.adult("何嘉欣", 0)
	w.tell(red, health.PositiveTest, 1)
	w.register.people = nil // which links no document to another
	id := w.face(e)
	id.Document, id.Methods = wallet.Document{Type: wallet.HomeReturnPermit, Number: "H99000001"}, []string{wallet.MethodFace, wallet.MethodLiveness}
	_, ses, err := w.wallet.LogIn(ctx, id, "2026-1", w.at)
	w.must(err)
	w.logIn(w.born("何嘉欣", w.years(31), 0)) // a namesake
	w.logIn(w.born("李四", w.years(40), 0))  // born on the same day
	_, dead := w.logIn(w.born("何嘉欣", w.years(40), 0))
	w.must(errOf(w.wallet.Deceased(ctx, dead, false, wallet.ByAuthority, w.at)))
	groups, err := w.wallet.Alike(ctx, w.at)
	w.must(err)
	if len(groups) != 1 || len(groups[0]) != 2 {
		t.Fatalf("got %+v", groups)
	}
	for _, a := range groups[0] {
		want := wallet.Alike{Person: red, Types: []wallet.DocumentType{wallet.ResidentID}, Colour: credential.Red, Counting: true}
		if a.Person == ses.Person {
			want = wallet.Alike{Person: ses.Person, Types: []wallet.DocumentType{wallet.HomeReturnPermit}, Colour: credential.Green}
		}
		if a.Person != want.Person || a.Types[0] != want.Types[0] || a.Colour != want.Colour || a.Counting != want.Counting {
			t.Errorf("got %+v, want %+v", a, want)
		}
	}
	w.must(errOf(w.wallet.Merge(ctx, wallet.Merger{Keep: red, Gone: ses.Person}, wallet.ByAuthority, w.at)))
	if groups, err := w.wallet.Alike(ctx, w.at); err != nil || len(groups) != 0 || w.colour(w.sessionOf(id)) != credential.Red {
		t.Errorf("got %+v, %v", groups, err)
	}
}

// sessionOf is whom the identity is logged in as.
func (w *world) sessionOf(id wallet.Identity) health.PersonID {
	w.Helper()
	_, ses, err := w.wallet.LogIn(ctx, id, "2026-1", w.at)
	w.must(err)
	return ses.Person
}
