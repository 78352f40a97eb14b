package trust

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"time"

	"healthcode.example/credential"
	"healthcode.example/crypto/cose"

	"github.com/fxamacker/cbor/v2"
)

// KeyList holds the issuer keys of the coming periods, the partners and the policy: signed offline by the key-list role of the root.
//
//	key-list = { 1: version, 2: issued, 3: expires, 4: region, 5: [ * issuer-key ], ? 6: [ 1* partner ], 7: policy }
type KeyList struct {
	Version   uint64
	IssuedAt  int64 // Unix seconds
	ExpiresAt int64
	Region    string
	Keys      []IssuerKey
	Partners  []Partner
	Policy    Policy
}

// IssuerKey is one key of the region with everything that ties it.
//
//	issuer-key = { 1: COSE_Key, 2: purpose, 3: state, 4: use-from, 5: use-until, 6: verify-until, ? 7: prefecture }
type IssuerKey struct {
	Key         *cose.PublicKey
	Purpose     Purpose
	State       KeyState
	Prefecture  uint32 // GB/T 2260 code of six digits; zero: the whole region
	UseFrom     int64  // Unix seconds: iat at or after this …
	UseUntil    int64  // … and before this
	VerifyUntil int64  // nothing under the key is good at or after this
}

type wireKeyList struct {
	Version  uint64          `cbor:"1,keyasint"`
	Issued   int64           `cbor:"2,keyasint"`
	Expires  int64           `cbor:"3,keyasint"`
	Region   string          `cbor:"4,keyasint"`
	Keys     []wireIssuerKey `cbor:"5,keyasint"`
	Partners []wirePartner   `cbor:"6,keyasint,omitempty"`
	Policy   wirePolicy      `cbor:"7,keyasint"`
}

type wireIssuerKey struct {
	Key         cbor.RawMessage `cbor:"1,keyasint"`
	Purpose     Purpose         `cbor:"2,keyasint"`
	State       KeyState        `cbor:"3,keyasint"`
	UseFrom     int64           `cbor:"4,keyasint"`
	UseUntil    int64           `cbor:"5,keyasint"`
	VerifyUntil int64           `cbor:"6,keyasint"`
	Prefecture  uint32          `cbor:"7,keyasint,omitempty"`
}

// Usable says whether the key list lets the key sign or have signed something dated at.
func (k *IssuerKey) Usable(at time.Time) bool {
	return k.State != Compromised && at.Unix() >= k.UseFrom && at.Unix() < k.UseUntil
}

func (k *IssuerKey) validate() error {
	switch {
	case k.Key == nil:
		return fmt.Errorf("an issuer key is missing")
	case k.Key.Algorithm() == cose.PS256:
		return fmt.Errorf("key %v: no object of ours is signed with RSA", k.Key.ID())
	case !k.Purpose.Valid() || !k.State.Valid():
		return fmt.Errorf("key %v: purpose %d or state %d is not in the registry", k.Key.ID(), k.Purpose, k.State)
	case k.UseFrom <= 0 || k.UseUntil <= k.UseFrom || k.VerifyUntil < k.UseUntil || k.VerifyUntil > maxTime:
		return fmt.Errorf("key %v: its times must be in the order use-from, use-until, verify-until", k.Key.ID())
	case k.Prefecture > 999999 || k.Prefecture != 0 && k.Prefecture < 100000:
		return fmt.Errorf("key %v: prefecture %d is not a code of six digits", k.Key.ID(), k.Prefecture)
	}
	return nil
}

func (l *KeyList) validate() error {
	switch {
	case l.Version == 0 || l.Version > MaxVersion:
		return fmt.Errorf("key list version %d out of range", l.Version)
	case l.IssuedAt <= 0 || l.ExpiresAt <= l.IssuedAt || l.ExpiresAt > maxTime:
		return fmt.Errorf("key list times out of range")
	case !credential.ValidIssuer(l.Region):
		return fmt.Errorf("key list region %.8q is not an ISO 3166-2 code", l.Region)
	case len(l.Keys) > maxKeys || len(l.Partners) > maxPartners:
		return fmt.Errorf("key list of %d keys and %d partners is too long", len(l.Keys), len(l.Partners))
	}
	owner := make(map[cose.KeyID]bool, len(l.Keys))
	for i := range l.Keys {
		if err := l.Keys[i].validate(); err != nil {
			return err
		}
		id := l.Keys[i].Key.ID()
		if owner[id] {
			return fmt.Errorf("key %v stands twice in the key list", id)
		}
		owner[id] = true
	}
	if err := l.validatePartners(owner); err != nil {
		return err
	}
	return l.Policy.validate()
}

