package main

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/skip2/go-qrcode"

	"healthcode.example/trust"
	"healthcode.example/verifier/dcc"
	"healthcode.example/verifier/foreigntest"
)

// makeForeign writes a partner of each foreign format, good now: NAME.list, NAME.pem where the list is signed, and NAME.txt, its code; and shc.png, and the same in two parts. $NAME_fp is
// what the partner reads out, $NAME_iss the issuer.
func makeForeign(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: foreign")
	}
	all, err := foreigntest.Samples(time.Now(), rand.Reader)
	ts.Check(err)
	for _, s := range all {
		pinned := s.List
		if s.ListKey != nil {
			pinned = s.ListKey
			ts.Check(os.WriteFile(ts.MkAbs(s.Name+".pem"), s.ListKey, 0o600))
		}
		ts.Check(os.WriteFile(ts.MkAbs(s.Name+".list"), s.List, 0o600))
		ts.Check(os.WriteFile(ts.MkAbs(s.Name+".txt"), []byte(s.Text+"\n"), 0o600))
		if s.Name == "shc" { // its symbols are of bytes and digits, which ours never are
			picture, err := qrcode.Encode(s.Text, qrcode.Medium, -8)
			ts.Check(err)
			ts.Check(os.WriteFile(ts.MkAbs("shc.png"), picture, 0o600))
			digits := strings.TrimPrefix(s.Text, "shc:/")
			for i, part := range []string{"shc:/1/2/" + digits[:len(digits)/2], "shc:/2/2/" + digits[len(digits)/2:]} { // in the middle of a pair, perhaps
				name := fmt.Sprintf("shc%d", i+1)
				picture, err := qrcode.Encode(part, qrcode.Medium, -8)
				ts.Check(err)
				ts.Check(os.WriteFile(ts.MkAbs(name+".png"), picture, 0o600))
				ts.Check(os.WriteFile(ts.MkAbs(name+".txt"), []byte(part+"\n"), 0o600))
			}
		}
		sum := sha256.Sum256(pinned)
		ts.Setenv(s.Name+"_fp", hex.EncodeToString(sum[:]))
		ts.Setenv(s.Name+"_iss", s.Issuer)
	}
}

// The picture, the signer and the clock are of a country's own test vectors; the bundle that names the signer is of a region of ours, published
// in the hour before the vector's time.
func TestAPictureOfTheWorldIsVerifiedFromTheCommandLine(t *testing.T) {
	dir := os.Getenv("HEALTHCODE_CONFORMANCE")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "conformance")
	}
	for _, name := range []string{"DE/2DCode/raw/1.json", "AT/2DCode/raw/1.json", "SE/2DCode/raw/1.json", "ES/2DCode/raw/703.json"} {
		var v struct {
			Picture string `json:"2DCODE"`
			Context struct {
				Certificate string `json:"CERTIFICATE"`
				Clock       string `json:"VALIDATIONCLOCK"`
			} `json:"TESTCTX"`
			Content struct {
				V, T, R []struct {
					Country string `json:"co"`
				}
			} `json:"JSON"`
		}
		b, err := os.ReadFile(filepath.Join(dir, "dgc-testdata", filepath.FromSlash(name)))
		if err != nil {
			const missing = "the conformance data are not there: put them beside the repository in ../shared/conformance or name their folder in HEALTHCODE_CONFORMANCE"
			if os.Getenv("REQUIRE_ALL") == "1" {
				t.Fatal(missing)
			}
			t.Skip(missing)
		}
		must(t, json.Unmarshal([]byte(strings.TrimPrefix(string(b), "\ufeff")), &v))
		picture, err := base64.StdEncoding.DecodeString(v.Picture)
		must(t, err)
		der, err := base64.StdEncoding.DecodeString(v.Context.Certificate)
		must(t, err)
		at, err := time.Parse(time.RFC3339Nano, v.Context.Clock)
		must(t, err)
		signer, err := dcc.ParseSigner(der)
		must(t, err)
		key, err := signer.PartnerKey()
		must(t, err)
		country := append(append(v.Content.V, v.Content.T...), v.Content.R...)[0].Country
		bundle, err := foreigntest.Bundle(at, foreigntest.Entry(dcc.Name, []trust.PartnerKey{key}, country))
		must(t, err)
		verifyPicture(t, name, bundle, picture, at, country)
	}
}

// verifyPicture runs the command on files, as an inspector would.
func verifyPicture(t *testing.T, name string, bundle *trust.Bundle, picture []byte, at time.Time, country string) {
	t.Helper()
	work := t.TempDir()
	raw, err := bundle.Bytes()
	must(t, err)
	must(t, os.WriteFile(filepath.Join(work, "gate.ykb"), raw, 0o600))
	must(t, os.WriteFile(filepath.Join(work, "shown.png"), picture, 0o600))
	out, err := exec.Command("healthcode", "verify", "--bundle", filepath.Join(work, "gate.ykb"), "--root", bundle.Fingerprint(), "--at", at.Format(time.RFC3339),
		filepath.Join(work, "shown.png")).CombinedOutput()
	for _, want := range []string{"ACCEPT", "foreign code", "region    " + country, "status    unknown"} {
		if err != nil || !strings.Contains(string(out), want) {
			t.Fatalf("%s: %v, and no %q in\n%s", name, err, want, out)
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
