package ceremony

import (
	"fmt"
	"slices"
	"strings"

	"healthcode.example/crypto/cose"
)

// Quorum is one role whose holders must sign, and how far they are.
type Quorum struct {
	Role      string // "root 2", "root 3 (new)", "key list"
	Threshold int
	Signed    []cose.KeyID
	Missing   []cose.KeyID // of whom Threshold − len(Signed) more are needed
}

// role is whose keys may sign a proposal, and how many must.
type role struct {
	name      string
	threshold int
	keys      []*cose.PublicKey
}

// roles are one for a first root and for a key list, two for a root that follows another.
func (p *Proposal) roles() []role {
	switch now := p.inForce; {
	case p.list != nil:
		return []role{{"key list", now.ListThreshold, now.ListKeys}}
	case now == nil:
		return []role{{"root 1 (new)", p.root.Threshold, p.root.RootKeys}}
	default:
		return []role{
			{fmt.Sprintf("root %d", now.Version), now.Threshold, now.RootKeys},
			{fmt.Sprintf("root %d (new)", p.root.Version), p.root.Threshold, p.root.RootKeys},
		}
	}
}

func (p *Proposal) askedKeys() []*cose.PublicKey {
	var all []*cose.PublicKey
	for _, r := range p.roles() {
		for _, k := range r.keys {
			if !slices.ContainsFunc(all, k.Equal) {
				all = append(all, k)
			}
		}
	}
	return all
}

// Quorums says of every role who has signed and who has not.
func (p *Proposal) Quorums() []Quorum {
	var all []Quorum
	for _, r := range p.roles() {
		q := Quorum{Role: r.name, Threshold: r.threshold}
		for _, k := range r.keys {
			if len(p.message.Valid([]*cose.PublicKey{k})) == 1 {
				q.Signed = append(q.Signed, k.ID())
			} else {
				q.Missing = append(q.Missing, k.ID())
			}
		}
		all = append(all, q)
	}
	return all
}

// Complete says whether every role has signed.
func (p *Proposal) Complete() bool {
	return !slices.ContainsFunc(p.Quorums(), func(q Quorum) bool { return len(q.Signed) < q.Threshold })
}

func idsOf(keys []*cose.PublicKey) string {
	ids := make([]cose.KeyID, len(keys))
	for n, k := range keys {
		ids[n] = k.ID()
	}
	return joinIDs(ids)
}

func joinIDs(ids []cose.KeyID) string {
	texts := make([]string, len(ids))
	for n, id := range ids {
		texts[n] = id.String()
	}
	return strings.Join(texts, ", ")
}
