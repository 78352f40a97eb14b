package ceremony

import (
	"bytes"
	"fmt"
	"time"

	"healthcode.example/crypto/cose"
	"healthcode.example/issuer"
	"healthcode.example/trust"
)

// ProposeFirstKeyList begins a region's keys under the signed chain of roots.
func ProposeFirstKeyList(roots [][]byte, policy trust.Policy, keys []trust.IssuerKey, at, expires time.Time) (*Proposal, error) {
	chain, err := trust.Chain(roots)
	if err != nil {
		return nil, fmt.Errorf("propose the first key list: the roots in force: %w", err)
	}
	list, err := issuer.FirstKeyList(chain.Root().Region, policy, keys, at, expires)
	if err != nil {
		return nil, err
	}
	return proposeKeys(roots, nil, list)
}

// ProposeKeys changes the key list in force, by the rules of issuer.NextKeyList.
func ProposeKeys(roots [][]byte, former []byte, change issuer.Change, at time.Time) (*Proposal, error) {
	list, err := trust.ReadKeyList(former)
	if err != nil {
		return nil, fmt.Errorf("propose a key list: the one in force: %w", err)
	}
	next, err := issuer.NextKeyList(list, change, at)
	if err != nil {
		return nil, err
	}
	return proposeKeys(roots, former, next)
}

// ProposeCompromise is the proposal of the day on which a key was stolen: everything under the ids is refused, the standbys
// of their places take over, and the added standbys stand in for these. The list keeps its expiry unless change sets one.
func ProposeCompromise(roots [][]byte, former []byte, ids []cose.KeyID, standbys []trust.IssuerKey, at time.Time) (*Proposal, error) {
	list, err := trust.ReadKeyList(former)
	if err != nil {
		return nil, fmt.Errorf("propose a compromise: the key list in force: %w", err)
	}
	change := issuer.Change{Compromise: ids, Add: standbys, Expires: time.Unix(list.ExpiresAt, 0)}
	return ProposeKeys(roots, former, change, at)
}

func proposeKeys(roots [][]byte, former []byte, list *trust.KeyList) (*Proposal, error) {
	chain, err := trust.Chain(roots)
	if err != nil {
		return nil, fmt.Errorf("propose key list %d: the roots in force: %w", list.Version, err)
	}
	if err := chain.CheckPartners(list); err != nil {
		return nil, fmt.Errorf("propose key list %d: %w", list.Version, err)
	}
	unsigned, err := trust.SignKeyList(list)
	if err != nil {
		return nil, fmt.Errorf("propose key list %d: %w", list.Version, err)
	}
	p, err := newProposal(cloneAll(roots), bytes.Clone(former), unsigned)
	if err != nil {
		return nil, fmt.Errorf("propose key list %d: %w", list.Version, err)
	}
	return p, nil
}
