package claim169

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"

	"healthcode.example/crypto/cose"
	"healthcode.example/trust"

	"github.com/lestrrat-go/jwx/v3/jwk"
)

const (
	maxKeyFile = 1 << 20 // bytes
	maxKeys    = 1024
	maxKeyID   = 64 // bytes: what a partner's entry holds
)

// Skipped names a key that could not be used. The others count.
type Skipped struct {
	Index int    // in the file, from 0
	KeyID string // as the file writes it, or empty
	Err   error
}

// ImportKeys reads the keys of one issuer, which the caller has by a way that it trusts: PEM blocks of public keys or certificates, a JWK, or a
// JWK Set (RFC 7517). The kid of a JWK is the kid of the codes as bytes of its text; a key of PEM has none, and serves codes that name none or
// its thumbprint (RFC 9679). A certificate's end becomes the key's end. What cannot be used is skipped and named.
func ImportKeys(file []byte) ([]trust.PartnerKey, []Skipped, error) {
	if len(file) > maxKeyFile {
		return nil, nil, fmt.Errorf("issuer's keys: %d bytes, at most %d", len(file), maxKeyFile)
	}
	read, n, err := reader(file)
	if err != nil {
		return nil, nil, fmt.Errorf("issuer's keys: %w", err)
	}
	if n > maxKeys {
		return nil, nil, fmt.Errorf("issuer's keys: %d, at most %d", n, maxKeys)
	}
	var keys []trust.PartnerKey
	var skipped []Skipped
	for i := range n {
		k, kid, err := read(i)
		if err == nil && slices.ContainsFunc(keys, func(o trust.PartnerKey) bool { return o.Key.Equal(k.Key) && bytes.Equal(o.KeyID, k.KeyID) }) {
			err = errors.New("the key stands twice")
		}
		if err != nil {
			skipped = append(skipped, Skipped{i, kid, err})
			continue
		}
		k.Purposes = []trust.Purpose{trust.Paper}
		keys = append(keys, k)
	}
	if len(keys) == 0 {
		return nil, skipped, fmt.Errorf("issuer's keys: none of %d could be used", n)
	}
	return keys, skipped, nil
}

// reader gives how many keys the file has, and how each is read.
func reader(file []byte) (read func(i int) (trust.PartnerKey, string, error), n int, err error) {
	if !bytes.HasPrefix(bytes.TrimLeft(file, " \t\r\n"), []byte("{")) {
		var blocks []*pem.Block
		for block, rest := pem.Decode(file); block != nil; block, rest = pem.Decode(rest) {
			blocks = append(blocks, block)
		}
		if len(blocks) == 0 {
			return nil, 0, errors.New("neither PEM nor JSON: give the issuer's public key")
		}
		return func(i int) (trust.PartnerKey, string, error) { return readPEM(blocks[i]) }, len(blocks), nil
	}
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(file, &set); err != nil {
		return nil, 0, err
	}
	if set.Keys == nil {
		set.Keys = []json.RawMessage{file}
	}
	return func(i int) (trust.PartnerKey, string, error) { return readJWK(set.Keys[i]) }, len(set.Keys), nil
}

func readPEM(block *pem.Block) (k trust.PartnerKey, _ string, err error) {
	var public any
	switch block.Type {
	case "PUBLIC KEY":
		public, err = x509.ParsePKIXPublicKey(block.Bytes)
	case "CERTIFICATE":
		cert, fault := x509.ParseCertificate(block.Bytes)
		if err = fault; err == nil {
			public, k.Until = cert.PublicKey, max(cert.NotAfter.Unix()+1, 1)
		}
	default:
		return k, "", fmt.Errorf("a block of type %.32q, want PUBLIC KEY or CERTIFICATE", block.Type)
	}
	if err != nil {
		return k, "", err
	}
	k.Until = min(k.Until, maxTime)
	k.Key, err = publicKey(public)
	return k, "", err
}

func readJWK(raw []byte) (k trust.PartnerKey, kid string, err error) {
	var head struct {
		KeyID   string          `json:"kid"`
		Use     string          `json:"use"`
		Private json.RawMessage `json:"d"`
	}
	if err := json.Unmarshal(raw, &head); err != nil {
		return k, "", errors.New("not a JSON object with texts for kid and use")
	}
	switch {
	case len(head.KeyID) > maxKeyID:
		return k, "", fmt.Errorf("kid of %d bytes, at most %d", len(head.KeyID), maxKeyID)
	case head.Private != nil:
		return k, head.KeyID, errors.New("it holds a private part: whoever published it has lost the key")
	case head.Use != "" && head.Use != "sig":
		return k, head.KeyID, errors.New("its use is not sig")
	}
	key, err := jwk.ParseKey(raw)
	if err != nil {
		return k, head.KeyID, errors.New("not a JWK of a kind that is known")
	}
	var public any
	if err := jwk.Export(key, &public); err != nil {
		return k, head.KeyID, errors.New("its key is broken")
	}
	if head.KeyID != "" {
		k.KeyID = []byte(head.KeyID)
	}
	k.Key, err = publicKey(public)
	return k, head.KeyID, err
}

func publicKey(public any) (*cose.PublicKey, error) {
	switch p := public.(type) {
	case ed25519.PublicKey:
		return cose.NewEd25519(p)
	case *ecdsa.PublicKey:
		return cose.NewES256(p) // P-256 only
	case *rsa.PublicKey:
		return cose.NewPS256(p)
	}
	return nil, fmt.Errorf("%w: %T is neither Ed25519, P-256 nor RSA", cose.ErrKey, public)
}
