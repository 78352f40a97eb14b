package api

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/fxamacker/cbor/v2"
	"github.com/lestrrat-go/jwx/v3/jwk"

	"healthcode.example/crypto/cose"
	"healthcode.example/crypto/strictjson"
	"healthcode.example/trust"
)

// MaxSetKeys bounds the keys of a set: a partner has at most so many in a key list.
const MaxSetKeys = 8192

// SetKey is one key of somebody else's key set, whose content nobody has vouched for.
type SetKey struct {
	Key     *cose.PublicKey
	KeyID   []byte        // the kid of the set, as its bytes or the bytes of its text; nil without one
	Purpose trust.Purpose // what our own member "purpose" says; zero without it
	Until   int64         // what our own member "verify_until" says, Unix seconds; zero without it
}

// Skipped is an element of a set that could not be used, and why. The others are kept: one new algorithm must not lock out a region.
type Skipped struct {
	Index int    // counted from 1
	Name  string // its kid, if it has one that can be read
	Why   string
}

// ReadJWKSet reads the signature keys of a JWK Set (RFC 7517 §5) for Ed25519 and P-256. Every URL in it (x5u, jku) is passed over: nothing is
// fetched because a set says so. Elements that are broken, private or of another kind are skipped and named; a set with a member twice is refused,
// since somebody else would read another one in it.
func ReadJWKSet(b []byte) ([]SetKey, []Skipped, error) {
	set, err := strictjson.Members(b)
	if err != nil {
		return nil, nil, fmt.Errorf("read the JWK Set: %w", err)
	}
	switch {
	case set["keys"] == nil && set["kty"] != nil:
		return nil, nil, errors.New(`read the JWK Set: this is one JWK, and a set is {"keys":[…]}: ask the partner for the set, and compare its fingerprint`)
	case set["keys"] == nil:
		return nil, nil, errors.New(`read the JWK Set: it has no member "keys"`)
	}
	keys, skipped, err := readJWKs(set["keys"])
	if err != nil {
		return nil, nil, fmt.Errorf("read the JWK Set: %w", err)
	}
	return keys, skipped, nil
}

// readJWKs reads an array of JWKs.
func readJWKs(b json.RawMessage) ([]SetKey, []Skipped, error) {
	list, err := strictjson.Elements(b)
	if err != nil {
		return nil, nil, errors.New("its keys are no array")
	}
	return readSet(len(list), func(n int) (SetKey, string, error) { return readJWK(list[n]) })
}

// take reads a member of an object into v, which stays as it is where there is none.
func take(members map[string]json.RawMessage, name string, v any) error {
	if raw := members[name]; raw != nil && json.Unmarshal(raw, v) != nil {
		return fmt.Errorf("its member %s is of another type", name)
	}
	return nil
}

// ReadCOSEKeySet reads the signature keys of a COSE_KeySet (RFC 9052 §7), as ReadJWKSet does.
func ReadCOSEKeySet(b []byte) ([]SetKey, []Skipped, error) {
	mode, err := cbor.DecOptions{DupMapKey: cbor.DupMapKeyEnforcedAPF, MaxArrayElements: MaxSetKeys, MaxNestedLevels: 8}.DecMode()
	if err != nil {
		return nil, nil, fmt.Errorf("read the COSE_KeySet: %w", err)
	}
	var set []cbor.RawMessage
	if err := mode.Unmarshal(b, &set); err != nil {
		return nil, nil, fmt.Errorf("read the COSE_KeySet: %w", err)
	}
	keys, skipped, err := readSet(len(set), func(n int) (SetKey, string, error) { return readCOSEKey(mode, set[n]) })
	if err != nil {
		return nil, nil, fmt.Errorf("read the COSE_KeySet: %w", err)
	}
	return keys, skipped, nil
}

func readSet(size int, read func(n int) (SetKey, string, error)) (keys []SetKey, skipped []Skipped, err error) {
	if size == 0 || size > MaxSetKeys {
		return nil, nil, fmt.Errorf("it has %d keys, want 1 to %d", size, MaxSetKeys)
	}
	seen := make(map[cose.KeyID]bool, size)
	for n := range size {
		key, kid, err := read(n)
		if err == nil && seen[key.Key.ID()] {
			err = errors.New("the same key stands in the set already")
		}
		if err != nil {
			skipped = append(skipped, Skipped{n + 1, kid, err.Error()})
			continue
		}
		seen[key.Key.ID()] = true
		keys = append(keys, key)
	}
	return keys, skipped, nil
}

