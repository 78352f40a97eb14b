package issuer

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"healthcode.example/crypto/cose"
	"healthcode.example/trust"
)

// forEver is the last moment that a key list can name: 9999-12-31.
const forEver = 253402300799

// CondemnForger lets the change condemn the key that signed the snapshot of a forged bundle, as a gate had it that took it: one that thieves of
// the list keys listed, or one of our own that was stolen (docs/protocol.md §10, rule 8). ours is our own newest bundle. Nothing of the forged
// bundle is believed; what it brings is one key that is refused. A bundle that no gate of ours could have taken, or that holds none back from ours,
// is an error: condemning its key would help nobody, and could stop our own publications.
func (c *Change) CondemnForger(ours *trust.Bundle, forged []byte) error {
	if err := holdsGatesBack(ours, forged); err != nil {
		return fmt.Errorf("condemn the key of a forged bundle: %w", err)
	}
	key, err := trust.SnapshotSigner(forged)
	if err != nil {
		return fmt.Errorf("condemn the key of a forged bundle: %w", err)
	}
	former := ours.KeyList()
	id := key.Key.ID()
	if listed := former.Find(id); listed != nil && listed.State == trust.Compromised || slices.Contains(c.Compromise, id) {
		return nil
	}
	c.Compromise = append(c.Compromise, id)
	if former.Find(id) == nil {
		key.Prefecture = 0 // whatever the thieves wrote: a snapshot is of the whole region
		key.VerifyUntil = forEver
		c.Add = append(c.Add, key)
	}
	return nil
}

// holdsGatesBack wants a gate that pinned a root of ours to take the bundle, and then to refuse our newest.
func holdsGatesBack(ours *trust.Bundle, forged []byte) error {
	newest, err := ours.Bytes()
	if err != nil {
		return err
	}
	gate, err := gateWith(ours.SignedRoots(), forged)
	if err != nil {
		return err
	}
	_, err = trust.Update(gate, newest, time.Unix(ours.Snapshot().IssuedAt, 0))
	if err == nil || errors.Is(err, trust.ErrExpired) {
		return fmt.Errorf("a gate that has this bundle (%d) takes our newest (%d) by itself, so nothing in it has to be condemned: if the key of its snapshot was stolen all the same, name it as compromised",
			gate.Version(), ours.Version())
	}
	return nil
}

// gateWith is what a gate believes that pinned one of our roots, whichever it was, and took the bundle.
func gateWith(roots [][]byte, bundle []byte) (*trust.Bundle, error) {
	var refused error
	for _, root := range roots {
		pinned, err := trust.Pin(root)
		if err != nil {
			return nil, err
		}
		gate, err := trust.Update(pinned, bundle, time.Time{}) // nothing is in force that could not be replaced by an expired one
		switch {
		case err == nil:
			return gate, nil
		case errors.Is(err, trust.ErrFormat):
			return nil, err
		case refused == nil:
			refused = err
		}
	}
	if errors.Is(refused, trust.ErrRegion) {
		return nil, fmt.Errorf("it is not of our root, so no gate of ours takes it: %w", refused)
	}
	return nil, fmt.Errorf("no gate of ours takes it: %w", refused)
}

// condemn takes what is added and compromised at once: a thief's key that a forged list held and the genuine one never had. It is listed as
// compromised, so that checkpoints which the thief ran ahead let go of what it signed (docs/protocol.md §10, rule 8).
func condemn(added []trust.IssuerKey, ids []cose.KeyID) (keys []trust.IssuerKey, others []cose.KeyID) {
	keys = slices.Clone(added)
	for _, id := range ids {
		n := slices.IndexFunc(keys, func(k trust.IssuerKey) bool { return k.Key.ID() == id })
		if n < 0 {
			others = append(others, id)
			continue
		}
		keys[n].State = trust.Compromised
	}
	return keys, others
}

// outlived says whether an entry leaves the list: nothing under it can be verified any more. A compromised key stays until then, to be refused
// by its own name, and one of snapshots for ever: a gate that took a forged snapshot lets go of it only for a list that condemns the key, and it
// may have slept for any length of time.
func outlived(k *trust.IssuerKey, at int64) bool {
	return k.VerifyUntil < at && (k.State != trust.Compromised || k.Purpose != trust.SnapshotKey)
}

// checkSnapshotKey wants somebody to sign the snapshot with which the list is published: a list that leaves none could never be in force, and
// its signers would have met for nothing.
func checkSnapshotKey(former, list *trust.KeyList) error {
	signs := func(l *trust.KeyList) bool {
		return slices.ContainsFunc(l.Keys, func(k trust.IssuerKey) bool { return k.Purpose == trust.SnapshotKey && signsAt(&k, list.IssuedAt) })
	}
	if signs(former) && !signs(list) {
		return fmt.Errorf("no snapshot key would sign at %s, so nobody could publish this list: add one that takes over at once (healthcode keys new --purpose snapshot --standby)",
			stamp(list.IssuedAt))
	}
	return nil
}

// signsAt says whether the list lets the key sign at the time.
func signsAt(k *trust.IssuerKey, at int64) bool {
	return k.State == trust.Published && k.UseFrom <= at && at < k.UseUntil
}

// Silence is a place that a key list leaves without a key that signs, and from when on one does again.
type Silence struct {
	Purpose    trust.Purpose
	Prefecture uint32
	Until      int64 // Unix seconds; zero: until another ceremony
}

// Silenced lists the places in which somebody signs by the former list at the time of the next, and nobody by the next. A prefecture whose
// district or region has a key is not left alone: that key signs in its place.
func Silenced(former, next *trust.KeyList) []Silence {
	at := next.IssuedAt
	var out []Silence
	for i := range former.Keys {
		k := &former.Keys[i]
		s := Silence{Purpose: k.Purpose, Prefecture: k.Prefecture}
		if !signsAt(k, at) || slices.ContainsFunc(out, func(o Silence) bool { return o.Purpose == s.Purpose && o.Prefecture == s.Prefecture }) {
			continue
		}
		served := false
		for j := range next.Keys {
			n := &next.Keys[j]
			if n.Purpose != k.Purpose || n.State != trust.Published || !slices.Contains(stands(k.Prefecture), n.Prefecture) {
				continue
			}
			served = served || signsAt(n, at)
			if n.UseFrom > at && (s.Until == 0 || n.UseFrom < s.Until) {
				s.Until = n.UseFrom
			}
		}
		if !served {
			out = append(out, s)
		}
	}
	if slices.ContainsFunc(former.Keys, func(k trust.IssuerKey) bool { return k.Purpose == trust.SnapshotKey }) {
		return withoutSnapshots(next, out)
	}
	return out
}

// withoutSnapshots adds that nobody signs snapshots, also where nobody did before: then nothing can be published by the list.
func withoutSnapshots(next *trust.KeyList, out []Silence) []Silence {
	s := Silence{Purpose: trust.SnapshotKey}
	for i := range next.Keys {
		k := &next.Keys[i]
		if k.Purpose != s.Purpose || k.State != trust.Published {
			continue
		}
		if signsAt(k, next.IssuedAt) {
			return out
		}
		if k.UseFrom > next.IssuedAt && (s.Until == 0 || k.UseFrom < s.Until) {
			s.Until = k.UseFrom
		}
	}
	if slices.ContainsFunc(out, func(o Silence) bool { return o.Purpose == s.Purpose }) {
		return out
	}
	return append(out, s)
}

// stands are the places whose keys sign for a prefecture: its own, its district's, the region's.
func stands(prefecture uint32) []uint32 { return []uint32{prefecture, prefecture - prefecture%100, 0} }
