package issuer_test

import (
	"bytes"
	"errors"
	"sync"
	"testing"
	"time"

	"healthcode.example/credential"
	"healthcode.example/crypto/cose"
	"healthcode.example/health"
	"healthcode.example/issuer"
	"healthcode.example/trust"
	"pgregory.net/rapid"
)

func TestEveryKindOfCodeIsIssuedUnderTheKeyOfItsPurpose(t *testing.T) {
	for _, alg := range []cose.Algorithm{cose.Ed25519, cose.ES256} {
		w := newWorld(t, alg)
		w.advance(17 * time.Second)
		wei, mei := w.enrol("张伟"), w.enrol("张梅")

		phone := w.issue(wei.read(credential.Phone))
		if phone.kid != w.key(trust.Phone, trust.Published).Entry.Key.ID() {
			t.Errorf("%v: the phone code is signed by %v", alg, phone.kid)
		}
		if phone.claims.IssuedAt != morning.Unix() || phone.claims.ExpiresAt != morning.Add(24*time.Hour).Unix() {
			t.Errorf("%v: the phone code runs from %d to %d", alg, phone.claims.IssuedAt, phone.claims.ExpiresAt)
		}
		paper := w.issue(wei.read(credential.Paper))
		if paper.kid != w.key(trust.Paper, trust.Published).Entry.Key.ID() || paper.claims.Holder != nil {
			t.Errorf("%v: the paper code is signed by %v, bound to %v", alg, paper.kid, paper.claims.Holder)
		}
		household := wei.read(credential.Household)
		child := mei.read(credential.Phone).Subjects[0]
		child.Relation, child.Guardian, child.Holding.Device = credential.Child, wei.name, household.Subjects[0].Holding.Device
		household.Subjects = append(household.Subjects, child)
		both := w.issue(household)
		if len(both.claims.Members) != 2 || both.kid != phone.kid || both.claims.Members[1].Guardian != "张*" {
			t.Errorf("%v: the household is %+v", alg, both.claims)
		}
		for _, c := range []code{phone, paper, both} {
			for n, m := range c.claims.Members {
				if m.Colour != credential.Green || m.Status.List != credential.ListDay(c.claims.IssuedAt) || w.revoked(c, n) {
					t.Errorf("%v: member %d of the %v: %+v", alg, n, c, m)
				}
			}
		}
	}
}

func TestACodeThatMayNotExistIsRefused(t *testing.T) {
	w := newWorld(t, cose.Ed25519)
	r, other := w.enrol("张伟"), w.enrol("李娜")
	for name, c := range map[string]struct {
		kind  credential.Kind
		spoil func(*issuer.Request)
		want  error
	}{
		"no colour":                 {credential.Phone, func(q *issuer.Request) { q.Subjects[0].Decision.Colour = 0 }, issuer.ErrRequest},
		"a colour of no registry":   {credential.Phone, func(q *issuer.Request) { q.Subjects[0].Decision.Colour = 9 }, issuer.ErrRequest},
		"no decision":               {credential.Phone, func(q *issuer.Request) { q.Subjects[0].Decision = health.Decision{} }, issuer.ErrRequest},
		"another's decision":        {credential.Phone, func(q *issuer.Request) { q.Subjects[0].Decision.Person = other.id }, issuer.ErrRequest},
		"another kind's holding":    {credential.Phone, func(q *issuer.Request) { q.Subjects[0].Holding.Purpose = trust.Paper }, issuer.ErrRequest},
		"a phone code of no phone":  {credential.Phone, func(q *issuer.Request) { q.Subjects[0].Holding.Device = issuer.DeviceID{} }, issuer.ErrRequest},
		"no handle":                 {credential.Phone, func(q *issuer.Request) { q.Subjects[0].Holding.Handle = 0 }, issuer.ErrRequest},
		"a handle beyond the list":  {credential.Phone, func(q *issuer.Request) { q.Subjects[0].Holding.Handle = 1 << 40 }, issuer.ErrWidth},
		"no holder key":             {credential.Phone, func(q *issuer.Request) { q.Holder = nil }, issuer.ErrRequest},
		"an Ed25519 holder key":     {credential.Phone, func(q *issuer.Request) { q.Holder = w.keys[0].Entry.Key }, issuer.ErrRequest},
		"paper bound to a key":      {credential.Paper, func(q *issuer.Request) { q.Holder = w.holderKey() }, issuer.ErrRequest},
		"no kind":                   {credential.Phone, func(q *issuer.Request) { q.Kind = 0 }, issuer.ErrRequest},
		"nobody":                    {credential.Phone, func(q *issuer.Request) { q.Subjects = nil }, issuer.ErrRequest},
		"two people on a phone":     {credential.Phone, func(q *issuer.Request) { q.Subjects = append(q.Subjects, q.Subjects[0]) }, issuer.ErrRequest},
		"one person twice":          {credential.Household, func(q *issuer.Request) { q.Subjects = append(q.Subjects, q.Subjects[0]) }, issuer.ErrRequest},
		"a household of two phones": {credential.Household, func(q *issuer.Request) { q.Subjects = append(q.Subjects, other.read(credential.Phone).Subjects[0]) }, issuer.ErrRequest},
		"holdings read long ago":    {credential.Phone, func(q *issuer.Request) { q.ReadAt = w.at.Add(-issuer.ReadLag - 1) }, issuer.ErrRequest},
		"holdings never read":       {credential.Phone, func(q *issuer.Request) { q.ReadAt = time.Time{} }, issuer.ErrRequest},
		"somebody who came of age":  {credential.Phone, func(q *issuer.Request) { q.NotAfter = w.at }, issuer.ErrRequest},
		"a name with a line break":  {credential.Phone, func(q *issuer.Request) { q.Subjects[0].Name = "张\n*" }, issuer.ErrRequest},
	} {
		req := r.read(c.kind)
		c.spoil(&req)
		if b, err := w.issuer.Issue(req, w.at); !errors.Is(err, c.want) || b != nil {
			t.Errorf("%s: want %q, got %v", name, c.want, err)
		}
	}
}

