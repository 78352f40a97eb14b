package issuer_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"healthcode.example/credential"
	"healthcode.example/crypto/cose"
	"healthcode.example/health"
	"healthcode.example/issuer"
	"healthcode.example/trust"
)

// refuse is for tests in which every candidate counts.
func refuse(_ issuer.Candidate, err error) error { return err }

func TestTheNewestCandidateIsTheOneThatTheOthersLeadUpTo(t *testing.T) {
	w := newWorld(t, cose.Ed25519)
	var all []issuer.Candidate
	for n := range 3 {
		w.advance(time.Minute)
		all = append(all, issuer.Candidate{Source: string(rune('a' + n)), Bundle: w.publish().Bundle})
	}
	all[0], all[2] = all[2], all[0]
	got, err := issuer.Newest(w.root, append(all, all[1]), w.at, refuse)
	if err != nil || got.Source != "c" {
		t.Errorf("got %q, %v", got.Source, err)
	}
	stranger := newWorldOf(t, cose.Ed25519, 2)
	foreign := issuer.Candidate{Source: "foreign", Bundle: stranger.publish().Bundle, Store: true}
	if _, err := issuer.Newest(w.root, []issuer.Candidate{all[0], foreign}, w.at, refuse); err == nil {
		t.Error("a bundle of another root was believed")
	}
	passed := ""
	got, err = issuer.Newest(w.root, []issuer.Candidate{foreign, all[1], all[0]}, w.at, func(c issuer.Candidate, _ error) error { passed += c.Source; return nil })
	if err != nil || got.Source != "c" || passed != "foreign" {
		t.Errorf("got %q, passed over %q, %v", got.Source, passed, err)
	}
	if got, err := issuer.Newest(w.root, nil, w.at, refuse); err != nil || got.Bundle != nil {
		t.Errorf("of nothing: %q, %v", got.Source, err)
	}
}

// One history goes on with a revocation, the other, of the same store, without: whichever were gone on after, gates of the other would refuse.
func TestAForkedHistoryHasNoNewest(t *testing.T) {
	w := newWorld(t, cose.Ed25519)
	r := w.enrol("张伟")
	former := *w.store.published
	revoked := len(w.store.revoked)
	r.tell(health.PositiveTest)
	w.advance(time.Minute)
	with := w.publish()
	w.store.published, w.store.revoked = &former, w.store.revoked[:revoked]
	w.advance(time.Minute)
	same := w.publish()
	w.advance(time.Minute)
	later := w.publish()
	for name, without := range map[string]issuer.Publication{"of the same version": same, "of a later version": later} {
		candidates := []issuer.Candidate{{Source: "gate", Bundle: with.Bundle}, {Source: "store", Bundle: without.Bundle, Store: true}}
		_, err := issuer.Newest(w.root, candidates, w.at, refuse)
		if !errors.Is(err, issuer.ErrForked) || !strings.Contains(err.Error(), "gate") || !strings.Contains(err.Error(), "store") {
			t.Errorf("two histories %s: %v", name, err)
		}
	}
}

// Neither of two machines on copies of one store lost a revocation, and their versions differ: a gate takes one branch and then the other. Handles
// that both gave belong to two people, so a restore must not go on after either as if it were the whole history.
func TestAForkThatLostNothingIsNamedToo(t *testing.T) {
	w := newWorld(t, cose.Ed25519)
	former := *w.store.published
	var branches [2][]issuer.Candidate
	for n, name := range []string{"east", "west"} {
		machine := w.server()
		w.store.published = &former
		for range 2 + n {
			w.advance(time.Minute)
			p, err := machine.PublishSnapshot(t.Context(), w.at)
			w.must(err)
			branches[n] = append(branches[n], issuer.Candidate{Source: name, Bundle: p.Bundle})
		}
	}
	east, west := branches[0][1], branches[1][2]
	gate, err := trust.Update(w.gate, east.Bundle, w.at)
	w.must(err)
	if _, err := trust.Update(gate, west.Bundle, w.at); err != nil {
		t.Errorf("a gate of the east refuses the west, so there is nothing to find: %v", err)
	}
	_, err = issuer.Newest(w.root, []issuer.Candidate{east, west}, w.at, refuse)
	if !errors.Is(err, issuer.ErrForked) || !strings.Contains(err.Error(), "east") || !strings.Contains(err.Error(), "west") {
		t.Errorf("two branches: %v", err)
	}
	for n, branch := range branches {
		got, err := issuer.Newest(w.root, append(branch, issuer.Candidate{Source: "before", Bundle: former.Bundle}), w.at, refuse)
		if err != nil || !bytes.Equal(got.Bundle, branch[len(branch)-1].Bundle) {
			t.Errorf("branch %d by itself: %q, %v", n, got.Source, err)
		}
	}
}

// Thieves of the snapshot key have run gates ahead of us. Once the key is condemned, what they signed neither is the newest nor forks the history.
func TestACandidateOfACondemnedKeyHasNoSay(t *testing.T) {
	w := newWorld(t, cose.Ed25519)
	former := *w.store.published
	thief := w.server()
	for range 3 {
		w.advance(time.Minute)
		_, err := thief.PublishSnapshot(t.Context(), w.at)
		w.must(err)
	}
	forged := *w.store.published
	w.store.published = &former
	stolen := w.key(trust.SnapshotKey, trust.Published).Entry.Key.ID()
	fresh, err := issuer.GenerateKey(issuer.KeyPlan{Purpose: trust.SnapshotKey, Algorithm: cose.Ed25519, State: trust.Standby, UseFrom: morning.Unix(), UseUntil: morning.AddDate(1, 0, 0).Unix()}, w.list.Policy, w.rand)
	w.must(err)
	w.ceremony(issuer.Change{Compromise: []cose.KeyID{stolen}, Add: w.add(fresh)})
	ours := *w.store.published
	candidates := []issuer.Candidate{{Source: "gate", Bundle: forged.Bundle}, {Source: "ours", Bundle: ours.Bundle}, {Source: "before", Bundle: former.Bundle}}
	got, err := issuer.Newest(w.root, candidates, w.at, refuse)
	if err != nil || got.Source != "ours" {
		t.Errorf("got %q, %v", got.Source, err)
	}
	if _, err := issuer.Newest(w.root, candidates[:1], w.at, refuse); err != nil {
		t.Errorf("the forged one by itself cannot be told from ours: %v", err)
	}
}

func TestWhatMustBeRecordedAgainIsOneObjectALine(t *testing.T) {
	phone := issuer.Holding{Person: health.PersonID{1}, Purpose: 1, Device: issuer.DeviceID{0xab}}
	var out bytes.Buffer
	if err := (&issuer.RestorePlan{Renewed: []issuer.Holding{phone, {Person: health.PersonID{2}, Purpose: 2}}}).WriteAgain(&out); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	var first, second map[string]string
	if len(lines) != 2 || json.Unmarshal([]byte(lines[0]), &first) != nil || json.Unmarshal([]byte(lines[1]), &second) != nil {
		t.Fatalf("got %q", out.String())
	}
	if first["purpose"] != credential.Phone.String() || !strings.HasPrefix(first["device"], "ab00") || second["device"] != "" || second["purpose"] != credential.Paper.String() {
		t.Errorf("got %v and %v", first, second)
	}
}
