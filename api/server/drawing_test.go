package server_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"healthcode.example/api"
	"healthcode.example/wallet"
)

func TestACounterDrawsWhatItHasMadeItselfAndNothingElse(t *testing.T) {
	w := newWorld(t)
	person := w.stranger.String()
	made, drawn := "/v1/staff/people/"+person+"/paper?document=true", "/v1/staff/people/"+person+"/paper.html"
	kiosk, otherKiosk := w.logIn(workerNumber, wallet.Kiosk), w.logIn(workerNumber, wallet.Kiosk)
	worker := w.logIn(workerNumber, wallet.CommunityWorker)
	w.proveAt(kiosk, strangerNumber, "路不识")
	w.proveAt(otherKiosk, strangerNumber, "路不识")
	w.refused("GET", drawn, kiosk, "", api.CodeNoPrint)
	// What the resident has made, a minute ago.
	token := w.logIn(strangerNumber)
	if status, _, answer := w.call("POST", "/v1/wallet/paper/"+person+"?document=true", token, ""); status != 201 {
		t.Fatalf("%d %s", status, answer)
	}
	before := w.drawings()
	for _, staff := range []string{kiosk, worker} {
		w.refused("GET", drawn, staff, "", api.CodeNoPrint)
	}
	// What a kiosk has made.
	if status, _, answer := w.call("POST", made, kiosk, ""); status != 201 {
		t.Fatalf("%d %s", status, answer)
	}
	for _, staff := range []string{otherKiosk, worker} {
		w.refused("GET", drawn, staff, "", api.CodeNoPrint)
	}
	if got := w.drawings(); len(got) != len(before) {
		t.Errorf("what was refused is told as drawn: %+v", got)
	}
	w.advance(14 * time.Minute)
	if status, _, answer := w.call("GET", drawn, kiosk, ""); status != 200 || !strings.Contains(string(answer), "<svg") {
		t.Errorf("the kiosk's own: %d %.200s", status, answer)
	}
	w.advance(2 * time.Minute)
	w.proveAt(kiosk, strangerNumber, "路不识")
	w.refused("GET", drawn, kiosk, "", api.CodeNoPrint)
	// The resident draws it as long as it is good, and reads who drew it.
	for range 2 {
		if status, _, answer := w.call("GET", "/v1/wallet/paper/"+person+".pdf", token, ""); status != 200 {
			t.Errorf("the resident's: %d %.200s", status, answer)
		}
	}
	got := w.drawings()[len(before):]
	if len(got) != 3 || got[0].By != wallet.ByKiosk || got[1].By != wallet.BySelf || got[2].By != wallet.BySelf {
		t.Errorf("the history tells of %+v", got)
	}
	if _, _, answer := w.call("GET", "/v1/wallet/members/"+person+"/history", token, ""); strings.Count(string(answer), `"print_drawn"`) != 3 {
		t.Errorf("the resident reads %s", answer)
	}
}

// drawings are the events that say so about the stranger, oldest first.
func (w *world) drawings() (all []wallet.Event) {
	w.t.Helper()
	events, err := w.store.Events(context.Background(), w.stranger, 0, 1000)
	w.must(err)
	for _, e := range events {
		if e.Kind == "print_drawn" {
			all = append([]wallet.Event{e}, all...)
		}
	}
	return all
}
