package wallet_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"healthcode.example/wallet"
)

// staff is a session of somebody at a counter.
func (w *world) staff(name string, role wallet.Role) wallet.Session {
	w.Helper()
	_, person := w.adult(name, 0)
	return wallet.Session{Hash: [32]byte{byte(w.serial)}, Person: person, Since: w.at.Unix(), Roles: []wallet.Role{role}}
}

func TestALookUpAtACounterIsToldToThePersonWithTheRoleAndTheOffice(t *testing.T) {
	w := newWorld(t)
	e, person := w.adult("张三", 1)
	offices := make(map[string]bool)
	for role, by := range map[wallet.Role]wallet.Actor{
		wallet.CommunityWorker: wallet.ByCommunityWorker, wallet.Kiosk: wallet.ByKiosk, wallet.Authority: wallet.ByAuthority,
	} {
		staff := w.staff("王五", role)
		p, err := w.wallet.LookUp(ctx, staff, e.Documents[0], w.at)
		if err != nil || p.ID != person {
			t.Fatalf("found %v, %v", p, err)
		}
		told := w.last(person, wallet.EventLookedUp)
		office := w.wallet.Office(staff.Person)
		if want := (wallet.Event{At: w.at.Unix(), Kind: wallet.EventLookedUp, By: by, Detail: office}); told != want {
			t.Errorf("told %+v, want %+v", told, want)
		}
		if !strings.HasPrefix(office, "office-") || strings.Contains(office, staff.Person.String()) || office != w.wallet.Office(staff.Person) {
			t.Errorf("the office is %s", office)
		}
		offices[office] = true
		h, err := w.wallet.History(ctx, person, person, w.at)
		w.must(err)
		record := h.Parts[len(h.Parts)-1]
		if record.Kind != wallet.HistoryRecord || record.Entries[0].Word != "looked_up" || record.Entries[0].Detail != office {
			t.Errorf("the person reads %+v", record)
		}
	}
	if len(offices) != 3 {
		t.Errorf("the offices are %v", offices)
	}
	_, err := w.wallet.LookUp(ctx, wallet.Session{Person: person}, e.Documents[0], w.at)
	if err == nil {
		t.Error("somebody without a role looked a person up")
	}
}

func TestAStaffMemberLooksUpSoManyNumbersWhetherSomebodyHasThemOrNot(t *testing.T) {
	w := newWorld(t)
	e, person := w.adult("张三", 1)
	staff, other := w.staff("王五", wallet.CommunityWorker), w.staff("赵六", wallet.CommunityWorker)
	nobody := w.resident(w.years(30), 900)
	var limit wallet.ErrLookUps
	found, missing := 0, 0
	start := w.at
	for ; w.at.Sub(start) < 24*time.Hour; w.at = w.at.Add(30 * time.Second) {
		d := e.Documents[0]
		if missing < 10*found {
			d = nobody
		}
		staff.Hash[1]++ // logging in again is no way around
		before := len(w.events(person))
		_, err := w.wallet.LookUp(ctx, staff, d, w.at)
		switch {
		case err == nil:
			found++
		case errors.Is(err, wallet.ErrNoPerson):
			missing++
		case !errors.As(err, &limit) || limit.RetryAfter < time.Second || limit.RetryAfter > 24*time.Hour:
			t.Fatalf("got %v", err)
		case len(w.events(person)) != before:
			t.Fatal("a look-up above the limit is told")
		}
		if w.at.Sub(start) == 59*time.Minute && found+missing != 60 {
			t.Errorf("%d in the first hour", found+missing)
		}
	}
	if found+missing != 300 || found == 0 || missing == 0 {
		t.Errorf("%d found and %d not in a day", found, missing)
	}
	if _, err := w.wallet.LookUp(ctx, other, e.Documents[0], start); err != nil {
		t.Errorf("another of the staff: %v", err)
	}
}
