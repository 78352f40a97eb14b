package dcc_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"strings"
	"testing"
	"time"

	"healthcode.example/credential"
	"healthcode.example/crypto/cose"
	"healthcode.example/trust"
	"healthcode.example/verifier"
	"healthcode.example/verifier/dcc"
	"healthcode.example/verifier/foreigntest"
)

var (
	noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	kid  = []byte{1, 2, 3, 4, 5, 6, 7, 8}
)

// country is a partner with one key, and the gate that knows it.
type country struct {
	t     testing.TB
	key   *cose.PrivateKey
	entry trust.Partner
	at    time.Time // of the bundle
}

func newCountry(t testing.TB) *country {
	t.Helper()
	key, err := foreigntest.Key(cose.ES256, "signer of XX")
	if err != nil {
		t.Fatal(err)
	}
	keys := []trust.PartnerKey{{Key: key.Public(), Purposes: []trust.Purpose{trust.Paper}, KeyID: kid}}
	return &country{t, key, foreigntest.Entry(dcc.Name, keys, "XX"), noon}
}

func (c *country) gate() *verifier.Verifier {
	c.t.Helper()
	b, err := foreigntest.Bundle(c.at, c.entry)
	if err != nil {
		c.t.Fatal(err)
	}
	return verifier.New(b, verifier.Policy{}, dcc.Format{})
}

// message is a good certificate of a vaccination, to be spoilt.
func message() *foreigntest.Message {
	issued := noon.Add(-24 * time.Hour).Unix()
	return &foreigntest.Message{
		Tags: []uint64{18}, Protected: map[int]any{1: -7, 4: kid},
		Payload: foreigntest.Certificate("XX", issued, issued+180*86400, "v", foreigntest.Vaccination("XX")),
	}
}

func (c *country) text(m *foreigntest.Message) string {
	c.t.Helper()
	b, err := m.Bytes(foreigntest.With(c.key))
	if err != nil {
		c.t.Fatal(err)
	}
	return foreigntest.DCC(b)
}

func (c *country) scan(m *foreigntest.Message) verifier.Result {
	c.t.Helper()
	return c.gate().Verify(c.text(m), noon, nil)
}

func TestAVaccinationOfAPartnerIsAcceptedWithoutAColour(t *testing.T) {
	c := newCountry(t)
	r := c.scan(message())
	if r.Verdict != verifier.Accept || r.Check != verifier.CheckDocument || r.Status != verifier.StatusUnknown || r.Region != "XX" {
		t.Fatalf("got %+v", r)
	}
	m := r.Members[0]
	if m.Kind != credential.Foreign || m.Colour != 0 || m.Name != "E*** M***" || m.Proves.En != "vaccination, dose 2 of 2, EU/1/20/1528, 2021-05-29" || m.Until.IsZero() {
		t.Errorf("member: %+v", m)
	}
}

func TestAnIssuerMayNameItselfOtherwiseThanItsCountry(t *testing.T) {
	c := newCountry(t)
	for _, iss := range []string{"", "an authority"} {
		m := message()
		m.Payload.(map[int]any)[1] = iss
		if r := c.scan(m); r.Verdict != verifier.Accept || r.Region != "XX" {
			t.Errorf("iss %q: %v, %v", iss, r.Reason, r.Region)
		}
	}
}

func TestWhatACertificateProvesIsSaidInThreeLanguages(t *testing.T) {
	c := newCountry(t)
	issued := noon.Add(-time.Hour).Unix()
	recovery := map[string]any{"tg": "840539006", "fr": "2026-01-01", "df": "2026-01-12", "du": "2026-06-30", "co": "XX", "is": "synthetic", "ci": "URN:UVCI:01:XX:SYNTHETIC#3"}
	for _, e := range []struct {
		kind  string
		entry map[string]any
		want  verifier.Line
	}{
		{"v", foreigntest.Vaccination("XX"), verifier.Line{Hans: "接种疫苗，第2剂，共2剂，EU/1/20/1528，2021-05-29", Hant: "接種疫苗，第2劑，共2劑，EU/1/20/1528，2021-05-29", En: "vaccination, dose 2 of 2, EU/1/20/1528, 2021-05-29"}},
		{"t", foreigntest.Test("XX", "260415000", "2026-03-02T08:00:00Z"), verifier.Line{Hans: "核酸检测阴性，采样 2026-03-02T08:00:00Z", Hant: "核酸檢測陰性，採樣 2026-03-02T08:00:00Z", En: "negative NAAT test, sampled 2026-03-02T08:00:00Z"}},
		{"r", recovery, verifier.Line{Hans: "康复，首次阳性 2026-01-01，有效期 2026-01-12 至 2026-06-30", Hant: "康復，首次陽性 2026-01-01，有效期 2026-01-12 至 2026-06-30", En: "recovery, first positive 2026-01-01, valid 2026-01-12 to 2026-06-30"}},
	} {
		m := message()
		m.Payload = foreigntest.Certificate("XX", issued, issued+3*86400, e.kind, e.entry)
		if r := c.scan(m); r.Verdict != verifier.Accept || r.Members[0].Proves != e.want {
			t.Errorf("%s: %+v", e.kind, r)
		}
	}
}

