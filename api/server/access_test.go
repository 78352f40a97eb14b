package server_test

import (
	"context"
	"encoding/hex"
	"slices"
	"strings"
	"testing"

	"healthcode.example/credential"
	"healthcode.example/health"
	"healthcode.example/issuer"
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
	guardian // of the child and an elder
	second   // guardian of the child, in force beside the first
	former   // guardian of the child, whom the authority revoked
	child    // of seven, by a log-in of its own
	elder    // under the guardian, by a log-in of their own
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
	"POST /v1/wallet/members/{member}/consent":                       {path: "/v1/wallet/members/$child/consent", body: `{"consent":"c1"}`, may: []role{guardian, second}},
	"GET /v1/wallet/members/{member}/history":                        {path: "/v1/wallet/members/$child/history", may: []role{guardian, second, child}},
	"POST /v1/wallet/members/{member}/export":                        {path: "/v1/wallet/members/$child/export", may: []role{guardian, second, child}},
	"POST /v1/wallet/paper/{member}":                                 {path: "/v1/wallet/paper/$child", may: []role{guardian, second, child}},
	"GET /v1/wallet/paper/{member}.{format}":                         {path: "/v1/wallet/paper/$child.png", may: []role{guardian, second, child}},
	"DELETE /v1/wallet/paper/{member}":                               {path: "/v1/wallet/paper/$child", may: []role{guardian, second, child}},
	"DELETE /v1/wallet/members/{member}":                             {path: "/v1/wallet/members/$child", may: []role{guardian, second}},
	"DELETE /v1/wallet/guardians/{guardian}":                         {path: "/v1/wallet/guardians/$guardian", may: []role{elder}}, // not the child, under 14
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
		t.Run(strings.ReplaceAll(route, "/", " "), func(t *testing.T) {
			t.Parallel() // most of the time goes to the disk
			for who := range roles {
				w := newWorld(t) // a call that is let through changes it
				w.paper(w.child)
				callAs(w, route, method, who, a)
			}
		})
	}
}

// others are people who have, or had, to do with the family.
var (
	secondNumber = residentID("99000019860202011")
	formerNumber = residentID("99000019870303012")
	elderNumber  = residentID("99000019500404013")
)

// tokenOf lets somebody of the role be there, and logs them in.
func (w *world) tokenOf(who role) string {
	w.t.Helper()
	ctx := context.Background()
	guards := func(number string) (token string) {
		token = w.logIn(number)
		w.must(w.wallet.AddGuardian(ctx, w.personOf(number), w.child, credential.Child, "court_order", w.now()))
		return token
	}
	switch who {
	case neighbour:
		return w.logIn(strangerNumber)
	case kiosk:
		return w.logIn(workerNumber, wallet.Kiosk)
	case worker:
		return w.logIn(workerNumber, wallet.CommunityWorker)
	case authority:
		return w.logIn(workerNumber, wallet.Authority)
	case guardian:
		return w.token
	case second:
		return guards(secondNumber)
	case former:
		token := guards(formerNumber)
		w.must(w.wallet.EndGuardian(ctx, w.personOf(formerNumber), w.child, w.now()))
		return token
	case child:
		w.must(w.wallet.GiveConsent(ctx, w.guardian, w.child, "c1", w.now()))
		return w.logIn(childNumber)
	case elder:
		token := w.logIn(elderNumber)
		w.must(w.wallet.AddGuardian(ctx, w.guardian, w.personOf(elderNumber), credential.Parent, "court_order", w.now()))
		return token
	}
	return ""
}

// personOf is who has the number.
func (w *world) personOf(number string) health.PersonID {
	w.t.Helper()
	d, err := wallet.ParseDocument("resident-id", number)
	w.must(err)
	p, err := w.wallet.FindPerson(context.Background(), d)
	w.must(err)
	return p.ID
}

// ownMarks are what of the family's may stand in what somebody gets of their own.
func (w *world) ownMarks(who role) []string {
	switch who {
	case child, elder: // their own identifier, and who their guardians are
		return []string{w.child.String(), w.guardian.String(), "章"}[map[role]int{child: 0, elder: 1}[who]:]
	case second: // the child of both, and the other guardian by masked name
		return []string{w.child.String(), w.guardian.String(), "章", "YK1:"}
	}
	return nil
}

// callAs makes one call in a fresh world and judges it.
func callAs(w *world, route, method string, who role, a access) {
	w.t.Helper()
	token := w.tokenOf(who)
	expand := strings.NewReplacer("$child", w.child.String(), "$guardian", w.guardian.String(), "$number", guardianNumber, "$baby", babyNumber,
		"$device", hex.EncodeToString(w.device.ID[:]), "$jwk", w.variables()["jwk"], "$asked", string(w.asks(w.newHolder(), false)))
	if a.first != "" {
		w.call("POST", expand.Replace(a.first), token, "")
	}
	may := a.own && who != nobody && !(a.notChild && who == child) || slices.Contains(a.may, who)
	before := w.family()
	if method == "GET" { // a HEAD goes wherever a GET does, and opens nothing that it would not
		if status, _, answer := w.call("HEAD", expand.Replace(a.path), token, ""); len(answer) > 0 || !may && status < 400 {
			w.t.Errorf("HEAD of %s by role %d: status %d: %.200s", route, who, status, answer)
		}
	}
	status, _, answer := w.call(method, expand.Replace(a.path), token, expand.Replace(a.body))
	if may != (status < 300) {
		w.t.Errorf("%s by role %d: status %d: %.200s", route, who, status, answer)
	}
	if who == guardian || may && !a.own && who != second && who != elder {
		return
	}
	for _, mark := range []string{w.child.String(), w.guardian.String(), "章", guardianNumber, childNumber, babyNumber, hex.EncodeToString(w.device.ID[:]), "YK1:"} {
		if may && slices.Contains(w.ownMarks(who), mark) || may && who == second && mark == childNumber {
			continue
		}
		if strings.Contains(string(answer), mark) {
			w.t.Errorf("%s by role %d: the answer holds %s of the family", route, who, mark)
		}
	}
	if !may || a.own {
		if now := w.family(); now != before {
			w.t.Errorf("%s by role %d: the family is %+v, and was %+v", route, who, now, before)
		}
	}
}

// state is what a call that was refused must leave of a family.
type state struct {
	devices, members, guardians int
	print                       bool // in force
}

func (w *world) family() state {
	w.t.Helper()
	ctx := context.Background()
	devices, err := w.wallet.Devices(ctx, w.guardian)
	w.must(err)
	family, err := w.wallet.Family(ctx, w.guardian, w.now())
	w.must(err)
	guardians, err := w.wallet.Guardians(ctx, w.child, w.now())
	w.must(err)
	d, err := w.store.Dossier(ctx, w.child)
	w.must(err)
	return state{len(devices), len(family), len(guardians), d.Print != nil && slices.ContainsFunc(d.Holdings, func(h issuer.Holding) bool { return h.Handle == d.Print.Handle })}
}
