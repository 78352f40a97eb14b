package server_test

import (
	"context"
	"encoding/hex"
	"fmt"
	"testing"

	"healthcode.example/api"
	"healthcode.example/wallet"
)

// The thief of a telephone has its session too: with it another telephone could be registered, and codes fetched for it.
func TestWhoeverFindsALostTelephoneFetchesNothingMore(t *testing.T) {
	for what, end := range map[string]func(w *world, elsewhere string) (status int, want string){
		"the owner, for the one device": func(w *world, elsewhere string) (int, string) {
			status, _, _ := w.call("DELETE", "/v1/wallet/devices/"+hex.EncodeToString(w.device.ID[:]), elsewhere, "")
			return status, elsewhere
		},
		"the owner, for all": func(w *world, elsewhere string) (int, string) {
			status, _, _ := w.call("DELETE", "/v1/wallet/devices", elsewhere, "")
			return status, elsewhere
		},
		"a community worker": func(w *world, _ string) (int, string) {
			status, _, _ := w.call("DELETE", "/v1/staff/people/"+w.guardian.String()+"/devices", w.logIn(workerNumber, wallet.CommunityWorker), "")
			return status, ""
		},
	} {
		w := newWorld(t)
		jwk := w.variables()["jwk"]
		thiefs, elsewhere := w.token, w.logIn(guardianNumber)
		others := w.logIn(strangerNumber)
		status, stays := end(w, elsewhere)
		if status != 204 {
			t.Errorf("%s: %d", what, status)
		}
		w.refused("POST", "/v1/wallet/devices", thiefs, fmt.Sprintf(`{"key":%s}`, jwk), api.CodeUnauthorized)
		w.refused("POST", "/v1/wallet/codes", thiefs, string(w.asks(w.newHolder(), false)), api.CodeUnauthorized)
		if stays != "" {
			if status, _, answer := w.call("GET", "/v1/wallet/devices", stays, ""); status != 200 || string(answer) != "{\"devices\":[]}\n" && string(answer) != `{"devices":[]}` {
				t.Errorf("%s: the owner: %d %s", what, status, answer)
			}
		}
		if status, _, _ := w.call("GET", "/v1/wallet/family", others, ""); status != 200 {
			t.Errorf("%s: somebody else is logged out", what)
		}
	}
}

func TestAllTelephonesOfAPersonEndInOneTransactionAndNobodyElses(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	second, err := w.wallet.RegisterDevice(ctx, w.guardian, w.newHolder().Public(), w.now())
	w.must(err)
	strangers, err := w.wallet.RegisterDevice(ctx, w.stranger, w.newHolder().Public(), w.now())
	w.must(err)
	w.must(w.wallet.AddGuardian(ctx, w.stranger, w.child, 1, "court", w.now())) // so that the child's code is there too
	if status, _, answer := w.call("DELETE", "/v1/wallet/devices", w.token, ""); status != 204 {
		t.Fatalf("%d %s", status, answer)
	}
	for _, id := range []wallet.Device{w.device, second} {
		if d, err := w.store.Device(ctx, id.ID); err != nil || d.Ended == 0 {
			t.Errorf("got %+v, %v", d, err)
		}
	}
	family, err := w.store.Family(ctx, w.stranger, strangers.ID)
	w.must(err)
	if len(family.Members) != 2 || family.Members[0].Holding.Handle == 0 || family.Members[1].Holding.Handle == 0 {
		t.Errorf("on another guardian's telephone: %+v", family)
	}
	if status, _, _ := w.call("DELETE", "/v1/wallet/devices", w.token, ""); status != 204 {
		t.Error("a second time it is refused")
	}
}
