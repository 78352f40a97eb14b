package issuer_test

import (
	"errors"
	"testing"
	"time"

	"healthcode.example/credential"
	"healthcode.example/crypto/cose"
	"healthcode.example/health"
	"healthcode.example/issuer"
	"healthcode.example/trust"
	"pgregory.net/rapid"
)

func TestTenRisesInOneDay(t *testing.T) {
	w := newWorld(t, cose.Ed25519)
	r, bystander := w.enrol("张伟"), w.enrol("李娜")
	kinds := []credential.Kind{credential.Phone, credential.Paper}
	var dead []code
	theirs := []code{w.issue(bystander.read(credential.Phone)), w.issue(bystander.read(credential.Paper))}
	for rise := range 10 {
		for _, evidence := range []health.EvidenceKind{health.PositiveTest, health.Release} {
			var fresh []code
			for _, kind := range kinds {
				fresh = append(fresh, w.issue(r.read(kind)))
			}
			w.advance(20 * time.Minute)
			want := credential.Red
			if evidence == health.Release {
				want = credential.Green
			}
			if got := r.tell(evidence); got != want {
				t.Fatalf("rise %d: %s made %v", rise, evidence, got)
			}
			dead = append(dead, fresh...)
			w.advance(time.Minute)
			w.publish()
			w.update()
			for _, old := range dead {
				if !w.revoked(old, 0) {
					t.Errorf("rise %d: the %v, %v, is alive after its colour has changed", rise, old, old.claims.Members[0].Colour)
				}
			}
			for _, kind := range kinds {
				if c := w.issue(r.read(kind)); w.revoked(c, 0) || c.claims.Members[0].Colour != want {
					t.Errorf("rise %d: the fresh %v, %v, is born dead or of the wrong colour", rise, c, c.claims.Members[0].Colour)
				}
			}
			for _, c := range theirs {
				if w.revoked(c, 0) {
					t.Fatalf("rise %d: a bystander's %v is revoked", rise, c)
				}
			}
		}
	}
}

// A refresh reads the handle at 23:59:59, the colour changes, and the refresh signs at 00:00 into a list that had not
// begun when the handle ended.
func TestARefreshOverMidnightDoesNotSaveACode(t *testing.T) {
	for _, evening := range []time.Duration{0, -4 * time.Minute} {
		w := newWorld(t, cose.Ed25519)
		r := w.enrol("张伟")
		midnight := time.Date(2026, 3, 3, 0, 0, 0, 0, credential.Zone)
		w.at = midnight.Add(evening - time.Second)
		req := r.read(credential.Phone)
		r.tell(health.PositiveTest)
		w.publish() // already knows tomorrow's list
		w.update()
		w.at = midnight.Add(evening + time.Second)
		if evening != 0 {
			w.at = midnight
		}
		late := w.issue(req)
		if late.claims.Members[0].Status.List != credential.ListDay(midnight.Unix()) {
			t.Fatalf("the late code is in list %d", late.claims.Members[0].Status.List)
		}
		if !w.revoked(late, 0) {
			t.Errorf("read %s before midnight: the code of the ended handle is alive at the gate that updated before midnight", -evening+time.Second)
		}
		w.must(w.issuer.EnsureLists(t.Context(), w.at))
		w.publish()
		w.update()
		if !w.revoked(late, 0) {
			t.Errorf("read %s before midnight: the code of the ended handle is alive after the next publication", -evening+time.Second)
		}
		if fresh := w.issue(r.read(credential.Phone)); w.revoked(fresh, 0) {
			t.Error("the fresh red code is born dead")
		}
	}
}

// Whatever the moments of reading, revoking, signing and publishing: a code that was signed within the lag of reading a
// handle that has ended is revoked at every gate that has a later snapshot.
func TestNoEndedHandleHasALivingCode(t *testing.T) {
	w := newWorld(t, cose.Ed25519)
	rapid.Check(t, func(t *rapid.T) {
		start := time.Unix(credential.DayStart(credential.ListDay(w.at.Unix())+1), 0).Add(-10 * time.Minute)
		w.at = start
		w.must(w.issuer.EnsureLists(w.t.Context(), w.at))
		r := w.enrol("张伟")
		minutes := func(name string, most int) time.Duration {
			return time.Duration(rapid.IntRange(0, most*60).Draw(t, name)) * time.Second
		}
		w.advance(minutes("until the read", 12))
		w.publish()
		kind := rapid.SampledFrom([]credential.Kind{credential.Phone, credential.Paper}).Draw(t, "kind")
		req := r.read(kind)
		signing := w.at.Add(minutes("from read to signature", 5))
		w.advance(minutes("from read to change", 5))
		r.tell(health.PositiveTest)
		changed := w.at
		w.advance(minutes("from change to publication", 15))
		w.publish()
		w.update()

		w.at = signing
		late := w.issue(req)
		if !w.revoked(late, 0) {
			t.Fatalf("read %v, changed %v, signed %v: alive", req.ReadAt, changed, signing)
		}
		w.at = start.Add(time.Hour)
	})
}

