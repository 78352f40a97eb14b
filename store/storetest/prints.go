package storetest

import (
	"errors"
	"fmt"

	"healthcode.example/credential"
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
		p, err := w.DrawPrint(w.ctx, w.people["elder"], w.people["elder"], w.unix(), anybody)
		if err != nil || p.Handle != h || string(p.Sealed) != fmt.Sprint("code ", h) || p.Since != w.unix() {
			w.Errorf("got %+v, %v", p, err)
		}
	},
	"a print is made from the holding and the decision of its own transaction": func(w *world) {
		w.enrol("elder")
		w.paint("elder")
		var seen wallet.MemberView
		w.must(w.NewPrint(w.ctx, w.people["elder"], w.people["elder"], w.unix(), func(m wallet.MemberView) ([]byte, error) {
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
		if p, err := w.DrawPrint(w.ctx, w.people["elder"], w.people["elder"], w.unix(), anybody); err != nil || p.Handle != second || second == first {
			w.Errorf("got %+v, %v", p, err)
		}
	},
	"a print is over once the colour has changed, and a new one can be made": func(w *world) {
		w.enrol("elder")
		w.print("elder", "elder")
		w.paint("elder")
		w.reopen()
		if _, err := w.DrawPrint(w.ctx, w.people["elder"], w.people["elder"], w.unix(), anybody); !errors.Is(err, wallet.ErrEnded) {
			w.Errorf("got %v", err)
		}
		w.print("elder", "elder")
		if _, err := w.DrawPrint(w.ctx, w.people["elder"], w.people["elder"], w.unix(), anybody); err != nil {
			w.Error(err)
		}
	},
	"a lost print is ended": func(w *world) {
		w.enrol("elder")
		h := w.print("elder", "elder")
		before := w.revoked()
		w.must(w.EndPrint(w.ctx, w.people["elder"], w.people["elder"], w.later()))
		w.gone(before, h)
		w.reopen()
		if _, err := w.DrawPrint(w.ctx, w.people["elder"], w.people["elder"], w.unix(), anybody); !errors.Is(err, wallet.ErrEnded) {
			w.Errorf("got %v", err)
		}
		w.unchanged("ending it again", func() { w.must(w.EndPrint(w.ctx, w.people["elder"], w.people["elder"], w.later())) })
	},
	"a print is ended by the member, by a guardian in force and by nobody else, and told as theirs": func(w *world) {
		w.enrol("elder", "guardian", "stranger")
		w.guard("guardian", "elder")
		h := w.print("elder", "elder")
		before, since := w.revoked(), len(w.events("elder"))
		w.unchanged("a stranger's end", func() {
			if err := w.EndPrint(w.ctx, w.people["stranger"], w.people["elder"], w.later()); !errors.Is(err, wallet.ErrNoGuardian) {
				w.Errorf("got %v", err)
			}
			if err := w.EndPrint(w.ctx, id(99), id(99), w.unix()); !errors.Is(err, wallet.ErrNoPerson) {
				w.Errorf("got %v", err)
			}
		})
		w.must(w.EndPrint(w.ctx, w.people["guardian"], w.people["elder"], w.later()))
		w.reopen()
		w.gone(before, h)
		w.told("elder", since, wallet.Event{At: w.unix(), Kind: wallet.EventPrintEnded, By: wallet.ByGuardian, Other: w.people["guardian"]})
		w.must(w.EndGuardian(w.ctx, w.people["guardian"], w.people["elder"], w.later()))
		w.print("elder", "elder")
		w.unchanged("a former guardian's end", func() {
			if err := w.EndPrint(w.ctx, w.people["guardian"], w.people["elder"], w.later()); !errors.Is(err, wallet.ErrNoGuardian) {
				w.Errorf("got %v", err)
			}
		})
	},
	"a drawing is in the history, and one that is refused is not": func(w *world) {
		w.enrol("elder", "guardian")
		w.guard("guardian", "elder")
		h := w.print("elder", "elder")
		since, elder := len(w.events("elder")), w.people["elder"]
		_, err := w.DrawPrint(wallet.As(w.ctx, wallet.ByKiosk), elder, elder, w.later(), anybody)
		w.must(err)
		kiosk := wallet.Event{At: w.unix(), Kind: wallet.EventPrintDrawn, By: wallet.ByKiosk}
		_, err = w.DrawPrint(w.ctx, w.people["guardian"], elder, w.later(), anybody)
		w.must(err)
		guardian := wallet.Event{At: w.unix(), Kind: wallet.EventPrintDrawn, By: wallet.ByGuardian, Other: w.people["guardian"]}
		refused := errors.New("made elsewhere")
		got, err := w.DrawPrint(w.ctx, elder, elder, w.later(), func(p wallet.StoredPrint) error {
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
		if _, err := w.DrawPrint(w.ctx, w.people["elder"], w.people["elder"], w.unix(), anybody); !errors.Is(err, wallet.ErrNoPrint) {
			w.Errorf("got %v", err)
		}
		if _, err := w.DrawPrint(w.ctx, id(99), id(99), w.unix(), anybody); !errors.Is(err, wallet.ErrNoPerson) {
			w.Errorf("got %v", err)
		}
	},
	"guardians print for their own and as long as they are guardians": func(w *world) {
		w.enrol("guardian", "child", "stranger")
		g := w.guardianship("guardian", "child")
		g.NotAfter = w.unix() + 2
		w.must(w.BindGuardian(w.ctx, g))
		w.print("guardian", "child")
		try := func(by string) error {
			_, err := w.DrawPrint(w.ctx, w.people[by], w.people["child"], w.unix(), anybody)
			made := w.NewPrint(w.ctx, w.people[by], w.people["child"], w.unix(), func(wallet.MemberView) ([]byte, error) { return nil, nil })
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
			err := w.NewPrint(w.ctx, w.people["elder"], w.people["elder"], w.later(), func(wallet.MemberView) ([]byte, error) { return nil, wrong })
			if !errors.Is(err, wrong) {
				w.Errorf("got %v", err)
			}
		})
		if p, err := w.DrawPrint(w.ctx, w.people["elder"], w.people["elder"], w.unix(), anybody); err != nil || p.Handle != h {
			w.Errorf("got %+v, %v", p, err)
		}
	},
}
