package ceremony

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"

	"healthcode.example/crypto/cose"
	"healthcode.example/trust"
)

// What a caller branches on.
var (
	// ErrFormat says that the bytes are no proposal, or one that was cut, altered or does not follow from the root in it.
	ErrFormat = errors.New("not a readable proposal")
	// ErrSigner says that a key has nothing to sign here.
	ErrSigner = errors.New("this key is none of those that are asked")
	// ErrMissing says that more signatures are needed.
	ErrMissing = errors.New("signatures are missing")
	// ErrOther says that two proposals are not of one and the same object.
	ErrOther = errors.New("the proposals differ")
)

// Proposal is a root or a key list on its way to being signed, with what it follows. It is immutable.
//
//	proposal = [ "YKC1", [ * root: bstr ], former key list: bstr, message: bstr .cbor COSE_Sign ]
//
// The roots are the signed chain in force, none for a first root; the former key list is empty for a root and a first list.
// The message may have too few signatures, or none. Signatures that are wrong or that nobody asked for are left out on reading.
type Proposal struct {
	roots   [][]byte
	former  []byte
	message *cose.Sign

	inForce    *trust.Root    // the newest of roots, nil for a first root
	root       *trust.Root    // what a proposed root says, else nil
	list       *trust.KeyList // what a proposed key list says, else nil
	formerList *trust.KeyList
}

const magic = "YKC1"

type wireProposal struct {
	_       struct{} `cbor:",toarray"`
	Magic   string
	Roots   [][]byte
	Former  []byte
	Message []byte
}

// ParseProposal reads what Bytes wrote, by whomever: the chain of roots, the former key list and every signature are checked.
// What it follows from is for the reader to compare: RootFingerprint.
func ParseProposal(b []byte) (*Proposal, error) {
	if len(b) > trust.MaxBundle {
		return nil, fmt.Errorf("%w: %d bytes, at most %d", ErrFormat, len(b), trust.MaxBundle)
	}
	var w wireProposal
	if err := cose.Unmarshal(bytes.Clone(b), &w); err != nil {
		return nil, fmt.Errorf("%w: it is not what healthcode root or keys propose wrote, or it was cut", ErrFormat) // the cause names Go's types
	}
	if w.Magic != magic {
		return nil, fmt.Errorf("%w: it does not begin as a proposal does", ErrFormat)
	}
	return newProposal(w.Roots, w.Former, w.Message)
}

