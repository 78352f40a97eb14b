package world

import (
	"healthcode.example/credential"
	"healthcode.example/crypto/cose"
	"healthcode.example/trust"
)

// Authority is who publishes bundles. Change its parts, then call Bundle; what it signed before stays as it was.
type Authority struct {
	w *World

	Root     trust.Root
	List     trust.KeyList
	Snapshot trust.Snapshot
	Lists    []*trust.StatusList

	RootSigners, ListSigners []cose.Signer
	SnapshotSigner           cose.Signer
	Chain                    [][]byte // signed roots, oldest first
}

// Key names of the issuer keys that every Authority lists.
const (
	PhoneKey    = "phone"
	PhoneECKey  = "phone ES256"
	PaperKey    = "paper"
	PaperECKey  = "paper ES256"
	SnapshotKey = "snapshot"
)

// Revoked are the indices that every list of an Authority holds.
var Revoked = []uint64{5, 4_000_001, 4_000_002}

// Authority makes one of three root keys and three list keys, two of each needed, with its first root signed.
func (w *World) Authority() *Authority {
	a := &Authority{w: w}
	for _, n := range []string{"1", "2", "3"} {
		root, list := w.Ed("root "+n), w.Ed("list "+n)
		a.Root.RootKeys, a.RootSigners = append(a.Root.RootKeys, root.Public()), append(a.RootSigners, root)
		a.Root.ListKeys, a.ListSigners = append(a.Root.ListKeys, list.Public()), append(a.ListSigners, list)
	}
	a.RootSigners, a.ListSigners = a.RootSigners[:2], a.ListSigners[:2]
	a.Root.Version, a.Root.Region, a.Root.ExpiresAt, a.Root.Threshold, a.Root.ListThreshold = 1, Region, Expiry, 2, 2
	a.List = trust.KeyList{Version: 1, IssuedAt: Published - 30*86400, ExpiresAt: Published + 60*86400, Region: Region, Policy: trust.DefaultPolicy()}
	a.List.Keys = []trust.IssuerKey{
		issuerKey(w.Ed(PhoneKey), trust.Phone), issuerKey(w.EC(PhoneECKey), trust.Phone),
		issuerKey(w.Ed(PaperKey), trust.Paper), issuerKey(w.EC(PaperECKey), trust.Paper),
		issuerKey(w.Ed(SnapshotKey), trust.SnapshotKey),
	}
	a.SnapshotSigner = w.Ed(SnapshotKey)
	a.Snapshot = trust.Snapshot{Version: 1, IssuedAt: Published, ExpiresAt: Published + 86400, Region: Region, Ceiling: 1_000_000}
	a.Lists = w.LiveLists(Published, trust.DefaultPolicy())
	return a
}

func issuerKey(k *cose.PrivateKey, purpose trust.Purpose) trust.IssuerKey {
	return trust.IssuerKey{
		Key: k.Public(), Purpose: purpose, State: trust.Published,
		UseFrom: Published - 30*86400, UseUntil: Published + 30*86400, VerifyUntil: Published + 62*86400,
	}
}

// AddKey lists one more issuer key in the windows of the others, changed by change, which may be nil.
func (a *Authority) AddKey(k *cose.PrivateKey, purpose trust.Purpose, change func(*trust.IssuerKey)) {
	entry := issuerKey(k, purpose)
	if change != nil {
		change(&entry)
	}
	a.List.Keys = append(a.List.Keys, entry)
}

// LiveLists are all lists that had begun at the time and under which a code may live.
func (w *World) LiveLists(at int64, p trust.Policy) (lists []*trust.StatusList) {
	for _, purpose := range []trust.Purpose{trust.Phone, trust.Paper} {
		today := credential.ListDay(at)
		first := today
		for trust.ListEnd(purpose, first-1, p) > at {
			first--
		}
		for day := first; day <= today; day++ {
			lists = append(lists, w.StatusList(purpose, day, Revoked...))
		}
	}
	return lists
}

// StatusList makes a list of width 24.
func (w *World) StatusList(purpose trust.Purpose, day uint32, revoked ...uint64) *trust.StatusList {
	l, err := trust.NewStatusList(purpose, day, 24, revoked)
	if err != nil {
		w.fail(err)
	}
	return l
}

// SignedRoot signs the root as it stands.
func (a *Authority) SignedRoot(signers ...cose.Signer) []byte {
	return a.must(trust.SignRoot(&a.Root, signers...))
}

// FirstRoot is the root that a caller would pin.
func (a *Authority) FirstRoot() []byte {
	if len(a.Chain) == 0 {
		a.Chain = [][]byte{a.SignedRoot(a.RootSigners...)}
	}
	return a.Chain[0]
}

// NextRoot changes the root and signs it with the former root signers and with those that change leaves.
func (a *Authority) NextRoot(change func(*Authority)) {
	a.FirstRoot()
	former := a.RootSigners
	a.Root.Version++
	change(a)
	a.Chain = append(a.Chain[:len(a.Chain):len(a.Chain)], a.SignedRoot(distinct(former, a.RootSigners)...))
}

func distinct(groups ...[]cose.Signer) (all []cose.Signer) {
	seen := make(map[cose.KeyID]bool)
	for _, group := range groups {
		for _, s := range group {
			if id := s.Public().ID(); !seen[id] {
				seen[id] = true
				all = append(all, s)
			}
		}
	}
	return all
}

// KeyList signs the key list.
func (a *Authority) KeyList() []byte { return a.must(trust.SignKeyList(&a.List, a.ListSigners...)) }

// SignedSnapshot signs the snapshot over the key list and the lists.
func (a *Authority) SignedSnapshot() []byte {
	s := a.Snapshot
	return a.must(trust.SignSnapshot(&s, a.KeyList(), a.Lists, a.SnapshotSigner))
}

// Bundle is the file that the authority publishes as it stands.
func (a *Authority) Bundle() []byte {
	a.FirstRoot()
	return a.must(trust.Assemble(a.Chain, a.KeyList(), a.SignedSnapshot(), a.Lists))
}

// Next goes on to the next snapshot, so much later.
func (a *Authority) Next(seconds int64) {
	a.Snapshot.Version++
	a.Snapshot.IssuedAt += seconds
	a.Snapshot.ExpiresAt += seconds
	a.Lists = a.w.LiveLists(a.Snapshot.IssuedAt, a.List.Policy)
}

func (a *Authority) must(b []byte, err error) []byte {
	if err != nil {
		a.w.fail(err)
	}
	return b
}

// Roots is the chain of roots as it stands, with its first root signed.
func (a *Authority) Roots() [][]byte {
	a.FirstRoot()
	return a.Chain
}