func TestIssuingTouchesNoStore(t *testing.T) {
	w := newWorld(t, cose.Ed25519)
	req := w.enrol("张伟").read(credential.Phone)
	before := w.store.reads
	for range 10 {
		w.issue(req)
	}
	if w.store.reads != before {
		t.Errorf("10 codes called the store %d times", w.store.reads-before)
	}
}

func TestIssuingWhileEverythingIsReloaded(t *testing.T) {
	w := newWorld(t, cose.Ed25519)
	req := w.enrol("张伟").read(credential.Phone)
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for range 50 {
				if _, err := w.issuer.Issue(req, w.at); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range 10 {
		w.must(w.issuer.Refresh(t.Context()))
		w.must(w.issuer.EnsureLists(t.Context(), w.at))
	}
	group.Wait()
}

func TestADependantsCodeEndsWithTheDependence(t *testing.T) {
	w := newWorld(t, cose.Ed25519)
	r := w.enrol("张小宝")
	rapid.Check(t, func(t *rapid.T) {
		req := r.read(credential.Phone)
		left := time.Duration(rapid.IntRange(61, 48*3600).Draw(t, "seconds left")) * time.Second
		req.NotAfter = w.at.Add(left)
		b, err := w.issuer.Issue(req, w.at)
		if err != nil {
			t.Fatal(err)
		}
		c := w.open(b)
		if c.claims.ExpiresAt > req.NotAfter.Unix() || c.claims.ExpiresAt > c.claims.IssuedAt+24*3600 || c.claims.ExpiresAt%60 != 0 {
			t.Fatalf("a code of %d ends at %d, the dependence at %d", c.claims.IssuedAt, c.claims.ExpiresAt, req.NotAfter.Unix())
		}
	})
}

func TestAPrefecturesOwnKeySignsForItsPeople(t *testing.T) {
	w := newWorld(t, cose.Ed25519)
	from := w.at.Unix() + int64(trust.DefaultPolicy().HardAge/time.Second) + 3600
	from -= from % 60
	var guangzhou []issuer.NewKey
	for _, state := range []trust.KeyState{trust.Published, trust.Standby} {
		k, err := issuer.GenerateKey(issuer.KeyPlan{
			Purpose: trust.Phone, Prefecture: 440100, Algorithm: cose.ES256, State: state, UseFrom: from, UseUntil: from + 30*24*3600,
		}, w.list.Policy, w.rand)
		w.must(err)
		guangzhou = append(guangzhou, k)
	}
	next, err := issuer.NextKeyList(w.list, issuer.Change{Add: w.add(guangzhou...), Expires: w.at.AddDate(0, 3, 0)}, w.at)
	w.must(err)
	w.publishKeyList(next)
	own, region := guangzhou[0].Entry.Key.ID(), w.key(trust.Phone, trust.Published).Entry.Key.ID()

	r := w.enrol("张伟")
	if c := w.issue(r.read(credential.Phone)); c.kid != region {
		t.Errorf("before its window the code is signed by %v, want the region's %v", c.kid, region)
	}
	w.at = time.Unix(from, 0)
	w.must(w.issuer.EnsureLists(t.Context(), w.at))
	activated, err := w.issuer.EnsureKeys(t.Context(), w.at)
	w.must(err)
	if len(activated) != 1 || activated[0] != own {
		t.Fatalf("activated %v, want %v", activated, own)
	}
	for prefecture, want := range map[uint32]cose.KeyID{440106: own, 440100: own, 440305: region, 0: region} {
		req := r.read(credential.Phone)
		req.Prefecture = prefecture
		if c := w.issue(req); c.kid != want {
			t.Errorf("a code for %d is signed by %v, want %v", prefecture, c.kid, want)
		}
	}
}

func TestWithoutListsOrAfterTomorrowNothingIsIssued(t *testing.T) {
	w := newWorld(t, cose.Ed25519)
	r := w.enrol("张伟")
	w.advance(24 * time.Hour)
	w.issue(r.read(credential.Phone)) // tomorrow's list was made today
	w.advance(24 * time.Hour)
	if _, err := w.issuer.Issue(r.read(credential.Phone), w.at); !errors.Is(err, issuer.ErrNoList) {
		t.Errorf("want %q, got %v", issuer.ErrNoList, err)
	}
	w.must(w.issuer.EnsureLists(t.Context(), w.at))
	w.issue(r.read(credential.Phone))

	fresh := w.server()
	if _, err := fresh.Issue(r.read(credential.Phone), w.at); !errors.Is(err, issuer.ErrNotReady) {
		t.Errorf("want %q, got %v", issuer.ErrNotReady, err)
	}
}

func TestTwoServersUseOneListKey(t *testing.T) {
	w := newWorld(t, cose.Ed25519)
	other := w.server()
	w.advance(24 * time.Hour)
	var group sync.WaitGroup
	for _, i := range []*issuer.Issuer{w.issuer, other} {
		group.Go(func() {
			if err := i.EnsureLists(t.Context(), w.at); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	w.must(w.issuer.Refresh(t.Context()))
	w.must(other.Refresh(t.Context()))
	w.advance(24 * time.Hour) // a list that the race was about
	req := w.enrol("张伟").read(credential.Phone)
	a := w.issue(req)
	b, err := other.Issue(req, w.at)
	w.must(err)
	if a.claims.Members[0].Status != w.open(b).claims.Members[0].Status {
		t.Error("two servers place one handle differently: one of them could not be revoked")
	}
}

func TestCodesOfTwoDaysShareNothingButTheNamedFields(t *testing.T) {
	w := newWorld(t, cose.Ed25519)
	for _, kind := range []credential.Kind{credential.Phone, credential.Paper} {
		r := w.enrol("欧阳明日")
		draw := func(offset time.Duration) code {
			w.advance(offset)
			w.must(w.issuer.EnsureLists(t.Context(), w.at))
			req := r.read(kind)
			req.Subjects[0].Hint, req.Subjects[0].Tested = 9, morning.Unix()/3600-24
			var salt credential.Salt
			_, err := w.rand.Read(salt[:])
			w.must(err)
			req.Subjects[0].Digest = credential.DocumentDigest(salt, "resident-id", "990101199001011233")
			return w.issue(req)
		}
		a, b := draw(0), draw(24*time.Hour)

		// Parse is strict and loses nothing: what is not in the claims is not in the code.
		x, y := a.claims.Members[0], b.claims.Members[0]
		switch {
		case x.Status.Index == y.Status.Index || x.Status.List == y.Status.List:
			t.Errorf("%v: the status reference links the days: %v, %v", kind, x.Status, y.Status)
		case bytes.Equal(x.Digest, y.Digest):
			t.Errorf("%v: the document digest links the days", kind)
		case kind == credential.Phone && a.claims.Holder.Equal(b.claims.Holder):
			t.Errorf("%v: the holder key links the days", kind)
		case a.kid != b.kid || !sameNamedFields(a.claims, b.claims):
			t.Errorf("%v: a named field differs, so the test compares two people:\n%+v\n%+v", kind, a.claims, b.claims)
		}
	}
}

// sameNamedFields compares what protocol.md names as linkable.
func sameNamedFields(a, b credential.Claims) bool {
	x, y := a.Members[0], b.Members[0]
	return a.Issuer == b.Issuer && a.Kind == b.Kind && x.Colour == y.Colour && x.Name == y.Name && x.Relation == y.Relation &&
		x.Guardian == y.Guardian && x.Tested == y.Tested && x.Hint == y.Hint
}