func TestTheMidnightOfTheProtocol(t *testing.T) {
	w := newWorld(t, cose.Ed25519)
	r := w.enrol("张伟")
	w.at = time.Date(2026, 3, 2, 17, 0, 0, 0, credential.Zone)
	w.publish()
	w.update()
	w.at = time.Date(2026, 3, 3, 0, 5, 0, 0, credential.Zone)
	c := w.issue(r.read(credential.Phone))
	if w.gate.List(trust.Phone, c.claims.Members[0].Status.List) != nil {
		t.Error("the snapshot of 17:00 has the list of the day after")
	}
	if w.revoked(c, 0) {
		t.Error("a list that had not begun holds somebody")
	}
}

func TestAListLivesAsLongAsItsLastCode(t *testing.T) {
	w := newWorld(t, cose.Ed25519)
	r := w.enrol("张伟")
	phone, paper := w.issue(r.read(credential.Phone)), w.issue(r.read(credential.Paper))
	w.advance(time.Minute)
	r.tell(health.PositiveTest)
	for end := w.at.Add(credential.MaxPaperLifetime).Unix() + 3*24*3600; w.at.Unix() < end; w.advance(6 * time.Hour) {
		w.must(w.issuer.EnsureLists(t.Context(), w.at))
		w.publish()
		w.update()
		for _, c := range []code{phone, paper} {
			living := w.at.Unix() < c.claims.ExpiresAt+int64(credential.Skew/time.Second)
			if living && !w.revoked(c, 0) {
				t.Fatalf("%s: the %v is alive again", w.at, c)
			}
		}
	}
	w.must(w.issuer.EnsureLists(t.Context(), w.at))
	lists, err := w.store.Lists(t.Context())
	w.must(err)
	if len(w.store.revoked) != 0 || lists[0].Day <= phone.claims.Members[0].Status.List {
		t.Errorf("%d revocations and the list of day %d are kept beyond their use", len(w.store.revoked), lists[0].Day)
	}
}

func TestAFullListRefusesInsteadOfWrapping(t *testing.T) {
	w := newWorld(t, cose.Ed25519)
	r := w.enrol("张伟")
	req := r.read(credential.Phone)
	for handle, want := range map[uint64]error{1<<27 - 1: nil, 1 << 27: issuer.ErrWidth, 1<<63 + 1: issuer.ErrWidth} {
		req.Subjects[0].Holding.Handle = handle
		if _, err := w.issuer.Issue(req, w.at); !errors.Is(err, want) {
			t.Errorf("handle %d: want %v, got %v", handle, want, err)
		}
	}
	// The lists of the days to come are wider, and an ended handle that fitted none of today's is no obstacle to publish.
	w.store.next, w.store.ceiling, w.store.published.Ceiling = 1<<30, 1<<31, 1<<31
	r.tell(health.PositiveTest)
	w.advance(time.Minute)
	if r.tell(health.Release) != credential.Green {
		t.Fatal("the second handle has not ended")
	}
	w.advance(time.Minute)
	w.publish()
	w.advance(48 * time.Hour)
	w.must(w.issuer.EnsureLists(t.Context(), w.at))
	w.issue(r.read(credential.Phone))
}

// One server's clock is ahead: it gave the handle just after midnight. Another's is behind: it signs just before.
func TestAHandleGivenAfterMidnightIsRevokedInTheListBeforeIt(t *testing.T) {
	w := newWorld(t, cose.Ed25519)
	w.at = time.Date(2026, 3, 3, 0, 0, 20, 0, credential.Zone)
	w.must(w.issuer.EnsureLists(t.Context(), w.at))
	r := w.enrol("张伟")
	req := r.read(credential.Phone)
	w.advance(-40 * time.Second)
	early := w.issue(req)
	w.advance(2 * time.Minute)
	if early.claims.Members[0].Status.List == credential.ListDay(w.at.Unix()) {
		t.Fatal("the early code is in the list of its handle's day")
	}
	r.tell(health.PositiveTest)
	w.publish()
	w.update()
	if !w.revoked(early, 0) {
		t.Error("the code that a slow clock dated before its handle is alive")
	}
}

func TestAHandleIsInNoListFromBeforeItsTime(t *testing.T) {
	w := newWorld(t, cose.Ed25519)
	w.advance(24 * time.Hour)
	w.must(w.issuer.EnsureLists(t.Context(), w.at))
	r := w.enrol("张伟")
	w.advance(time.Minute)
	r.tell(health.PositiveTest)
	w.publish()
	w.update()
	today := credential.ListDay(w.at.Unix())
	for day, want := range map[uint32]int{today - 1: 0, today: 1} {
		for _, purpose := range []trust.Purpose{trust.Phone, trust.Paper} {
			if got := w.gate.List(purpose, day).Len(); got != want {
				t.Errorf("the %v list of day %d has %d entries, want %d", purpose, day, got, want)
			}
		}
	}
}
