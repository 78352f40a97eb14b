package wallet_test

import (
	"strings"
	"testing"

	"healthcode.example/wallet"
)

func TestTheAuthorityEntersSomebodyOfWhomTooLittleIsKnown(t *testing.T) {
	w := newWorld(t)
	d := w.resident(w.years(40), 77)
	id := w.face(wallet.RegisterEntry{Documents: []wallet.Document{d}, Birth: w.years(40)}) // neither name nor region, and no register knows them
	_, _, err := w.wallet.LogIn(ctx, id, "2026-1", w.at)
	w.fails(err, wallet.ErrIncomplete)
	if strings.Contains(err.Error(), "community worker") {
		t.Errorf("it names a way that there is not: %v", err)
	}
	entry := wallet.RegisterEntry{Name: "张三", Documents: []wallet.Document{d, {Type: wallet.Passport, Number: "E99000001"}}, Birth: w.years(40), Region: 440106}
	if person, err := w.wallet.Enter(ctx, entry, true, w.at); err != nil || !person.IsZero() {
		t.Errorf("a dry run: %v, %v", person, err)
	}
	_, err = w.wallet.FindPerson(ctx, d)
	w.fails(err, wallet.ErrNoPerson)
	person, err := w.wallet.Enter(ctx, entry, false, w.at)
	w.must(err)
	if _, ses, err := w.wallet.LogIn(ctx, id, "2026-1", w.at); err != nil || ses.Person != person {
		t.Errorf("logged in as %v, %v", ses.Person, err)
	}
	for _, dry := range []bool{true, false} {
		_, err = w.wallet.Enter(ctx, entry, dry, w.at)
		w.fails(err, wallet.ErrDuplicate)
	}
	for name, spoil := range map[string]func(*wallet.RegisterEntry){
		"no name":         func(e *wallet.RegisterEntry) { e.Name = "" },
		"no region":       func(e *wallet.RegisterEntry) { e.Region = 0 },
		"another birth":   func(e *wallet.RegisterEntry) { e.Birth = w.years(41) },
		"no document":     func(e *wallet.RegisterEntry) { e.Documents = nil },
		"a wrong number":  func(e *wallet.RegisterEntry) { e.Documents[0].Number = "990106201709091240" },
		"a deceiving one": func(e *wallet.RegisterEntry) { e.Name = "张\u202e三" },
	} {
		wrong := entry
		wrong.Documents = []wallet.Document{w.resident(w.years(40), 78)}
		spoil(&wrong)
		if _, err := w.wallet.Enter(ctx, wrong, false, w.at); err == nil {
			t.Errorf("%s: entered", name)
		}
	}
}
