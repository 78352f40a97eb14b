package server_test

import (
	"context"
	"encoding/hex"
	"strings"
	"testing"

	"healthcode.example/wallet"
)

// role is in which capacity somebody calls.
type role int

const (
	nobody    role = iota
	neighbour      // logged in, of another family
	kiosk          // staff of another family
	worker
	authority
	guardian // of the child
	child    // of seven, by a log-in of its own
	roles
)

// access says what a route does with a request that is about the guardian's family.
type access struct {
	path, body string // with $child, $guardian, $device and $number of the family; empty: the pattern has no such place
	open       bool   // for everybody: nothing of it is about anybody
	may        []role // who may; for the others the status is refused and the answer holds nothing of the family
	first      string // a POST by the same caller before it
	notChild   bool   // not for a child under 14, though own
	own        bool   // every person who is logged in gets their own: 2xx without anything of the family
}

// accesses has an entry for every route: one that is missing fails the test.
var accesses = map[string]access{
	"POST /v1/verifications":                                         {open: true},
	"GET /v1/login":                                                  {open: true},
	"GET /v1/login/callback":                                         {open: true},
	"GET /v1/login/agreement":                                        {open: true},
	"POST /v1/login/agreement":                                       {open: true},
	"POST /v1/sessions":                                              {open: true},
	"GET /demo-idp/{path}":                                           {open: true},
	"POST /demo-idp/{path}":                                          {open: true},
	"GET /.well-known/healthcode/bundle":                             {open: true},
	"GET /.well-known/healthcode/root":                               {open: true},
	"GET /.well-known/jwks.json":                                     {open: true},
	"GET /.well-known/cose-keys":                                     {open: true},
	"GET /.well-known/healthcode/keys.jws":                           {open: true},
	"GET /.well-known/healthcode/status/{list}.{format}":             {open: true},
	"GET /openapi.yaml":                                              {open: true},
	"GET /healthz":                                                   {open: true},
	"GET /readyz":                                                    {open: true},
	"GET /metrics":                                                   {open: true},
	"GET /":                                                          {open: true},
	"DELETE /v1/session":                                             {own: true},
	"GET /v1/wallet/family":                                          {own: true},
	"GET /v1/wallet/devices":                                         {own: true},
	"GET /v1/wallet/guardians":                                       {own: true},
	"DELETE /v1/wallet/devices":                                      {own: true},
	"POST /v1/wallet/devices":                                        {own: true, body: `{"key":$jwk}`},
	"POST /v1/wallet/erasure":                                        {own: true, notChild: true, body: `{}`},
	"POST /v1/wallet/members/check":                                  {own: true, body: claimBody("face", "$number", "c1")},
	"POST /v1/wallet/codes":                                          {body: "$asked", may: []role{guardian}},
	"DELETE /v1/wallet/devices/{device}":                             {path: "/v1/wallet/devices/$device", may: []role{guardian}},
	"POST /v1/wallet/members":                                        {body: claimBody("household", "$baby", "c1"), may: []role{guardian}},
	"GET /v1/wallet/consent":                                         {own: true},
	"POST /v1/wallet/members/{member}/consent":                       {path: "/v1/wallet/members/$child/consent", body: `{"consent":"c1"}`, may: []role{guardian}},
	"GET /v1/wallet/members/{member}/history":                        {path: "/v1/wallet/members/$child/history", may: []role{guardian, child}},
	"POST /v1/wallet/members/{member}/export":                        {path: "/v1/wallet/members/$child/export", may: []role{guardian, child}},
	"POST /v1/wallet/paper/{member}":                                 {path: "/v1/wallet/paper/$child", may: []role{guardian, child}},
	"GET /v1/wallet/paper/{member}.{format}":                         {path: "/v1/wallet/paper/$child.png", may: []role{guardian, child}},
	"DELETE /v1/wallet/paper/{member}":                               {path: "/v1/wallet/paper/$child", may: []role{guardian, child}},
	"DELETE /v1/wallet/members/{member}":                             {path: "/v1/wallet/members/$child", may: []role{guardian}},
	"DELETE /v1/wallet/guardians/{guardian}":                         {path: "/v1/wallet/guardians/$guardian"}, // nor the child, under 14
	"POST /v1/staff/people":                                          {body: `{"document":{"type":"resident-id","number":"$number"}}`, may: []role{kiosk, worker, authority}},
	"POST /v1/staff/people/{person}/paper":                           {path: "/v1/staff/people/$child/paper", may: []role{worker}},
	"GET /v1/staff/people/{person}/paper.{format}":                   {path: "/v1/staff/people/$child/paper.html", first: "/v1/staff/people/$child/paper", may: []role{worker}},
	"DELETE /v1/staff/people/{person}/paper":                         {path: "/v1/staff/people/$child/paper", may: []role{worker, authority}},
	"GET /v1/staff/people/{person}/guardians":                        {path: "/v1/staff/people/$child/guardians", may: []role{authority}},
	"POST /v1/staff/people/{person}/guardians/{guardian}/revocation": {path: "/v1/staff/people/$child/guardians/$guardian/revocation", body: `{"reason":"court"}`, may: []role{authority}},
	"DELETE /v1/staff/people/{person}/devices":                       {path: "/v1/staff/people/$guardian/devices", may: []role{worker, authority}},
}

