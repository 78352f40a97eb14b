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

	"healthcode.example/trust"
)

// maxList bounds a national list in bytes; that of 2022 had 1.2 MB.
const maxList = 16 << 20

// Skipped names a certificate of a list that could not be used. The rest of the list counts.
type Skipped struct {
	Country string
	KeyID   string // base64, as the list writes it
	Err     error
}

// List is a national list of signers, sorted into the countries for which they may speak: a key of one country can never vouch for another's.
type List struct {
	Keys    map[string][]trust.PartnerKey // by ISO 3166-1 country
	Skipped []Skipped
}

// signedList is the second line of the German list.
type signedList struct {
	Certificates []struct {
		Type    string `json:"certificateType"`
		Country string `json:"country"`
		KeyID   string `json:"kid"`
		Raw     string `json:"rawData"`
	} `json:"certificates"`
}

// ImportList reads the list of document signers as Germany publishes it: a line with the base64 of an ECDSA signature (r‖s), then JSON, which
// the signature is over. key is the list's own key as PEM, which the caller has by other means. A certificate that cannot be used is skipped
// and named; a wrong signature voids everything.
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
	var s signedList
	if err := json.Unmarshal(body, &s); err != nil {
		return nil, fmt.Errorf("list of signers: %w", err)
	}
	out := &List{Keys: make(map[string][]trust.PartnerKey)}
	for _, c := range s.Certificates {
		if err := out.add(c.Country, c.KeyID, c.Raw); err != nil {
			out.Skipped = append(out.Skipped, Skipped{c.Country, c.KeyID, err})
		}
	}
	if len(out.Keys) == 0 {
		return nil, fmt.Errorf("list of signers: none of %d certificates could be used", len(s.Certificates))
	}
	return out, nil
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

func (l *List) add(country, kid, raw string) error {
	der, err := base64.StdEncoding.DecodeString(raw)
	if err != nil {
		return fmt.Errorf("certificate: %w", err)
	}
	k, err := PartnerKey(der)
	if err != nil {
		return err
	}
	if len(country) != 2 {
		return fmt.Errorf("country %.8q is not two letters", country)
	}
	if id, err := base64.StdEncoding.DecodeString(kid); err != nil || !bytes.Equal(id, k.KeyID) {
		return errors.New("the kid is not that of the certificate")
	}
	if slices.ContainsFunc(l.Keys[country], func(o trust.PartnerKey) bool { return o.Key.Equal(k.Key) && bytes.Equal(o.KeyID, k.KeyID) }) {
		return errors.New("it stands twice")
	}
	l.Keys[country] = append(l.Keys[country], k)
	return nil
}
