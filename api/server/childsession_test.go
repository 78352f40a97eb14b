package server_test

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"testing"

	"healthcode.example/api"
	"healthcode.example/wallet/refresh"
)

// Whatever the guardian or the child could ask for goes with the guardianship, from the next request on.
func TestAGuardianWhoIsNoMoreActsForTheChildInNoWay(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	w.call("POST", "/v1/wallet/members/"+w.child.String()+"/consent", w.token, `{"consent":"c1"}`)
	childs := w.logIn(childNumber) // kept by the guardian, on the guardian's telephone
	key := w.newHolder()
	device, err := w.wallet.RegisterDevice(ctx, w.child, key.Public(), w.now())
	w.must(err)
	asks := func() string {
		return string(w.signed(refresh.Request{Device: device.ID, Region: "CN-GD", Holder: w.newHolder().Public()}, key))
	}
	if status, _, answer := w.call("POST", "/v1/wallet/codes", childs, asks()); status != 200 {
		t.Fatalf("before: %d %s", status, answer)
	}
	w.must(w.wallet.EndGuardian(ctx, w.guardian, w.child, w.now()))
	for _, c := range []struct{ method, path, body string }{
		{"GET", "/v1/wallet/family", ""}, {"POST", "/v1/wallet/codes", asks()}, {"POST", "/v1/wallet/members/" + w.child.String() + "/export", ""},
		{"POST", "/v1/wallet/devices", `{}`}, {"POST", "/v1/wallet/erasure", `{}`},
	} {
		w.refused(c.method, c.path, childs, c.body, api.CodeUnauthorized)
	}
	child := w.child.String()
	for _, c := range []struct{ method, path, body string }{
		{"GET", "/v1/wallet/members/" + child + "/history", ""}, {"POST", "/v1/wallet/members/" + child + "/export", ""}, {"POST", "/v1/wallet/paper/" + child, ""},
		{"GET", "/v1/wallet/paper/" + child + ".png", ""}, {"DELETE", "/v1/wallet/paper/" + child, ""}, {"DELETE", "/v1/wallet/guardians/" + child, ""},
		{"POST", "/v1/wallet/members/" + child + "/consent", `{"consent":"c1"}`}, {"POST", "/v1/wallet/erasure", `{"member":"` + child + `"}`},
	} {
		w.refused(c.method, c.path, w.token, c.body, api.CodeMemberNotFound)
	}
	w.refused("DELETE", "/v1/wallet/devices/"+hex.EncodeToString(device.ID[:]), w.token, "", api.CodeNotFound)
	if d, err := w.store.Device(ctx, device.ID); err != nil || d.Ended == 0 {
		t.Errorf("the child's telephone is still in use: %+v, %v", d, err)
	}
	status, _, answer := w.call("POST", "/v1/wallet/codes", w.token, string(w.asks(w.newHolder(), false)))
	var got api.CodesResponse
	if err := json.Unmarshal(answer, &got); err != nil || status != 200 || len(got.Codes) != 1 {
		t.Errorf("the guardian still fetches %d codes: %d, %v", len(got.Codes), status, err)
	}
}
