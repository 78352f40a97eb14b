package claim169

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"

	"healthcode.example/crypto/cose"
	"healthcode.example/crypto/strictjson"
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
// its thumbprint (RFC 9679). A certificate's times become the key's. What cannot be used is skipped and named, and so are all of several
// different keys that are for one algorithm and have one kid: nobody could say which of them is meant (RFC 7517 §4.5).
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
	all := make([]readKey, n)
	for i := range all {
		all[i].key, all[i].kid, all[i].err = read(i)
	}
	var keys []trust.PartnerKey
	var skipped []Skipped
	for i := range all {
		if err := keyFault(all, i); err != nil {
			skipped = append(skipped, Skipped{i, all[i].kid, err})
			continue
		}
		all[i].key.Purposes = []trust.Purpose{trust.Paper}
		keys = append(keys, all[i].key)
	}
	switch {
	case n == 0:
		return nil, nil, errors.New("issuer's keys: there is no key in it")
	case len(keys) == 0:
		return nil, skipped, fmt.Errorf("issuer's keys: none of %d could be used; the first: %w", n, skipped[0].Err)
	}
	return keys, skipped, nil
}

// readKey is one key of a file as it was read.
type readKey struct {
	key trust.PartnerKey
	kid string
	err error
}

// keyFault says why the key cannot be used, by itself or beside the others.
func keyFault(all []readKey, i int) error {
	if all[i].err != nil {
		return all[i].err
	}
	k := &all[i].key
	for j := range all {
		o := &all[j].key
		switch {
		case j == i || all[j].err != nil || !bytes.Equal(o.KeyID, k.KeyID):
		case o.Key.Equal(k.Key) && j < i:
			return errors.New("the key stands twice")
		case k.KeyID != nil && o.Key.Algorithm() == k.Key.Algorithm() && !o.Key.Equal(k.Key):
			return errors.New("another key has the same kid, so that nobody could say which of them is meant; all of them are left out")
		}
	}
	return nil
}

// reader gives how many keys the file has, and how each is read.
func reader(file []byte) (read func(i int) (trust.PartnerKey, string, error), n int, err error) {
	switch head := bytes.TrimLeft(file, " \t\r\n"); {
	case bytes.HasPrefix(head, []byte("[")):
		return nil, 0, errors.New(`an array: give the JWK Set as its object, {"keys": [ … ]}, or one JWK`)
	case !bytes.HasPrefix(head, []byte("{")):
		var blocks []*pem.Block
		for block, rest := pem.Decode(file); block != nil; block, rest = pem.Decode(rest) {
			blocks = append(blocks, block)
		}
		if len(blocks) == 0 {
			return nil, 0, errors.New("neither PEM nor JSON: give the issuer's public key")
		}
		return func(i int) (trust.PartnerKey, string, error) { return readPEM(blocks[i]) }, len(blocks), nil
	}
	members, err := strictjson.Members(file)
	if err != nil {
		return nil, 0, err
	}
	keys := []json.RawMessage{file}
	if set, ok := members["keys"]; ok {
		if keys, err = strictjson.Elements(set); err != nil {
			return nil, 0, fmt.Errorf("keys: %w", err)
		}
	}
	return func(i int) (trust.PartnerKey, string, error) { return readJWK(keys[i]) }, len(keys), nil
}

func readPEM(block *pem.Block) (k trust.PartnerKey, _ string, err error) {
	var public any
	switch block.Type {
	case "PUBLIC KEY":
		if public, err = x509.ParsePKIXPublicKey(block.Bytes); err != nil {
			return k, "", errors.New("not a public key (SubjectPublicKeyInfo in DER)")
		}
	case "CERTIFICATE":
		public, k.From, k.Until, err = readCertificate(block.Bytes)
	default:
		return k, "", fmt.Errorf("a block of type %.32q, want PUBLIC KEY or CERTIFICATE", block.Type)
	}
	if err != nil {
		return k, "", err
	}
	k.Key, err = publicKey(public)
	return k, "", err
}

// readCertificate gives the key, the first second in which it is good, and the first in which it is no more.
func readCertificate(der []byte) (public any, from, until int64, err error) {
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, 0, 0, err
	}
	restricted := false
	for i := range cert.Extensions {
		restricted = restricted || cert.Extensions[i].Id.Equal(oidKeyUsage)
	}
	if restricted && cert.KeyUsage&x509.KeyUsageDigitalSignature == 0 {
		return nil, 0, 0, errors.New("the certificate's key usage is not for digital signatures (RFC 5280 section 4.2.1.3)")
	}
	from, until = max(cert.NotBefore.Unix(), 0), min(max(cert.NotAfter.Unix()+1, 1), maxTime)
	if from >= until {
		return nil, 0, 0, errors.New("the certificate ends before it begins")
	}
	return cert.PublicKey, from, until, nil
}

func readJWK(raw []byte) (k trust.PartnerKey, kid string, err error) {
	var head struct {
		KeyID      string          `json:"kid"`
		Algorithm  string          `json:"alg"`
		Use        string          `json:"use"`
		Operations []string        `json:"key_ops"`
		Private    json.RawMessage `json:"d"`
	}
	if err := strictjson.Unmarshal(raw, &head); errors.Is(err, strictjson.ErrTwice) {
		return k, "", err
	} else if err != nil {
		return k, "", errors.New("not a JSON object with texts for kid, alg and use")
	}
	switch {
	case len(head.KeyID) > maxKeyID:
		return k, "", fmt.Errorf("kid of %d bytes, at most %d", len(head.KeyID), maxKeyID)
	case head.Private != nil:
		return k, head.KeyID, errors.New("it holds a private part: whoever published it has lost the key")
	case head.Use != "" && head.Use != "sig":
		return k, head.KeyID, errors.New("its use is not sig")
	case head.Operations != nil && !slices.Contains(head.Operations, "verify"):
		return k, head.KeyID, errors.New("its key_ops do not say verify")
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
	if k.Key, err = publicKey(public); err == nil && head.Algorithm != "" && !slices.Contains(algorithms[k.Key.Algorithm()], head.Algorithm) {
		err = fmt.Errorf("it is for another algorithm than %v", k.Key.Algorithm())
	}
	return k, head.KeyID, err
}

// algorithms are the names in JOSE of what a key is used for here (RFC 7518 §3.1, RFC 8037 §3.1, RFC 9864 §2).
var algorithms = map[cose.Algorithm][]string{cose.ES256: {"ES256"}, cose.Ed25519: {"EdDSA", "Ed25519"}, cose.PS256: {"PS256"}}

var oidKeyUsage = asn1.ObjectIdentifier{2, 5, 29, 15}

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