func TestACertificateCountsAtTheGatesThatOurPolicyNames(t *testing.T) {
	c := newCountry(t)
	c.entry.Policy.Gates = []string{"airport", "border"}
	b, err := foreigntest.Bundle(c.at, c.entry)
	if err != nil {
		t.Fatal(err)
	}
	text := c.text(message())
	for gate, want := range map[string]verifier.Reason{"border": verifier.ReasonOK, "hospital": verifier.ReasonKindNotAdmitted, "": verifier.ReasonKindNotAdmitted} {
		r := verifier.New(b, verifier.Policy{Gate: gate}, dcc.Format{}).Verify(text, noon, nil)
		if r.Reason != want || want != verifier.ReasonOK && r.Members[0].Name != "" {
			t.Errorf("gate %q: %+v", gate, r)
		}
	}
}

func TestAPositiveTestIsRed(t *testing.T) {
	c := newCountry(t)
	m := message()
	issued := noon.Add(-time.Hour).Unix()
	m.Payload = foreigntest.Certificate("XX", issued, issued+3*86400, "t", foreigntest.Test("XX", "260373001", "2026-03-02T08:00:00Z"))
	r := c.scan(m)
	if r.Verdict != verifier.Refuse || r.Reason != verifier.ReasonColour || r.Members[0].Colour != credential.Red || r.Members[0].Proves.Hans == "" {
		t.Errorf("got %+v", r)
	}
}

func TestOurPolicyOnThePartnerDecides(t *testing.T) {
	issued := noon.Add(-time.Hour).Unix()
	negative := func(at string) any {
		return foreigntest.Certificate("XX", issued, issued+3*86400, "t", foreigntest.Test("XX", "260415000", at))
	}
	for _, c := range []struct {
		name   string
		change func(*trust.Partner)
		load   any // nil: the vaccination
		want   verifier.Reason
	}{
		{"a test age asks a vaccination for a test", func(p *trust.Partner) { p.Policy.TestAge = 48 * time.Hour }, nil, verifier.ReasonTestMissing},
		{"a test of today is young enough", func(p *trust.Partner) { p.Policy.TestAge = 48 * time.Hour }, negative("2026-03-02T08:00:00+01:00"), verifier.ReasonOK},
		{"a test of last week is too old", func(p *trust.Partner) { p.Policy.TestAge = 48 * time.Hour }, negative("2026-02-22T08:00:00Z"), verifier.ReasonTestOld},
		{"nothing unbound is admitted", func(p *trust.Partner) { p.Policy.Kinds = []credential.Kind{credential.Phone} }, nil, verifier.ReasonKindNotAdmitted},
		{"the code is older than counts", func(p *trust.Partner) { p.Policy.UnknownAge = time.Hour }, nil, verifier.ReasonPartnerAge},
		{"their green is our yellow", func(p *trust.Partner) { p.Policy.Colours = trust.ColourMap{2, 2, 3} }, nil, verifier.ReasonColour},
		{"another format", func(p *trust.Partner) { p.Formats = []string{"SHC"} }, nil, verifier.ReasonRegionUnknown},
		{"the key may vouch for tests only", func(p *trust.Partner) { p.Keys[0].Proofs = []trust.Proof{trust.Test} }, nil, verifier.ReasonKeyPurpose},
		{"the key serves phones only", func(p *trust.Partner) { p.Keys[0].Purposes = []trust.Purpose{trust.Phone} }, nil, verifier.ReasonKeyPurpose},
		{"the key has ended", func(p *trust.Partner) { p.Keys[0].Until = noon.Unix() }, nil, verifier.ReasonKeyWindow},
	} {
		x := newCountry(t)
		c.change(&x.entry)
		m := message()
		if c.load != nil {
			m.Payload = c.load
		}
		if r := x.scan(m); r.Reason != c.want {
			t.Errorf("%s: got %v, want %v", c.name, r.Reason, c.want)
		}
	}
}

