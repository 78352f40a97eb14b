package bolt_test

import (
	"testing"
	"time"

	"healthcode.example/credential"
	"healthcode.example/crypto/cose"
	"healthcode.example/issuer"
	"healthcode.example/issuer/ceremony"
	"healthcode.example/trust"
	"healthcode.example/verifier"
)

// safe is what people hold in a region that a ceremony founded, and the service does not.
type safe struct {
	roots, lists []cose.Signer                // three each, of whom two must sign
	keys         map[cose.KeyID]issuer.NewKey // the custodians' files
	stolen       map[cose.KeyID]bool          // keys that were compromised
	retiring     map[trust.Purpose]cose.KeyID // keys to be retired once their successor signs
	lost         []issuer.KeyRecord           // what the store that was lost last held, where it can still be read
}

// newCeremonyRegion founds a region whose root and key lists are signed by people, from proposals that travel as bytes.
func newCeremonyRegion(t testing.TB, seed, reserve uint64) *province {
	t.Helper()
	w := emptyProvince(t, seed, reserve)
	w.safe = &safe{keys: map[cose.KeyID]issuer.NewKey{}, stolen: map[cose.KeyID]bool{}, retiring: map[trust.Purpose]cose.KeyID{}}
	w.safe.roots, w.safe.lists = w.signers(), w.signers()
	proposal, err := ceremony.ProposeFirstRoot(ceremony.NewRoot{
		Region: "CN-GD", Expires: w.at.AddDate(5, 0, 0), Root: ceremony.Role{Threshold: 2, Keys: publics(w.safe.roots)}, List: ceremony.Role{Threshold: 2, Keys: publics(w.safe.lists)},
	})
	w.must(err)
	w.root = w.signedBy(proposal, w.safe.roots)
	w.gate, err = trust.Pin(w.root)
	w.must(err)
	w.open()
	t.Cleanup(func() { w.must(w.store.Close()) })
	var entries []trust.IssuerKey
	for _, purpose := range []trust.Purpose{trust.Phone, trust.Paper, trust.SnapshotKey} {
		made := w.newKey(purpose, trust.Published, w.at)
		w.importKey(made)
		entries = append(entries, made, w.newKey(purpose, trust.Standby, w.at))
	}
	proposal, err = ceremony.ProposeFirstKeyList([][]byte{w.root}, trust.DefaultPolicy(), entries, w.at, w.at.AddDate(2, 0, 0))
	w.must(err)
	w.publishSigned(proposal)
	return w
}

func (w *province) signers() []cose.Signer {
	w.t.Helper()
	var all []cose.Signer
	for range 3 {
		key, err := cose.Generate(cose.Ed25519, w.bytes)
		w.must(err)
		all = append(all, key)
	}
	return all
}

func publics(signers []cose.Signer) []*cose.PublicKey {
	var keys []*cose.PublicKey
	for _, s := range signers {
		keys = append(keys, s.Public())
	}
	return keys
}

// signedBy lets two of the three sign, each on a copy of their own.
func (w *province) signedBy(p *ceremony.Proposal, signers []cose.Signer) []byte {
	w.t.Helper()
	var merged *ceremony.Proposal
	away := w.rng.IntN(len(signers))
	for n, s := range signers {
		if n == away {
			continue
		}
		sent, err := p.Bytes()
		w.must(err)
		arrived, err := ceremony.ParseProposal(sent)
		w.must(err)
		signed, err := arrived.Sign(s)
		w.must(err)
		if merged == nil {
			merged = signed
		} else if merged, err = merged.Merge(signed); err != nil {
			w.t.Fatal(err)
		}
	}
	b, err := merged.Signed()
	w.must(err)
	return b
}

// publishSigned publishes a key list as keys publish does.
func (w *province) publishSigned(p *ceremony.Proposal) {
	w.t.Helper()
	w.must(w.issuer.EnsureLists(w.ctx(), w.at))
	made, err := w.issuer.PublishKeyList(w.ctx(), [][]byte{w.root}, w.signedBy(p, w.safe.lists), w.at)
	w.must(err)
	w.take(made)
	_, err = w.issuer.EnsureKeys(w.ctx(), w.at)
	w.must(err)
}

// newKey makes a key and lays its file into the safe.
func (w *province) newKey(purpose trust.Purpose, state trust.KeyState, from time.Time) trust.IssuerKey {
	w.t.Helper()
	made, err := issuer.GenerateKey(issuer.KeyPlan{
		Purpose: purpose, Algorithm: cose.Ed25519, State: state, UseFrom: from.Unix() / 60 * 60, UseUntil: from.AddDate(2, 0, 0).Unix() / 60 * 60,
	}, trust.DefaultPolicy(), w.bytes)
	w.must(err)
	w.safe.keys[made.Entry.Key.ID()] = made
	return made.Entry
}

func (w *province) importKey(entry trust.IssuerKey) {
	w.t.Helper()
	_, err := w.issuer.AddKey(w.ctx(), entry.Purpose, entry.Prefecture, w.safe.keys[entry.Key.ID()].Private)
	w.must(err)
}

// key is the key of the purpose and state that the newest list has and whose window is open.
func (w *province) key(purpose trust.Purpose, state trust.KeyState) (trust.IssuerKey, bool) {
	for _, k := range w.gate.KeyList().Keys {
		if k.Purpose == purpose && k.State == state && k.Usable(w.at) {
			return k, true
		}
	}
	return trust.IssuerKey{}, false
}

