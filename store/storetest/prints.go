package storetest

import (
	"errors"
	"fmt"
	"slices"

	"healthcode.example/credential"
	"healthcode.example/health"
	"healthcode.example/issuer"
	"healthcode.example/trust"
	"healthcode.example/wallet"
)

// anybody may draw a print.
func anybody(wallet.StoredPrint) error { return nil }

var printCases = map[string]func(*world){
	"a print is drawn again as it was made, also after a restart": func(w *world) {
		w.enrol("elder")
		h := w.print("elder", "elder")
		w.reopen()
		p, err := w.DrawPrint(w.ctx, wallet.Acting{Person: w.people["elder"]}, w.people["elder"], w.unix(), anybody)
		if err != nil || p.Handle != h || string(p.Sealed) != fmt.Sprint("code ", h) || p.Since != w.unix() {
			w.Errorf("got %+v, %v", p, err)
		}
	},
	"a print is made from the holding and the decision of its own transaction": func(w *world) {
		w.enrol("elder")
		w.paint("elder")
		var seen wallet.MemberView
		w.must(w.NewPrint(w.ctx, wallet.Acting{Person: w.people["elder"]}, w.people["elder"], w.unix(), func(m wallet.MemberView) ([]byte, error) {
			seen = m
			return []byte{1}, nil
		}))
		want := issuer.Holding{Person: w.people["elder"], Purpose: trust.Paper, Handle: seen.Holding.Handle, Since: w.unix()}
		if seen.Holding != want || seen.Decision == nil || seen.Decision.Colour != credential.Red || string(seen.Person.Sealed) != "sealed elder" {
			w.Errorf("saw %+v", seen)
		}
	},
	"a reprint ends the former print": func(w *world) {
		w.enrol("elder")
		first := w.print("elder", "elder")
		before := w.revoked()
		w.later()
		second := w.print("elder", "elder")
		w.gone(before, first)
		w.reopen()
		w.gone(before, first)
		if p, err := w.DrawPrint(w.ctx, wallet.Acting{Person: w.people["elder"]}, w.people["elder"], w.unix(), anybody); err != nil || p.Handle != second || second == first {
			w.Errorf("got %+v, %v", p, err)
		}
	},
	"a print is over once the colour has changed, and a new one can be made": func(w *world) {
		w.enrol("elder")
		w.print("elder", "elder")
		w.paint("elder")
		w.reopen()
		if _, err := w.DrawPrint(w.ctx, wallet.Acting{Person: w.people["elder"]}, w.people["elder"], w.unix(), anybody); !errors.Is(err, wallet.ErrEnded) {
			w.Errorf("got %v", err)
		}
		w.print("elder", "elder")
		if _, err := w.DrawPrint(w.ctx, wallet.Acting{Person: w.people["elder"]}, w.people["elder"], w.unix(), anybody); err != nil {
			w.Error(err)
		}
	},
	"a lost print is ended": func(w *world) {
		w.enrol("elder")
		h := w.print("elder", "elder")
		before := w.revoked()
		w.must(w.endPrint("elder", "elder", w.later()))
		w.gone(before, h)
		w.reopen()
		if _, err := w.DrawPrint(w.ctx, wallet.Acting{Person: w.people["elder"]}, w.people["elder"], w.unix(), anybody); !errors.Is(err, wallet.ErrEnded) {
			w.Errorf("got %v", err)
		}
		w.unchanged("ending it again", func() {
			if err := w.endPrint("elder", "elder", w.later()); !errors.Is(err, wallet.ErrEnded) {
				w.Errorf("got %v", err)
			}
		})
	},
	"a print is ended by the member, by a guardian in force and by nobody else, and told as theirs": func(w *world) {
		w.enrol("elder", "guardian", "stranger")
		w.guard("guardian", "elder")
		h := w.print("elder", "elder")
		before, since := w.revoked(), len(w.events("elder"))
		w.unchanged("a stranger's end", func() {
			if err := w.endPrint("stranger", "elder", w.later()); !errors.Is(err, wallet.ErrNoGuardian) {
				w.Errorf("got %v", err)
			}
			if err := changed(w.EndPrint(w.ctx, wallet.PrintEnd{By: wallet.Acting{Person: id(99)}, Member: id(99)}, w.unix())); !errors.Is(err, wallet.ErrNoPerson) {
				w.Errorf("got %v", err)
			}
		})
		w.must(w.endPrint("guardian", "elder", w.later()))
		w.reopen()
		w.gone(before, h)
		w.told("elder", since, wallet.Event{At: w.unix(), Kind: wallet.EventPrintEnded, By: wallet.ByGuardian, Other: w.people["guardian"]})
		w.endGuardian("guardian", "elder", w.later())
		w.print("elder", "elder")
		w.unchanged("a former guardian's end", func() {
			if err := w.endPrint("guardian", "elder", w.later()); !errors.Is(err, wallet.ErrNoGuardian) {
				w.Errorf("got %v", err)
			}
		})
	},
	"a print that a guardian made or drew ends with the guardianship, and no other does": func(w *world) {
		draw := func(by, member string) {
			w.Helper()
			_, err := w.DrawPrint(w.ctx, wallet.Acting{Person: w.people[by]}, w.people[member], w.unix(), anybody)
			w.must(err)
		}
		for name, c := range map[string]struct {
			print func(elder string)
			ends  bool
		}{
			"made":               {func(elder string) { w.print("son", elder) }, true},
			"made by another":    {func(elder string) { w.print("daughter", elder) }, false},
			"made by the member": {func(elder string) { w.print(elder, elder) }, false},
			"drawn":              {func(elder string) { w.print(elder, elder); draw("son", elder) }, true},
			"drawn by another":   {func(elder string) { w.print(elder, elder); draw("daughter", elder) }, false},
			"made and replaced":  {func(elder string) { w.print("son", elder); w.print(elder, elder) }, false},
		} {
			w.enrol("son", "daughter", name)
			w.guard("son", name)
			w.guard("daughter", name)
			c.print(name)
			w.reopen()
			since, elder := len(w.events(name)), w.people[name]
			d, err := w.Dossier(w.ctx, elder)
			w.must(err)
			if c.ends != slices.Contains(d.Print.Hands, w.people["son"]) {
				w.Errorf("%s: it is in the hands of %v", name, d.Print.Hands)
			}
			did, err := w.EndGuardian(w.ctx, wallet.GuardianEnd{Guardian: w.people["son"], Member: elder, By: wallet.BySelf}, w.later())
			w.must(err)
			w.reopen()
			if _, err := w.DrawPrint(w.ctx, wallet.Acting{Person: elder}, elder, w.unix(), anybody); errors.Is(err, wallet.ErrEnded) != c.ends || (did.Prints == 1) != c.ends {
				w.Errorf("%s: it did %+v, and then %v", name, did, err)
			}
			if c.ends {
				w.told(name, since+1, wallet.Event{At: w.unix(), Kind: wallet.EventPrintEnded, By: wallet.BySelf, Other: w.people["son"], Detail: wallet.EndedWithGuardian})
			}
			w.must(changed(w.erase("son", false)))
			w.must(changed(w.erase("daughter", false)))
		}
	},
	"a print that a guardian made outlives the guardian's death, and ends with the guardian's erasure": func(w *world) {
		w.enrol("dead", "erased", "first", "second")
		w.guard("dead", "first")
		w.guard("erased", "second")
		w.print("dead", "first")
		h := w.print("erased", "second")
		before := w.revoked()
		_, err := w.Decease(w.ctx, w.people["dead"], wallet.ByAuthority, false, w.later())
		w.must(err)
		w.must(changed(w.erase("dead", false)))
		w.must(changed(w.erase("erased", false)))
		w.reopen()
		w.gone(before, h)
		d, err := w.Dossier(w.ctx, w.people["first"])
		if err != nil || len(d.Print.Hands) != 0 || d.Print.By != wallet.ByGuardian {
			w.Errorf("the print is %+v, %v", d.Print, err)
		}
	},
	"a print in the hands of a guardian with two records is in those of one": func(w *world) {
		w.enrol("keep", "gone", "elder")
		w.guard("keep", "elder")
		w.guard("gone", "elder")
		w.print("gone", "elder")
		_, err := w.DrawPrint(w.ctx, wallet.Acting{Person: w.people["keep"]}, w.people["elder"], w.unix(), anybody)
		w.must(err)
		w.must(changed(w.merge("keep", "gone", false)))
		w.reopen()
		if d, err := w.Dossier(w.ctx, w.people["elder"]); err != nil || !slices.Equal(d.Print.Hands, []health.PersonID{w.people["keep"]}) {
			w.Errorf("the print is %+v, %v", d.Print, err)
		}
	},
	"an office ends a print for a reason, and a dry end changes nothing": func(w *world) {
		w.enrol("elder")
		h := w.print("elder", "elder")
		before, since := w.revoked(), len(w.events("elder"))
		end := wallet.PrintEnd{Member: w.people["elder"], By: wallet.Acting{Office: wallet.ByAuthority}, Reason: "lost", Dry: true}
		w.unchanged("a dry end", func() { w.must(changed(w.EndPrint(w.ctx, end, w.later()))) })
		end.Dry = false
		if did, err := w.EndPrint(w.ctx, end, w.later()); err != nil || did != (wallet.Changes{Codes: 1, Prints: 1}) {
			w.Errorf("it did %+v, %v", did, err)
		}
		w.reopen()
		w.gone(before, h)
		w.told("elder", since, wallet.Event{At: w.unix(), Kind: wallet.EventPrintEnded, By: wallet.ByAuthority, Detail: "lost"})
		w.newPersonStored("other")
		if _, err := w.EndPrint(w.ctx, wallet.PrintEnd{Member: w.people["other"], By: wallet.Acting{Office: wallet.ByAuthority}}, w.unix()); !errors.Is(err, wallet.ErrNoPrint) {
			w.Errorf("got %v", err)
		}
	},
	"a drawing is in the history, and one that is refused is not": func(w *world) {
		w.enrol("elder", "guardian")
		w.guard("guardian", "elder")
		h := w.print("elder", "elder")
		since, elder := len(w.events("elder")), w.people["elder"]
		_, err := w.DrawPrint(w.ctx, wallet.Acting{Office: wallet.ByKiosk}, elder, w.later(), anybody)
		w.must(err)
		kiosk := wallet.Event{At: w.unix(), Kind: wallet.EventPrintDrawn, By: wallet.ByKiosk}
		_, err = w.DrawPrint(w.ctx, wallet.Acting{Person: w.people["guardian"]}, elder, w.later(), anybody)
		w.must(err)
		guardian := wallet.Event{At: w.unix(), Kind: wallet.EventPrintDrawn, By: wallet.ByGuardian, Other: w.people["guardian"]}
		refused := errors.New("made elsewhere")
		got, err := w.DrawPrint(w.ctx, wallet.Acting{Person: elder}, elder, w.later(), func(p wallet.StoredPrint) error {
			if p.Handle != h {
				w.Errorf("asked about %+v", p)
			}
			return refused
		})
		if !errors.Is(err, refused) || got.Sealed != nil {
			w.Errorf("got %+v, %v", got, err)
		}
		w.reopen()
		w.told("elder", since, kiosk, guardian)
	},
	"no print was ever made": func(w *world) {
		w.enrol("elder")
		if _, err := w.DrawPrint(w.ctx, wallet.Acting{Person: w.people["elder"]}, w.people["elder"], w.unix(), anybody); !errors.Is(err, wallet.ErrNoPrint) {
			w.Errorf("got %v", err)
		}
		if _, err := w.DrawPrint(w.ctx, wallet.Acting{Person: id(99)}, id(99), w.unix(), anybody); !errors.Is(err, wallet.ErrNoPerson) {
			w.Errorf("got %v", err)
		}
	},
	"guardians print for their own and as long as they are guardians": func(w *world) {
		w.enrol("guardian", "child", "stranger")
		g := w.guardianship("guardian", "child")
		g.NotAfter = w.unix() + 2
		w.must(w.BindGuardian(w.ctx, g, wallet.ByAuthority))
		w.print("guardian", "child")
		try := func(by string) error {
			_, err := w.DrawPrint(w.ctx, wallet.Acting{Person: w.people[by]}, w.people["child"], w.unix(), anybody)
			made := w.NewPrint(w.ctx, wallet.Acting{Person: w.people[by]}, w.people["child"], w.unix(), func(wallet.MemberView) ([]byte, error) { return nil, nil })
			if errors.Is(err, wallet.ErrNoGuardian) != errors.Is(made, wallet.ErrNoGuardian) {
				w.Errorf("%s: printing says %v and drawing %v", by, made, err)
			}
			return err
		}
		if err := try("guardian"); err != nil {
			w.Error(err)
		}
		w.unchanged("a stranger", func() {
			if err := try("stranger"); !errors.Is(err, wallet.ErrNoGuardian) {
				w.Errorf("got %v", err)
			}
		})
		w.later()
		w.later()
		w.unchanged("a guardian of somebody of age", func() {
			if err := try("guardian"); !errors.Is(err, wallet.ErrNoGuardian) {
				w.Errorf("got %v", err)
			}
		})
	},
	"a code that cannot be made leaves the former print as it is": func(w *world) {
		w.enrol("elder")
		h := w.print("elder", "elder")
		wrong := errors.New("no key")
		w.unchanged("a failed print", func() {
			err := w.NewPrint(w.ctx, wallet.Acting{Person: w.people["elder"]}, w.people["elder"], w.later(), func(wallet.MemberView) ([]byte, error) { return nil, wrong })
			if !errors.Is(err, wrong) {
				w.Errorf("got %v", err)
			}
		})
		if p, err := w.DrawPrint(w.ctx, wallet.Acting{Person: w.people["elder"]}, w.people["elder"], w.unix(), anybody); err != nil || p.Handle != h {
			w.Errorf("got %+v, %v", p, err)
		}
	},
}
