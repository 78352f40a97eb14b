package storetest

import (
	"bytes"
	"errors"
	"reflect"
	"sync"

	"healthcode.example/wallet"
)

// session is one of the person, made now.
func (w *world) session(person string) wallet.Session {
	w.serial++
	return wallet.Session{
		Hash: lookup(string(rune(w.serial))), Person: w.people[person], Since: w.unix(), Seen: w.unix(),
		Methods: []string{"face"}, Roles: []wallet.Role{wallet.Kiosk},
	}
}

// logIn stores a session.
func (w *world) logIn(person string) wallet.Session {
	w.Helper()
	ses := w.session(person)
	w.must(w.AddSession(w.ctx, ses, ""))
	return ses
}

// touch says when sessions were used.
func (w *world) touch(uses ...wallet.SessionUse) {
	w.Helper()
	if err := w.TouchSessions(w.ctx, uses); err != nil {
		w.Errorf("got %v", err)
	}
}

// over checks that these sessions are gone.
func (w *world) over(all ...wallet.Session) {
	w.Helper()
	for _, ses := range all {
		if got, err := w.Session(w.ctx, ses.Hash); !errors.Is(err, wallet.ErrNoSession) || !reflect.DeepEqual(got, wallet.Session{}) {
			w.Errorf("got %+v, %v", got, err)
		}
	}
}

