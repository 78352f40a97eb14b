package conformance

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"healthcode.example/trust"
	"healthcode.example/verifier"
	"healthcode.example/verifier/dcc"
	"healthcode.example/verifier/foreigntest"
)

// dgcVector is one file of dgc-testdata.
type dgcVector struct {
	Prefix  string `json:"PREFIX"`
	COSE    string `json:"COSE"`
	Context struct {
		Certificate string `json:"CERTIFICATE"`
		Clock       string `json:"VALIDATIONCLOCK"`
	} `json:"TESTCTX"`
	Expected map[string]bool `json:"EXPECTEDRESULTS"`
}

// dgcAnswers is what we say to one vector.
type dgcAnswers struct {
	step dcc.Step // the first that failed; zero: none
	err  error
	cert *dcc.Certificate // of the text, or else of the message that the vector gives for the later flags
	key  *dcc.Signer
	bad  error // the signer's certificate cannot be used
	at   time.Time
}

func (v *dgcVector) ask(t *testing.T) (a dgcAnswers) {
	cert, err := dcc.Read(v.Prefix)
	var e *dcc.Error
	if errors.As(err, &e) {
		a.step, a.err = e.Step, err
	}
	a.cert = cert
	if cert == nil && a.step < dcc.StepEnvelope && v.COSE != "" {
		if message, err := hex.DecodeString(v.COSE); err == nil {
			a.cert, a.err = dcc.Decode(message)
		}
	}
	der, err := base64.StdEncoding.DecodeString(v.Context.Certificate)
	if err != nil {
		t.Fatal("certificate of a vector is not base64")
	}
	a.key, a.bad = dcc.ParseSigner(der)
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02T15:04:05-0700"} {
		if at, err := time.Parse(layout, v.Context.Clock); err == nil {
			a.at = at
		}
	}
	if a.at.IsZero() {
		t.Fatalf("validation clock %q of a vector cannot be read", v.Context.Clock)
	}
	return a
}

// verifies says whether the signature is right under the signer's key, which the kid must name.
func (a *dgcAnswers) verifies() (bool, string) {
	switch {
	case a.cert == nil:
		return false, fmt.Sprint(a.err)
	case a.bad != nil:
		return false, fmt.Sprint(a.bad)
	case !a.cert.HasKeyID(a.key.KeyID):
		return false, "the kid is another certificate's"
	}
	err := a.cert.Verify(a.key.Key)
	return err == nil, fmt.Sprint(err)
}

func (a *dgcAnswers) flag(flag string) (got bool, detail string, known bool) {
	read := func(step dcc.Step) (bool, string, bool) { return a.step == 0 || a.step > step, fmt.Sprint(a.err), true }
	switch flag {
	case "EXPECTEDUNPREFIX":
		return read(dcc.StepLength)
	case "EXPECTEDB45DECODE":
		return read(dcc.StepBase45)
	case "EXPECTEDCOMPRESSION":
		return read(dcc.StepInflate)
	case "EXPECTEDDECODE":
		return a.cert != nil, fmt.Sprint(a.err), true
	case "EXPECTEDVERIFY":
		ok, detail := a.verifies()
		return ok, detail, true
	case "EXPECTEDEXPIRATIONCHECK":
		return a.cert != nil && a.cert.Current(a.at), "the certificate's own times", true
	case "EXPECTEDKEYUSAGE":
		ok := a.cert != nil && a.bad == nil && a.cert.Proof() != 0 && slices.Contains(a.key.Proofs, a.cert.Proof())
		return ok, fmt.Sprint("the signer's key usages: ", a.key, a.bad), true
	}
	return false, "", false
}

// withdrawn are the flags that upstream's list of known issues takes back, by vector and flag.
func withdrawn(t *testing.T, dir string) map[string]bool {
	flags := map[string]string{"test_verification_check": "VERIFY", "test_expiration_check": "EXPIRATIONCHECK", "test_expected_key_usage": "KEYUSAGE"}
	out := make(map[string]bool)
	for line := range strings.Lines(readText(t, dir, "known_issues.csv")) {
		if f := strings.Split(line, ","); len(f) == 4 && flags[f[0]] != "" {
			out[f[1]+"/"+f[2]+" "+flags[f[0]]] = true
		}
	}
	return out
}

func dgcOutcomes(t *testing.T, dir string) (all []outcome) {
	known := withdrawn(t, dir)
	for _, name := range filesUnder(t, dir, ".json") {
		var v dgcVector
		readJSON(t, filepath.Join(dir, name), &v)
		answers := v.ask(t)
		for flag, want := range v.Expected {
			if got, detail, asked := answers.flag(flag); asked {
				short := strings.TrimSuffix(strings.Replace(name, "2DCode/raw/", "", 1), ".json")
				o := expect(short+" "+strings.TrimPrefix(flag, "EXPECTED"), want, got, detail)
				o.withdrawn = known[o.name]
				all = append(all, o)
			}
		}
	}
	return all
}

// What upstream's vectors say is what the value sets name, but for two that write codes of other systems for the disease. Each is judged as a
// partner's with its signer's key, at the middle of its life or after 300 days, so that only its content is in question.
func TestTheWorldsCertificatesProveWhatTheValueSetsName(t *testing.T) {
	dir := filepath.Join(folder(t), "dgc-testdata")
	var not []string
	judged := 0
	for _, name := range filesUnder(t, dir, ".json") {
		var v dgcVector
		readJSON(t, filepath.Join(dir, name), &v)
		answers := v.ask(t)
		if ok, _ := answers.verifies(); !ok || answers.step != 0 || answers.cert.Issued == 0 || answers.cert.Country() == "" {
			continue
		}
		at := time.Unix(answers.cert.Issued+min((answers.cert.Expires-answers.cert.Issued)/2, 300*86400), 0)
		key := trust.PartnerKey{Key: answers.key.Key, Purposes: []trust.Purpose{trust.Paper}, KeyID: answers.key.KeyID}
		entry := *partner(dcc.Name, answers.cert.Country(), []trust.PartnerKey{key})
		entry.Policy.UnknownAge = 366 * 24 * time.Hour
		b, err := foreigntest.Bundle(at, entry)
		if err != nil {
			t.Fatal(name, err)
		}
		judged++
		r := verifier.New(b, verifier.Policy{}, dcc.Format{}).Verify(v.Prefix, at, nil)
		if r.Reason == verifier.ReasonNotProved {
			not = append(not, strings.TrimSuffix(strings.Replace(name, "2DCode/raw/", "", 1), ".json"))
		}
	}
	if want := []string{"ES/1101", "ES/1103"}; !slices.Equal(not, want) || judged < 150 {
		t.Errorf("of %d certificates these are not recognised: %q, want %q", judged, not, want)
	}
}
