package server_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"healthcode.example/api/server"
	"healthcode.example/health"
	"healthcode.example/wallet"
)

// failing fails with an error that repeats everything it was given.
type failing struct{ server.Wallet }

func (failing) Family(_ context.Context, person health.PersonID, _ time.Time) ([]wallet.Member, error) {
	return nil, fmt.Errorf("read the family of %s with number %s: %q: %w", person, guardianNumber, "章守信", errors.New("disk on fire"))
}

// TestTheLogHoldsNothingOfAnybody calls every route with marked values in every place, and then looks for them in the log.
func TestTheLogHoldsNothingOfAnybody(t *testing.T) {
	w := newWorld(t)
	v := w.variables()
	paper := "/v1/wallet/paper/" + v["guardian"]
	for _, c := range [][4]string{
		{"POST", "/v1/verifications?mark=MARKED-QUERY", "", `{"codes":["` + v["paper"] + `","` + v["shown"] + `","MARKED-CODE"]}`},
		{"POST", "/v1/verifications", "", `{"code":"` + v["answered"] + `","challenge":"` + v["challenge"] + `","document":{"type":"resident-id","number":"` + v["number"] + `"}}`},
		{"POST", "/v1/verifications", "", `{"MARKED-NAME":1}`},
		{"GET", "/v1/wallet/family", demoToken, ""},
		{"GET", "/v1/wallet/family", "MARKED-TOKEN", ""},
		{"POST", "/v1/wallet/codes", demoToken, unhex(v["asked_document"])},
		{"POST", paper, demoToken, ""},
		{"GET", paper + ".png?mark=MARKED-QUERY", demoToken, ""},
		{"POST", "/v1/wallet/paper/MARKED-MEMBER", demoToken, ""},
		{"GET", "/v1/wallet/paper/" + v["stranger"] + ".svg", demoToken, ""},
		{"GET", "/MARKED-PATH", "", ""},
		{"MARKED-METHOD", "/", "", ""},
		{"PUT", "/v1/wallet/paper/MARKED-MEMBER", "", ""},
	} {
		w.call(c[0], c[1], c[2], c[3])
	}
	log := w.log.String()
	if n := strings.Count(log, `"msg":"request"`); n != 13 {
		t.Errorf("%d lines for 13 requests", n)
	}
	for _, name := range []string{`"route":"/v1/wallet/paper/{member}.{format}"`, `"status":404`, `"duration":`, `"bytes":`, `"request_id":"`, `"method":"OTHER"`} {
		if !strings.Contains(log, name) {
			t.Errorf("the log lacks %s", name)
		}
	}
	for name, value := range v {
		if strings.Contains(log, value) {
			t.Errorf("the log holds $%s", name)
		}
	}
	for _, mark := range []string{"MARKED", "YK1:", "章", "路", "127.0.0.1"} {
		if strings.Contains(log, mark) {
			t.Errorf("the log holds %s:\n%s", mark, log)
		}
	}
}

func TestAFailureIsLoggedWithoutWhomItWasAbout(t *testing.T) {
	w := newWorldWith(t, func(c *server.Config) { c.Wallet = failing{} })
	status, _, body := w.call("GET", "/v1/wallet/family", demoToken, "")
	if status != 500 || strings.Contains(string(body), "fire") {
		t.Errorf("%d %s", status, body)
	}
	log := w.log.String()
	if !strings.Contains(log, "disk on fire") {
		t.Error("the log does not say what failed")
	}
	for _, secret := range []string{w.guardian.String(), guardianNumber, "章"} {
		if strings.Contains(log, secret) {
			t.Errorf("the log holds %s", secret)
		}
	}
}

func TestAMemberOfAnotherFamilyAnswersLikeNobody(t *testing.T) {
	w := newWorld(t)
	w.paper(w.stranger) // there is one to be found
	nobody := "/v1/wallet/paper/" + strings.Repeat("0", 26)
	stranger := "/v1/wallet/paper/" + w.stranger.String()
	for _, c := range []struct{ method, suffix string }{{"POST", ""}, {"GET", ".png"}, {"GET", ".svg"}} {
		s1, h1, b1 := w.call(c.method, stranger+c.suffix, demoToken, "")
		s2, h2, b2 := w.call(c.method, nobody+c.suffix, demoToken, "")
		h1.Del("X-Request-Id")
		h2.Del("X-Request-Id")
		h1.Del("Date")
		h2.Del("Date")
		if s1 != 404 || s1 != s2 || string(b1) != string(b2) || fmt.Sprint(h1) != fmt.Sprint(h2) {
			t.Errorf("%s%s: %d %v %s and %d %v %s", c.method, c.suffix, s1, h1, b1, s2, h2, b2)
		}
	}
}
