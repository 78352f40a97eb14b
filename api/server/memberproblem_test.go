package server_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"healthcode.example/api"
	"healthcode.example/api/server"
	"healthcode.example/health"
	"healthcode.example/issuer"
	"healthcode.example/wallet"
	"healthcode.example/wallet/holder"
)

// oneFailing refreshes a family and lets one member fail.
type oneFailing struct {
	server.Wallet
	whose int
	err   error
}

func (f *oneFailing) RefreshSigned(ctx context.Context, person health.PersonID, signed []byte, at time.Time) (wallet.Fetched, error) {
	got, err := f.Wallet.RefreshSigned(ctx, person, signed, at)
	if err == nil {
		got.Codes[f.whose] = wallet.MemberCode{Member: got.Codes[f.whose].Member, Err: f.err}
	}
	return got, err
}

func TestAMemberWithoutACodeTakesNobodyElsesAway(t *testing.T) {
	for whose := range 2 { // the caller, and a dependant
		for _, c := range []struct {
			err  error
			want api.Code
		}{{errors.New("no name"), api.CodeInternal}, {issuer.ErrNoKey, api.CodeIssuerNotReady}} {
			broken := &oneFailing{whose: whose, err: c.err}
			w := newWorldWith(t, func(c *server.Config) { broken.Wallet, c.Wallet = c.Wallet, broken })
			got, err := w.client().Codes(context.Background(), w.asks(w.newHolder(), false))
			w.must(err)
			if len(got.Codes) == 0 || len(got.Problems) != 1 || got.Problems[0].Problem.Code != c.want || got.Problems[0].Problem.Detail == "" {
				t.Errorf("member %d: got %d codes and the problems %+v", whose, len(got.Codes), got.Problems)
			}
			if (got.Problems[0].Relation == "") != (whose == 0) {
				t.Errorf("member %d: the problem has relation %q", whose, got.Problems[0].Relation)
			}
		}
	}
}

func TestAHouseholdThatIsNoneTakesNobodysCodeAway(t *testing.T) {
	w := newWorld(t)
	file := holder.New()
	file.SetDevice(w.device.ID, w.deviceKey)
	file.SetAccount(holder.Account{Service: w.url, Region: "CN-GD", Session: w.token})
	stale, whole := []health.PersonID{w.guardian, {9}}, []health.PersonID{w.guardian, w.child}
	got, err := w.client().Fetch(context.Background(), file, holder.Question{Sets: [][]health.PersonID{stale, whole}}, w.rand, w.now())
	w.must(err)
	if h := got.Households; len(got.Codes) != 2 || len(h) != 2 || h[0].Code != "" || h[1].Code == "" {
		t.Fatalf("%+v", got)
	}
	if p := got.Households[0].Problem; p == nil || p.Code != api.CodeMemberNotFound || !strings.Contains(p.Detail, "choose its people anew") {
		t.Errorf("the stale household says %+v", p)
	}
	if _, err := file.Present(holder.Show{People: whole}, w.now()); err != nil {
		t.Errorf("the whole one cannot be shown: %v", err)
	}
}