// jwkMembers are those that are looked at apart from the key itself. Another type than ours in purpose or verify_until is somebody else's
// member of the same name.
type jwkMembers struct {
	ID      string   // kid
	Use     string   // use
	Alg     string   // alg
	Ops     []string // key_ops
	Purpose any      // purpose
	Until   any      // verify_until
}

func readJWK(b []byte) (k SetKey, kid string, err error) {
	members, err := strictjson.Members(b)
	if err != nil {
		return k, "", err
	}
	var m jwkMembers
	for _, part := range []struct {
		name  string
		value any
	}{{"kid", &m.ID}, {"use", &m.Use}, {"alg", &m.Alg}, {"key_ops", &m.Ops}, {"purpose", &m.Purpose}, {"verify_until", &m.Until}} {
		if err := take(members, part.name, part.value); err != nil {
			return k, m.ID, err
		}
	}
	switch {
	case members["d"] != nil:
		return k, m.ID, errors.New("it is a PRIVATE key: tell the partner, whose key it is, at once")
	case m.Use != "" && m.Use != "sig":
		return k, m.ID, errors.New("its use is not sig")
	case m.Ops != nil && !slices.Contains(m.Ops, "verify"):
		return k, m.ID, errors.New("its key_ops leave verify out")
	}
	parsed, err := jwk.ParseKey(b)
	if err != nil {
		return k, m.ID, errors.New("it is broken, or of a kind that is not known here")
	}
	if k.Key, err = exportJWK(parsed); err != nil {
		return k, m.ID, err
	}
	if m.Alg != "" && !signsWith(k.Key, m.Alg) {
		return k, m.ID, fmt.Errorf("its alg %.16q is not that of its curve", m.Alg)
	}
	if m.ID != "" {
		k.KeyID = []byte(m.ID)
	}
	if text, ok := m.Purpose.(string); ok {
		k.Purpose, _ = trust.ParsePurpose(text) // another word is not ours
	}
	if until, ok := m.Until.(float64); ok && until > 0 && until < 1<<40 {
		k.Until = int64(until)
	}
	return k, m.ID, nil
}

func exportJWK(key jwk.Key) (*cose.PublicKey, error) {
	var raw any
	if err := jwk.Export(key, &raw); err != nil {
		return nil, errors.New("it is broken")
	}
	switch raw := raw.(type) {
	case ed25519.PublicKey:
		return cose.NewEd25519(raw)
	case *ecdsa.PublicKey:
		return cose.NewES256(raw)
	}
	return nil, fmt.Errorf("its kty %s with this curve is not known here: Ed25519 and P-256 are", key.KeyType())
}

// readCOSEKey takes the kid, the algorithm and the operations off, which our own keys do not carry, and lets crypto/cose judge the rest.
func readCOSEKey(mode cbor.DecMode, b []byte) (k SetKey, kid string, err error) {
	var m struct {
		Type  int64           `cbor:"1,keyasint"`
		ID    []byte          `cbor:"2,keyasint"`
		Alg   int64           `cbor:"3,keyasint"`
		Ops   []int64         `cbor:"4,keyasint"`
		Curve int64           `cbor:"-1,keyasint"`
		X     []byte          `cbor:"-2,keyasint"`
		Y     cbor.RawMessage `cbor:"-3,keyasint"`
		D     cbor.RawMessage `cbor:"-4,keyasint"`
	}
	if err := mode.Unmarshal(b, &m); err != nil {
		return k, "", errors.New("it is broken, or of a kind that is not known here")
	}
	kid = fmt.Sprintf("%x", m.ID)
	ed, ec := m.Type == 1 && m.Curve == 6, m.Type == 2 && m.Curve == 1
	switch {
	case m.D != nil:
		return k, kid, errors.New("it is a PRIVATE key: tell the partner, whose key it is, at once")
	case m.Ops != nil && !slices.Contains(m.Ops, 2):
		return k, kid, errors.New("its key_ops leave verify out")
	case !ed && !ec, ed && m.Alg != 0 && m.Alg != -8 && m.Alg != -19, ec && m.Alg != 0 && m.Alg != -7 && m.Alg != -9:
		return k, kid, fmt.Errorf("kty %d, curve %d, alg %d is not known here: Ed25519 and ES256 on P-256 are", m.Type, m.Curve, m.Alg)
	}
	plain := map[int64]any{1: m.Type, -1: m.Curve, -2: m.X}
	if ec {
		plain[-3] = m.Y
	}
	encoded, err := cose.Marshal(plain)
	if err == nil {
		k.Key, err = cose.ParseKey(encoded)
	}
	if err != nil {
		return k, kid, errors.New("it is broken: no point of its curve")
	}
	k.KeyID = m.ID
	return k, kid, nil
}
