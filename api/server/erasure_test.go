package server_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"healthcode.example/api"
)

// colourOf is the colour of whoever the token belongs to.
func (w *world) colourOf(token string) string {
	w.t.Helper()
	_, _, answer := w.call("GET", "/v1/wallet/family", token, "")
	var family api.Family
	w.must(json.Unmarshal(answer, &family))
	return family.Members[0].Colour
}

// refused makes a call that must be refused with the code.
func (w *world) refused(method, path, token, body string, want api.Code) (p api.Problem) {
	w.t.Helper()
	_, _, answer := w.call(method, path, token, body)
	if err := json.Unmarshal(answer, &p); err != nil || p.Code != want {
		w.t.Errorf("%s %s %s: got %.300s, want %s", method, path, body, answer, want)
	}
	return p
}

func TestAnErasureDoesNotWashAwayAColour(t *testing.T) {
	w := newWorld(t)
	w.infect(w.stranger)
	token := w.logIn(strangerNumber)
	for _, body := range []string{`{}`, `{"confirm":"erase"}`} {
		p := w.refused("POST", "/v1/wallet/erasure", token, body, api.CodeEvidenceCounts)
		for _, language := range []string{"zh-Hans", "zh-Hant", "en"} {
			if p.Status != 409 || p.Reason != "positive_test" || p.Text[language] == "" || p.Release[language] == "" {
				t.Errorf("the refusal lacks the reason or the way out in %s: %+v", language, p)
			}
		}
	}
	if _, err := w.wallet.Person(context.Background(), w.stranger); err != nil {
		t.Errorf("the record is gone: %v", err)
	}
	if got := w.colourOf(w.logIn(strangerNumber)); got != "red" {
		t.Errorf("after the next log-in the code is %s", got)
	}
}

func TestAnErasureIsAskedForByThePersonJustLoggedInOrTheChildsOnlyGuardian(t *testing.T) {
	w := newWorld(t)
	const path, confirm = "/v1/wallet/erasure", `{"confirm":"erase"}`
	of := func(member fmt.Stringer) string { return fmt.Sprintf(`{"confirm":"erase","member":%q}`, member) }
	w.call("POST", "/v1/wallet/members/"+w.child.String()+"/consent", w.token, `{"consent":"c1"}`)
	childs := w.logIn(childNumber)
	w.refused("POST", path, childs, confirm, api.CodeErasure)
	w.refused("POST", path, childs, of(w.guardian), api.CodeMemberNotFound)
	w.refused("POST", path, w.token, of(w.stranger), api.CodeMemberNotFound)
	w.refused("POST", path, w.token, `{"member":"x"}`, api.CodeMemberNotFound)
	w.advance(11 * time.Minute)
	w.refused("POST", path, w.token, confirm, api.CodeFreshLogin)
	w.refused("POST", path, w.token, of(w.child), api.CodeFreshLogin)
	if status, _, answer := w.call("POST", path, w.token, `{}`); status != 200 {
		t.Errorf("a dry run: %d %s", status, answer)
	}
	token := w.logIn(guardianNumber)
	if status, header, answer := w.call("POST", path, token, of(w.child)); status != 200 || header.Get("Set-Cookie") != "" {
		t.Errorf("the guardian for the child: %d %v %s", status, header, answer)
	}
	if status, _, answer := w.call("GET", "/v1/wallet/family", childs, ""); status != 401 {
		t.Errorf("the session of an erased child: %d %s", status, answer)
	}
	if status, _, answer := w.call("POST", path, token, confirm); status != 200 {
		t.Errorf("for oneself: %d %s", status, answer)
	}
}
