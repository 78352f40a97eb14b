package ceremony

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"time"

	"healthcode.example/crypto/cose"
	"healthcode.example/trust"
)

// maxSignatures is what one signed object can carry (crypto/cose).
const maxSignatures = 16

// Role is who may sign: Threshold of Keys.
type Role struct {
	Threshold int
	Keys      []*cose.PublicKey
}

// NewRoot is what a first root says.
type NewRoot struct {
	Region  string
	Demo    bool // for demonstrations and drills: no production verifier takes it
	Expires time.Time
	Root    Role
	List    Role
}

// ProposeFirstRoot begins a region. All holders are asked; the threshold must sign.
func ProposeFirstRoot(n NewRoot) (*Proposal, error) {
	root := &trust.Root{
		Version: 1, ExpiresAt: n.Expires.Unix(), Region: n.Region, Demo: n.Demo,
		Threshold: n.Root.Threshold, RootKeys: n.Root.Keys, ListThreshold: n.List.Threshold, ListKeys: n.List.Keys,
	}
	return proposeRoot(nil, root)
}

// RootChange is what the next root changes. Its zero value only renews the root.
type RootChange struct {
	Expires time.Time
	Root    *Role // nil: as before
	List    *Role // nil: as before; gates then forget the versions that its former holders may have run ahead
}

// ProposeNextRoot makes the root after the last of the signed roots, which are the whole chain from the first.
func ProposeNextRoot(roots [][]byte, c RootChange) (*Proposal, error) {
	chain, err := trust.Chain(roots)
	if err != nil {
		return nil, fmt.Errorf("propose a root: the roots in force: %w", err)
	}
	next := *chain.Root()
	next.Version, next.ExpiresAt = next.Version+1, c.Expires.Unix()
	if c.Root != nil {
		next.Threshold, next.RootKeys = c.Root.Threshold, c.Root.Keys
	}
	if c.List != nil {
		next.ListThreshold, next.ListKeys = c.List.Threshold, c.List.Keys
	}
	return proposeRoot(roots, &next)
}

func proposeRoot(roots [][]byte, root *trust.Root) (*Proposal, error) {
	if err := checkRoles(root); err != nil {
		return nil, fmt.Errorf("propose root %d: %w", root.Version, err)
	}
	unsigned, err := trust.SignRoot(root)
	if err != nil {
		return nil, fmt.Errorf("propose root %d: %w", root.Version, err)
	}
	p, err := newProposal(cloneAll(roots), nil, unsigned)
	if err != nil {
		return nil, fmt.Errorf("propose root %d: %w", root.Version, err)
	}
	if needed := p.leastSignatures(); needed > maxSignatures {
		return nil, fmt.Errorf("propose root %d: it would need %d signatures and can carry %d: change the keys in two steps, or lower the thresholds", root.Version, needed, maxSignatures)
	}
	return p, nil
}

// checkRoles keeps the roles apart: who signs key lists must not be able to make roots.
func checkRoles(root *trust.Root) error {
	for _, k := range root.ListKeys {
		if slices.ContainsFunc(root.RootKeys, k.Equal) {
			return fmt.Errorf("key %s would sign roots and key lists: give each role its own keys", k.ID())
		}
	}
	if !root.Demo && (root.Threshold < 2 || root.ListThreshold < 2) {
		return errors.New("one signature would be enough to change a role: ask at least two of root and of key-list signers, or mark the root DEMO")
	}
	return nil
}

// leastSignatures is how many signatures satisfy all roles, when whoever is in two roles signs first.
func (p *Proposal) leastSignatures() int {
	roles := p.roles()
	if len(roles) == 1 {
		return roles[0].threshold
	}
	shared := 0
	for _, k := range roles[0].keys {
		if slices.ContainsFunc(roles[1].keys, k.Equal) {
			shared++
		}
	}
	a, b := roles[0].threshold, roles[1].threshold
	return a + b - min(shared, a, b)
}

func cloneAll(all [][]byte) [][]byte {
	out := make([][]byte, len(all))
	for n, b := range all {
		out[n] = bytes.Clone(b)
	}
	return out
}
