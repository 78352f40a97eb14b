package trust

import (
	"bytes"
	"fmt"
	"slices"
	"time"

	"healthcode.example/crypto/cose"
)

// Pin makes the first trust from a root that the caller has by other means; nothing else is ever trusted first. The root must carry enough of
// its own signatures, and no wrong one; those that it has of keys of the root before it cannot be checked. An expired root is pinned too: it may be
// the start of a chain.
func Pin(root []byte) (*Bundle, error) {
	r, err := parseRoot(bytes.Clone(root))
	if err != nil {
		return nil, err
	}
	if !r.signedBy(r.root) {
		return nil, fmt.Errorf("%w: the root does not carry %d of its own signatures", ErrSignature, r.root.Threshold)
	}
	if err := checkRootSignatures([]*signedRoot{r}, []*signedRoot{r}); err != nil {
		return nil, err
	}
	return &Bundle{chain: []*signedRoot{r}, prints: [][32]byte{r.print()}, root: r}, nil
}

// FindRoot takes the root with the given fingerprint (64 hexadecimal digits, separators allowed) out of a bundle, for Pin.
func FindRoot(bundle []byte, fingerprint string) ([]byte, error) {
	want, ok := NormalFingerprint(fingerprint)
	if !ok {
		return nil, fmt.Errorf("%w: the fingerprint is not 64 hexadecimal digits", ErrFormat)
	}
	p, err := parseParts(bundle)
	if err != nil {
		return nil, err
	}
	for _, r := range p.roots {
		if r.fingerprint() == want {
			return bytes.Clone(r.raw), nil
		}
	}
	return nil, fmt.Errorf("%w: no root with this fingerprint is in the bundle", ErrRegion)
}

// LastRoot takes the newest root out of a bundle without believing it, to be shown or, in demonstrations, pinned.
func LastRoot(bundle []byte) (raw []byte, root *Root, err error) {
	p, err := parseParts(bundle)
	if err != nil {
		return nil, nil, err
	}
	last := p.roots[len(p.roots)-1]
	return bytes.Clone(last.raw), last.root, nil
}

// signedBy says whether enough root keys of r signed s.
func (s *signedRoot) signedBy(r *Root) bool { return s.message.CountValid(r.RootKeys) >= r.Threshold }

// Update gives the trust that follows from have when the file got arrives at the time, or an error and have stays in force. It is pure: the
// same three arguments always give the same answer. The rules are those of The Update Framework (§5.3–5.6): the chain of roots is walked
// version by version; no part goes back a version; parts belong to one another; a status list never loses an entry while it lives. An expired
// bundle loads where there is none, so that a verifier can say why it cannot say; it never replaces one, and a clock that was set back makes none
// current again.
func Update(have *Bundle, got []byte, at time.Time) (*Bundle, error) {
	if have == nil {
		return nil, fmt.Errorf("%w: nothing is pinned", ErrRegion)
	}
	p, err := parseParts(bytes.Clone(got))
	if err != nil {
		return nil, err
	}
	next := &Bundle{keys: p.keys, snapshot: p.snapshot}
	if err := next.walkRoots(have, p.roots); err != nil {
		return nil, err
	}
	if err := next.checkKeyList(have); err != nil {
		return nil, err
	}
	reset, err := next.checkSnapshot(have)
	if err != nil {
		return nil, err
	}
	if next.ordered, err = p.readLists(); err != nil {
		return nil, err
	}
	next.lists = make(map[listID]*StatusList, len(next.ordered))
	for _, l := range next.ordered {
		next.lists[listID{l.Purpose, l.Day}] = l
	}
	if have.snapshot != nil {
		if err := next.checkAgainst(have, reset, at); err != nil {
			return nil, err
		}
	}
	if err := p.checkSignatures(next.chain); err != nil {
		return nil, err
	}
	return next, nil
}

