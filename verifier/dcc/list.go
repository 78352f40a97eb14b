package dcc

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"healthcode.example/crypto/strictjson"
	"healthcode.example/trust"
)

// Bounds of a national list in bytes and certificates; that of 2022 had 1.2 MB and 610. No key list of ours holds more than 8192 keys of partners.
const (
	maxList          = 16 << 20
	maxEntriesOfList = 1 << 14
)

// documentSigner is the certificateType of what signs codes; a list of the gateway may have authorities and others beside them.
const documentSigner = "DSC"

// Skipped names an entry of a list that could not be used. The rest of the list counts.
type Skipped struct {
	Index   int    // in the list, from 0
	Country string // as the list writes it, or empty
	KeyID   string // base64, as the list writes it, or empty
	Err     error
}

// List is a national list of signers, sorted into the countries for which they may speak: a key of one country can never vouch for another's.
type List struct {
	Keys    map[string][]trust.PartnerKey // by ISO 3166-1 country
	Skipped []Skipped
}

// listEntry is one element of "certificates" in the second line of the German list.
type listEntry struct {
	kind    string // certificateType
	country string
	keyID   string // kid
	raw     string // rawData: base64 of DER
}

// readEntry fills in what it can, so that an entry that is broken can be named.
func readEntry(text []byte) (e listEntry, err error) {
	members, err := strictjson.Members(text)
	if err != nil {
		return e, err
	}
	for _, field := range []struct {
		name string
		to   *string
	}{{"rawData", &e.raw}, {"kid", &e.keyID}, {"country", &e.country}, {"certificateType", &e.kind}} {
		if json.Unmarshal(members[field.name], field.to) != nil {
			err = fmt.Errorf("its %s is missing or no text", field.name)
		}
	}
	return e, err
}

// ImportList reads the list of document signers as Germany publishes it: a line with the base64 of an ECDSA signature (r‖s), then JSON, which
// the signature is over. key is the list's own key as PEM, which the caller has by other means. An entry that cannot be used is skipped
// and named; a wrong signature voids everything. Signers that have ended or not begun are taken over with their times.
//
// A country's own authority (CSCA) is no signer, though it stands among them, unless the country has no other: early editions of the specification
// let a country sign with one self-signed certificate.
func ImportList(list, key []byte) (*List, error) {
	if len(list) > maxList {
		return nil, fmt.Errorf("list of signers: %d bytes, at most %d", len(list), maxList)
	}
	head, body, ok := bytes.Cut(list, []byte("\n"))
	if !ok {
		return nil, errors.New("list of signers: it has no line with a signature before the JSON")
	}
	if err := checkList(head, body, key); err != nil {
		return nil, fmt.Errorf("list of signers: %w", err)
	}
	members, err := strictjson.Members(body)
	if err != nil {
		return nil, fmt.Errorf("list of signers: %w", err)
	}
	entries, err := strictjson.Elements(members["certificates"])
	if err != nil {
		return nil, fmt.Errorf("list of signers: certificates: %w", err)
	}
	if len(entries) > maxEntriesOfList {
		return nil, fmt.Errorf("list of signers: %d certificates, at most %d", len(entries), maxEntriesOfList)
	}
	out := &List{Keys: make(map[string][]trust.PartnerKey)}
	out.addAll(entries)
	switch {
	case len(entries) == 0:
		return nil, errors.New("list of signers: there is no certificate in it")
	case len(out.Keys) == 0:
		return nil, fmt.Errorf("list of signers: none of %d certificates could be used; the first: %w", len(entries), out.Skipped[0].Err)
	}
	return out, nil
}

// addAll takes over what can be used, when it is known which countries have signers beside an authority.
func (l *List) addAll(entries []json.RawMessage) {
	read, faults := make([]listEntry, len(entries)), make([]error, len(entries))
	signers, have := make([]*Signer, len(entries)), make(map[string]bool)
	for i, text := range entries {
		if read[i], faults[i] = readEntry(text); faults[i] == nil {
			signers[i], faults[i] = read[i].signer()
		}
		if faults[i] == nil && !signers[i].Authority {
			have[read[i].country] = true
		}
	}
	for i, e := range read {
		err := faults[i]
		switch {
		case err != nil:
		case signers[i].Authority && have[e.country]:
			err = errors.New("it is the country's authority: its key signs certificates, and others in the list sign codes")
		default:
			err = l.add(e.country, signers[i])
		}
		if err != nil {
			l.Skipped = append(l.Skipped, Skipped{i, e.country, e.keyID, err})
		}
	}
}

func checkList(head, body, key []byte) error {
	block, _ := pem.Decode(key)
	if block == nil {
		return errors.New("the list's key is not PEM")
	}
	pub, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return fmt.Errorf("the list's key: %w", err)
	}
	ec, ok := pub.(*ecdsa.PublicKey)
	if !ok {
		return fmt.Errorf("the list's key is %T, want ECDSA", pub)
	}
	signature, err := base64.StdEncoding.DecodeString(string(bytes.TrimSpace(head)))
	if err != nil || len(signature) != 64 {
		return errors.New("the first line is not the base64 of a signature of 64 bytes")
	}
	digest := sha256.Sum256(body)
	if !ecdsa.Verify(ec, digest[:], new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])) {
		return errors.New("the signature does not match: the list was altered, or the key is another's")
	}
	return nil
}

// signer reads the certificate of the entry.
func (e *listEntry) signer() (*Signer, error) {
	if e.kind != documentSigner {
		return nil, fmt.Errorf("it is of type %.16q, and signers of codes are of type %s", e.kind, documentSigner)
	}
	if len(e.country) != 2 || strings.Trim(e.country, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return nil, fmt.Errorf("country %.8q is not two capital letters (ISO 3166-1)", e.country)
	}
	der, err := base64.StdEncoding.DecodeString(e.raw)
	if err != nil {
		return nil, errors.New("certificate: rawData is not base64")
	}
	s, err := ParseSigner(der)
	if err != nil {
		return nil, err
	}
	if id, err := base64.StdEncoding.DecodeString(e.keyID); err != nil || !bytes.Equal(id, s.KeyID) {
		return nil, errors.New("the kid is not that of the certificate")
	}
	return s, nil
}

func (l *List) add(country string, s *Signer) error {
	k, err := s.PartnerKey()
	if err != nil {
		return err
	}
	if slices.ContainsFunc(l.Keys[country], func(o trust.PartnerKey) bool { return o.Key.Equal(k.Key) && bytes.Equal(o.KeyID, k.KeyID) }) {
		return errors.New("it stands twice")
	}
	l.Keys[country] = append(l.Keys[country], k)
	return nil
}
