package dcc

import (
	"bytes"
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
	Key       *cose.PublicKey
	KeyID     []byte
	From      int64         // Unix seconds; zero: it always was good
	Until     int64         // Unix seconds; zero: it has no end
	Proofs    []trust.Proof // what it may sign; empty: nothing
	Authority bool          // its key usage is for certificates alone, and it is signed by itself: a country's CSCA
}

// ParseSigner takes the signer's certificate as DER. One whose key usage is for other things than signatures is refused (RFC 5280 §4.2.1.3; the
// template of a signer asks for digitalSignature), but for an Authority, of which the list decides.
func ParseSigner(der []byte) (*Signer, error) {
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("signer's certificate: %w", err)
	}
	s := &Signer{Proofs: proofs(cert)}
	if s.Authority, err = authority(cert); err != nil {
		return nil, fmt.Errorf("signer's certificate: %w", err)
	}
	if s.Key, err = publicKey(cert.PublicKey); err != nil {
		return nil, fmt.Errorf("signer's certificate: %w", err)
	}
	if s.From, s.Until, err = validity(cert); err != nil {
		return nil, fmt.Errorf("signer's certificate: %w", err)
	}
	hash := sha256.Sum256(der)
	s.KeyID = hash[:KeyIDSize]
	return s, nil
}

// authority says whether the certificate is for signing certificates alone. A certificate without key usage may do everything.
func authority(cert *x509.Certificate) (bool, error) {
	restricted := false
	for i := range cert.Extensions {
		restricted = restricted || cert.Extensions[i].Id.Equal(oidKeyUsage)
	}
	switch {
	case !restricted || cert.KeyUsage&x509.KeyUsageDigitalSignature != 0:
		return false, nil
	case cert.KeyUsage&x509.KeyUsageCertSign != 0 && bytes.Equal(cert.RawSubject, cert.RawIssuer):
		return true, nil
	case cert.KeyUsage&x509.KeyUsageCertSign != 0:
		return false, errors.New("it is an authority's: its key signs certificates, not codes")
	}
	return false, errors.New("its key usage is not for digital signatures")
}

// PartnerKey is the signer as a key of a partner. The certificate's times become the key's.
func (s *Signer) PartnerKey() (trust.PartnerKey, error) {
	k := trust.PartnerKey{Key: s.Key, Purposes: []trust.Purpose{trust.Paper}, KeyID: s.KeyID, From: s.From, Until: s.Until, Proofs: s.Proofs}
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

// validity gives the first second in which the certificate is good and the first in which it is no more; zero is never.
func validity(cert *x509.Certificate) (from, until int64, err error) {
	switch {
	case cert.NotAfter.Before(cert.NotBefore):
		return 0, 0, errors.New("it ends before it begins")
	case cert.NotAfter.Unix() < 0:
		return 0, 0, errors.New("it ended before 1970")
	case !cert.NotBefore.Before(noEnd):
		return 0, 0, errors.New("it begins after the year 9999")
	}
	if from = max(cert.NotBefore.Unix(), 0); cert.NotAfter.Before(noEnd) {
		until = cert.NotAfter.Unix() + 1
	}
	return from, until, nil
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
	oidKeyUsage    = asn1.ObjectIdentifier{2, 5, 29, 15}
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
