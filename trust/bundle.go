package trust

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"slices"
	"time"

	"healthcode.example/credential"
	"healthcode.example/crypto/cose"
)

// Bundle is trust in force: a root that was pinned or reached from a pinned one, and what was published under it. It is immutable.
//
//	bundle = [ "YKB1", [ 1* root: bstr ], key-list: bstr, snapshot: bstr, [ * list: bstr ] ]
//
// Roots stand in ascending order of version; lists in the order of the snapshot, those without an index left out.
type Bundle struct {
	chain    []*signedRoot // from the pinned root to the one in force
	prints   [][32]byte    // their fingerprints
	root     *signedRoot
	keys     *signedKeyList  // nil after Pin
	snapshot *signedSnapshot // nil after Pin
	lists    map[listID]*StatusList
	ordered  []*StatusList
}

type listID struct {
	purpose Purpose
	day     uint32
}

const magic = "YKB1"

// Root gives the root in force.
func (b *Bundle) Root() *Root { return b.root.root }

// Fingerprint gives the fingerprint of the root in force.
func (b *Bundle) Fingerprint() string { return b.root.fingerprint() }

// Follows says whether the root with the fingerprint is in the checked chain of this bundle: the one that was pinned, or one it led to. Whoever
// believes that root may believe the bundle, since everything after it was signed as it asks.
func (b *Bundle) Follows(fingerprint []byte) bool {
	return slices.ContainsFunc(b.prints, func(p [32]byte) bool { return bytes.Equal(p[:], fingerprint) })
}

// KeyList gives the key list in force, or nil right after Pin.
func (b *Bundle) KeyList() *KeyList {
	if b.keys == nil {
		return nil
	}
	return b.keys.list
}

// Snapshot gives the snapshot in force, or nil right after Pin.
func (b *Bundle) Snapshot() *Snapshot {
	if b.snapshot == nil {
		return nil
	}
	return b.snapshot.snapshot
}

// Version is the snapshot's, or zero right after Pin.
func (b *Bundle) Version() uint64 {
	if b.snapshot == nil {
		return 0
	}
	return b.snapshot.snapshot.Version
}

// List gives the status list of a purpose and day, or nil if the snapshot has none.
func (b *Bundle) List(purpose Purpose, day uint32) *StatusList { return b.lists[listID{purpose, day}] }

// Lists gives all status lists in the order of the snapshot.
func (b *Bundle) Lists() []*StatusList { return b.ordered }

// Expired names the first part that has expired at the time, or is empty.
func (b *Bundle) Expired(at time.Time) string {
	now := at.Unix()
	switch {
	case now >= b.root.root.ExpiresAt:
		return "root"
	case b.keys != nil && now >= b.keys.list.ExpiresAt:
		return "key list"
	case b.snapshot != nil && now >= b.snapshot.snapshot.ExpiresAt:
		return "snapshot"
	}
	return ""
}

// Behind says how far the time lies before the clock floor, which is the issue time of the snapshot, or zero where no more than the skew of two
// clocks is between them. A clock that is behind is wrong: at that time the bundle had not been made.
func (b *Bundle) Behind(at time.Time) time.Duration {
	if b.snapshot == nil {
		return 0
	}
	if behind := time.Unix(b.snapshot.snapshot.IssuedAt, 0).Sub(at); behind > credential.Skew {
		return behind
	}
	return 0
}

// Bytes writes the bundle as one file. It fails right after Pin, when there is nothing to write but the root.
func (b *Bundle) Bytes() ([]byte, error) {
	if b.snapshot == nil {
		return nil, fmt.Errorf("a bundle without a snapshot cannot be written: update it first")
	}
	return Assemble(b.SignedRoots(), b.keys.raw, b.snapshot.raw, b.ordered)
}

// Assemble writes the file of signed parts. It checks nothing but its size: Update does.
func Assemble(roots [][]byte, keyList, snapshot []byte, lists []*StatusList) ([]byte, error) {
	b := cose.AppendText(cose.AppendArray(nil, 5), magic)
	b = cose.AppendArray(b, len(roots))
	for _, r := range roots {
		b = cose.AppendBytes(b, r)
	}
	b = cose.AppendBytes(cose.AppendBytes(b, keyList), snapshot)
	filled := 0
	for _, l := range lists {
		filled += min(1, len(l.encoded))
	}
	b = cose.AppendArray(b, filled)
	for _, l := range lists {
		if len(l.encoded) > 0 {
			b = cose.AppendBytes(b, l.encoded)
		}
	}
	if len(b) > MaxBundle {
		return nil, fmt.Errorf("bundle of %d bytes, at most %d", len(b), MaxBundle)
	}
	return b, nil
}

