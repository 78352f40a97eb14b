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
// mistake. A certificate with none of them may sign everything.
var usages = func() map[string]trust.Proof {
	m := make(map[string]trust.Proof)
	for _, arc := range []string{"1.3.6.1.4.1.1847.2021.1", "1.3.6.1.4.1.0.1847.2021.1"} {
		m[arc+".1"], m[arc+".2"], m[arc+".3"] = trust.Test, trust.Vaccination, trust.Recovery
	}
	return m
}()

// PartnerKey takes the signer's certificate as DER. The certificate's end becomes the key's end.
func PartnerKey(der []byte) (trust.PartnerKey, error) {
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return trust.PartnerKey{}, fmt.Errorf("signer's certificate: %w", err)
	}
	key, err := publicKey(cert.PublicKey)
	if err != nil {
		return trust.PartnerKey{}, fmt.Errorf("signer's certificate: %w", err)
	}
	until, err := end(cert.NotAfter)
	if err != nil {
		return trust.PartnerKey{}, fmt.Errorf("signer's certificate: %w", err)
	}
	hash := sha256.Sum256(der)
	return trust.PartnerKey{
		Key: key, Purposes: []trust.Purpose{trust.Paper}, KeyID: hash[:KeyIDSize], Until: until, Proofs: proofs(cert.UnknownExtKeyUsage),
	}, nil
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

// proofs is empty, which means all, unless the certificate names some of them but not all.
func proofs(oids []asn1.ObjectIdentifier) (p []trust.Proof) {
	for _, oid := range oids {
		if proof, ok := usages[oid.String()]; ok && !slices.Contains(p, proof) {
			p = append(p, proof)
		}
	}
	if len(p) == 3 {
		return nil
	}
	slices.Sort(p)
	return p
}
