package dcc_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"slices"
	"testing"

	"healthcode.example/trust"
	"healthcode.example/verifier/dcc"
)

// signer is a good certificate of a signer, to be spoilt.
func signer() *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "TEST signer"}, NotBefore: noon.AddDate(0, -1, 0), NotAfter: noon.AddDate(1, 0, 0),
		KeyUsage: x509.KeyUsageDigitalSignature,
	}
}

// authority is the certificate of a country's CSCA.
func authority() *x509.Certificate {
	c := signer()
	c.Subject.CommonName, c.KeyUsage, c.IsCA, c.BasicConstraintsValid = "TEST CSCA", x509.KeyUsageCertSign|x509.KeyUsageCRLSign, true, true
	return c
}

// issued makes the certificate of a new key, signed in the name of the CSCA.
func issued(t *testing.T, template *x509.Certificate) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, &x509.Certificate{Subject: pkix.Name{CommonName: "TEST CSCA"}}, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// certificate has the extended key usages, or no such extension with nil.
func certificate(t *testing.T, critical bool, usages []asn1.ObjectIdentifier) []byte {
	t.Helper()
	template := signer()
	if usages != nil {
		value, err := asn1.Marshal(usages)
		if err != nil {
			t.Fatal(err)
		}
		template.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 37}, Critical: critical, Value: value}}
	}
	return issued(t, template)
}

func TestWhatASignersCertificateMaySign(t *testing.T) {
	test, recovery := asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 1847, 2021, 1, 1}, asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 0, 1847, 2021, 1, 3}
	client, visa := asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 2}, asn1.ObjectIdentifier{2, 23, 136, 1, 1, 14, 2}
	all := []trust.Proof{trust.Test, trust.Vaccination, trust.Recovery}
	for name, c := range map[string]struct {
		critical bool
		usages   []asn1.ObjectIdentifier
		want     []trust.Proof
	}{
		"no list of usages": {want: all},
		"an empty list":     {usages: []asn1.ObjectIdentifier{}, want: all},
		"tests":             {usages: []asn1.ObjectIdentifier{test}, want: []trust.Proof{trust.Test}},
		"recoveries, critical, under the mistaken arc": {critical: true, usages: []asn1.ObjectIdentifier{recovery}, want: []trust.Proof{trust.Recovery}},
		"tests beside another's usage":                 {critical: true, usages: []asn1.ObjectIdentifier{client, test}, want: []trust.Proof{trust.Test}},
		"another's usage, as some countries have it":   {usages: []asn1.ObjectIdentifier{client}, want: all},
		"another's usage alone, critical":              {critical: true, usages: []asn1.ObjectIdentifier{visa}},
		"a well-known usage alone, critical":           {critical: true, usages: []asn1.ObjectIdentifier{client}},
	} {
		der := certificate(t, c.critical, c.usages)
		s, err := dcc.ParseSigner(der)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if !slices.Equal(s.Proofs, c.want) {
			t.Errorf("%s: it may sign %v, want %v", name, s.Proofs, c.want)
		}
		k, err := s.PartnerKey()
		if (err == nil) != (len(c.want) > 0) {
			t.Errorf("%s: as a partner's key: %v", name, err)
		}
		if err == nil && k.Vouches(trust.Vaccination) != slices.Contains(c.want, trust.Vaccination) {
			t.Errorf("%s: the partner's key vouches for %v", name, k.Proofs)
		}
	}
}
