package trust

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"healthcode.example/credential"
	"healthcode.example/crypto/cose"

	"github.com/fxamacker/cbor/v2"
)

// Types of the signed objects of this package.
const (
	TypeRoot     = "yk/root"
	TypeKeyList  = "yk/keys"
	TypeSnapshot = "yk/snap"
)

// Root says who may sign what: the role at the bottom of all trust, signed k of n, offline, for years.
//
//	root = { 1: version, 2: expires, 3: region, ? 4: demo (true), 5: role, 6: role }   ; 5: root itself, 6: key list
//	role = [ threshold, [ 1*16 COSE_Key ] ]
//
// Version n+1 is signed by the thresholds of both n and n+1.
type Root struct {
	Version       uint64
	ExpiresAt     int64  // Unix seconds
	Region        string // ISO 3166-2
	Demo          bool   // one machine holds all roles; a production verifier refuses it
	Threshold     int
	RootKeys      []*cose.PublicKey
	ListThreshold int
	ListKeys      []*cose.PublicKey
}

type wireRoot struct {
	Version uint64   `cbor:"1,keyasint"`
	Expires int64    `cbor:"2,keyasint"`
	Region  string   `cbor:"3,keyasint"`
	Demo    bool     `cbor:"4,keyasint,omitempty"`
	Root    wireRole `cbor:"5,keyasint"`
	List    wireRole `cbor:"6,keyasint"`
}

type wireRole struct {
	_         struct{} `cbor:",toarray"`
	Threshold uint64
	Keys      []cbor.RawMessage
}

func (r *Root) validate() error {
	switch {
	case r.Version == 0 || r.Version > MaxVersion:
		return fmt.Errorf("root version %d out of range", r.Version)
	case r.ExpiresAt <= 0 || r.ExpiresAt > maxTime:
		return fmt.Errorf("root expiry out of range")
	case !credential.ValidIssuer(r.Region):
		return fmt.Errorf("root region %.8q is not an ISO 3166-2 code", r.Region)
	}
	if err := validRole("root", r.Threshold, r.RootKeys); err != nil {
		return err
	}
	return validRole("key list", r.ListThreshold, r.ListKeys)
}

func validRole(name string, threshold int, keys []*cose.PublicKey) error {
	if len(keys) == 0 || len(keys) > maxRoleKeys || threshold < 1 || threshold > len(keys) {
		return fmt.Errorf("%s role asks %d signatures of %d keys", name, threshold, len(keys))
	}
	for i, k := range keys {
		if k.Algorithm() == cose.PS256 {
			return fmt.Errorf("%s role names key %v: no object of ours is signed with RSA", name, k.ID())
		}
		if slices.ContainsFunc(keys[:i], func(o *cose.PublicKey) bool { return o.ID() == k.ID() }) {
			return fmt.Errorf("%s role names key %v twice", name, k.ID())
		}
	}
	return nil
}

func (w wireRole) read() (int, []*cose.PublicKey, error) {
	if len(w.Keys) > maxRoleKeys || w.Threshold > maxRoleKeys {
		return 0, nil, fmt.Errorf("role of %d keys, want at most %d", len(w.Keys), maxRoleKeys)
	}
	keys := make([]*cose.PublicKey, len(w.Keys))
	for i, raw := range w.Keys {
		k, err := cose.ParseKey(raw)
		if err != nil {
			return 0, nil, err
		}
		keys[i] = k
	}
	return int(w.Threshold), keys, nil
}

func writeRole(threshold int, keys []*cose.PublicKey) wireRole {
	w := wireRole{Threshold: uint64(threshold)}
	for _, k := range keys {
		w.Keys = append(w.Keys, k.Bytes())
	}
	return w
}

// SignRoot writes the root with a signature of each signer: COSE_Sign, typ yk/root.
func SignRoot(r *Root, signers ...cose.Signer) ([]byte, error) {
	if err := r.validate(); err != nil {
		return nil, fmt.Errorf("sign root: %w", err)
	}
	payload, err := cose.Marshal(wireRoot{r.Version, r.ExpiresAt, r.Region, r.Demo, writeRole(r.Threshold, r.RootKeys), writeRole(r.ListThreshold, r.ListKeys)})
	if err != nil {
		return nil, fmt.Errorf("sign root: %w", err)
	}
	return cose.SignSign(TypeRoot, payload, signers...)
}

// signedRoot is a root as it was received.
type signedRoot struct {
	raw     []byte
	message *cose.Sign
	root    *Root
}

func parseRoot(raw []byte) (*signedRoot, error) {
	m, err := cose.ParseSign(raw)
	if err != nil {
		return nil, fmt.Errorf("%w: root: %v", ErrFormat, err)
	}
	if m.Type != TypeRoot {
		return nil, fmt.Errorf("%w: root: typ is not %s", ErrFormat, TypeRoot)
	}
	var w wireRoot
	if err := cose.Unmarshal(m.Payload, &w); err != nil {
		return nil, fmt.Errorf("%w: root: %v", ErrFormat, err)
	}
	r := &Root{Version: w.Version, ExpiresAt: w.Expires, Region: w.Region, Demo: w.Demo}
	if r.Threshold, r.RootKeys, err = w.Root.read(); err == nil {
		r.ListThreshold, r.ListKeys, err = w.List.read()
	}
	if err == nil {
		err = r.validate()
	}
	if err != nil {
		return nil, fmt.Errorf("%w: root: %v", ErrFormat, err)
	}
	return &signedRoot{raw, m, r}, nil
}

// fingerprint is what people compare by voice: SHA-256 over the signed payload, so that another signature on the same root changes nothing.
func (s *signedRoot) fingerprint() string {
	sum := s.print()
	return hex.EncodeToString(sum[:])
}

func (s *signedRoot) print() [32]byte { return sha256.Sum256(s.message.Payload) }

// RootFingerprint gives 64 hexadecimal digits for a signed root.
func RootFingerprint(root []byte) (string, error) {
	s, err := parseRoot(root)
	if err != nil {
		return "", err
	}
	return s.fingerprint(), nil
}

// NormalFingerprint strips the separators that people put into a fingerprint; ok is false if it is not one.
func NormalFingerprint(s string) (fingerprint string, ok bool) {
	s = strings.ToLower(strings.NewReplacer(" ", "", ":", "", "-", "").Replace(strings.TrimSpace(s)))
	b, err := hex.DecodeString(s)
	return s, err == nil && len(b) == sha256.Size
}