var sessionCases = map[string]func(*world){
	"a session comes back as it was, also after a restart": func(w *world) {
		w.enrol("person")
		ses := w.logIn("person")
		w.reopen()
		if got, err := w.Session(w.ctx, ses.Hash); err != nil || !reflect.DeepEqual(got, ses) {
			w.Errorf("got %+v, %v", got, err)
		}
		if err := w.AddSession(w.ctx, ses, ""); err == nil {
			w.Error("a hash was stored twice")
		}
		w.over(w.session("person"))
	},
	"nobody has no session and no agreement": func(w *world) {
		ses := w.session("nobody")
		ses.Person = id(99)
		if err := w.AddSession(w.ctx, ses, "1"); !errors.Is(err, wallet.ErrNoPerson) {
			w.Errorf("got %v", err)
		}
		if _, err := w.Agreement(w.ctx, id(99)); !errors.Is(err, wallet.ErrNoPerson) {
			w.Errorf("got %v", err)
		}
		w.must(w.EndSessions(w.ctx, id(99), w.unix()))
		w.over(ses)
	},
	"when a session was seen rises and never falls": func(w *world) {
		w.enrol("person")
		ses := w.logIn("person")
		for _, c := range []struct{ touch, want int64 }{{100, 100}, {50, 100}, {300, 300}} {
			w.touch(wallet.SessionUse{Hash: ses.Hash, Seen: ses.Since + c.touch})
			w.reopen()
			if got, err := w.Session(w.ctx, ses.Hash); err != nil || got.Seen != ses.Since+c.want || got.Since != ses.Since {
				w.Errorf("got %+v, %v", got, err)
			}
		}
		w.touch()
	},
	"many sessions are seen in one transaction, and one that has ended stays ended": func(w *world) {
		w.enrol("person", "other")
		over := w.logIn("other")
		w.must(w.EndSessions(w.ctx, over.Person, w.unix()))
		uses := []wallet.SessionUse{{Hash: lookup("unknown"), Seen: 1}, {Hash: over.Hash, Seen: w.unix() + 1}}
		var all []wallet.Session
		for range 5 {
			all = append(all, w.logIn("person"))
			uses = append(uses, wallet.SessionUse{Hash: all[len(all)-1].Hash, Seen: w.unix() + int64(len(all))})
		}
		w.touch(uses...)
		w.reopen()
		for i, ses := range all {
			if got, err := w.Session(w.ctx, ses.Hash); err != nil || got.Seen != ses.Seen+int64(i)+1 {
				w.Errorf("session %d: got %+v, %v", i, got, err)
			}
		}
		w.over(over, wallet.Session{Hash: lookup("unknown")})
	},
	"one log-out ends all sessions of the person and nobody else's": func(w *world) {
		w.enrol("person", "other")
		a, b, others := w.logIn("person"), w.logIn("person"), w.logIn("other")
		w.must(w.EndSessions(w.ctx, a.Person, w.later()))
		w.reopen()
		w.over(a, b)
		if _, err := w.Session(w.ctx, others.Hash); err != nil {
			w.Errorf("another person's session is gone: %v", err)
		}
		w.touch(wallet.SessionUse{Hash: a.Hash, Seen: w.later()})
		w.over(a)
		since := len(w.events("person"))
		w.must(w.EndSessions(w.ctx, a.Person, w.later()))
		w.told("person", since)
	},
	"a person has so many sessions, and the one seen longest ago goes first": func(w *world) {
		w.enrol("person")
		var all []wallet.Session
		for range wallet.MaxSessions {
			all = append(all, w.logIn("person"))
			w.later()
		}
		w.touch(wallet.SessionUse{Hash: all[0].Hash, Seen: w.later()})
		last := w.logIn("person")
		w.over(all[1])
		for _, ses := range append([]wallet.Session{all[0], last}, all[2:]...) {
			if _, err := w.Session(w.ctx, ses.Hash); err != nil {
				w.Errorf("a session seen later is gone: %v", err)
			}
		}
	},
	"the version accepted last is kept, with its event": func(w *world) {
		w.enrol("person")
		if a, err := w.Agreement(w.ctx, w.people["person"]); err != nil || a != (wallet.Acceptance{}) {
			w.Errorf("got %+v, %v", a, err)
		}
		for _, version := range []string{"1", "2", ""} {
			w.later()
			w.must(w.AddSession(w.ctx, w.session("person"), version))
		}
		w.reopen()
		if a, err := w.Agreement(w.ctx, w.people["person"]); err != nil || a != (wallet.Acceptance{Version: "2", At: w.unix() - 1}) {
			w.Errorf("got %+v, %v", a, err)
		}
		var kinds []wallet.EventKind
		for _, e := range w.events("person") {
			kinds = append(kinds, e.Kind)
		}
		w.sameKinds(kinds, wallet.EventLogIn, wallet.EventLogIn, wallet.EventLogIn, wallet.EventAgreement, wallet.EventAgreement)
	},
	"sessions neither give handles nor end any": func(w *world) {
		w.enrol("person")
		w.device("person")
		w.unchanged("a log-in and a log-out", func() {
			ses := w.logIn("person")
			w.touch(wallet.SessionUse{Hash: ses.Hash, Seen: w.later()})
			w.must(w.EndSessions(w.ctx, ses.Person, w.unix()))
		})
	},
	"a guarded session needs a guardian in force who has consented": func(w *world) {
		w.enrol("guardian", "other", "child")
		ses := func() wallet.Session {
			ses := w.session("child")
			ses.Guarded = true
			return ses
		}
		refused := func(what string) {
			w.Helper()
			if err := w.AddSession(w.ctx, ses(), ""); !errors.Is(err, wallet.ErrTooYoung) {
				w.Errorf("%s: got %v", what, err)
			}
		}
		refused("without a guardian")
		w.guard("other", "child")
		g := w.guardianship("guardian", "child")
		g.NotAfter = w.unix() + 5*365*24*3600 // 13 years old
		w.must(w.BindGuardian(w.ctx, g, wallet.ByAuthority))
		refused("without a consent")
		w.must(w.GiveConsent(w.ctx, w.people["guardian"], w.people["child"], "c1", w.unix()))
		good := ses()
		w.must(w.AddSession(w.ctx, good, ""))
		w.reopen()
		if got, err := w.Session(w.ctx, good.Hash); err != nil || !reflect.DeepEqual(got, good) {
			w.Errorf("got %+v, %v", got, err)
		}
		w.endGuardian("guardian", "child", w.later())
		w.over(good)
		refused("after its end")
	},
	"sessions that are over are swept in batches, and nobody's else": func(w *world) {
		w.enrol("gone", "here")
		var old []wallet.Session
		for range 7 {
			old = append(old, w.logIn("gone"))
		}
		w.later()
		var kept []wallet.Session
		for range 6 {
			kept = append(kept, w.logIn("here"))
		}
		limit := w.unix()
		over := func(ses wallet.Session) bool { return ses.Seen < limit }
		gone, here := len(w.events("gone")), len(w.events("here"))
		w.unchanged("a sweep", func() {
			var after [32]byte
			asked, ended, batches := 0, 0, 0
			for {
				looked := 0
				next, n, err := w.SweepSessions(w.ctx, after, 3, func(ses wallet.Session) bool {
					looked++
					return over(ses)
				})
				w.must(err)
				if n > 3 || looked > 6 { // each one that ends may be asked about twice
					w.Errorf("a batch of 3 looked at %d and ended %d", looked, n)
				}
				ended, batches = ended+n, batches+1
				if asked += looked; next == ([32]byte{}) {
					break
				}
				if bytes.Compare(next[:], after[:]) <= 0 {
					w.Fatal("out of order")
				}
				after = next
			}
			if ended != len(old) || batches != 5 {
				w.Errorf("%d ended in %d batches", ended, batches)
			}
		})
		w.reopen()
		w.over(old...)
		for _, ses := range kept {
			if got, err := w.Session(w.ctx, ses.Hash); err != nil || !reflect.DeepEqual(got, ses) {
				w.Errorf("got %+v, %v", got, err)
			}
		}
		w.told("gone", gone)
		w.told("here", here)
		if _, n, err := w.SweepSessions(w.ctx, [32]byte{}, 1000, over); n != 0 || err != nil {
			w.Errorf("a second time: %d, %v", n, err)
		}
		for range wallet.MaxSessions { // none of those that went still counts
			w.logIn("gone")
		}
		if d, err := w.Dossier(w.ctx, w.people["gone"]); err != nil || len(d.Sessions) != wallet.MaxSessions {
			w.Errorf("%d sessions, %v", len(d.Sessions), err)
		}
	},
	"a session that is used while the sweep looks stays": func(w *world) {
		w.enrol("person")
		ses := w.logIn("person")
		limit, asked := w.later(), 0
		_, n, err := w.SweepSessions(w.ctx, [32]byte{}, 10, func(s wallet.Session) bool {
			if asked++; asked == 2 {
				return s.Seen < limit-1 // as if it had been raised in between
			}
			return s.Seen < limit
		})
		w.must(err)
		if _, err := w.Session(w.ctx, ses.Hash); err != nil || n != 0 {
			w.Errorf("%d ended, %v", n, err)
		}
	},
	"a restore ends every session": func(w *world) {
		w.enrol("person", "other")
		a, b := w.logIn("person"), w.logIn("other")
		w.must(w.Restore(w.ctx, w.restoration(1000)))
		w.reopen()
		w.over(a, b)
		w.logIn("person")
	},
	"many log-ins and log-outs at once leave a log-out final": func(w *world) {
		w.enrol("person")
		var done sync.WaitGroup
		var all []wallet.Session
		for range 8 {
			all = append(all, w.session("person"))
		}
		for _, ses := range all {
			done.Go(func() {
				if err := w.AddSession(w.ctx, ses, "1"); err != nil {
					w.Errorf("got %v", err)
				}
				w.touch(wallet.SessionUse{Hash: ses.Hash, Seen: ses.Seen + 1}) // may have been logged out
			})
			done.Go(func() {
				if err := w.EndSessions(w.ctx, ses.Person, ses.Since); err != nil {
					w.Errorf("got %v", err)
				}
			})
		}
		done.Wait()
		w.must(w.EndSessions(w.ctx, w.people["person"], w.unix()))
		w.over(all...)
	},
	"a device that a log-in registers needs that log-in to be the person's and not to have ended": func(w *world) {
		w.enrol("person", "other")
		own, theirs := w.logIn("person"), w.logIn("other")
		bind := func(n uint64, ses wallet.Session) error {
			return w.BindDevice(w.ctx, wallet.Device{ID: id(n), Person: w.people["person"], Since: w.unix(), Session: ses.Hash}, wallet.MaxDevices)
		}
		w.must(bind(700, own))
		if d, err := w.Device(w.ctx, id(700)); err != nil || d.Session != ([32]byte{}) {
			w.Errorf("kept is %+v, %v", d, err)
		}
		if err := bind(701, theirs); !errors.Is(err, wallet.ErrNoSession) {
			w.Errorf("another person's: got %v", err)
		}
		w.must(w.EndDevices(w.ctx, w.people["person"], nil, [32]byte{}, wallet.BySelf, w.later()))
		w.unchanged("a log-in that has ended", func() {
			if err := bind(702, own); !errors.Is(err, wallet.ErrNoSession) {
				w.Errorf("got %v", err)
			}
		})
		if all, err := w.Devices(w.ctx, w.people["person"]); err != nil || len(all) != 0 {
			w.Errorf("got %+v, %v", all, err)
		}
	},
	"paper that a log-in makes or draws needs that log-in to be the person's and not to have ended": func(w *world) {
		w.enrol("person", "other")
		own, theirs := w.logIn("person"), w.logIn("other")
		both := func(ses wallet.Session) [2]error {
			by := wallet.Acting{Person: w.people["person"], Session: ses.Hash}
			made := w.NewPrint(w.ctx, by, by.Person, w.unix(), func(wallet.MemberView) ([]byte, error) { return []byte{1}, nil })
			_, drawn := w.DrawPrint(w.ctx, by, by.Person, w.unix(), func(wallet.StoredPrint) error { return nil })
			return [2]error{made, drawn}
		}
		if errs := both(own); errs != [2]error{} {
			w.Errorf("got %v", errs)
		}
		w.must(w.EndSessions(w.ctx, w.people["person"], w.later()))
		for what, ses := range map[string]wallet.Session{"ended": own, "another person's": theirs} {
			w.unchanged("a log-in that is "+what, func() {
				for _, err := range both(ses) {
					if !errors.Is(err, wallet.ErrNoSession) {
						w.Errorf("%s: got %v", what, err)
					}
				}
			})
		}
	},
}

// sameKinds compares kinds without their order.
func (w *world) sameKinds(got []wallet.EventKind, want ...wallet.EventKind) {
	w.Helper()
	count := make(map[wallet.EventKind]int)
	for _, k := range got {
		count[k]++
	}
	for _, k := range want {
		count[k]--
	}
	for k, n := range count {
		if n != 0 {
			w.Errorf("%d too many of %s in %v", n, k, got)
		}
	}
}

// swept is the error of a sweep.
func swept(_ [32]byte, _ int, err error) error { return err }
