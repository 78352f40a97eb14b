// Package demoregister is a population register that is read from a file, for
// demonstrations and tests. It holds some thousand people and looks at all of
// them for every question, so that no answer's time depends on what it found.
package demoregister

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"slices"

	"healthcode.example/wallet"
)

var _ wallet.Register = (*Register)(nil)

// Register is a file that was read. It never changes and is safe for
// concurrent use.
type Register struct {
	people    []person
	documents []document
}

type person struct {
	entry     wallet.RegisterEntry
	household int32   // the number of the household, 0 for none in the province
	parents   []int32 // places in people
}

// document is a number's digest and whose it is.
type document struct {
	digest [32]byte
	owner  int32 // place in people
}

func digest(d wallet.Document) [32]byte {
	return sha256.Sum256([]byte(string(d.Type) + "\x00" + d.Number))
}

// find compares with every document; ok is 1 when one is d. Otherwise the place
// is anybody's, another for each number, so that what is read next is as likely
// to be in the processor's cache as what would have been found.
func (r *Register) find(d wallet.Document) (place int32, ok int) {
	want := digest(d)
	found := int(binary.BigEndian.Uint32(want[:]) % uint32(len(r.people)))
	for i := range r.documents {
		same := subtle.ConstantTimeCompare(r.documents[i].digest[:], want[:])
		found = subtle.ConstantTimeSelect(same, int(r.documents[i].owner), found)
		ok |= same
	}
	return int32(found), ok
}

// answer copies the entry whether it may be shown or not.
func (r *Register) answer(place int32, ok int) (wallet.RegisterEntry, error) {
	entry := r.people[place].entry
	entry.Documents = slices.Clone(entry.Documents)
	if ok != 1 {
		return wallet.RegisterEntry{}, wallet.ErrNotShown
	}
	return entry, nil
}

// Household implements wallet.Register.
func (r *Register) Household(_ context.Context, guardian, member wallet.Document) (wallet.RegisterEntry, error) {
	g, okGuardian := r.find(guardian)
	m, okMember := r.find(member)
	ours, theirs := r.people[g].household, r.people[m].household
	same := subtle.ConstantTimeEq(ours, theirs) & (1 - subtle.ConstantTimeEq(ours, 0))
	return r.answer(m, okGuardian&okMember&same)
}

// Parent implements wallet.Register.
func (r *Register) Parent(_ context.Context, guardian, certificate wallet.Document) (wallet.RegisterEntry, error) {
	g, okGuardian := r.find(guardian)
	c, okChild := r.find(certificate)
	parent := 0
	for i := range maxParents {
		p := int32(-1)
		if i < len(r.people[c].parents) {
			p = r.people[c].parents[i]
		}
		parent |= subtle.ConstantTimeEq(p, g)
	}
	isCertificate := 0
	if certificate.Type == wallet.BirthCertificate {
		isCertificate = 1
	}
	return r.answer(c, okGuardian&okChild&parent&isCertificate)
}

// Person implements wallet.Register.
func (r *Register) Person(_ context.Context, d wallet.Document) (wallet.RegisterEntry, error) {
	return r.answer(r.find(d))
}
