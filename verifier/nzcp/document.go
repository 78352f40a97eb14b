package nzcp

import (
	"bytes"
	"crypto/ecdsa"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"healthcode.example/crypto/cose"
	"healthcode.example/crypto/strictjson"
	"healthcode.example/trust"

	"github.com/lestrrat-go/jwx/v3/jwk"
)

const (
	maxDocument = 1 << 20 // bytes
	maxMethods  = 256
	maxKeyID    = 64 // bytes: what a partner's entry holds
)

// Skipped names an entry of the document that could not be used. The rest of the document counts.
type Skipped struct {
	Index int    // in the list that List names, from 0
	List  string // verificationMethod or assertionMethod
	ID    string // as the document writes it, or empty
	Err   error
}

// Document is what a DID document gives: the issuer and its keys.
type Document struct {
	Issuer  string
	Keys    []trust.PartnerKey
	Skipped []Skipped
}

// Lists of a DID document (W3C DID Core §5) that the pass's specification (§6) uses.
const (
	methodList    = "verificationMethod"
	assertionList = "assertionMethod"
)

// didWeb is the syntax of DIDs (W3C DID Core §3.1) as the method uses it: a host, perhaps with %3A and a port, and parts of a path. A host has one name in
// small letters here, since a pass counts only if its issuer is letter for letter that of the entry; one of other letters is written as xn--….
var didWeb = regexp.MustCompile(`^did:web:[0-9a-z_-]+(\.[0-9a-z_-]+)*(%3[Aa][0-9]+)?(:([0-9A-Za-z._-]|%[0-9A-Fa-f]{2})+)*$`)

// method is an element of verificationMethod.
type method struct {
	ID         string          `json:"id"`
	Controller string          `json:"controller"`
	JWK        json.RawMessage `json:"publicKeyJwk"`
}

// ImportDocument reads a did:web document that the caller has fetched, over a channel that it trusts, from the place that issuer names. Only
// keys that the document lists for assertions count. An entry that cannot be used is skipped and named, and so are all of several methods with
// different keys and one id: nobody could say which of them is meant.
func ImportDocument(document []byte, issuer string) (*Document, error) {
	if len(document) > maxDocument {
		return nil, fmt.Errorf("DID document: %d bytes, at most %d", len(document), maxDocument)
	}
	members, err := strictjson.Members(document)
	if err != nil {
		return nil, fmt.Errorf("DID document: %w", err)
	}
	var id string
	if json.Unmarshal(members["id"], &id) != nil || id != issuer {
		return nil, errors.New("DID document: it is of another issuer than the did:web that was asked for")
	}
	if !didWeb.MatchString(issuer) {
		return nil, fmt.Errorf("DID document: %+.80q is no did:web with a host in small letters", issuer)
	}
	lists := make(map[string][]json.RawMessage)
	for _, name := range []string{methodList, assertionList} {
		if lists[name], err = strictjson.Elements(members[name]); err != nil {
			return nil, fmt.Errorf("DID document: %s: %w", name, err)
		}
		if len(lists[name]) > maxMethods {
			return nil, fmt.Errorf("DID document: %d entries under %s, at most %d", len(lists[name]), name, maxMethods)
		}
	}
	out := &Document{Issuer: issuer}
	out.addMethods(lists[methodList], out.assertions(lists[assertionList]))
	if len(out.Keys) > 0 {
		return out, nil
	}
	for _, s := range out.Skipped {
		if s.List == methodList {
			return nil, fmt.Errorf("DID document: none of %d verification methods could be used; the first: %w", len(lists[methodList]), s.Err)
		}
	}
	return nil, errors.New("DID document: there is no verification method in it")
}

// assertions are the ids of the methods that the document lists for assertions. A method that is written out there (DID Core §5.3.2) is not one
// of verificationMethod, where the pass's specification looks for keys (§6.3).
func (d *Document) assertions(list []json.RawMessage) (ids []string) {
	for i, raw := range list {
		id := ""
		if json.Unmarshal(raw, &id) != nil || id == "" {
			d.Skipped = append(d.Skipped, Skipped{i, assertionList, "", errors.New("not the id of a verification method")})
			continue
		}
		ids = append(ids, id)
	}
	return ids
}

func (d *Document) addMethods(list []json.RawMessage, assertions []string) {
	methods, keys, faults := make([]method, len(list)), make([]trust.PartnerKey, len(list)), make([]error, len(list))
	for i, raw := range list {
		switch err := strictjson.Unmarshal(raw, &methods[i]); {
		case errors.Is(err, strictjson.ErrTwice):
			faults[i] = err
		case err != nil:
			faults[i] = errors.New("not an object with an id, a controller and a publicKeyJwk")
		default:
			keys[i], faults[i] = methods[i].key(d.Issuer, assertions)
		}
	}
	for i := range list {
		err := faults[i]
		for j := range list {
			switch {
			case err != nil || i == j || faults[j] != nil || !bytes.Equal(keys[i].KeyID, keys[j].KeyID):
			case !keys[i].Key.Equal(keys[j].Key):
				err = errors.New("another method has the same id and another key, so that nobody could say which of them is meant; all of them are left out")
			case j < i:
				err = errors.New("it stands twice")
			}
		}
		if err != nil {
			d.Skipped = append(d.Skipped, Skipped{i, methodList, methods[i].ID, err})
			continue
		}
		d.Keys = append(d.Keys, keys[i])
	}
}

// key reads the method, which must be one of the issuer's own document.
func (m *method) key(issuer string, assertions []string) (k trust.PartnerKey, err error) {
	name, ok := strings.CutPrefix(m.ID, issuer+"#")
	switch {
	case !ok || name == "" || len(name) > maxKeyID:
		return k, errors.New("its id is not one of this document, or too long")
	case m.Controller != issuer:
		return k, errors.New("its controller is another")
	case !slices.Contains(assertions, m.ID):
		return k, errors.New("the document does not list it for assertions")
	}
	return readJWK(name, m.JWK)
}

func readJWK(name string, raw []byte) (k trust.PartnerKey, err error) {
	var head struct {
		Algorithm string          `json:"alg"`
		Use       string          `json:"use"`
		Private   json.RawMessage `json:"d"`
	}
	switch err := strictjson.Unmarshal(raw, &head); {
	case err != nil:
		return k, fmt.Errorf("public key: %w", err)
	case head.Private != nil:
		return k, errors.New("public key: it holds a private part: whoever published it has lost the key")
	case head.Algorithm != "" && head.Algorithm != "ES256", head.Use != "" && head.Use != "sig":
		return k, errors.New("public key: it is not for ES256 signatures")
	}
	key, err := jwk.ParseKey(raw)
	if err != nil {
		return k, errors.New("public key: not a JWK of a kind that is known")
	}
	var public ecdsa.PublicKey
	if err := jwk.Export(key, &public); err != nil {
		return k, errors.New("public key: not an elliptic curve key")
	}
	k = trust.PartnerKey{KeyID: []byte(name), Purposes: []trust.Purpose{trust.Paper}}
	k.Key, err = cose.NewES256(&public)
	return k, err
}