// checkAgainst looks at what only a bundle in force can tell: lost entries, and what has expired. The time is at least the clock floor, unless that
// was reset.
func (b *Bundle) checkAgainst(have *Bundle, reset bool, at time.Time) error {
	if !reset {
		if err := b.checkLists(have); err != nil {
			return err
		}
		at = later(at, time.Unix(have.snapshot.snapshot.IssuedAt, 0))
	}
	if part := b.Expired(at); part != "" {
		return fmt.Errorf("%w: the %s of this bundle", ErrExpired, part)
	}
	return nil
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// walkRoots goes from the root in force to the newest of the file.
func (b *Bundle) walkRoots(have *Bundle, roots []*signedRoot) error {
	b.root, b.chain, b.prints = have.root, have.chain, have.prints
	for _, r := range roots {
		switch {
		case r.root.Version < b.root.root.Version:
			continue
		case r.root.Version == b.root.root.Version:
			if !bytes.Equal(r.message.Payload, b.root.message.Payload) {
				return fmt.Errorf("%w: root %d is not the pinned one", ErrRegion, r.root.Version)
			}
			continue
		case r.root.Version != b.root.root.Version+1:
			return fmt.Errorf("%w: root %d is missing between %d and %d", ErrMixed, b.root.root.Version+1, b.root.root.Version, r.root.Version)
		case r.root.Region != b.root.root.Region || r.root.Demo != b.root.root.Demo:
			return fmt.Errorf("%w: root %d changes the region or the DEMO mark", ErrRegion, r.root.Version)
		case !r.signedBy(b.root.root) || !r.signedBy(r.root):
			return fmt.Errorf("%w: root %d must be signed by root %d and by itself", ErrSignature, r.root.Version, b.root.root.Version)
		}
		b.root = r
		b.chain = append(b.chain[:len(b.chain):len(b.chain)], r)
		b.prints = append(b.prints[:len(b.prints):len(b.prints)], r.print())
	}
	if last := roots[len(roots)-1].root.Version; last < b.root.root.Version {
		return fmt.Errorf("%w: its newest root is %d, %d is in force", ErrRollback, last, b.root.root.Version)
	}
	return nil
}

func (b *Bundle) checkKeyList(have *Bundle) error {
	root := b.root.root
	if b.keys.list.Region != root.Region {
		return fmt.Errorf("%w: the key list is of region %s, the root of %s", ErrRegion, b.keys.list.Region, root.Region)
	}
	if n := b.keys.message.CountValid(root.ListKeys); n < root.ListThreshold {
		return fmt.Errorf("%w: the key list has %d of the %d signatures of its root", ErrSignature, n, root.ListThreshold)
	}
	if err := b.CheckPartners(b.keys.list); err != nil {
		return err
	}
	if have.keys == nil || b.replacedListKeys(have) && !b.formerlyGood(have) {
		return nil // what the former holders of the role may have fast-forwarded is undone
	}
	switch old, now := have.keys.list, b.keys.list; {
	case now.Version < old.Version:
		return fmt.Errorf("%w: key list %d, %d is in force", ErrRollback, now.Version, old.Version)
	case now.Version == old.Version && b.keys.hash != have.keys.hash:
		return fmt.Errorf("%w: two key lists of version %d", ErrMixed, now.Version)
	}
	return nil
}

// replacedListKeys says whether the root took the role from so many signers of the key list in force that those who kept it could not have
// signed it alone. A root that only asks for more signatures, or adds keys, replaces nothing.
func (b *Bundle) replacedListKeys(have *Bundle) bool {
	kept := slices.DeleteFunc(slices.Clone(have.root.root.ListKeys), func(k *cose.PublicKey) bool {
		return !slices.ContainsFunc(b.root.root.ListKeys, k.Equal)
	})
	return have.keys.message.CountValid(kept) < have.root.root.ListThreshold
}

// formerlyGood says whether the key list would have been good under the root that was in force: then it may be older than the change of signers, and
// whoever has kept it must not ride on the reset that the change is for.
func (b *Bundle) formerlyGood(have *Bundle) bool {
	return b.keys.message.CountValid(have.root.root.ListKeys) >= have.root.root.ListThreshold
}

// checkSnapshot says too whether the floor of the snapshot was reset because the key list condemns its former key. That the key is missing says
// nothing: it is missing from every list older than itself.
func (b *Bundle) checkSnapshot(have *Bundle) (reset bool, err error) {
	s := b.snapshot.snapshot
	if s.Region != b.root.root.Region {
		return false, fmt.Errorf("%w: the snapshot is of region %s", ErrRegion, s.Region)
	}
	key := b.keys.list.Find(b.snapshot.message.KeyID)
	if key == nil || key.Purpose != SnapshotKey || !key.Usable(time.Unix(s.IssuedAt, 0)) || s.IssuedAt >= key.VerifyUntil {
		return false, fmt.Errorf("%w: no snapshot key of the key list may have signed this snapshot", ErrSignature)
	}
	if err := b.snapshot.message.Verify(key.Key); err != nil {
		return false, fmt.Errorf("%w: snapshot: %v", ErrSignature, err)
	}
	if s.KeyListVersion != b.keys.list.Version || s.KeyListHash != b.keys.hash {
		return false, fmt.Errorf("%w: the snapshot belongs to key list %d, not to this one", ErrMixed, s.KeyListVersion)
	}
	if have.snapshot == nil {
		return false, nil
	}
	if b.Condemns(have) {
		return true, nil
	}
	switch old := have.snapshot.snapshot; {
	case s.Version < old.Version:
		return false, fmt.Errorf("%w: snapshot %d, %d is in force", ErrRollback, s.Version, old.Version)
	case s.Version == old.Version && !bytes.Equal(b.snapshot.message.Payload, have.snapshot.message.Payload):
		return false, fmt.Errorf("%w: two snapshots of version %d", ErrMixed, s.Version)
	case s.IssuedAt < old.IssuedAt || s.Ceiling < old.Ceiling:
		return false, fmt.Errorf("%w: snapshot %d goes back in time or in its ceiling", ErrRollback, s.Version)
	}
	return false, nil
}

// checkLists refuses a publication in which a living list is missing or lost an entry.
func (b *Bundle) checkLists(have *Bundle) error {
	for _, old := range have.ordered {
		now := b.List(old.Purpose, old.Day)
		switch {
		case now == nil && b.snapshot.snapshot.IssuedAt < ListEnd(old.Purpose, old.Day, have.keys.list.Policy):
			return fmt.Errorf("%w: the %v list of day %d is gone while codes under it live", ErrRollback, old.Purpose, old.Day)
		case now != nil && (now.Width != old.Width || !now.covers(old)):
			return fmt.Errorf("%w: the %v list of day %d lost an entry or changed its width", ErrRollback, old.Purpose, old.Day)
		}
	}
	return nil
}