// parts are the pieces of a file before any signature has been checked.
type parts struct {
	roots    []*signedRoot
	keys     *signedKeyList
	snapshot *signedSnapshot
	lists    [][]byte
}

func parseParts(b []byte) (*parts, error) {
	if len(b) > MaxBundle {
		return nil, fmt.Errorf("%w: %d bytes, at most %d", ErrFormat, len(b), MaxBundle)
	}
	r := cose.NewReader(b)
	n, err := r.Array(5)
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrFormat, err)
	}
	if m, err := r.Text(); err != nil || n != 5 || string(m) != magic {
		return nil, fmt.Errorf("%w: it does not begin as a bundle does", ErrFormat)
	}
	p := new(parts)
	rawRoots, err := readStrings(&r, maxRoots)
	if err != nil {
		return nil, err
	}
	if err := p.readRoots(rawRoots); err != nil {
		return nil, err
	}
	keys, err := r.Bytes()
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrFormat, err)
	}
	snapshot, err := r.Bytes()
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrFormat, err)
	}
	if p.lists, err = readStrings(&r, maxLists); err != nil {
		return nil, err
	}
	if err := r.Done(); err != nil {
		return nil, fmt.Errorf("%w: %v", ErrFormat, err)
	}
	if p.keys, err = parseKeyList(keys); err != nil {
		return nil, err
	}
	p.snapshot, err = parseSnapshot(snapshot)
	return p, err
}

func readStrings(r *cose.Reader, limit int) ([][]byte, error) {
	n, err := r.Array(limit)
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrFormat, err)
	}
	out := make([][]byte, n)
	for i := range out {
		if out[i], err = r.Bytes(); err != nil {
			return nil, fmt.Errorf("%w: %v", ErrFormat, err)
		}
	}
	return out, nil
}

func (p *parts) readRoots(raw [][]byte) error {
	if len(raw) == 0 {
		return fmt.Errorf("%w: no root in it", ErrFormat)
	}
	for i, b := range raw {
		root, err := parseRoot(b)
		if err != nil {
			return err
		}
		if i > 0 && root.root.Version != p.roots[i-1].root.Version+1 {
			return fmt.Errorf("%w: roots are not in the order of their versions", ErrFormat)
		}
		p.roots = append(p.roots, root)
	}
	return nil
}

// readLists checks each list against what the snapshot says of it.
func (p *parts) readLists() ([]*StatusList, error) {
	var out []*StatusList
	left := p.lists
	for _, ref := range p.snapshot.snapshot.Lists {
		var encoded []byte
		if ref.Count > 0 {
			if len(left) == 0 {
				return nil, fmt.Errorf("%w: the %v list of day %d is missing", ErrMixed, ref.Purpose, ref.Day)
			}
			encoded, left = left[0], left[1:]
			if uint64(len(encoded)) != ref.Size || sha256.Sum256(encoded) != ref.Hash {
				return nil, fmt.Errorf("%w: the %v list of day %d is not the one of the snapshot", ErrMixed, ref.Purpose, ref.Day)
			}
		}
		l, err := parseStatusList(ref, encoded)
		if err != nil {
			return nil, fmt.Errorf("%w: %v", ErrFormat, err)
		}
		out = append(out, l)
	}
	if len(left) > 0 {
		return nil, fmt.Errorf("%w: %d lists that the snapshot does not name", ErrMixed, len(left))
	}
	return out, nil
}

// ListEnd is the Unix time from which a list of the day may be left out of a snapshot, since no code under it can be good: the end of the day,
// the longest lifetime, and the skew of two clocks.
func ListEnd(purpose Purpose, day uint32, p Policy) int64 {
	return credential.DayStart(day+1) + int64((p.Lifetime(purpose)+2*credential.Skew)/time.Second)
}