func TestEveryRouteAnswersWhomItMayAndNobodyElse(t *testing.T) {
	for _, route := range newWorld(t).server.Routes() {
		a, ok := accesses[route]
		if !ok {
			t.Errorf("%s has no entry: say who may call it", route)
			continue
		}
		if a.open {
			continue
		}
		method, pattern, _ := strings.Cut(route, " ")
		if a.path == "" {
			a.path = pattern
		}
		for who := range roles {
			w := newWorld(t) // a call that is let through changes it
			w.paper(w.child)
			callAs(w, route, method, who, a)
		}
	}
}

// callAs makes one call in a fresh world and judges it.
func callAs(w *world, route, method string, who role, a access) {
	w.t.Helper()
	jwk := w.variables()["jwk"]
	expand := strings.NewReplacer("$child", w.child.String(), "$guardian", w.guardian.String(), "$number", guardianNumber, "$baby", babyNumber,
		"$device", hex.EncodeToString(w.device.ID[:]), "$jwk", jwk, "$asked", string(w.asks(w.newHolder(), false)))
	token := map[role]string{nobody: "", neighbour: w.logIn(strangerNumber), guardian: w.token}[who]
	switch who {
	case kiosk:
		token = w.logIn(workerNumber, wallet.Kiosk)
	case worker:
		token = w.logIn(workerNumber, wallet.CommunityWorker)
	case child:
		w.must(w.wallet.GiveConsent(context.Background(), w.guardian, w.child, "c1", w.now()))
		token = w.logIn(childNumber)
	case authority:
		token = w.logIn(workerNumber, wallet.Authority)
	}
	if a.first != "" {
		w.call("POST", expand.Replace(a.first), token, "")
	}
	status, _, answer := w.call(method, expand.Replace(a.path), token, expand.Replace(a.body))
	may := a.own && who != nobody && !(a.notChild && who == child)
	for _, r := range a.may {
		may = may || r == who
	}
	if may != (status < 300) {
		w.t.Errorf("%s by role %d: status %d: %.200s", route, who, status, answer)
	}
	if who == guardian || may && !a.own {
		return
	}
	for _, mark := range []string{w.child.String(), w.guardian.String(), "章", guardianNumber, childNumber, babyNumber, hex.EncodeToString(w.device.ID[:]), "YK1:"} {
		if who == child && may && (mark == w.child.String() || mark == "章" || mark == w.guardian.String()) {
			continue // its own identifier, and who its guardians are
		}
		if strings.Contains(string(answer), mark) {
			w.t.Errorf("%s by role %d: the answer holds %s of the family", route, who, mark)
		}
	}
	w.unharmed(route, who)
}

// unharmed checks that a call that was refused has changed nothing of the family.
func (w *world) unharmed(route string, who role) {
	w.t.Helper()
	ctx := context.Background()
	devices, err := w.wallet.Devices(ctx, w.guardian)
	w.must(err)
	family, err := w.wallet.Family(ctx, w.guardian, w.now())
	w.must(err)
	_, err = w.wallet.Print(ctx, w.guardian, w.child, w.now())
	if len(devices) != 1 || len(family) != 2 || err != nil {
		w.t.Errorf("%s by role %d: %d devices, %d members, print %v", route, who, len(devices), len(family), err)
	}
}