// Find gives the key with the id, or nil.
func (l *KeyList) Find(id cose.KeyID) *IssuerKey {
	for i := range l.Keys {
		if l.Keys[i].Key.ID() == id {
			return &l.Keys[i]
		}
	}
	return nil
}

// SignKeyList writes the list with a signature of each signer: COSE_Sign, typ yk/keys.
func SignKeyList(l *KeyList, signers ...cose.Signer) ([]byte, error) {
	if err := l.validate(); err != nil {
		return nil, fmt.Errorf("sign key list: %w", err)
	}
	w := wireKeyList{Version: l.Version, Issued: l.IssuedAt, Expires: l.ExpiresAt, Region: l.Region, Policy: l.Policy.wire()}
	for _, k := range l.Keys {
		w.Keys = append(w.Keys, wireIssuerKey{k.Key.Bytes(), k.Purpose, k.State, k.UseFrom, k.UseUntil, k.VerifyUntil, k.Prefecture})
	}
	for i := range l.Partners {
		w.Partners = append(w.Partners, l.Partners[i].wire())
	}
	slices.SortFunc(w.Partners, comparePartners)
	payload, err := cose.Marshal(w)
	if err != nil {
		return nil, fmt.Errorf("sign key list: %w", err)
	}
	return cose.SignSign(TypeKeyList, payload, signers...)
}

// signedKeyList is a key list as it was received.
type signedKeyList struct {
	raw     []byte
	message *cose.Sign
	list    *KeyList
	hash    [32]byte // over the payload
}

func parseKeyList(raw []byte) (*signedKeyList, error) {
	m, err := cose.ParseSign(raw)
	if err != nil {
		return nil, fmt.Errorf("%w: key list: %v", ErrFormat, err)
	}
	if m.Type != TypeKeyList {
		return nil, fmt.Errorf("%w: key list: typ is not %s", ErrFormat, TypeKeyList)
	}
	var w wireKeyList
	if err := cose.Unmarshal(m.Payload, &w); err != nil {
		return nil, fmt.Errorf("%w: key list: %v", ErrFormat, err)
	}
	l, err := w.read()
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrFormat, err)
	}
	return &signedKeyList{raw, m, l, sha256.Sum256(m.Payload)}, nil
}

func (w *wireKeyList) partnerKeys() (n int) {
	for i := range w.Partners {
		n += len(w.Partners[i].Keys)
	}
	return n
}

func (w *wireKeyList) read() (*KeyList, error) {
	l := &KeyList{Version: w.Version, IssuedAt: w.Issued, ExpiresAt: w.Expires, Region: w.Region}
	if len(w.Keys) > maxKeys || len(w.Partners) > maxPartners {
		return nil, fmt.Errorf("key list of %d keys and %d partners is too long", len(w.Keys), len(w.Partners))
	}
	l.Keys = make([]IssuerKey, 0, len(w.Keys))
	for _, k := range w.Keys {
		key, err := cose.ParseKey(k.Key)
		if err != nil {
			return nil, err
		}
		l.Keys = append(l.Keys, IssuerKey{key, k.Purpose, k.State, k.Prefecture, k.UseFrom, k.UseUntil, k.VerifyUntil})
	}
	if !ascending(w.Partners, comparePartners) {
		return nil, fmt.Errorf("partners are not in the order of their names")
	}
	if n := w.partnerKeys(); n > maxKeys {
		return nil, fmt.Errorf("partners have %d keys, at most %d", n, maxKeys) // before any of them is read
	}
	for i := range w.Partners {
		p, err := w.Partners[i].read()
		if err != nil {
			return nil, err
		}
		l.Partners = append(l.Partners, p)
	}
	policy, err := w.Policy.read()
	if err != nil {
		return nil, err
	}
	l.Policy = policy
	return l, l.validate()
}
