package server_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"healthcode.example/wallet"
)

// whatIsTold are the GETs that a person's history tells of.
var whatIsTold = []string{"GET /v1/wallet/paper/{member}.{format}", "GET /v1/staff/people/{person}/paper.{format}"}

// TestNoGETAndNoHEADChangesAnything asks every route of the table for which reading is a method (RFC 9110 §9.2.1), as whoever may: a link on any page
// and whoever looks ahead at one makes such requests in a person's name. The answer of the provider at the end of a log-in is the one exception;
// what is told is not had by a link or by a look ahead.
func TestNoGETAndNoHEADChangesAnything(t *testing.T) {
	w := newWorld(t)
	w.paper(w.child)
	authority := w.logIn(workerNumber, wallet.Authority)
	fill := strings.NewReplacer("{format}", "html", "{member}", w.child.String(), "{person}", w.child.String(), "{path}", "x", "{list}", "phone-1")
	asked := 0
	for _, route := range w.server.Routes() {
		method, pattern, _ := strings.Cut(route, " ")
		if method != http.MethodGet || slices.Contains(whatIsTold, route) {
			continue
		}
		path, token := fill.Replace(pattern), w.token
		if strings.HasPrefix(path, "/v1/staff/") {
			token = authority
		}
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			w.writesNothing(method+" "+pattern, func() {
				status, _, answer := w.call(method, path, token, "")
				if a := accesses[route]; !a.open && status != http.StatusOK {
					t.Errorf("%s %s: %d %s", method, path, status, answer)
				}
				asked++
			})
		}
	}
	if asked < 40 {
		t.Errorf("only %d requests were made", asked)
	}
}

// TestNoLinkAndNoLookAheadPutsADrawingIntoAHistory draws a print as its guardian, from a page of another site and by HEAD.
func TestNoLinkAndNoLookAheadPutsADrawingIntoAHistory(t *testing.T) {
	w := newWorld(t)
	w.paper(w.child)
	worker := w.logIn(workerNumber, wallet.CommunityWorker)
	for path, token := range map[string]string{"/v1/wallet/paper/" + w.child.String() + ".png": w.token, "/v1/staff/people/" + w.child.String() + "/paper.html": worker} {
		w.writesNothing(path, func() {
			if status, _, _ := w.call("HEAD", path, token, ""); status != 405 {
				t.Errorf("HEAD %s: %d", path, status)
			}
			for _, from := range []map[string]string{{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://elsewhere.example"}} {
				r, err := http.NewRequest("GET", w.url+path, nil)
				w.must(err)
				r.AddCookie(&http.Cookie{Name: "__Host-healthcode", Value: token})
				for name, value := range from {
					r.Header.Set(name, value)
				}
				answer, err := w.http.Do(r)
				w.must(err)
				answer.Body.Close()
				if answer.StatusCode != 403 {
					t.Errorf("%s from %v: %d", path, from, answer.StatusCode)
				}
			}
		})
	}
	if status, _, _ := w.call("GET", "/v1/wallet/paper/"+w.child.String()+".png", w.token, ""); status != 200 {
		t.Errorf("the guardian's own: %d", status)
	}
}

// TestALookAheadDoesNotSpendALogIn: some programs ask for the head of an address before they open it.
func TestALookAheadDoesNotSpendALogIn(t *testing.T) {
	w := newWorld(t)
	b := w.browser()
	answer, _ := b.open("GET", "/v1/login", "")
	back := "/v1/login/callback?" + b.provider.Answer(answer.Header.Get("Location"), resident(guardianNumber, "章守信", "face")).Encode()
	w.writesNothing("a look ahead at the end of a log-in", func() {
		if answer, _ := b.open("HEAD", back, ""); answer.StatusCode != 405 || answer.Header.Get("Allow") != "GET" {
			t.Errorf("%d, allowed is %q", answer.StatusCode, answer.Header.Get("Allow"))
		}
	})
	if answer, _ := b.open("GET", back, ""); answer.StatusCode != 303 || b.cookies["__Host-healthcode"] == "" {
		t.Errorf("%d", answer.StatusCode)
	}
}