// newProposal checks the parts against one another.
func newProposal(roots [][]byte, former, message []byte) (*Proposal, error) {
	m, err := cose.ParseSign(message)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	p := &Proposal{roots: roots, former: former, message: m}
	var chain *trust.Bundle
	if len(roots) > 0 {
		if chain, err = trust.Chain(roots); err != nil {
			return nil, fmt.Errorf("%w: the roots in force: %w", ErrFormat, err)
		}
		p.inForce = chain.Root()
	}
	switch m.Type {
	case trust.TypeRoot:
		err = p.readRoot(message)
	case trust.TypeKeyList:
		err = p.readKeyList(chain, message)
	default:
		err = fmt.Errorf("it proposes an object of type %.16q, neither a root nor a key list", m.Type)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	if p.message, err = m.WithSignatures(m.Valid(p.askedKeys())); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	return p, nil
}

func (p *Proposal) readRoot(message []byte) (err error) {
	if p.root, err = trust.ReadRoot(message); err != nil {
		return err
	}
	now := p.inForce
	switch {
	case len(p.former) != 0:
		return errors.New("a root follows no key list")
	case now == nil && p.root.Version != 1:
		return fmt.Errorf("root %d without the root that it follows", p.root.Version)
	case now != nil && p.root.Version != now.Version+1:
		return fmt.Errorf("root %d does not follow root %d", p.root.Version, now.Version)
	case now != nil && (p.root.Region != now.Region || p.root.Demo != now.Demo):
		return errors.New("a root never changes its region or its DEMO mark")
	}
	return nil
}

func (p *Proposal) readKeyList(chain *trust.Bundle, message []byte) (err error) {
	if p.list, err = trust.ReadKeyList(message); err != nil {
		return err
	}
	if p.inForce == nil {
		return errors.New("a key list without the root whose keys sign it")
	}
	if p.list.Region != p.inForce.Region {
		return fmt.Errorf("the key list is of region %s, the root of %s", p.list.Region, p.inForce.Region)
	}
	if err := chain.CheckPartners(p.list); err != nil { // as whoever publishes the list would, but before anybody signs
		return err
	}
	if len(p.former) == 0 {
		if p.list.Version != 1 {
			return fmt.Errorf("key list %d without the one that it follows", p.list.Version)
		}
		return nil
	}
	if p.formerList, err = trust.ReadKeyList(p.former); err != nil {
		return fmt.Errorf("the former key list: %w", err)
	}
	if !p.formerSigned() {
		return errors.New("the former key list is not signed by the key-list role of any root here: fetch the one that is published")
	}
	if p.formerList.Region != p.list.Region || p.formerList.Version+1 != p.list.Version {
		return fmt.Errorf("key list %d of %s does not follow key list %d of %s", p.list.Version, p.list.Region, p.formerList.Version, p.formerList.Region)
	}
	return nil
}

// formerSigned says whether the former key list was good under one of the roots; the newest may have replaced its signers.
func (p *Proposal) formerSigned() bool {
	m, err := cose.ParseSign(p.former)
	if err != nil {
		return false
	}
	return slices.ContainsFunc(p.roots, func(raw []byte) bool {
		root, err := trust.ReadRoot(raw)
		return err == nil && m.CountValid(root.ListKeys) >= root.ListThreshold
	})
}

// Bytes writes the proposal with the signatures so far.
func (p *Proposal) Bytes() ([]byte, error) {
	return cose.Marshal(wireProposal{Magic: magic, Roots: p.roots, Former: p.former, Message: p.message.Bytes()})
}

// Root is the proposed root, or nil.
func (p *Proposal) Root() *trust.Root { return p.root }

// KeyList is the proposed key list, or nil.
func (p *Proposal) KeyList() *trust.KeyList { return p.list }

// Fingerprint is the SHA-256 of what is signed, 64 hexadecimal digits: the same on every machine and with every number of
// signatures. Of a root it is the one by which the root is pinned.
func (p *Proposal) Fingerprint() string {
	sum := sha256.Sum256(p.message.Payload)
	return hex.EncodeToString(sum[:])
}

// RootFingerprint is that of the root in force, for the signer to compare with their own copy; empty for a first root.
func (p *Proposal) RootFingerprint() (string, error) {
	if len(p.roots) == 0 {
		return "", nil
	}
	return trust.RootFingerprint(p.roots[len(p.roots)-1])
}

// Sign gives the proposal with the signature of s. ErrSigner when the key is not asked, so that nobody believes to have
// signed with an old key.
func (p *Proposal) Sign(s cose.Signer) (*Proposal, error) {
	if !slices.ContainsFunc(p.askedKeys(), s.Public().Equal) {
		return nil, fmt.Errorf("sign with %s: %w: %s", s.Public().ID(), ErrSigner, idsOf(p.askedKeys()))
	}
	m, err := p.message.WithSignature(s)
	if err != nil {
		return nil, fmt.Errorf("sign with %s: %w", s.Public().ID(), err)
	}
	next := *p
	next.message = m
	return &next, nil
}

// Merge gives the proposal with the signatures of both, which must propose the very same object: ErrOther.
func (p *Proposal) Merge(o *Proposal) (*Proposal, error) {
	if p.message.Type != o.message.Type || !bytes.Equal(p.message.Payload, o.message.Payload) {
		return nil, fmt.Errorf("put two proposals together: %w: one is %s, the other %s: somebody signed another version", ErrOther, p.Fingerprint(), o.Fingerprint())
	}
	if !slices.EqualFunc(p.roots, o.roots, bytes.Equal) || !bytes.Equal(p.former, o.former) {
		return nil, fmt.Errorf("put two proposals together: %w: they follow from other roots or another key list", ErrOther)
	}
	all := slices.Clone(p.message.Signatures)
	for _, s := range o.message.Signatures {
		if !slices.ContainsFunc(all, func(have cose.Signature) bool { return have.KeyID == s.KeyID }) {
			all = append(all, s)
		}
	}
	m, err := p.message.WithSignatures(all)
	if err != nil {
		return nil, fmt.Errorf("put two proposals together: %w", err)
	}
	next := *p
	next.message = m
	return &next, nil
}

// Signed is the finished root or key list. ErrMissing, with the names of who has not signed.
func (p *Proposal) Signed() ([]byte, error) {
	for _, q := range p.Quorums() {
		if len(q.Signed) < q.Threshold {
			return nil, fmt.Errorf("%w: %s has %d of %d, any of these may sign: %s", ErrMissing, q.Role, len(q.Signed), q.Threshold, joinIDs(q.Missing))
		}
	}
	return p.message.Bytes(), nil
}

// Roots is the signed chain that the finished object belongs to: with it, when it is a root.
func (p *Proposal) Roots() ([][]byte, error) {
	if p.root == nil {
		return slices.Clone(p.roots), nil
	}
	signed, err := p.Signed()
	if err != nil {
		return nil, err
	}
	return append(slices.Clone(p.roots), signed), nil
}
