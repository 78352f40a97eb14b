package server_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"healthcode.example/api"
	"healthcode.example/api/server"
	"healthcode.example/wallet"
)

// downRegister answers no question, and says in its error what it was asked.
type downRegister struct{}

func (downRegister) Household(_ context.Context, g, m wallet.Document) (wallet.RegisterEntry, error) {
	return wallet.RegisterEntry{}, errors.New("connection refused")
}

func (d downRegister) Parent(ctx context.Context, g, m wallet.Document) (wallet.RegisterEntry, error) {
	return d.Household(ctx, g, m)
}

func (d downRegister) Person(ctx context.Context, m wallet.Document) (wallet.RegisterEntry, error) {
	return d.Household(ctx, m, m)
}

func TestARegisterThatIsDownIsSaidSoWithTheTimeToWait(t *testing.T) {
	const floor = 20 * time.Millisecond
	w := newWorldWith(t, func(c *server.Config) { c.ClaimFloor = floor })
	up := w.wallet.Register
	w.wallet.Register = downRegister{}
	for range 8 { // more than may fail in an hour
		began := time.Now()
		status, header, answer := w.call("POST", "/v1/wallet/members", w.token, claimBody("household", babyNumber, "c1"))
		if status != 503 || header.Get("Retry-After") == "" || !strings.Contains(string(answer), string(api.CodeRegisterDown)) || !strings.Contains(string(answer), "try again") {
			t.Fatalf("%d %v %s", status, header, answer)
		}
		if took := time.Since(began); took < floor {
			t.Errorf("the answer came after %v", took)
		}
	}
	b := w.browser()
	answer, page := b.prove("/v1/login", resident(residentID("99000019900101099"), newcomer, "face"))
	if answer.StatusCode == http.StatusSeeOther {
		answer, page = b.open("POST", "/v1/login/agreement", "accept=t1")
	}
	if answer.StatusCode != 503 || answer.Header.Get("Retry-After") == "" || !strings.Contains(page, "户籍登记系统暂时不可用") {
		t.Errorf("a newcomer's log-in: %d %s", answer.StatusCode, page)
	}
	w.wallet.Register = up
	if status, _, answer := w.call("POST", "/v1/wallet/members", w.token, claimBody("household", babyNumber, "c1")); status != 201 {
		t.Errorf("afterwards: %d %s", status, answer)
	}
}
