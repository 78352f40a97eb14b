package api

import (
	"bytes"
	"crypto"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/lestrrat-go/jwx/v3/jwk"

	"healthcode.example/crypto/cose"
	"healthcode.example/crypto/strictjson"
)

// OfferedKeys is somebody else's signed list of keys. Its signature fits the signer that it names itself: whoever makes a list can say that of it, so
// that nothing of it counts until Signer has been compared with what its maker says.
type OfferedKeys struct {
	Issuer    string
	ExpiresAt int64 // Unix seconds
	Demo      bool
	Signer    string // the signing key's JWK thumbprint (RFC 7638, SHA-256), 64 hexadecimal digits
	Keys      []SetKey
	Skipped   []Skipped
}

// IsSignedKeys says whether the text has the form and the typ of a signed list of keys, as SignKeys writes it.
func IsSignedKeys(text []byte) bool {
	h, _, _, err := splitCompact(text)
	return err == nil && h.Type == TypeSignedKeys
}

// compactHeader is the protected header; members that only say where keys could be fetched (jku, x5u) are passed over.
type compactHeader struct {
	Algorithm string // alg
	KeyID     string // kid
	Type      string // typ
}

func readHeader(b []byte) (h compactHeader, err error) {
	members, err := strictjson.Members(b)
	if err != nil {
		return h, err
	}
	return h, errors.Join(take(members, "alg", &h.Algorithm), take(members, "kid", &h.KeyID), take(members, "typ", &h.Type))
}

// splitCompact takes a JWS apart (RFC 7515 §7.1). signed is what the signature is over.
func splitCompact(text []byte) (h compactHeader, signed, signature []byte, err error) {
	text = bytes.TrimSpace(text)
	parts := bytes.SplitN(text, []byte("."), 4)
	if len(parts) != 3 {
		return h, nil, nil, errors.New("it has not three parts: header, payload and signature")
	}
	header, err := base64.RawURLEncoding.Strict().DecodeString(string(parts[0]))
	if err != nil {
		return h, nil, nil, errors.New("its header is not base64url")
	}
	if h, err = readHeader(header); err != nil {
		return h, nil, nil, fmt.Errorf("its header: %w", err)
	}
	if signature, err = base64.RawURLEncoding.Strict().DecodeString(string(parts[2])); err != nil {
		return h, nil, nil, errors.New("its signature is not base64url")
	}
	return h, text[:len(parts[0])+1+len(parts[1])], signature, nil
}

// ReadSignedKeys reads a signed list of keys and checks its signature under the key among its signers that its header names.
func ReadSignedKeys(text []byte) (*OfferedKeys, error) {
	o, err := readSignedKeys(text)
	if err != nil {
		return nil, fmt.Errorf("read the signed list of keys: %w", err)
	}
	return o, nil
}

func readSignedKeys(text []byte) (*OfferedKeys, error) {
	h, signed, signature, err := splitCompact(text)
	if err != nil {
		return nil, err
	}
	if h.Type != TypeSignedKeys {
		return nil, fmt.Errorf("its typ is %.32q, not %s", h.Type, TypeSignedKeys)
	}
	payload, err := base64.RawURLEncoding.Strict().DecodeString(string(signed[bytes.IndexByte(signed, '.')+1:]))
	if err != nil {
		return nil, errors.New("its payload is not base64url")
	}
	members, err := strictjson.Members(payload)
	if err != nil {
		return nil, err
	}
	o := new(OfferedKeys)
	if err := errors.Join(take(members, "iss", &o.Issuer), take(members, "exp", &o.ExpiresAt), take(members, "demo", &o.Demo)); err != nil {
		return nil, err
	}
	if o.Signer, err = signerOf(members["signers"], h, signed, signature); err != nil {
		return nil, err
	}
	o.Keys, o.Skipped, err = readJWKs(members["keys"])
	return o, err
}

// signerOf finds the signer that the header names, checks its signature, and gives its thumbprint.
func signerOf(signers json.RawMessage, h compactHeader, signed, signature []byte) (thumbprint string, err error) {
	keys, _, err := readJWKs(signers)
	if err != nil {
		return "", fmt.Errorf("its signers: %w", err)
	}
	for _, k := range keys {
		if string(k.KeyID) != h.KeyID {
			continue
		}
		if !signsWith(k.Key, h.Algorithm) || !k.Key.Verify(signed, signature) {
			return "", fmt.Errorf("its signature is not that of the signer %.32q which it names: the file was damaged or changed", h.KeyID)
		}
		return KeyThumbprint(k.Key)
	}
	return "", fmt.Errorf("it names %.32q as its signer, which is not among its signers", h.KeyID)
}

// algorithmOf is the alg under which a key signs a JWS.
func algorithmOf(k *cose.PublicKey) string {
	if k.Algorithm() == cose.Ed25519 {
		return "EdDSA" // RFC 8037: readers know it, and not yet all of them the name Ed25519 of RFC 9864
	}
	return "ES256"
}

// signsWith says whether the alg is one of the key: by its own name (RFC 9864) or by that of RFC 8037.
func signsWith(k *cose.PublicKey, alg string) bool {
	return alg == algorithmOf(k) || alg == k.Algorithm().String()
}

// KeyThumbprint gives the JWK thumbprint of a key (RFC 7638, SHA-256) in 64 hexadecimal digits: what people compare by voice of the key that signs
// lists of keys.
func KeyThumbprint(k *cose.PublicKey) (string, error) {
	var raw any
	if ed, ok := k.Ed25519(); ok {
		raw = ed
	} else if ec, ok := k.ECDSA(); ok {
		raw = ec
	}
	key, err := jwk.Import(raw)
	if err != nil {
		return "", fmt.Errorf("thumbprint of key %s: %w", k.ID(), err)
	}
	sum, err := key.Thumbprint(crypto.SHA256)
	if err != nil {
		return "", fmt.Errorf("thumbprint of key %s: %w", k.ID(), err)
	}
	return hex.EncodeToString(sum), nil
}
