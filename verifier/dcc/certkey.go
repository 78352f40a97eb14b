package dcc

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"slices"
	"time"

	"healthcode.example/crypto/cose"
	"healthcode.example/trust"
)

// KeyIDSize is the length of a kid: the first bytes of the SHA-256 of the signer's certificate.
const KeyIDSize = 8

// usages are the extended key usages of a signer (Volume 1 §3.3.2), under the registered arc and under the one that some countries took by
// mistake.
var usages = func() map[string]trust.Proof {
	m := make(map[string]trust.Proof)
	for _, arc := range []string{"1.3.6.1.4.1.1847.2021.1", "1.3.6.1.4.1.0.1847.2021.1"} {
		m[arc+".1"], m[arc+".2"], m[arc+".3"] = trust.Test, trust.Vaccination, trust.Recovery
	}
	return m
}()

// Signer is what the certificate of a document signer says.
type Signer struct {
	Key    *cose.PublicKey
	KeyID  []byte
	Until  int64         // Unix seconds; zero: it has no end
	Proofs []trust.Proof // what it may sign; empty: nothing
}

// ParseSigner takes the signer's certificate as DER.
func ParseSigner(der []byte) (*Signer, error) {
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("signer's certificate: %w", err)
	}
	key, err := publicKey(cert.PublicKey)
	if err != nil {
		return nil, fmt.Errorf("signer's certificate: %w", err)
	}
	until, err := end(cert.NotAfter)
	if err != nil {
		return nil, fmt.Errorf("signer's certificate: %w", err)
	}
	hash := sha256.Sum256(der)
	return &Signer{Key: key, KeyID: hash[:KeyIDSize], Until: until, Proofs: proofs(cert)}, nil
}

// PartnerKey takes the signer's certificate as DER. The certificate's end becomes the key's end.
func PartnerKey(der []byte) (trust.PartnerKey, error) {
	s, err := ParseSigner(der)
	if err != nil {
		return trust.PartnerKey{}, err
	}
	k := trust.PartnerKey{Key: s.Key, Purposes: []trust.Purpose{trust.Paper}, KeyID: s.KeyID, Until: s.Until, Proofs: s.Proofs}
	switch len(s.Proofs) {
	case 0:
		return trust.PartnerKey{}, errors.New("signer's certificate: its key usages are critical, and none is for health certificates")
	case len(everything):
		k.Proofs = nil
	}
	return k, nil
}

// noEnd is how a certificate says that it has none (RFC 5280 §4.1.2.5).
var noEnd = time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)

func end(notAfter time.Time) (int64, error) {
	switch {
	case notAfter.Unix() < 0:
		return 0, errors.New("it ended before 1970")
	case !notAfter.Before(noEnd):
		return 0, nil
	}
	return notAfter.Unix() + 1, nil
}

func publicKey(pub any) (*cose.PublicKey, error) {
	switch k := pub.(type) {
	case *ecdsa.PublicKey:
		return cose.NewES256(k) // P-256 only
	case *rsa.PublicKey:
		return cose.NewPS256(k)
	}
	return nil, fmt.Errorf("%w: %T is neither P-256 nor RSA", cose.ErrKey, pub)
}

var (
	everything     = []trust.Proof{trust.Test, trust.Vaccination, trust.Recovery}
	oidExtKeyUsage = asn1.ObjectIdentifier{2, 5, 29, 37}
)

// proofs reads the extended key usages. None, or an empty list of them, is all (Volume 1 §3.3.2), and so is a list of others that is not
// critical, as some countries' signers really have it (clientAuth, emailProtection). A critical list means what it says (RFC 5280 §4.2.1.12): where
// it names none of ours, the key is for something else.
func proofs(cert *x509.Certificate) (p []trust.Proof) {
	for _, oid := range cert.UnknownExtKeyUsage {
		if proof, ok := usages[oid.String()]; ok && !slices.Contains(p, proof) {
			p = append(p, proof)
		}
	}
	if len(p) > 0 {
		slices.Sort(p)
		return p
	}
	others := len(cert.UnknownExtKeyUsage)+len(cert.ExtKeyUsage) > 0
	for i := range cert.Extensions {
		if e := &cert.Extensions[i]; others && e.Critical && e.Id.Equal(oidExtKeyUsage) {
			return nil
		}
	}
	return slices.Clone(everything)
}