func TestWhatTheSpecificationForbidsIsRefused(t *testing.T) {
	c := newCountry(t)
	claims := func(label int, v any) func(*foreigntest.Message) {
		return func(m *foreigntest.Message) { m.Payload.(map[int]any)[label] = v }
	}
	for _, v := range []struct {
		name  string
		spoil func(*foreigntest.Message)
		want  verifier.Reason
	}{
		{"alg outside the protected header", func(m *foreigntest.Message) {
			m.Protected, m.Unprotected = map[int]any{4: kid}, map[int]any{1: -7}
		}, verifier.ReasonAlgorithm},
		{"an algorithm that nobody knows", func(m *foreigntest.Message) { m.Protected = map[int]any{1: -257, 4: kid} }, verifier.ReasonAlgorithm},
		{"alg of another kind of key", func(m *foreigntest.Message) { m.Protected = map[int]any{1: -37, 4: kid} }, verifier.ReasonAlgorithm},
		{"a critical header", func(m *foreigntest.Message) { m.Protected = map[int]any{1: -7, 4: kid, 2: []int{99}, 99: 1} }, verifier.ReasonEnvelope},
		{"no kid", func(m *foreigntest.Message) { m.Protected = map[int]any{1: -7} }, verifier.ReasonEnvelope},
		{"a short kid", func(m *foreigntest.Message) { m.Protected = map[int]any{1: -7, 4: kid[:7]} }, verifier.ReasonKeyUnknown},
		{"a long kid", func(m *foreigntest.Message) { m.Protected = map[int]any{1: -7, 4: append(kid[:8:8], 9)} }, verifier.ReasonKeyUnknown},
		{"a kid of the protected header goes before that of the other", func(m *foreigntest.Message) {
			m.Protected, m.Unprotected = map[int]any{1: -7, 4: kid[:7]}, map[int]any{4: kid}
		}, verifier.ReasonKeyUnknown},
		{"another tag", func(m *foreigntest.Message) { m.Tags = []uint64{98} }, verifier.ReasonEnvelope},
		{"three tags", func(m *foreigntest.Message) { m.Tags = []uint64{61, 18, 18} }, verifier.ReasonEnvelope},
		{"not yet valid", claims(6, noon.Unix()+3600), verifier.ReasonNotYetValid},
		{"expired", claims(4, noon.Unix()-1), verifier.ReasonExpired},
		{"no end", claims(4, nil), verifier.ReasonClaims},
		{"an end that is no number", claims(4, "2027"), verifier.ReasonClaims},
		{"an end before 1970", claims(4, -1), verifier.ReasonClaims},
		{"a beginning before 1970", claims(6, -1), verifier.ReasonClaims},
		{"two vaccinations", func(m *foreigntest.Message) {
			m.Payload = foreigntest.Certificate("XX", noon.Unix()-9, noon.Unix()+9, "v", foreigntest.Vaccination("XX"), foreigntest.Vaccination("XX"))
		}, verifier.ReasonClaims},
		{"nothing about health", claims(-260, map[int]any{}), verifier.ReasonClaims},
		{"another partner's country", func(m *foreigntest.Message) {
			m.Payload = foreigntest.Certificate("YY", noon.Unix(), noon.Unix()+9, "v", foreigntest.Vaccination("YY"))
		}, verifier.ReasonRegionUnknown},
	} {
		m := message()
		v.spoil(m)
		r := c.scan(m)
		if r.Reason != v.want || r.Verdict != verifier.Refuse || len(r.Members) > 0 && r.Members[0].Name != "" {
			t.Errorf("%s: got %v %v, want %v", v.name, r.Verdict, r.Reason, v.want)
		}
	}
}

