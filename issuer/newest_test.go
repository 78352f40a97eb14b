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
