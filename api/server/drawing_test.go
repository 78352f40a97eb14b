package server_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"healthcode.example/api"
	"healthcode.example/credential"
	"healthcode.example/health"
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

func TestAQueryThatSaysOneThingTwiceOrCannotBeReadIsRefused(t *testing.T) {
	w := newWorld(t)
	token, worker := w.logIn(strangerNumber), w.logIn(workerNumber, wallet.CommunityWorker)
	person := w.stranger.String()
	if status, _, answer := w.call("POST", "/v1/wallet/paper/"+person, token, ""); status != 201 {
		t.Fatalf("%d %s", status, answer)
	}
	before := w.events(w.stranger)
	for _, c := range []struct{ method, path, token string }{
		{"POST", "/v1/wallet/paper/" + person + "?document=true&document=passport", token},
		{"POST", "/v1/wallet/paper/" + person + "?document=true&document=true", token},
		{"POST", "/v1/wallet/paper/" + person + "?document=%zz", token},
		{"GET", "/v1/wallet/paper/" + person + ".pdf?lang=en&lang=zh-Hans", token},
		{"GET", "/v1/wallet/paper/" + person + ".pdf?sheet=a4;lang=en", token},
		{"POST", "/v1/staff/people/" + person + "/paper?document=true&document=false", worker},
		{"GET", "/v1/staff/people/" + person + "/paper.pdf?sheet=a4&sheet=card", worker},
		{"GET", "/v1/login?lang=en&lang=zh-Hans", ""},
		{"GET", "/v1/login/callback?state=a&state=b", ""},
	} {
		w.refused(c.method, c.path, c.token, "", api.CodeInvalidRequest)
	}
	if after := w.events(w.stranger); len(after) != len(before) {
		t.Errorf("the history has %d more", len(after)-len(before))
	}
}

// events are all that has happened to the person.
func (w *world) events(person health.PersonID) []wallet.Event {
	w.t.Helper()
	all, err := w.store.Events(context.Background(), person, 0, 1000)
	w.must(err)
	return all
}

func TestADrawingThatTheBrowserHasAlreadyIsNotToldAsDrawn(t *testing.T) {
	w := newWorld(t)
	person := w.child.String()
	other := w.logIn(strangerNumber)
	w.must(w.wallet.AddGuardian(t.Context(), w.stranger, w.child, credential.OtherWard, "court", w.now()))
	if status, _, answer := w.call("POST", "/v1/wallet/paper/"+person, w.token, ""); status != 201 {
		t.Fatalf("%d %s", status, answer)
	}
	for _, format := range []string{"png", "svg"} {
		at := "/v1/wallet/paper/" + person + "." + format
		status, header, _ := w.call("GET", at, w.token, "")
		tag := header.Get("ETag")
		if status != 200 || tag == "" {
			t.Fatalf("%d, %q", status, tag)
		}
		before := len(w.events(w.child))
		for range 3 {
			if status, header, body := w.again(at, w.token, tag); status != 304 || header.Get("ETag") != tag || len(body) != 0 || header.Get("Cache-Control") == "" {
				t.Errorf("%s: %d %v %d bytes", format, status, header, len(body))
			}
		}
		if got := len(w.events(w.child)); got != before {
			t.Errorf("%s: what was not drawn is told %d times", format, got-before)
		}
		// A tag of something else is no drawing, and who has not had it yet has it from now on.
		if status, _, body := w.again(at, w.token, `"another"`); status != 200 || len(body) == 0 || len(w.events(w.child)) != before+1 {
			t.Errorf("%s: %d, %d more", format, status, len(w.events(w.child))-before)
		}
		if status, _, _ := w.again(at, other, tag); (status == 200) != (format == "png") || (len(w.events(w.child)) == before+2) != (format == "png") {
			t.Errorf("%s for the other guardian: %d, %d more", format, status, len(w.events(w.child))-before)
		}
	}
	// When the paper is over there is nothing to have.
	_, header, _ := w.call("GET", "/v1/wallet/paper/"+person+".png", w.token, "")
	if status, _, answer := w.call("DELETE", "/v1/wallet/paper/"+person, w.token, ""); status != 204 {
		t.Fatalf("%d %s", status, answer)
	}
	if status, _, _ := w.again("/v1/wallet/paper/"+person+".png", w.token, header.Get("ETag")); status != 409 {
		t.Errorf("ended: %d", status)
	}
}

// again asks for what the caller has already.
func (w *world) again(path, token, tag string) (int, http.Header, []byte) {
	w.t.Helper()
	r, err := http.NewRequest("GET", w.url+path, nil)
	w.must(err)
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("If-None-Match", tag)
	answer, err := w.http.Do(r)
	w.must(err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	w.must(err)
	return answer.StatusCode, answer.Header, body
}
