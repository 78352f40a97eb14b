package nzcp

import (
	"bytes"
	"crypto/ecdsa"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"healthcode.example/crypto/cose"
	"healthcode.example/trust"

	"github.com/lestrrat-go/jwx/v3/jwk"
)

const (
	maxDocument = 1 << 20 // bytes
	maxMethods  = 256
	maxKeyID    = 64 // bytes: what a partner's entry holds
)

// Skipped names a verification method that could not be used. The rest of the document counts.
type Skipped struct {
	ID  string
	Err error
}

// Document is what a DID document gives: the issuer and its keys.
type Document struct {
	Issuer  string
	Keys    []trust.PartnerKey
	Skipped []Skipped
}

// didDocument is the part of a DID document (W3C DID Core §5) that the pass's specification (§6) uses.
type didDocument struct {
	ID      string `json:"id"`
	Methods []struct {
		ID         string          `json:"id"`
		Controller string          `json:"controller"`
		Type       string          `json:"type"`
		JWK        json.RawMessage `json:"publicKeyJwk"`
	} `json:"verificationMethod"`
	Assertion []string `json:"assertionMethod"`
}

// ImportDocument reads a did:web document that the caller has fetched, over a channel that it trusts, from the place that issuer names. Only
// keys that the document lists for assertions count; one that cannot be used is skipped and named.
func ImportDocument(document []byte, issuer string) (*Document, error) {
	if len(document) > maxDocument {
		return nil, fmt.Errorf("DID document: %d bytes, at most %d", len(document), maxDocument)
	}
	var d didDocument
	if err := json.Unmarshal(document, &d); err != nil {
		return nil, fmt.Errorf("DID document: %w", err)
	}
	if d.ID != issuer || !strings.HasPrefix(issuer, "did:web:") {
		return nil, fmt.Errorf("DID document: it is of another issuer than the did:web that was asked for")
	}
	if len(d.Methods) > maxMethods {
		return nil, fmt.Errorf("DID document: %d verification methods, at most %d", len(d.Methods), maxMethods)
	}
	out := &Document{Issuer: issuer}
	for _, m := range d.Methods {
		k, err := method(&d, m.ID, m.Controller, m.JWK)
		if err == nil && slices.ContainsFunc(out.Keys, func(o trust.PartnerKey) bool { return o.Key.Equal(k.Key) || bytes.Equal(o.KeyID, k.KeyID) }) {
			err = errors.New("the key or its name stands twice")
		}
		if err != nil {
			out.Skipped = append(out.Skipped, Skipped{m.ID, err})
			continue
		}
		out.Keys = append(out.Keys, k)
	}
	if len(out.Keys) == 0 {
		return nil, fmt.Errorf("DID document: none of %d verification methods could be used", len(d.Methods))
	}
	return out, nil
}

func method(d *didDocument, id, controller string, raw []byte) (k trust.PartnerKey, err error) {
	name, ok := strings.CutPrefix(id, d.ID+"#")
	switch {
	case !ok || name == "" || len(name) > maxKeyID:
		return k, errors.New("its id is not one of this document, or too long")
	case controller != d.ID:
		return k, errors.New("its controller is another")
	case !slices.Contains(d.Assertion, id):
		return k, errors.New("the document does not list it for assertions")
	}
	key, err := jwk.ParseKey(raw)
	if err != nil {
		return k, fmt.Errorf("public key: %w", err)
	}
	var public ecdsa.PublicKey
	if err := jwk.Export(key, &public); err != nil {
		return k, fmt.Errorf("public key: %w", err)
	}
	k = trust.PartnerKey{KeyID: []byte(name), Purposes: []trust.Purpose{trust.Paper}}
	k.Key, err = cose.NewES256(&public)
	return k, err
}
