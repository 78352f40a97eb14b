package conformance

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base32"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"math"
	"math/big"
	"strings"
	"testing"
	"time"

	"healthcode.example/crypto/base45"
	"healthcode.example/crypto/cose"
	"healthcode.example/crypto/inflate"
	"healthcode.example/trust"
	"healthcode.example/verifier"
	"healthcode.example/verifier/claim169"
	"healthcode.example/verifier/dcc"
	"healthcode.example/verifier/foreigntest"
	"healthcode.example/verifier/nzcp"
	"healthcode.example/verifier/shc"

	"github.com/fxamacker/cbor/v2"
)

// FuzzForeignRead gives any text to every reader: a value or an error with its reason, and never both.
func FuzzForeignRead(f *testing.F) {
	seeds(f, func(text string) { f.Add(text) })
	f.Fuzz(func(t *testing.T, text string) {
		certificate, err := dcc.Read(text)
		var step *dcc.Error
		if (certificate == nil) == (err == nil) || err != nil && (!errors.As(err, &step) || step.Step == 0) {
			t.Errorf("EU DCC: %v", err)
		}
		for name, taken := range map[string]bool{dcc.Prefix: (dcc.Format{}).Detect(text), shc.Prefix: (shc.Format{}).Detect(text), nzcp.Prefix: (nzcp.Format{}).Detect(text)} {
			if taken != strings.HasPrefix(text, name) {
				t.Errorf("%s: taken %v", name, taken)
			}
		}
		if _, err := claim169.Read(text); (claim169.Format{}).Detect(text) {
			var reason *verifier.ForeignError
			if errors.As(err, &reason) && reason.Reason == verifier.ReasonOtherFormat && !errors.Is(err, claim169.ErrEncrypted) {
				t.Errorf("Claim 169: taken, and then left to others: %v", err)
			}
		}
		for name, read := range map[string]func() (bool, error){
			"SMART Health Card": func() (bool, error) { c, err := shc.Read(text); return c != nil, err },
			"JWS":               func() (bool, error) { c, err := shc.Decode(text); return c != nil, err },
			"New Zealand pass":  func() (bool, error) { p, err := nzcp.Read(text); return p != nil, err },
			"Claim 169":         func() (bool, error) { id, err := claim169.Read(text); return id != nil, err },
		} {
			there, err := read()
			var reason *verifier.ForeignError
			if there != (err == nil) || err != nil && (!errors.As(err, &reason) || reason.Reason == "") {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

// FuzzCardParts: a card comes back from its symbols in any order, and only whole.
func FuzzCardParts(f *testing.F) {
	f.Add("shc:/56762909524320603460292437404460", "", uint8(1))
	f.Add("shc:/1/2/567629", "shc:/2/2/095243", uint8(3))
	f.Add("shc:/01/2/56", "shc:/2/16/99", uint8(2))
	f.Fuzz(func(t *testing.T, first, second string, n uint8) {
		p, err := shc.ReadPart(first)
		if err == nil && (p.Number < 1 || p.Number > p.Of || p.Of > 16) {
			t.Errorf("part %d of %d", p.Number, p.Of)
		}
		if jws, err := shc.Join(first, second); err == nil && second != "" {
			if again, err := shc.Join(second, first); err != nil || again != jws {
				t.Errorf("in another order it is another card: %v", err)
			}
		}
		jws, err := shc.Join(first)
		if err != nil {
			return
		}
		text, err := shc.Text(jws)
		if err != nil || p.Of == 1 && strings.TrimPrefix(text, shc.Prefix) != p.Digits {
			t.Errorf("%q is written %q, %v", first, text, err)
		}
		digits, parts := strings.TrimPrefix(text, shc.Prefix), []string{}
		of := min(max(1, int(n)%17), len(digits))
		for i := range of {
			parts = append(parts, fmt.Sprintf("%s%d/%d/%s", shc.Prefix, of-i, of, digits[len(digits)*(of-i-1)/of:len(digits)*(of-i)/of]))
		}
		if again, err := shc.Join(parts...); err != nil || again != jws {
			t.Errorf("in %d parts: %v", of, err)
		}
		var shown shc.Collector
		for i, part := range parts {
			whole, wait := shown.Take(part, time.Unix(0, 0))
			if again, err := shc.Join(strings.Fields(whole)...); (wait == nil) != (i == of-1) || wait == nil && (err != nil || again != jws) {
				t.Errorf("part %d of %d shown after the others: %+v, %v", i+1, of, wait, err)
			}
		}
	})
}

// FuzzForeignContent begins behind the signature: whatever a partner signs has a Result, which says what it must and no more.
func FuzzForeignContent(f *testing.F) {
	key, err := foreigntest.Key(cose.ES256, "fuzzed content")
	if err != nil {
		f.Fatal(err)
	}
	const issuer = "did:web:issuer.example"
	kid := []byte("12345678")
	keys := []trust.PartnerKey{{Key: key.Public(), Purposes: []trust.Purpose{trust.Paper}, KeyID: kid}}
	var partners []trust.Partner
	for _, name := range []string{dcc.Name, shc.Name, nzcp.Name, claim169.Name} {
		issuers := []string{issuer}
		if name == dcc.Name {
			issuers = []string{"XX"}
		}
		partners = append(partners, foreigntest.Entry(name, keys, issuers...))
	}
	b, err := foreigntest.Bundle(gateTime, partners...)
	if err != nil {
		f.Fatal(err)
	}
	gates := []*verifier.Verifier{
		verifier.New(b, verifier.Policy{}, dcc.Format{}, shc.Format{}, nzcp.Format{}, claim169.Format{}),
		verifier.New(b, verifier.Policy{}, dcc.Format{FullName: true}, shc.Format{FullName: true}, nzcp.Format{FullName: true}, claim169.Format{FullName: true}),
	}
	addContents(f, issuer)
	f.Fuzz(func(t *testing.T, payload []byte) {
		texts := signedTexts(t, key, kid, payload)
		if c, err := dcc.Read(texts[0]); err == nil {
			inTime(t, c.Issued, c.Expires)
		}
		if id, err := claim169.Read(texts[1]); err == nil {
			inTime(t, id.Issued, id.From, id.Expires)
		}
		if c, err := shc.Read(texts[2]); err == nil {
			inTime(t, c.Issued, c.Expires)
		}
		for _, text := range texts {
			for _, gate := range gates {
				checkResult(t, gate.Verify(text, gateTime, nil))
			}
		}
	})
}

// addContents seeds with a good payload of each format, and with those of the data.
func addContents(f *testing.F, issuer string) {
	f.Helper()
	issued := gateTime.Unix() - 3600
	for _, v := range []any{
		foreigntest.Certificate("XX", issued, issued+86400, "v", foreigntest.Vaccination("XX")),
		foreigntest.Certificate("XX", math.NaN(), issued+86400, "v", foreigntest.Vaccination("XX")),
		foreigntest.Certificate("XX", issued, 1e300, "v", foreigntest.Vaccination("XX")),
		map[int]any{1: issuer, 4: math.NaN(), 6: 1e300, 169: map[int]any{1: "synthetic", 4: "Erika Mustermann"}},
		foreigntest.Certificate("XX", float64(issued), issued+86400, "t", foreigntest.Test("XX", "260373001", "2021-12-01T10:00:00Z")),
		map[any]any{1: issuer, 5: issued, 4: issued + 86400, 7: make([]byte, 16), "vc": map[string]any{
			"type": []string{"VerifiableCredential", "PublicCovidPass"}, "version": "1.0.0", "credentialSubject": map[string]any{"givenName": "Erika", "familyName": "Mustermann"}}},
		map[int]any{1: issuer, 4: issued + 86400, 6: issued, 169: map[int]any{1: "synthetic", 4: "Erika Mustermann"}},
	} {
		b, err := cbor.Marshal(v)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	for _, r := range []map[string]any{foreigntest.Dose("2021-01-01"), foreigntest.Observation("http://loinc.org", "LA6577-6", "2021-12-01T10:00:00Z")} {
		card, err := json.Marshal(foreigntest.Card(issuer, issued, nil, foreigntest.Patient(), r))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(card)
	}
	f.Add([]byte(`{"iss":"did:web:issuer.example","nbf":1e300,"exp":1e18,"vc":{"type":["https://smarthealth.cards#health-card"]}}`))
	n := 0
	seeds(f, func(text string) {
		if packed, err := base45.Decode(strings.TrimPrefix(text, dcc.Prefix)); err == nil && n < 60 {
			if message, err := inflate.Zlib(packed, dcc.MaxContent); err == nil {
				if m, err := cose.ParseForeignSign1(message); err == nil {
					f.Add(m.Payload)
					n++
				}
			}
		}
	})
}

// signedTexts is the payload as a code of each format, rightly signed.
func signedTexts(t *testing.T, key *cose.PrivateKey, kid, payload []byte) []string {
	t.Helper()
	protected, err := cbor.Marshal(map[int]any{1: -7, 4: kid})
	if err != nil {
		t.Fatal(err)
	}
	signed := cose.AppendBytes(cose.AppendText(cose.AppendArray(nil, 4), "Signature1"), protected)
	signature, err := key.Sign(cose.AppendBytes(cose.AppendBytes(signed, nil), payload))
	if err != nil {
		t.Fatal(err)
	}
	message := cose.AppendMap(cose.AppendBytes(cose.AppendArray(nil, 4), protected), 0)
	message = cose.AppendBytes(cose.AppendBytes(message, payload), signature)
	jws, err := foreigntest.JWS([]byte(`{"alg":"ES256","zip":"DEF","kid":"12345678"}`), foreigntest.Deflate(payload), foreigntest.With(key))
	if err != nil {
		t.Fatal(err)
	}
	card, err := shc.Text(jws)
	if err != nil {
		t.Fatal(err)
	}
	return []string{
		foreigntest.DCC(message), base45.Encode(foreigntest.Zlib(message)), card,
		nzcp.Prefix + base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(message),
	}
}

// FuzzSignerList begins behind the list's own signature: what is imported can be published, country by country.
func FuzzSignerList(f *testing.F) {
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), bytes.Repeat([]byte{7}, 32))
	if err != nil {
		f.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		f.Fatal(err)
	}
	public := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	f.Add([]byte(`{"certificates":[{"certificateType":"DSC","country":"XX","kid":"AAAAAAAAAAA=","rawData":"MIIB"}]}`))
	if dir := seedFolder(); dir != "" {
		_, body, _ := strings.Cut(readText(f, dir, "covpass-trustlist", "covpass_covpass-sdk-demo_dsc-list.json"), "\n")
		var list struct {
			Certificates []json.RawMessage `json:"certificates"`
		}
		if err := json.Unmarshal([]byte(body), &list); err != nil {
			f.Fatal(err)
		}
		for i := 0; i < min(60, len(list.Certificates)-1); i += 2 {
			f.Add(fmt.Appendf(nil, `{"certificates":[%s,%s]}`, list.Certificates[i], list.Certificates[i+1]))
		}
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		digest := sha256.Sum256(body)
		r, s, err := signDigest(key, digest[:])
		if err != nil {
			t.Fatal(err)
		}
		signature := make([]byte, 64)
		r.FillBytes(signature[:32])
		s.FillBytes(signature[32:])
		list, err := dcc.ImportList(append([]byte(base64.StdEncoding.EncodeToString(signature)+"\n"), body...), public)
		if err != nil {
			return
		}
		for country, keys := range list.Keys {
			publish(t, dcc.Name, country, keys)
		}
		for _, s := range list.Skipped {
			if s.Err == nil {
				t.Errorf("skipped without a reason: %+v", s)
			}
		}
		if l, err := dcc.ImportList(body, public); err == nil && l != nil {
			t.Error("a list that nobody signed is imported")
		}
	})
}

// signDigest signs without randomness (RFC 6979), so that a found input can be run again.
func signDigest(key *ecdsa.PrivateKey, digest []byte) (r, s *big.Int, err error) {
	return ecdsa.Sign(bytes.NewReader(make([]byte, 512)), key, digest)
}
