package issuer_test

import (
	"bytes"
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

// forge makes what a thief of the snapshot key publishes: a version far ahead, under the genuine key list.
func (w *world) forge(version uint64) []byte {
	w.t.Helper()
	b := w.issuer.Bundle()
	key := w.key(trust.SnapshotKey, trust.Published)
	snapshot, err := trust.SignSnapshot(&trust.Snapshot{
		Version: version, IssuedAt: w.at.Unix(), ExpiresAt: w.at.AddDate(0, 0, 1).Unix(), Region: b.Root().Region, Ceiling: b.Snapshot().Ceiling,
	}, b.SignedKeyList(), b.Lists(), key.Private)
	w.must(err)
	file, err := trust.Assemble(b.SignedRoots(), b.SignedKeyList(), snapshot, b.Lists())
	w.must(err)
	return file
}

// A genuine bundle that is given as a forged one by mistake would condemn the key that signs all our snapshots, or put a partner's key in our list.
func TestOnlyTheKeyOfABundleThatHoldsGatesBackIsCondemned(t *testing.T) {
	w, partner := newWorld(t, cose.Ed25519), newWorldOf(t, cose.Ed25519, 2)
	older, err := w.issuer.Bundle().Bytes()
	w.must(err)
	w.at = w.at.Add(time.Hour)
	newest := w.publish().Bundle
	theirs, err := partner.issuer.Bundle().Bytes()
	w.must(err)
	list := w.issuer.Bundle().SignedKeyList()
	damaged := bytes.Clone(newest)
	damaged[bytes.Index(newest, list)+len(list)-1] ^= 1 // in a signature
	for name, c := range map[string]struct {
		file []byte
		says string
	}{
		"our newest":     {newest, "takes our newest"},
		"an older one":   {older, "takes our newest"},
		"a partner's":    {theirs, "not of our root"},
		"a damaged one":  {damaged, "no gate of ours takes it"},
		"a root":         {w.root, "not a readable bundle"},
		"an empty file":  {nil, "not a readable bundle"},
		"a snapshot":     {[]byte("YKB1"), "not a readable bundle"},
		"a stranger's 2": {partner.forge(1 << 40), "not of our root"},
	} {
		var change issuer.Change
		if err := change.CondemnForger(w.issuer.Bundle(), c.file); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %q", name, err, c.says)
		}
		if len(change.Compromise)+len(change.Add) != 0 {
			t.Errorf("%s: condemns %v", name, change.Compromise)
		}
	}
	var change issuer.Change
	w.must(change.CondemnForger(w.issuer.Bundle(), w.forge(1<<40)))
	if id := w.key(trust.SnapshotKey, trust.Published).Entry.Key.ID(); len(change.Compromise) != 1 || change.Compromise[0] != id || len(change.Add) != 0 {
		t.Errorf("a forgery under our own key condemns %v and adds %d", change.Compromise, len(change.Add))
	}
}
