package foreigntest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base32"
	"encoding/json"
	"encoding/pem"
	"io"
	"math/big"
	"strings"
	"time"

	"healthcode.example/crypto/base45"
	"healthcode.example/crypto/cose"
)

// Sample is a partner of another format as the world would bring it: the list of its keys, and a code of a synthetic person.
type Sample struct {
	Name    string // of files: dcc, shc, nzcp, claim169
	Issuer  string
	List    []byte // as the format publishes it; one element of it is broken
	ListKey []byte // PEM; of a signed list only
	Text    string
}

// Samples are one of each format, good from the hour before the time to the day after it. rand is for keys and signatures.
func Samples(at time.Time, rand io.Reader) ([]Sample, error) {
	var all []Sample
	for _, sample := range []func(time.Time, io.Reader) (Sample, error){sampleDCC, sampleSHC, sampleNZCP, sampleClaim169} {
		s, err := sample(at, rand)
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}

// with signs as the envelopes want it: r‖s over the SHA-256.
func with(key *ecdsa.PrivateKey, rand io.Reader) Sign {
	return func(message []byte) ([]byte, error) {
		digest := sha256.Sum256(message)
		r, s, err := ecdsa.Sign(rand, key, digest[:])
		if err != nil {
			return nil, err
		}
		return append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...), nil
	}
}

func sampleDCC(at time.Time, rand io.Reader) (s Sample, err error) {
	s = Sample{Name: "dcc", Issuer: "XX"}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand)
	if err != nil {
		return s, err
	}
	der, err := x509.CreateCertificate(rand, &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{Country: []string{"XX"}, CommonName: "TEST signer"}, NotBefore: at.Add(-time.Hour), NotAfter: at.AddDate(1, 0, 0),
	}, &x509.Certificate{Subject: pkix.Name{CommonName: "TEST CSCA"}}, &key.PublicKey, key)
	if err != nil {
		return s, err
	}
	kid := sha256.Sum256(der)
	if s.List, s.ListKey, err = SignerList(DSC("XX", der), DSC("YY", []byte{0x30, 0})); err != nil {
		return s, err
	}
	m := Message{Tags: []uint64{18}, Protected: map[int]any{1: -7, 4: kid[:8]},
		Payload: Certificate("XX", at.Add(-time.Hour).Unix(), at.AddDate(0, 0, 1).Unix(), "v", Vaccination("XX"))}
	b, err := m.Bytes(with(key, rand))
	s.Text = DCC(b)
	return s, err
}

func sampleSHC(at time.Time, rand io.Reader) (s Sample, err error) {
	s = Sample{Name: "shc", Issuer: "https://issuer.example"}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand)
	if err != nil {
		return s, err
	}
	jwk := JWK(&key.PublicKey)
	if s.List, err = json.Marshal(map[string]any{"keys": []any{map[string]any{"kty": "tomorrow"}, jwk}}); err != nil {
		return s, err
	}
	payload, err := json.Marshal(Card(s.Issuer, at.Add(-time.Hour).Unix(), nil, Patient(), Dose("2021-01-29")))
	if err != nil {
		return s, err
	}
	header, err := json.Marshal(map[string]any{"alg": "ES256", "zip": "DEF", "kid": jwk["kid"]})
	if err != nil {
		return s, err
	}
	jws, err := JWS(header, Deflate(payload), with(key, rand))
	s.Text = Numeric(jws)
	return s, err
}

// Numeric writes a JWS as the text of one symbol: shc:/ and two digits for each character.
func Numeric(jws string) string {
	var b strings.Builder
	b.WriteString("shc:/")
	for _, c := range []byte(jws) {
		b.WriteByte('0' + (c-45)/10)
		b.WriteByte('0' + (c-45)%10)
	}
	return b.String()
}

func sampleNZCP(at time.Time, rand io.Reader) (s Sample, err error) {
	s = Sample{Name: "nzcp", Issuer: "did:web:issuer.example"}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand)
	if err != nil {
		return s, err
	}
	method := func(name string, jwk any) any {
		return map[string]any{"id": s.Issuer + "#" + name, "controller": s.Issuer, "type": "JsonWebKey2020", "publicKeyJwk": jwk}
	}
	if s.List, err = json.Marshal(map[string]any{
		"id": s.Issuer, "verificationMethod": []any{method("broken", map[string]any{"kty": "EC"}), method("key-1", JWK(&key.PublicKey))},
		"assertionMethod": []string{s.Issuer + "#broken", s.Issuer + "#key-1"},
	}); err != nil {
		return s, err
	}
	m := Message{Tags: []uint64{18}, Protected: map[int]any{1: -7, 4: []byte("key-1")}, Payload: map[any]any{
		1: s.Issuer, 5: at.Add(-time.Hour).Unix(), 4: at.AddDate(0, 0, 1).Unix(), 7: make([]byte, 16),
		"vc": map[string]any{
			"type": []string{"VerifiableCredential", "PublicCovidPass"}, "version": "1.0.0",
			"credentialSubject": map[string]any{"givenName": "Erika", "familyName": "Mustermann", "dob": "1990-01-01"},
		},
	}}
	b, err := m.Bytes(with(key, rand))
	s.Text = "NZCP:/1/" + base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b)
	return s, err
}

func sampleClaim169(at time.Time, rand io.Reader) (s Sample, err error) {
	s = Sample{Name: "claim169", Issuer: "https://id.example"}
	key, err := cose.Generate(cose.Ed25519, rand)
	if err != nil {
		return s, err
	}
	public, _ := key.Public().Ed25519()
	spki, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return s, err
	}
	s.List = append(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: []byte("broken")}), pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: spki})...)
	m := Message{Tags: []uint64{18}, Protected: map[int]any{1: -8}, Payload: map[int]any{
		1: s.Issuer, 4: at.AddDate(0, 0, 1).Unix(), 6: at.Add(-time.Hour).Unix(), 169: map[int]any{1: "synthetic", 4: "Erika Mustermann"},
	}}
	b, err := m.Bytes(With(key))
	s.Text = base45.Encode(Zlib(b))
	return s, err
}