func TestWhatRealIssuersWriteIsAccepted(t *testing.T) {
	c := newCountry(t)
	for name, change := range map[string]func(*foreigntest.Message){
		"untagged":                      func(m *foreigntest.Message) { m.Tags = nil },
		"tagged as a CWT":               func(m *foreigntest.Message) { m.Tags = []uint64{61, 18} },
		"tagged twice":                  func(m *foreigntest.Message) { m.Tags = []uint64{18, 18} },
		"kid in the unprotected header": func(m *foreigntest.Message) { m.Protected, m.Unprotected = map[int]any{1: -7}, map[int]any{4: kid} },
		"times with fractions": func(m *foreigntest.Message) {
			m.Payload.(map[int]any)[6], m.Payload.(map[int]any)[4] = float64(noon.Unix())-0.5, float64(noon.Unix())+0.5
		},
		"the second of its end": func(m *foreigntest.Message) { m.Payload.(map[int]any)[4] = noon.Unix() },
	} {
		m := message()
		change(m)
		if r := c.scan(m); r.Verdict != verifier.Accept {
			t.Errorf("%s: %v", name, r.Reason)
		}
	}
}

func TestADamagedTextIsRefused(t *testing.T) {
	c := newCountry(t)
	good := c.text(message())
	gate := c.gate()
	for name, text := range map[string]string{
		"a character outside base45": good[:20] + "a" + good[21:],
		"cut short":                  good[:len(good)-9],
		"nothing":                    "HC1:",
		"not compressed":             "HC1:NCFOXN",
		"too long":                   good + strings.Repeat("0", 4296),
	} {
		if r := gate.Verify(text, noon, nil); r.Verdict != verifier.Refuse || r.Reason == verifier.ReasonOtherFormat {
			t.Errorf("%s: %v %v", name, r.Verdict, r.Reason)
		}
	}
	b, err := message().Bytes(func(m []byte) ([]byte, error) {
		s, err := c.key.Sign(m)
		return append(s, 0), err
	})
	if err != nil {
		t.Fatal(err)
	}
	if r := gate.Verify(foreigntest.DCC(b), noon, nil); r.Reason != verifier.ReasonSignature {
		t.Errorf("a signature one byte too long: %v", r.Reason)
	}
}

func TestTheGatesOwnKnowledgeMustBeFresh(t *testing.T) {
	c := newCountry(t)
	c.at = noon.Add(-21 * time.Hour)
	r := c.scan(message())
	if r.Verdict != verifier.CannotSay || r.Reason != verifier.ReasonBundleStale || r.Members[0].Name != "" || r.Members[0].Proves != (verifier.Line{}) {
		t.Errorf("a bundle past its hard age: %+v", r)
	}
	m := message()
	m.Protected = map[int]any{1: -7, 4: kid[:7]}
	if r := c.scan(m); r.Verdict != verifier.CannotSay || r.Remedy != verifier.RemedyUpdateBundle {
		t.Errorf("an unknown key, and a bundle past its soft age: %+v", r)
	}
}

func TestPartnersMayHaveRSAKeysAndSeveralOfOneName(t *testing.T) {
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	public, err := cose.NewPS256(&private.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	c := newCountry(t)
	c.entry.Keys = append(c.entry.Keys, trust.PartnerKey{Key: public, Purposes: []trust.Purpose{trust.Paper}, KeyID: kid})
	m := message()
	m.Protected = map[int]any{1: -37, 4: kid}
	for _, salt := range []int{sha256.Size, 20} {
		b, err := m.Bytes(func(message []byte) ([]byte, error) {
			digest := sha256.Sum256(message)
			return rsa.SignPSS(rand.Reader, private, crypto.SHA256, digest[:], &rsa.PSSOptions{SaltLength: salt})
		})
		if err != nil {
			t.Fatal(err)
		}
		if r := c.gate().Verify(foreigntest.DCC(b), noon, nil); (r.Verdict == verifier.Accept) != (salt == sha256.Size) {
			t.Errorf("PS256 with a salt of %d bytes: %v", salt, r.Reason)
		}
	}
	if r := c.scan(message()); r.Verdict != verifier.Accept {
		t.Errorf("ES256 beside an RSA key of the same kid: %v", r.Reason)
	}
}

func TestTheFullNameIsShownWhereTheGateAsks(t *testing.T) {
	c := newCountry(t)
	b, err := foreigntest.Bundle(noon, c.entry)
	if err != nil {
		t.Fatal(err)
	}
	r := verifier.New(b, verifier.Policy{}, dcc.Format{FullName: true}).Verify(c.text(message()), noon, nil)
	if len(r.Members) != 1 || r.Members[0].Name != "Erika Mustermann" {
		t.Errorf("got %+v", r.Members)
	}
}
