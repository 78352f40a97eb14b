package server_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"healthcode.example/api/server"
	"healthcode.example/wallet"
)

// wrongLine is a register whose line of everybody has another birth date than the number says.
type wrongLine struct{ wallet.Register }

func (r wrongLine) Person(ctx context.Context, d wallet.Document) (wallet.RegisterEntry, error) {
	return r.entry(d), nil
}

func (r wrongLine) Household(ctx context.Context, _, d wallet.Document) (wallet.RegisterEntry, error) {
	return r.entry(d), nil
}

func (wrongLine) entry(d wallet.Document) wallet.RegisterEntry {
	return wallet.RegisterEntry{Name: "陆新来", Documents: []wallet.Document{d}, Birth: wallet.Date{Year: 2020, Month: 2, Day: 3}, Region: 440106}
}

func TestWhoseLineInTheRegisterCannotBeReadsWhatIsWrongAndNothingIsDone(t *testing.T) {
	w := newWorld(t)
	w.wallet.Register = wrongLine{}
	b := w.browser()
	answer, page := b.prove("/v1/login", resident(newcomerNumber, newcomer, "face"))
	if answer.StatusCode != 409 || !strings.Contains(page, "the birth date is not the one in the resident ID") || !strings.Contains(page, "请由登记机关更正") || !strings.Contains(page, "incomplete_person") {
		t.Errorf("%d %s", answer.StatusCode, page)
	}
	before := len(w.events(w.guardian))
	w.refused("POST", "/v1/wallet/members", w.token, fmt.Sprintf(`{"way":"household","document":{"type":"resident-id","number":%q},"relation":"child","consent":"c1"}`, babyNumber), "incomplete_person")
	if got := len(w.events(w.guardian)); got != before {
		t.Errorf("the guardian's history has %d more", got-before)
	}
	if log := w.log.String(); strings.Contains(log, "failed") {
		t.Errorf("it is logged as the service's failure: %s", log)
	}
}

// offline is a wallet that can log nobody in.
type offline struct{ server.Wallet }

func (offline) LogIn(context.Context, wallet.Identity, string, time.Time) (string, wallet.Session, error) {
	return "", wallet.Session{}, errors.New("disk on fire")
}

func TestAPersonAtALogInReadsAFailureOfTheServiceAsAPage(t *testing.T) {
	w := newWorldWith(t, func(c *server.Config) { c.Wallet = offline{c.Wallet} })
	answer, page := w.browser().prove("/v1/login", resident(newcomerNumber, newcomer, "face"))
	if answer.StatusCode != 500 || !strings.Contains(page, "<!doctype html>") || !strings.Contains(page, "服务出错") || strings.Contains(page, "disk") {
		t.Errorf("%d %s", answer.StatusCode, page)
	}
	if log := w.log.String(); !strings.Contains(log, "disk on fire") {
		t.Errorf("the cause is not in the log: %s", log)
	}
}