// ceremony replaces a key of any purpose: stolen, with the standby in its place, or in good order, with a successor.
func (w *province) ceremony() {
	w.t.Helper()
	purpose := []trust.Purpose{trust.Phone, trust.Paper, trust.SnapshotKey, trust.SnapshotKey}[w.rng.IntN(4)]
	list := w.gate.KeyList()
	change := issuer.Change{Expires: time.Unix(list.ExpiresAt, 0)}
	old, retiring := w.safe.retiring[purpose]
	former := list.Find(old)
	switch {
	case retiring && former.State == trust.Published && w.successor(purpose, old):
		change.Retire = []cose.KeyID{old}
		delete(w.safe.retiring, purpose)
	case !retiring && w.rng.IntN(2) == 0:
		next := w.newKey(purpose, trust.Published, w.at.Add(list.Policy.HardAge+time.Hour))
		change.Add = []trust.IssuerKey{next}
		w.importKey(next)
		if lost, ok := w.key(purpose, trust.Published); ok {
			w.safe.retiring[purpose] = lost.Key.ID()
		}
	default:
		w.stolenKeyDay(purpose, &change)
		delete(w.safe.retiring, purpose)
	}
	proposal, err := ceremony.ProposeKeys([][]byte{w.root}, w.gate.SignedKeyList(), change, w.at)
	w.must(err)
	w.publishSigned(proposal)
}

// successor says whether another key may sign in the place of the old one.
func (w *province) successor(purpose trust.Purpose, old cose.KeyID) bool {
	for _, k := range w.gate.KeyList().Keys {
		if k.Purpose == purpose && k.State == trust.Published && k.Key.ID() != old && k.Usable(w.at) {
			return true
		}
	}
	return false
}

// stolenKeyDay condemns every key of the purpose that signs, and brings the standby to the service.
func (w *province) stolenKeyDay(purpose trust.Purpose, change *issuer.Change) {
	w.t.Helper()
	for _, k := range w.gate.KeyList().Keys {
		if k.Purpose == purpose && k.State == trust.Published {
			change.Compromise = append(change.Compromise, k.Key.ID())
			w.safe.stolen[k.Key.ID()] = true
		}
	}
	if standby, ok := w.key(purpose, trust.Standby); ok {
		w.importKey(standby)
	}
	change.Add = append(change.Add, w.newKey(purpose, trust.Standby, w.at))
}

// rememberKeys keeps what a store that is lost holds: every other time it can still be read.
func (w *province) rememberKeys() {
	w.t.Helper()
	if w.safe == nil {
		return
	}
	w.safe.lost = nil
	if w.rng.IntN(2) == 0 {
		records, err := w.store.Keys(w.ctx())
		w.must(err)
		w.safe.lost = records
	}
}

// bringKeys gives a restore what came into the service after the backup: from the store that was lost, else from the safe.
func (w *province) bringKeys(plan *issuer.RestorePlan) {
	w.t.Helper()
	if w.safe == nil {
		return
	}
	plan.BringRecords(w.safe.lost)
	for len(plan.Missing) > 0 {
		key := w.safe.keys[plan.Missing[0].Key.ID()]
		w.must(plan.BringKey(w.ctx(), key.Entry.Purpose, key.Entry.Prefecture, key.Private))
	}
}

// judge shows every code that may still live at a gate with the newest bundle, and counts those that it accepts: none whose revocation was ever
// published, none under a stolen key, and every one of a holding that is in force.
func (w *province) judge() (accepted, refused int) {
	w.t.Helper()
	current := make(map[uint64]bool)
	for _, h := range w.holdings() {
		current[h.Handle] = true
	}
	gate := verifier.New(w.gate, verifier.Policy{})
	for _, c := range w.codes {
		if w.at.Unix() >= c.expires {
			continue
		}
		got := gate.Verify(w.shown(c), w.at, nil)
		place, dead := w.dead[c.status]
		dead = dead && place == deadCode{c.holding.Purpose, c.status.List}
		stolen := w.safe.stolen[signerOf(w, c)]
		good := got.Verdict == verifier.Accept
		switch {
		case good && (dead || stolen):
			w.t.Fatalf("%s: a code of %s is accepted, whose revocation was published: %v, whose key was stolen: %v", w.at, c.at, dead, stolen)
		case !good && !dead && !stolen && current[c.holding.Handle]:
			w.t.Fatalf("%s: a good code of %s is refused: %s", w.at, c.at, got.Reason)
		case good:
			accepted++
		default:
			refused++
		}
	}
	return accepted, refused
}

// shown is the text of the symbol.
func (w *province) shown(c issuedCode) string {
	w.t.Helper()
	if c.holding.Purpose == trust.Paper {
		return credential.Text(c.bytes)
	}
	b, err := (&credential.Presentation{At: w.at.Unix(), Codes: [][]byte{c.bytes}}).Sign(c.holder)
	w.must(err)
	return credential.Text(b)
}

func signerOf(w *province, c issuedCode) cose.KeyID {
	w.t.Helper()
	m, err := cose.ParseSign1(c.bytes)
	w.must(err)
	return m.KeyID
}
