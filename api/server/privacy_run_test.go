package server_test

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"healthcode.example/wallet"
)

// TestAWholeRunLeavesNoNameNumberOrTokenAnywhere logs in, claims, refreshes, prints, looks up and logs out, well and badly, and then looks
// for what was marked in the log, the metrics, the bodies of errors and the addresses.
func TestAWholeRunLeavesNoNameNumberOrTokenAnywhere(t *testing.T) {
	w := newWorld(t)
	former := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(w.log, nil)))
	defer slog.SetDefault(former)
	b, errors := w.browser(), new(strings.Builder)
	worker := w.logIn(workerNumber, wallet.CommunityWorker)
	call := func(method, path, token, body string) {
		status, _, answer := w.call(method, path, token, body)
		if status >= 400 {
			errors.Write(answer)
		}
	}
	b.prove("/v1/login", resident(newcomerNumber, newcomer, "face"))
	b.open("POST", "/v1/login/agreement", "accept=t1")
	own := b.cookies["__Host-healthcode"]
	if own == "" {
		t.Fatal("nobody is logged in")
	}
	_, page := b.prove("/v1/login", resident(guardianNumber, "章守信", "pwd"))
	errors.WriteString(page)
	w.provider.Token = func(_, claims map[string]any) { claims["aud"] = "another" }
	_, page = b.prove("/v1/login", resident(guardianNumber, "章守信", "face"))
	errors.WriteString(page)
	for _, number := range []string{babyNumber, strangersChildNumber, "MARKED" + childNumber} {
		call("POST", "/v1/wallet/members", w.token, claimBody("household", number, "c1"))
		call("POST", "/v1/wallet/members/check", w.token, claimBody("face", number, "MARKED"))
		call("POST", "/v1/staff/people", worker, `{"document":{"type":"resident-id","number":"`+number+`"}}`)
	}
	for _, member := range []string{w.child.String(), w.stranger.String(), "MARKED"} {
		for _, path := range []string{"/v1/wallet/members/" + member + "/history", "/v1/wallet/paper/" + member + ".png"} {
			call("GET", path, w.token, "")
		}
		call("POST", "/v1/wallet/members/"+member+"/export", w.token, "")
		call("POST", "/v1/wallet/paper/"+member, w.token, "")
		call("DELETE", "/v1/wallet/members/"+member, own, "")
		call("POST", "/v1/staff/people/"+member+"/paper", worker, "")
	}
	call("POST", "/v1/wallet/codes", w.token, string(w.asks(w.newHolder(), true)))
	call("POST", "/v1/wallet/codes", own, string(w.asks(w.newHolder(), true)))
	call("POST", "/v1/sessions", "", `{"code":"MARKED","verifier":"MARKED"}`)
	call("GET", "/v1/wallet/family", w.token[:42]+"_", "")
	w.advance(time.Hour)
	call("DELETE", "/v1/session", own, "")
	_, _, metrics := w.call("GET", "/metrics", "", "")
	for place, text := range map[string]string{
		"the log": w.log.String(), "the metrics": string(metrics), "an error": errors.String(), "an address": strings.ReplaceAll(strings.Join(b.seen, " "), w.provider.URL, ""),
	} {
		for _, mark := range []string{
			"MARKED", "YK1:", "章", "路", "陆", newcomerNumber, guardianNumber, childNumber, babyNumber, strangerNumber, strangersChildNumber, workerNumber,
			own, w.token, worker, "marked", w.child.String(), w.guardian.String(), w.stranger.String(),
		} {
			if strings.Contains(text, mark) {
				t.Errorf("%s holds %s", place, mark)
			}
		}
	}
}
