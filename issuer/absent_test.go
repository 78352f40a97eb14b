package issuer_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"healthcode.example/credential"
	"healthcode.example/crypto/cose"
	"healthcode.example/issuer"
	"healthcode.example/trust"
)

func TestAKeyThatTheListLetsSignAndNobodyBroughtIsNamed(t *testing.T) {
	w := newWorld(t, cose.Ed25519)
	if absent := w.issuer.Absent(w.at); len(absent) != 0 {
		t.Errorf("where all are held: %v", absent)
	}
	lost, standby := w.key(trust.Phone, trust.Published).Entry, w.key(trust.Phone, trust.Standby).Entry
	w.must(w.store.DropKey(t.Context(), standby.Key.ID()))
	fresh, err := issuer.GenerateKey(issuer.KeyPlan{Purpose: trust.Phone, Algorithm: cose.Ed25519, State: trust.Standby, UseFrom: morning.Unix(), UseUntil: morning.AddDate(1, 0, 0).Unix()}, w.list.Policy, w.rand)
	w.must(err)
	w.advance(time.Hour)
	w.ceremony(issuer.Change{Compromise: []cose.KeyID{lost.Key.ID()}, Add: []trust.IssuerKey{fresh.Entry}})
	_, err = w.issuer.EnsureKeys(t.Context(), w.at)
	w.must(err)
	absent := w.issuer.Absent(w.at)
	if len(absent) != 1 || absent[0].Key.ID() != standby.Key.ID() {
		t.Errorf("absent are %v", absent)
	}
	_, err = w.issuer.Issue(w.enrol("张伟").read(credential.Phone), w.at)
	if !errors.Is(err, issuer.ErrNoKey) || !strings.Contains(err.Error(), "healthcode keys import") || !strings.Contains(err.Error(), standby.Key.ID().String()) {
		t.Errorf("got %v", err)
	}
	_, err = w.issuer.AddKey(t.Context(), trust.Phone, 0, w.key(trust.Phone, trust.Standby).Private)
	w.must(err)
	if begin, err := w.issuer.EnsureKeys(t.Context(), w.at); err != nil || len(begin) != 1 || len(w.issuer.Absent(w.at)) != 0 {
		t.Errorf("brought: %v begin, %v, absent %v", begin, err, w.issuer.Absent(w.at))
	}
}
