package storetest

import (
	"errors"
	"fmt"

	"healthcode.example/issuer"
	"healthcode.example/trust"
	"healthcode.example/wallet"
)

var noDevice issuer.DeviceID

var familyCases = map[string]func(*world){
	"with a guardianship over somebody under 14 their sessions and own devices end": func(w *world) {
		const year = 365 * 24 * 3600
		w.enrol("guardian", "other", "young", "older", "elder")
		lost := w.device("guardian")
		sessions, devices := make(map[string]wallet.Session), make(map[string]issuer.DeviceID)
		for name, notAfter := range map[string]int64{"young": w.unix() + 5*year, "older": w.unix() + 3*year, "elder": 0} {
			for _, guardian := range []string{"guardian", "other"} {
				g := w.guardianship(guardian, name)
				g.NotAfter = notAfter
				w.must(w.BindGuardian(w.ctx, g, wallet.ByAuthority))
			}
			sessions[name], devices[name] = w.logIn(name), w.device(name)
		}
		ended := []uint64{w.own("young", devices["young"])}
		for _, name := range []string{"young", "older", "elder"} {
			ended = append(ended, w.handle("guardian", name, lost))
		}
		before, since := w.revoked(), len(w.events("young"))
		w.later()
		for name := range sessions {
			w.endGuardian("guardian", name, w.unix())
		}
		w.reopen()
		w.gone(before, ended...)
		w.over(sessions["young"])
		for _, name := range []string{"older", "elder"} {
			if _, err := w.Session(w.ctx, sessions[name].Hash); err != nil {
				w.Errorf("the session of the %s: %v", name, err)
			}
		}
		e := wallet.Event{At: w.unix(), By: wallet.ByAuthority}
		guardian, out, device := e, e, e
		guardian.Kind, guardian.Other, guardian.Detail = wallet.EventGuardianEnded, w.people["guardian"], wallet.AuthorityImport
		out.Kind, device.Kind, device.Detail = wallet.EventLogOut, wallet.EventDeviceEnded, wallet.DeviceMark(devices["young"])
		w.told("young", since, guardian, out, device)
	},
	"all devices of a person end at once, with the dependants' codes on them, and the other sessions": func(w *world) {
		w.enrol("person", "child", "other")
		w.guard("person", "child")
		w.guard("other", "child")
		first, second, others := w.device("person"), w.device("person"), w.device("other")
		former := w.device("person")
		w.must(w.EndDevice(w.ctx, former, wallet.BySelf, w.unix()))
		kept, lost, theirs := w.logIn("person"), w.logIn("person"), w.logIn("other")
		ended := []uint64{w.own("person", first), w.handle("person", "child", first), w.own("person", second), w.handle("person", "child", second)}
		before, since := w.revoked(), len(w.events("person"))
		w.unchanged("what is refused", func() {
			for name, which := range map[string][]issuer.DeviceID{"another's": {first, others}, "a former": {former}, "an unknown": {second, id(999)}} {
				if err := w.EndDevices(w.ctx, w.people["person"], which, kept.Hash, wallet.BySelf, w.later()); !errors.Is(err, wallet.ErrNoDevice) {
					w.Errorf("%s: got %v", name, err)
				}
			}
			if err := w.EndDevices(w.ctx, id(99), nil, kept.Hash, wallet.BySelf, w.later()); !errors.Is(err, wallet.ErrNoPerson) {
				w.Errorf("nobody: got %v", err)
			}
		})
		w.must(w.EndDevices(w.ctx, w.people["person"], nil, kept.Hash, wallet.ByCommunityWorker, w.later()))
		w.reopen()
		w.gone(before, ended...)
		w.over(lost)
		for _, ses := range []wallet.Session{kept, theirs} {
			if _, err := w.Session(w.ctx, ses.Hash); err != nil {
				w.Error(err)
			}
		}
		device := wallet.Event{At: w.unix(), Kind: wallet.EventDeviceEnded, By: wallet.ByCommunityWorker}
		out := device
		out.Kind = wallet.EventLogOut
		device.Detail = wallet.DeviceMark(id(1))
		w.told("person", since, device, device, out)
		if w.own("other", others) == 0 || w.handle("other", "child", others) == 0 {
			w.Error("another guardian's device has lost its codes")
		}
		w.unchanged("a second time", func() { w.must(w.EndDevices(w.ctx, w.people["person"], nil, kept.Hash, wallet.BySelf, w.later())) })
		w.told("person", since, device, device, out)
		w.must(w.EndDevices(w.ctx, w.people["other"], []issuer.DeviceID{others}, [32]byte{}, wallet.BySelf, w.later()))
		w.over(theirs)
	},
	"what was revoked is made again by whom it may": func(w *world) {
		for _, c := range []struct {
			ended, again wallet.Actor
			evidence     string
			want         error
		}{
			{wallet.ByAuthority, wallet.ByGuardian, wallet.HouseholdRegister, wallet.ErrRevokedByAuthority},
			{wallet.ByAuthority, wallet.ByGuardian, wallet.FaceCheck, wallet.ErrRevokedByAuthority},
			{wallet.ByAuthority, wallet.ByAuthority, "court", nil},
			{wallet.BySelf, wallet.ByGuardian, wallet.CertificateParent, wallet.ErrRevokedByMember},
			{wallet.BySelf, wallet.ByGuardian, wallet.ConsentOfMember, nil},
			{wallet.ByGuardian, wallet.ByGuardian, wallet.HouseholdRegister, nil},
		} {
			guardian, member := fmt.Sprint("guardian ", w.serial), fmt.Sprint("member ", w.serial)
			w.enrol(guardian, member)
			w.guard(guardian, member)
			w.must(w.endGuardianBy(c.ended, guardian, member, w.later()))
			w.reopen()
			g := w.guardianship(guardian, member)
			g.Evidence = c.evidence
			if err := w.BindGuardian(w.ctx, g, c.again); !errors.Is(err, c.want) {
				w.Errorf("ended by %s, made again by %s through %s: got %v", c.ended, c.again, c.evidence, err)
			}
		}
	},
	"a guardianship ends for a reason, which is kept and told, and a dry end changes nothing": func(w *world) {
		w.enrol("mother", "father", "child")
		w.guard("mother", "child")
		w.guard("father", "child")
		d := w.device("mother")
		h := w.handle("mother", "child", d)
		before, since := w.revoked(), len(w.events("father"))
		end := wallet.GuardianEnd{Guardian: w.people["mother"], Member: w.people["child"], By: wallet.ByAuthority, Reason: "court-17", Dry: true}
		var would wallet.Changes
		w.unchanged("a dry end", func() {
			var err error
			would, err = w.EndGuardian(w.ctx, end, w.later())
			w.must(err)
		})
		if all, err := w.Guardians(w.ctx, end.Member); err != nil || len(all) != 2 {
			w.Errorf("got %+v, %v", all, err)
		}
		w.told("father", since)
		end.Dry = false
		did, err := w.EndGuardian(w.ctx, end, w.later())
		if err != nil || did != would || did != (wallet.Changes{Codes: 1, Guardians: 1}) {
			w.Errorf("it did %+v and would have done %+v, %v", did, would, err)
		}
		w.reopen()
		w.gone(before, h)
		w.told("father", since, wallet.Event{At: w.unix(), Kind: wallet.EventGuardianEnded, By: wallet.ByAuthority, Member: end.Member, Other: end.Guardian, Detail: "court-17"})
		dossier, err := w.Dossier(w.ctx, end.Member)
		w.must(err)
		if g := dossier.Guardians[0]; g.Guardian != end.Guardian || g.Ended != w.unix() || g.EndedBy != wallet.ByAuthority || g.Reason != "court-17" {
			w.Errorf("kept is %+v", g)
		}
		if again, err := w.EndGuardian(w.ctx, end, w.later()); err != nil || again != (wallet.Changes{}) {
			w.Errorf("a second time it did %+v, %v", again, err)
		}
		w.guard("mother", "child")
		if dossier, err = w.Dossier(w.ctx, end.Member); err != nil || dossier.Guardians[0].Reason != "" || dossier.Guardians[0].EndedBy != "" {
			w.Errorf("made again it is %+v, %v", dossier.Guardians[0], err)
		}
	},
	"a device gives holdings to its person and the dependants, also after a restart": func(w *world) {
		w.enrol("guardian", "child", "stranger")
		w.guard("guardian", "child")
		d := w.device("guardian")
		own, child := w.own("guardian", d), w.handle("guardian", "child", d)
		if own == 0 || child == 0 || own == child {
			w.Fatalf("the handles are %d and %d", own, child)
		}
		w.reopen()
		f, err := w.Family(w.ctx, w.people["guardian"], d)
		w.must(err)
		want := issuer.Holding{Person: w.people["child"], Device: d, Purpose: trust.Phone, Handle: child, Since: w.unix()}
		if len(f.Members) != 2 || f.Members[0].Holding.Handle != own || f.Members[1].Holding != want {
			w.Errorf("got %+v", f)
		}
		if m := f.Members[0]; m.Guardianship != nil || m.Decision != nil || string(m.Person.Sealed) != "sealed guardian" {
			w.Errorf("the guardian is %+v", m)
		}
		if m := f.Members[1]; m.Guardianship == nil || *m.Guardianship != w.guardianship("guardian", "child") {
			w.Errorf("the child is %+v", m)
		}
	},
	"a guardianship that is over gets no holding on a new device": func(w *world) {
		w.enrol("guardian", "grown")
		g := w.guardianship("guardian", "grown")
		g.NotAfter = w.unix() + 1
		w.must(w.BindGuardian(w.ctx, g, wallet.ByAuthority))
		w.later()
		d := w.device("guardian")
		if h := w.handle("guardian", "grown", d); h != 0 {
			w.Errorf("the handle is %d", h)
		}
	},
	"a device is refused for nobody, twice, and beyond the limit": func(w *world) {
		w.enrol("person")
		if err := w.BindDevice(w.ctx, wallet.Device{ID: id(77), Person: id(99), Since: 1}, wallet.MaxDevices); !errors.Is(err, wallet.ErrNoPerson) {
			w.Errorf("got %v", err)
		}
		first := w.device("person")
		again := wallet.Device{ID: first, Person: w.people["person"], Since: w.unix()}
		if err := w.BindDevice(w.ctx, again, wallet.MaxDevices); !errors.Is(err, wallet.ErrDeviceExists) {
			w.Errorf("got %v", err)
		}
		for range wallet.MaxDevices - 1 {
			w.device("person")
		}
		again.ID = id(78)
		if err := w.BindDevice(w.ctx, again, wallet.MaxDevices); !errors.Is(err, wallet.ErrTooMany) {
			w.Errorf("got %v", err)
		}
		w.must(w.EndDevice(w.ctx, first, wallet.BySelf, w.later()))
		w.must(w.BindDevice(w.ctx, again, wallet.MaxDevices))
		again.ID = first
		if err := w.BindDevice(w.ctx, again, wallet.MaxDevices); !errors.Is(err, wallet.ErrDeviceExists) {
			w.Errorf("an ended device came back: %v", err)
		}
	},
	"an ended device ends all on it, the children's too, and nobody else's": func(w *world) {
		w.enrol("mother", "father", "child", "other")
		w.guard("mother", "child")
		w.guard("father", "child")
		lost, kept, fathers, others := w.device("mother"), w.device("mother"), w.device("father"), w.device("other")
		own, child := w.own("mother", lost), w.handle("mother", "child", lost)
		paper := w.print("child", "child")
		before := w.revoked()
		w.must(w.EndDevice(w.ctx, lost, wallet.BySelf, w.later()))
		w.gone(before, own, child)
		w.reopen()
		w.gone(before, own, child)
		if _, err := w.Family(w.ctx, w.people["mother"], lost); !errors.Is(err, wallet.ErrNoDevice) {
			w.Errorf("got %v", err)
		}
		if w.own("mother", kept) == 0 || w.handle("father", "child", fathers) == 0 || w.own("other", others) == 0 {
			w.Error("a holding on another device is gone")
		}
		if p, err := w.DrawPrint(w.ctx, wallet.Acting{Person: w.people["child"]}, w.people["child"], w.unix(), anybody); err != nil || p.Handle != paper {
			w.Errorf("the print is %+v, %v", p, err)
		}
		if d, err := w.Device(w.ctx, lost); err != nil || d.Ended != w.unix() {
			w.Errorf("the device is %+v, %v", d, err)
		}
		if all, err := w.Devices(w.ctx, w.people["mother"]); err != nil || len(all) != 1 || all[0].ID != kept || string(all[0].Key) != "\x01\x02\x03" {
			w.Errorf("the devices are %+v, %v", all, err)
		}
		w.unchanged("ending it again", func() { w.must(w.EndDevice(w.ctx, lost, wallet.BySelf, w.later())) })
	},
	"an unknown device does not end": func(w *world) {
		if err := w.EndDevice(w.ctx, id(5), wallet.BySelf, 1); !errors.Is(err, wallet.ErrNoDevice) {
			w.Errorf("got %v", err)
		}
		if _, err := w.Device(w.ctx, id(5)); !errors.Is(err, wallet.ErrNoDevice) {
			w.Errorf("got %v", err)
		}
	},
	"a new guardian's devices get the member's holdings": func(w *world) {
		w.enrol("guardian", "child")
		a, b := w.device("guardian"), w.device("guardian")
		w.guard("guardian", "child")
		if x, y := w.handle("guardian", "child", a), w.handle("guardian", "child", b); x == 0 || y == 0 || x == y {
			w.Errorf("the handles are %d and %d", x, y)
		}
	},
	"a guardianship is refused for nobody, oneself and twice": func(w *world) {
		w.enrol("guardian", "child")
		w.guard("guardian", "child")
		for _, c := range []struct {
			guardian, member string
			want             error
		}{
			{"nobody", "child", wallet.ErrNoPerson}, {"guardian", "nobody", wallet.ErrNoPerson},
			{"child", "child", wallet.ErrNoPerson}, {"guardian", "child", wallet.ErrGuardianExists},
		} {
			w.unchanged(c.guardian+" of "+c.member, func() {
				if err := w.BindGuardian(w.ctx, w.guardianship(c.guardian, c.member), wallet.ByAuthority); !errors.Is(err, c.want) {
					w.Errorf("%s of %s: got %v, want %v", c.guardian, c.member, err, c.want)
				}
			})
		}
	},
	"a member has so many guardians and no more": func(w *world) {
		w.enrol("child", "a", "b", "c", "d", "e", "f", "g", "h", "i")
		for _, guardian := range []string{"a", "b", "c", "d", "e", "f", "g", "h"} {
			w.guard(guardian, "child")
		}
		if err := w.BindGuardian(w.ctx, w.guardianship("i", "child"), wallet.ByAuthority); !errors.Is(err, wallet.ErrTooMany) {
			w.Errorf("got %v", err)
		}
		w.endGuardian("a", "child", w.later())
		w.guard("i", "child")
	},
	"an ended guardianship ends the child on that guardian's devices and nowhere else": func(w *world) {
		w.enrol("mother", "father", "child", "sibling")
		for _, guardian := range []string{"mother", "father"} {
			w.guard(guardian, "child")
			w.guard(guardian, "sibling")
		}
		a, b, fathers, childs := w.device("mother"), w.device("mother"), w.device("father"), w.device("child")
		x, y := w.handle("mother", "child", a), w.handle("mother", "child", b)
		before := w.revoked()
		w.endGuardian("mother", "child", w.later())
		w.gone(before, x, y)
		w.reopen()
		w.gone(before, x, y)
		if w.own("mother", a) == 0 || w.handle("mother", "sibling", a) == 0 || w.handle("father", "child", fathers) == 0 || w.own("child", childs) == 0 {
			w.Error("another holding is gone")
		}
		f, err := w.Family(w.ctx, w.people["mother"], a)
		if err != nil || len(f.Members) != 2 {
			w.Errorf("the family is %+v, %v", f, err)
		}
		w.unchanged("ending it again", func() {
			w.endGuardian("mother", "child", w.later())
		})
		w.guard("mother", "child")
		if h := w.handle("mother", "child", a); h == 0 || h == x || h == y {
			w.Errorf("bound again, the handle is %d", h)
		}
	},
	"a guardianship that never was does not end": func(w *world) {
		w.enrol("a", "b")
		if err := w.endGuardianBy(wallet.ByAuthority, "a", "b", 1); !errors.Is(err, wallet.ErrNoGuardian) {
			w.Errorf("got %v", err)
		}
	},
	"a guardianship that is over is replaced and its holdings end": func(w *world) {
		w.enrol("guardian", "grown")
		d := w.device("guardian")
		g := w.guardianship("guardian", "grown")
		g.NotAfter = w.unix() + 1
		w.must(w.BindGuardian(w.ctx, g, wallet.ByAuthority))
		former := w.handle("guardian", "grown", d)
		before := w.revoked()
		w.later()
		w.guard("guardian", "grown")
		w.gone(before, former)
		if h := w.handle("guardian", "grown", d); h == 0 || h == former {
			w.Errorf("the handle is %d", h)
		}
	},
	"a family is refused to another's, an ended and an unknown device": func(w *world) {
		w.enrol("person", "other")
		others := w.device("other")
		for _, device := range []issuer.DeviceID{others, id(55)} {
			if _, err := w.Family(w.ctx, w.people["person"], device); !errors.Is(err, wallet.ErrNoDevice) {
				w.Errorf("got %v", err)
			}
		}
		if _, err := w.Family(w.ctx, id(99), noDevice); !errors.Is(err, wallet.ErrNoPerson) {
			w.Errorf("got %v", err)
		}
	},
	"without a device a family has no holdings": func(w *world) {
		w.enrol("person")
		w.device("person")
		w.unchanged("reading", func() {
			f, err := w.Family(w.ctx, w.people["person"], noDevice)
			if err != nil || len(f.Members) != 1 || f.Members[0].Holding != (issuer.Holding{}) {
				w.Errorf("got %+v, %v", f, err)
			}
		})
	},
}
