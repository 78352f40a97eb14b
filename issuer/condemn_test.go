package issuer_test

import (
	"strings"
	"testing"
	"time"

	"healthcode.example/crypto/cose"
	"healthcode.example/issuer"
	"healthcode.example/trust"
)

// A gate that took a forged snapshot lets go of it only for a list that condemns the key, however long it slept.
func TestACompromisedSnapshotKeyStaysListedForEver(t *testing.T) {
	w := newWorld(t, cose.Ed25519)
	snapshot, log := w.key(trust.SnapshotKey, trust.Published).Entry, w.key(trust.Log, trust.Published).Entry
	next, err := issuer.NextKeyList(w.list, issuer.Change{Compromise: []cose.KeyID{snapshot.Key.ID(), log.Key.ID()}, Expires: w.at.AddDate(30, 0, 0)}, w.at)
	w.must(err)
	for n := range next.Keys {
		if next.Keys[n].State == trust.Standby { // the region lives on
			next.Keys[n].UseUntil = w.at.AddDate(40, 0, 0).Unix()
			next.Keys[n].VerifyUntil = next.Keys[n].UseUntil
		}
	}
	later, err := issuer.NextKeyList(next, issuer.Change{Expires: w.at.AddDate(30, 0, 0)}, w.at.AddDate(20, 0, 0))
	w.must(err)
	if k := later.Find(snapshot.Key.ID()); k == nil || k.State != trust.Compromised {
		t.Errorf("after twenty years the stolen snapshot key stands as %+v", k)
	}
	if k := later.Find(log.Key.ID()); k != nil {
		t.Errorf("the stolen log key still stands, and nothing under it could be verified: %+v", k)
	}
}

func TestAListThatNobodyCouldPublishIsNotMade(t *testing.T) {
	w := newWorld(t, cose.Ed25519)
	var all []cose.KeyID
	for _, k := range w.list.Keys {
		if k.Purpose == trust.SnapshotKey {
			all = append(all, k.Key.ID())
		}
	}
	_, err := issuer.NextKeyList(w.list, issuer.Change{Compromise: all}, w.at)
	if err == nil || !strings.Contains(err.Error(), "nobody could publish") {
		t.Errorf("a list without any snapshot key: %v", err)
	}
}

func TestAListOfTheLastVersionHasNoNext(t *testing.T) {
	w := newWorld(t, cose.Ed25519)
	last := *w.list
	last.Version = trust.MaxVersion
	if _, err := issuer.NextKeyList(&last, issuer.Change{}, w.at); err == nil || !strings.Contains(err.Error(), "under a root with new list signers") {
		t.Errorf("the remedy is not said: %v", err)
	}
}

// A prefecture without a key of its own is served by the region's, so that nobody is told of a silence that is none.
func TestSilenceIsWhereNobodySigns(t *testing.T) {
	at := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC).Unix()
	w := newWorld(t, cose.Ed25519)
	keys := w.list.Keys
	entry := func(n int, prefecture uint32, state trust.KeyState, from int64) trust.IssuerKey {
		k := keys[n]
		k.Purpose, k.Prefecture, k.State, k.UseFrom, k.UseUntil = trust.Phone, prefecture, state, from, at+1000
		return k
	}
	list := func(keys ...trust.IssuerKey) *trust.KeyList { return &trust.KeyList{IssuedAt: at, Keys: keys} }
	own, region := entry(0, 440300, trust.Published, at), entry(1, 0, trust.Published, at)
	gone, waits := entry(0, 440300, trust.Compromised, at), entry(2, 440300, trust.Published, at+60)
	if got := issuer.Silenced(list(own, region), list(gone, region)); len(got) != 0 {
		t.Errorf("the region signs for its prefecture, and yet %+v", got)
	}
	got := issuer.Silenced(list(own), list(gone, waits))
	if len(got) != 1 || got[0] != (issuer.Silence{Purpose: trust.Phone, Prefecture: 440300, Until: at + 60}) {
		t.Errorf("nobody signs for a minute, and it says %+v", got)
	}
}
