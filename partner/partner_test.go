package partner_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"healthcode.example/credential"
	"healthcode.example/partner"
	"healthcode.example/trust"
	"healthcode.example/verifier"
	"healthcode.example/verifier/foreigntest"
)

var (
	noon   = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	policy = trust.PartnerPolicy{Kinds: []credential.Kind{credential.Paper}, UnknownAge: 24 * time.Hour}
)

func samples(t *testing.T) []foreigntest.Sample {
	t.Helper()
	all, err := foreigntest.Samples(noon, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// source is the sample as an operator brings it.
func source(s foreigntest.Sample) partner.Source {
	return partner.Source{File: s.List, Issuers: []string{s.Issuer}, ListKey: s.ListKey, At: noon}
}

func TestEveryFormatIsVerifiedAtOneGateByTheListThatTheWorldPublishes(t *testing.T) {
	var entries []trust.Partner
	all := samples(t)
	for _, s := range all {
		l, err := partner.Import(source(s))
		if err != nil {
			t.Fatalf("%s: %v", s.Name, err)
		}
		if len(l.Skipped) != 1 || len(l.Groups) != 1 {
			t.Errorf("%s: %+v", s.Name, l)
		}
		entries = append(entries, l.Entries(s.Name, policy)...)
	}
	b, err := foreigntest.Bundle(noon, entries...)
	if err != nil {
		t.Fatal(err)
	}
	masked, full := verifier.New(b, verifier.Policy{}, partner.Formats(false)...), verifier.New(b, verifier.Policy{}, partner.Formats(true)...)
	for _, s := range all {
		r := masked.Verify(s.Text, noon, nil)
		if r.Verdict != verifier.Accept || r.Region != s.Issuer || r.Status != verifier.StatusUnknown || r.Check != verifier.CheckDocument {
			t.Fatalf("%s: %+v", s.Name, r)
		}
		m := r.Members[0]
		if m.Kind != credential.Foreign || m.Colour != 0 || m.Name != "E*** M***" || m.Proves.Hans == "" || m.Proves.Hant == "" || m.Proves.En == "" {
			t.Errorf("%s: %+v", s.Name, m)
		}
		if r := full.Verify(s.Text, noon, nil); r.Members[0].Name != "Erika Mustermann" {
			t.Errorf("%s: the full name is %q", s.Name, r.Members[0].Name)
		}
	}
}

func TestWhatNoFormatKnowsIsNamed(t *testing.T) {
	b, err := foreigntest.Bundle(noon)
	if err != nil {
		t.Fatal(err)
	}
	v := verifier.New(b, verifier.Policy{}, partner.Formats(false)...)
	for text, want := range map[string]string{
		"": "nothing", "hello": "text", "https://example.org/x": "web address", "HC2:ABC": "EU digital COVID certificate of another version",
		"NL2:ABC": "Dutch domestic proof", "WIFI:S:x;;": "key of a wireless network", "BEGIN:VCARD": "visiting card", "YK2:ABC": "health code of another version",
	} {
		if r := v.Verify(text, noon, nil); r.Reason != verifier.ReasonOtherFormat || r.Seen != want {
			t.Errorf("%q: %s, seen %q, want %q", text, r.Reason, r.Seen, want)
		}
	}
}

// anotherKey is a key as PEM that signed nothing.
func anotherKey(t *testing.T) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
}

func TestAListIsBelievedOnlyForWhomItSpeaks(t *testing.T) {
	all := samples(t)
	for name, spoil := range map[string]func(s *partner.Source){
		"dcc without the list's key":     func(s *partner.Source) { s.ListKey = nil },
		"dcc altered":                    func(s *partner.Source) { s.File = append(slices.Clone(s.File), ' ') },
		"dcc under another key":          func(s *partner.Source) { s.ListKey = anotherKey(t) },
		"dcc for a country not in it":    func(s *partner.Source) { s.Issuers = []string{"DE"} },
		"dcc whose keys have all ended":  func(s *partner.Source) { s.At = noon.AddDate(2, 0, 0) },
		"dcc with an end that has come":  func(s *partner.Source) { s.Until = noon.Unix() },
		"shc without an issuer":          func(s *partner.Source) { s.Format, s.Issuers = "SHC", nil },
		"nzcp of another issuer":         func(s *partner.Source) { s.Issuers = []string{"did:web:other.example"} },
		"claim169 without an issuer":     func(s *partner.Source) { s.Issuers = nil },
		"claim169 that is no key":        func(s *partner.Source) { s.Format, s.File = "C169", []byte("hello") },
		"shc as a key set of our format": func(s *partner.Source) { s.Format = trust.FormatYK1 },
	} {
		for _, s := range all {
			if strings.HasPrefix(name, s.Name+" ") {
				in := source(s)
				spoil(&in)
				if l, err := partner.Import(in); err == nil {
					t.Errorf("%s: taken as %+v", name, l)
				}
			}
		}
	}
}

func TestWhatHasNotBegunIsKeptAndNamedAndWhatHasEndedIsLeftOut(t *testing.T) {
	sample := samples(t)[0] // its signer is good from an hour before noon on, for a year
	s := source(sample)
	s.At = noon.Add(-2 * time.Hour)
	l, err := partner.Import(s)
	if err != nil || len(l.Groups) != 1 || len(l.Later) != 1 || l.Later[0].From != noon.Add(-time.Hour).Unix() || !strings.HasPrefix(l.Later[0].Name, "XX ") {
		t.Fatalf("%+v, %v", l, err)
	}
	b, err := foreigntest.Bundle(s.At, l.Entries("EU", policy)...)
	if err != nil {
		t.Fatal(err)
	}
	gate := verifier.New(b, verifier.Policy{}, partner.Formats(false)...)
	for at, want := range map[time.Time]verifier.Reason{s.At: verifier.ReasonKeyWindow, noon: verifier.ReasonOK} {
		if r := gate.Verify(sample.Text, at, nil); r.Reason != want {
			t.Errorf("a code of that signer at %v: %s, want %s", at, r.Reason, want)
		}
	}
	s.Until = noon.Add(-time.Hour).Unix()
	if l, err := partner.Import(s); err == nil {
		t.Errorf("a key that would end before it begins was taken: %+v", l)
	}
}

func TestTheOperatorsEndShortensAKeyAndNeverLengthensIt(t *testing.T) {
	sample := samples(t)[0] // its signer's certificate ends in a year
	end := func(until int64) int64 {
		s := source(sample)
		s.Until = until
		l, err := partner.Import(s)
		if err != nil {
			t.Fatal(err)
		}
		return l.Groups[0].Keys[0].Until
	}
	certificate := noon.AddDate(1, 0, 0).Unix() + 1
	for until, want := range map[int64]int64{0: certificate, noon.Unix() + 60: noon.Unix() + 60, certificate - 1: certificate - 1, certificate + 1: certificate, certificate + 86400: certificate} {
		if got := end(until); got != want {
			t.Errorf("an operator's end of %d gives %d, want %d", until, got, want)
		}
	}
	s := source(samples(t)[1]) // keys of cards have no end of their own
	s.Until = certificate
	if l, err := partner.Import(s); err != nil || l.Groups[0].Keys[0].Until != certificate {
		t.Errorf("a key without an end: %+v, %v", l, err)
	}
}

func TestAnEntryOfSeveralCountriesIsNoneOfAnEarlierList(t *testing.T) {
	several := trust.Partner{Name: "EU DE", Formats: []string{"HC1"}, Issuers: []string{"DE", "FR"}}
	got, err := partner.Merge([]trust.Partner{several}, []trust.Partner{{Name: "EU IT", Formats: []string{"HC1"}, Issuers: []string{"IT"}}}, "EU", false)
	if err != nil || len(got) != 2 || got[0].Name != "EU DE" {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestANewListOfSignersTakesThePlaceOfTheWholeFormerOne(t *testing.T) {
	entry := func(name, format, issuer string) trust.Partner {
		return trust.Partner{Name: name, Formats: []string{format}, Issuers: []string{issuer}}
	}
	have := []trust.Partner{entry("EU DE", "HC1", "DE"), entry("EU FR", "HC1", "FR"), entry("EU cards", "SHC", "https://eu.example"), entry("Macao", "YK1", "CN-MO")}
	next := []trust.Partner{entry("EU DE", "HC1", "DE")}
	if _, err := partner.Merge(have, next, "EU", false); err == nil || !strings.Contains(err.Error(), "--replace") {
		t.Errorf("without replace: %v", err)
	}
	got, err := partner.Merge(have, next, "EU", true)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, p := range got {
		names = append(names, p.Name)
	}
	if !slices.Equal(names, []string{"EU cards", "Macao", "EU DE"}) {
		t.Errorf("entries %q: France left the list, and its entry stays or others are gone", names)
	}
}

// The list and its key are third-party data, at a time at which most of its signers were good.
func TestTheGermanListBecomesOneEntryForEachCountry(t *testing.T) {
	dir := os.Getenv("HEALTHCODE_CONFORMANCE")
	if dir == "" {
		dir = filepath.Join("..", "..", "shared", "conformance")
	}
	read := func(name string) []byte {
		b, err := os.ReadFile(filepath.Join(dir, "covpass-trustlist", name))
		if err != nil && os.Getenv("REQUIRE_ALL") == "1" {
			t.Fatal("the conformance data are not there: put them beside the repository in ../shared/conformance or name their folder in HEALTHCODE_CONFORMANCE")
		} else if err != nil {
			t.Skip("the conformance data are not there: put them beside the repository in ../shared/conformance or name their folder in HEALTHCODE_CONFORMANCE")
		}
		return b
	}
	at := time.Date(2022, 8, 1, 0, 0, 0, 0, time.UTC)
	in := partner.Source{File: read("covpass_covpass-sdk-demo_dsc-list.json"), ListKey: read("covpass_covpass-sdk-demo_dsc-list-signing-key.pem"), At: at}
	l, err := partner.Import(in)
	if err != nil {
		t.Fatal(err)
	}
	broken := 0
	for _, s := range l.Skipped {
		country, kid, _ := strings.Cut(s.Name, " ")
		if _, err := base64.StdEncoding.DecodeString(kid); err == nil && kid != "" && len(country) == 2 {
			broken++
		}
	}
	if len(l.Groups) < 40 || broken != 7 {
		t.Errorf("%d countries, %d certificates left out by their name, and not 5 broken ones and 2 authorities", len(l.Groups), broken)
	}
	b, err := foreigntest.Bundle(at, l.Entries("EU", policy)...)
	if err != nil {
		t.Fatal(err)
	}
	if p := b.KeyList().FindPartner("HC1", "DE"); p == nil || p.Name != "EU DE" {
		t.Errorf("the entry of DE is %+v", p)
	}
}

func TestTheIssuerOfCardsIsNamedAsTheCardsNameIt(t *testing.T) {
	sample := samples(t)[1]
	for issuer, want := range map[string]string{
		"https://issuer.example":                       "",
		"https://issuer.example/a/b":                   "",
		"https://issuer.example/":                      "give https://issuer.example",
		"https://issuer.example/.well-known/jwks.json": "give https://issuer.example",
		"HTTPS://issuer.example":                       "begins with https://",
		"http://issuer.example":                        "begins with https://",
		"issuer.example":                               "begins with https://",
		"XX":                                           "begins with https://",
		"https://issuer.ex\u0430mple":                  "letters, digits",
		"https://issuer.example/a b":                   "letters, digits",
		"https://issuer.example?x":                     "a question mark",
		"https://issuer.example#x":                     "a question mark",
	} {
		in := source(sample)
		in.Format, in.Issuers = "SHC", []string{sample.Issuer, issuer}
		if issuer == sample.Issuer {
			in.Issuers = in.Issuers[:1]
		}
		_, err := partner.Import(in)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", issuer, err, want)
		}
	}
	for _, issuer := range []string{"HTTPS://issuer.example", "http://issuer.example"} {
		if format := partner.Recognise(sample.List, []string{issuer}); format != "SHC" {
			t.Errorf("a key set of %s is taken for %q", issuer, format)
		}
	}
}

func TestOfAListOfWhichNothingCanBeUsedItIsSaidWhy(t *testing.T) {
	all := samples(t)
	list, key, err := foreigntest.SignerList(foreigntest.DSC("YY", []byte{0x30, 0}))
	if err != nil {
		t.Fatal(err)
	}
	for format, c := range map[string]struct {
		in   partner.Source
		want string
	}{
		"HC1":  {partner.Source{File: list, ListKey: key}, "the first: signer's certificate"},
		"SHC":  {partner.Source{File: []byte(`{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"a","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}`), Issuers: []string{all[1].Issuer}}, "the first: its kid is not its thumbprint"},
		"NZCP": {partner.Source{File: []byte(strings.ReplaceAll(string(all[2].List), `"crv":"P-256"`, `"crv":"P-1"`))}, "the first: public key: not a JWK"},
		"C169": {partner.Source{File: []byte(`{"keys":[{"kty":"oct","k":"AAAA"}]}`), Issuers: []string{all[3].Issuer}}, "the first: "},
	} {
		c.in.Format, c.in.At = format, noon
		if _, err := partner.Import(c.in); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", format, err, c.want)
		}
	}
	if _, err := partner.Import(partner.Source{File: []byte(`{"keys":[]}`), Format: "SHC", Issuers: []string{all[1].Issuer}, At: noon}); err == nil || !strings.Contains(err.Error(), "no key in it") {
		t.Errorf("an empty set: %v", err)
	}
}
