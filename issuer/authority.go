package issuer

import (
	"errors"
	"fmt"
	"io"
	"time"

	"healthcode.example/credential"
	"healthcode.example/crypto/cose"
	"healthcode.example/trust"
)

// Authority holds the offline roles: who signs roots and who signs key lists. In a province they are people in a room, each
// with a key; in demo mode one machine holds them all, and the root says so.
type Authority struct {
	Region string
	Roots  []cose.Signer // all of them sign
	Lists  []cose.Signer // all of them sign
}

// NewAuthority makes an authority of one root key and one list key, for demo mode.
func NewAuthority(region string, rand io.Reader) (*Authority, error) {
	root, err := cose.Generate(cose.Ed25519, rand)
	if err != nil {
		return nil, fmt.Errorf("make an authority: %w", err)
	}
	list, err := cose.Generate(cose.Ed25519, rand)
	if err != nil {
		return nil, fmt.Errorf("make an authority: %w", err)
	}
	return &Authority{Region: region, Roots: []cose.Signer{root}, Lists: []cose.Signer{list}}, nil
}

// FirstRoot signs version 1 of the root: every root key and every list key of the authority, all of which must sign.
// Pin it, or hand out its fingerprint. demo marks it so that no production verifier takes it.
func (a *Authority) FirstRoot(demo bool, expires time.Time) ([]byte, error) {
	root := &trust.Root{
		Version: 1, ExpiresAt: expires.Unix(), Region: a.Region, Demo: demo,
		Threshold: len(a.Roots), RootKeys: publics(a.Roots),
		ListThreshold: len(a.Lists), ListKeys: publics(a.Lists),
	}
	return trust.SignRoot(root, a.Roots...)
}

// SignKeyList signs with every list key.
func (a *Authority) SignKeyList(list *trust.KeyList) ([]byte, error) {
	return trust.SignKeyList(list, a.Lists...)
}

func publics(signers []cose.Signer) []*cose.PublicKey {
	out := make([]*cose.PublicKey, len(signers))
	for n, signer := range signers {
		out[n] = signer.Public()
	}
	return out
}

// authorityFile is an authority at rest, deterministic CBOR: { 1: region, 2: [+ COSE_Key], 3: [+ COSE_Key] }, both lists
// with private parts.
type authorityFile struct {
	Region string   `cbor:"1,keyasint"`
	Roots  [][]byte `cbor:"2,keyasint"`
	Lists  [][]byte `cbor:"3,keyasint"`
}

// Bytes writes an authority whose keys are in this process. Seal it before it leaves the process.
func (a *Authority) Bytes() ([]byte, error) {
	file := authorityFile{Region: a.Region}
	for _, role := range []struct {
		signers []cose.Signer
		to      *[][]byte
	}{{a.Roots, &file.Roots}, {a.Lists, &file.Lists}} {
		for _, signer := range role.signers {
			key, ok := signer.(*cose.PrivateKey)
			if !ok {
				return nil, fmt.Errorf("write the authority: its key %s is not in this process", signer.Public().ID())
			}
			b, err := key.Bytes()
			if err != nil {
				return nil, fmt.Errorf("write the authority: %w", err)
			}
			*role.to = append(*role.to, b)
		}
	}
	return cose.Marshal(file)
}

// ParseAuthority reads what Bytes wrote.
func ParseAuthority(b []byte) (*Authority, error) {
	var file authorityFile
	if err := cose.Unmarshal(b, &file); err != nil {
		return nil, fmt.Errorf("read the authority: %w", err)
	}
	if len(file.Roots) == 0 || len(file.Lists) == 0 {
		return nil, errors.New("read the authority: it has no root key or no list key")
	}
	a := &Authority{Region: file.Region}
	for _, role := range []struct {
		from    [][]byte
		signers *[]cose.Signer
	}{{file.Roots, &a.Roots}, {file.Lists, &a.Lists}} {
		for _, key := range role.from {
			signer, err := cose.ParsePrivateKey(key)
			if err != nil {
				return nil, fmt.Errorf("read the authority: %w", err)
			}
			*role.signers = append(*role.signers, signer)
		}
	}
	return a, nil
}

// KeyPlan says what a new key is for and when. The times are unix seconds, whole minutes.
type KeyPlan struct {
	Purpose    trust.Purpose
	Prefecture uint32 // GB/T 2260, 0 for the whole region
	Algorithm  cose.Algorithm
	State      trust.KeyState // Published or Standby
	UseFrom    int64
	UseUntil   int64
}

// NewKey is a generated key: the entry for the key list, and the private half for whoever will sign with it.
type NewKey struct {
	Entry   trust.IssuerKey
	Private *cose.PrivateKey
}

// GenerateKey makes a key as planned. What it signs can be verified until the last of it has expired.
func GenerateKey(plan KeyPlan, policy trust.Policy, rand io.Reader) (NewKey, error) {
	if plan.State != trust.Published && plan.State != trust.Standby {
		return NewKey{}, fmt.Errorf("make a key of purpose %s: it begins as published or standby, not %s", plan.Purpose, plan.State)
	}
	if plan.UseFrom%60 != 0 || plan.UseUntil%60 != 0 || plan.UseUntil <= plan.UseFrom {
		return NewKey{}, fmt.Errorf("make a key of purpose %s: its use window %s to %s must be whole minutes and end after it begins",
			plan.Purpose, stamp(plan.UseFrom), stamp(plan.UseUntil))
	}
	private, err := cose.Generate(plan.Algorithm, rand)
	if err != nil {
		return NewKey{}, fmt.Errorf("make a key of purpose %s: %w", plan.Purpose, err)
	}
	verifyUntil := plan.UseUntil + int64((outlives(policy, plan.Purpose)+credential.Skew)/time.Second)
	return NewKey{Private: private, Entry: trust.IssuerKey{
		Key: private.Public(), Purpose: plan.Purpose, State: plan.State, Prefecture: plan.Prefecture,
		UseFrom: plan.UseFrom, UseUntil: plan.UseUntil, VerifyUntil: verifyUntil,
	}}, nil
}

// outlives is how long after its signing something may still have to be verified.
func outlives(policy trust.Policy, purpose trust.Purpose) time.Duration {
	switch purpose {
	case trust.Phone, trust.Paper:
		return policy.Lifetime(purpose)
	case trust.SnapshotKey, trust.Venue:
		return policy.HardAge
	}
	return 366 * 24 * time.Hour // rules, notices and the log are looked up long after
}

// DemoKeys makes what a region needs to begin: for every purpose one key to use from now on and one standby, both for two
// years. The algorithm is that of phone and paper keys; the others are Ed25519.
func DemoKeys(alg cose.Algorithm, policy trust.Policy, at time.Time, rand io.Reader) ([]NewKey, error) {
	from := at.Unix() - at.Unix()%60
	var out []NewKey
	for _, purpose := range trust.Purposes() {
		for _, state := range []trust.KeyState{trust.Published, trust.Standby} {
			plan := KeyPlan{Purpose: purpose, Algorithm: cose.Ed25519, State: state, UseFrom: from, UseUntil: from + 2*366*24*3600}
			if purpose == trust.Phone || purpose == trust.Paper {
				plan.Algorithm = alg
			}
			key, err := GenerateKey(plan, policy, rand)
			if err != nil {
				return nil, err
			}
			out = append(out, key)
		}
	}
	return out, nil
}
