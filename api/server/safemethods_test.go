package server_test

import (
	"net/http"
	"strings"
	"testing"

	"healthcode.example/wallet"
)

// TestNoGETAndNoHEADChangesAnything asks every route of the table for which reading is a method (RFC 9110 §9.2.1), as whoever may: a link on any page
// and whoever looks ahead at one makes such requests in a person's name. The answer of the provider at the end of a log-in is the one exception.
func TestNoGETAndNoHEADChangesAnything(t *testing.T) {
	w := newWorld(t)
	w.paper(w.child)
	worker := w.logIn(workerNumber, wallet.CommunityWorker)
	fill := strings.NewReplacer("{format}", "html", "{member}", w.child.String(), "{person}", w.child.String(), "{path}", "x", "{list}", "phone-1")
	asked := 0
	for _, route := range w.server.Routes() {
		method, pattern, _ := strings.Cut(route, " ")
		if method != http.MethodGet {
			continue
		}
		path, token := fill.Replace(pattern), w.token
		if strings.HasPrefix(path, "/v1/staff/") {
			token = worker
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
