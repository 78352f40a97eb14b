package conformance

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"reflect"
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

// gateTime is when the gate of the fuzz tests stands.
var gateTime = time.Date(2021, 12, 1, 12, 0, 0, 0, time.UTC)

// seedFolder is the data's folder, or empty: without the data the fuzz tests begin with synthetic codes alone. Nothing of it is copied into the repository.
func seedFolder() string {
	dir := os.Getenv("HEALTHCODE_CONFORMANCE")
	if dir == "" {
		dir = filepath.Join("..", "..", "shared", "conformance")
	}
	if _, err := os.Stat(dir); err != nil {
		return ""
	}
	return dir
}

// seeds calls add with every code of the data, and returns the keys that verify them, by format and issuer.
func seeds(t testing.TB, add func(text string)) []trust.Partner {
	signer, err := foreigntest.Key(cose.ES256, "fuzz")
	if err != nil {
		t.Fatal(err)
	}
	kid := []byte{1, 2, 3, 4, 5, 6, 7, 8}
	issued := gateTime.Add(-time.Hour).Unix()
	m := foreigntest.Message{
		Tags: []uint64{18}, Protected: map[int]any{1: -7, 4: kid},
		Payload: foreigntest.Certificate("XX", issued, issued+86400, "v", foreigntest.Vaccination("XX")),
	}
	b, err := m.Bytes(foreigntest.With(signer))
	if err != nil {
		t.Fatal(err)
	}
	add(foreigntest.DCC(b))
	for _, text := range []string{"HC1:", "shc:/", "shc:/1/2/56", "NZCP:/1/", "6BF", "YK1:"} {
		add(text)
	}
	keys := []trust.PartnerKey{{Key: signer.Public(), Purposes: []trust.Purpose{trust.Paper}, KeyID: kid}}
	partners := []trust.Partner{foreigntest.Entry(dcc.Name, keys, "XX")}
	dir := seedFolder()
	if dir == "" {
		return partners
	}
	for _, name := range filesUnder(t, filepath.Join(dir, "dgc-testdata"), ".json") {
		var v dgcVector
		readJSON(t, filepath.Join(dir, "dgc-testdata", name), &v)
		add(v.Prefix)
	}
	for _, name := range filesUnder(t, filepath.Join(dir, "claim-169"), ".json") {
		var v struct {
			Text string `json:"qr_data"`
		}
		readJSON(t, filepath.Join(dir, "claim-169", name), &v)
		add(v.Text)
	}
	nz := filepath.Join(dir, "nzcovidpass", "spec", "examples")
	add(readText(t, nz, "valid", "nzcp.txt"))
	document, err := nzcp.ImportDocument([]byte(readText(t, nz, "valid", "did.json")), "did:web:nzcp.covid19.health.nz")
	if err != nil {
		t.Fatal(err)
	}
	cards := filepath.Join(dir, "smart-health-cards")
	add(quoted(readText(t, cards, "example-numeric-qr-code.json")))
	for _, name := range filesUnder(t, cards, ".txt") {
		if text, err := shc.Text(strings.TrimSpace(readText(t, cards, name))); err == nil {
			add(text)
		}
	}
	set, _, err := shc.ImportKeys([]byte(readText(t, cards, "issuer-jwks.json")))
	if err != nil {
		t.Fatal(err)
	}
	return append(partners,
		foreigntest.Entry(nzcp.Name, document.Keys, document.Issuer),
		foreigntest.Entry(shc.Name, set, "https://smarthealth.cards/examples/issuer", "https://spec.smarthealth.cards/examples/issuer"))
}

// FuzzForeignCode gives any text to a gate that knows all formats: there is always a Result, it says what it must and no more, and it comes soon.
func FuzzForeignCode(f *testing.F) {
	partners := seeds(f, func(text string) { f.Add(text) })
	b, err := foreigntest.Bundle(gateTime, partners...)
	if err != nil {
		f.Fatal(err)
	}
	gate := verifier.New(b, verifier.Policy{}, dcc.Format{}, shc.Format{}, nzcp.Format{}, claim169.Format{})
	f.Fuzz(func(t *testing.T, text string) {
		begin := time.Now()
		r := gate.Verify(text, gateTime, nil)
		if took := time.Since(begin); took > time.Second {
			t.Errorf("%d characters took %v", len(text), took)
		}
		checkResult(t, r)
	})
}

// checkResult holds a Result against what every Result must be.
func checkResult(t *testing.T, r verifier.Result) {
	t.Helper()
	if _, err := json.Marshal(r); err != nil {
		t.Fatal(err)
	}
	if (r.Verdict == verifier.Accept) != (r.Reason == verifier.ReasonOK) || r.Reason == "" {
		t.Errorf("verdict %v with reason %q", r.Verdict, r.Reason)
	}
	if r.Verdict != verifier.Accept && r.Remedy == "" {
		t.Errorf("%q leaves the inspector without a remedy", r.Reason)
	}
	if (r.Reason == verifier.ReasonOtherFormat) != (r.Seen != "") {
		t.Errorf("%q names %q as what was seen", r.Reason, r.Seen)
	}
	for _, m := range r.Members {
		shown := m.Name != "" || m.Proves != (verifier.Line{}) || m.Colour != 0
		if shown && m.Verdict != verifier.Accept && m.Reason != verifier.ReasonColour {
			t.Errorf("%q shows data of a person", m.Reason)
		}
		if len(m.Name) > 200 || len(m.Proves.Hans) > 200 || len(m.Proves.En) > 200 || strings.ContainsAny(m.Name+m.Proves.Hans+m.Proves.En, "\n\r\x00") {
			t.Error("what is shown does not fit a line")
		}
	}
}

// FuzzForeignMessage begins behind the compression, where mutations reach deeper.
func FuzzForeignMessage(f *testing.F) {
	seeds(f, func(text string) {
		if rest, ok := strings.CutPrefix(text, dcc.Prefix); ok {
			text = rest
		}
		if packed, err := base45.Decode(text); err == nil {
			if message, err := inflate.Zlib(packed, dcc.MaxContent); err == nil {
				f.Add(message)
			}
		}
	})
	for _, message := range ambiguous(f) {
		f.Add(message)
	}
	key, err := foreigntest.Key(cose.ES256, "nobody's")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, message []byte) {
		m, err := cose.ParseForeignSign1(message)
		if err == nil && m.Verify(key.Public()) == nil {
			t.Error("a signature of a key that signs nothing")
		}
		if own, strict := cose.ParseSign1(message); strict == nil && (err != nil || string(own.Payload) != string(m.Payload) || own.Algorithm != m.Algorithm) {
			t.Errorf("the strict reader reads what the tolerant one refuses or reads otherwise: %v", err)
		}
		c, err := dcc.Decode(message)
		if (c == nil) == (err == nil) {
			t.Error("neither or both of certificate and error")
		}
		if err != nil {
			var e *dcc.Error
			if !errors.As(err, &e) || e.Step == 0 {
				t.Errorf("an error without a step: %v", err)
			}
			return
		}
		_, _, _ = c.Proves(), c.Name(), c.Country()
		inTime(t, c.Issued, c.Expires)
		var claims any
		if err := onceOnly.Unmarshal(m.Payload, &claims); errors.As(err, new(*cbor.DupMapKeyError)) {
			t.Errorf("claims with a key twice were read: %v", err)
		} else if err == nil {
			sameByTheLibrary(t, c, claims)
		}
	})
}

// sameByTheLibrary compares what our reader found with what the library decoded.
func sameByTheLibrary(t *testing.T, c *dcc.Certificate, claims any) {
	t.Helper()
	at := func(v any, path ...any) any {
		for _, key := range path {
			switch in := v.(type) {
			case map[any]any:
				v = in[key]
			default:
				return nil
			}
		}
		return v
	}
	if issuer, _ := at(claims, uint64(1)).(string); c.Issuer != issuer {
		t.Errorf("issuer %q, the library reads %q", c.Issuer, issuer)
	}
	for _, moment := range []struct {
		read  int64
		claim uint64
	}{{c.Expires, 4}, {c.Issued, 6}} {
		switch n := at(claims, moment.claim).(type) {
		case uint64:
			if uint64(moment.read) != n {
				t.Errorf("claim %d is %d, the library reads %d", moment.claim, moment.read, n)
			}
		case float64:
			if float64(moment.read) != math.Floor(n) {
				t.Errorf("claim %d is %d, the library reads %v", moment.claim, moment.read, n)
			}
		}
	}
	health := at(claims, int64(-260), uint64(1))
	entries := 0
	for _, list := range []string{"v", "t", "r"} {
		all, _ := at(health, list).([]any)
		entries += len(all)
	}
	if (entries == 1) != (c.Proof() != 0) {
		t.Errorf("the proof is %v, the library reads %d entries", c.Proof(), entries)
	}
	given, _ := at(health, "nam", "gn").(string)
	family, _ := at(health, "nam", "fn").(string)
	if given != "" && family != "" && len(given) <= 80 && len(family) <= 80 && c.Name() != strings.TrimSpace(given+" "+family) {
		t.Errorf("the name is %q, the library reads %q and %q", c.Name(), given, family)
	}
}

// onceOnly finds keys that stand twice, by the library and not by our own settings of it.
var onceOnly = func() cbor.DecMode {
	mode, err := cbor.DecOptions{DupMapKey: cbor.DupMapKeyEnforcedAPF, DefaultMapType: reflect.TypeFor[map[any]any](), MaxNestedLevels: 64}.DecMode()
	if err != nil {
		panic(err) // the options are written above
	}
	return mode
}()

// inTime holds what was read as Unix seconds to the years up to 9999.
func inTime(t *testing.T, times ...int64) {
	t.Helper()
	for _, at := range times {
		if at < 0 || at > 253402300799 {
			t.Errorf("a time of %d seconds was read", at)
		}
	}
}

// ambiguous are messages that could be read in two ways, or whose times are none.
func ambiguous(t testing.TB) (all [][]byte) {
	issued := gateTime.Unix() - 3600
	payload := func(issued, expires any) cbor.RawMessage {
		b, err := cbor.Marshal(foreigntest.Certificate("XX", issued, expires, "v", foreigntest.Vaccination("XX")))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	twice := payload(issued, issued+86400)
	twice[0]++ // one more pair in the map
	twice = append(twice, 0x01, 0x62, 'Y', 'Y')
	for _, p := range []cbor.RawMessage{twice, payload(math.NaN(), issued), payload(issued, math.NaN()), payload(1e300, 1e300), payload(issued, math.Inf(1)), payload(-1.5, issued)} {
		m := foreigntest.Message{Tags: []uint64{18}, Protected: map[int]any{1: -7, 4: []byte("12345678")}, Payload: p}
		b, err := m.Bytes(func([]byte) ([]byte, error) { return make([]byte, 64), nil })
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, b)
	}
	return all
}

// FuzzInflate holds the ceiling.
func FuzzInflate(f *testing.F) {
	for _, content := range []string{"", "a", strings.Repeat("health", 999)} {
		f.Add(foreigntest.Zlib([]byte(content)), 100)
		f.Add(foreigntest.Deflate([]byte(content)), 10_000)
	}
	f.Fuzz(func(t *testing.T, b []byte, ceiling int) {
		ceiling = max(0, min(ceiling, 1<<16))
		for _, read := range []func([]byte, int) ([]byte, error){inflate.Zlib, inflate.Raw} {
			if out, err := read(b, ceiling); len(out) > ceiling || err != nil && out != nil {
				t.Errorf("%d bytes under a ceiling of %d, %v", len(out), ceiling, err)
			} else if err == nil {
				if more, err := read(append(bytes.Clone(b), 0), ceiling); err == nil {
					t.Errorf("with a byte after its end the stream is read as %d bytes", len(more))
				}
			}
		}
		head := inflate.ZlibHead(b, 8)
		if whole, err := inflate.Zlib(b, 1<<16); err == nil && !bytes.Equal(head, whole[:min(8, len(whole))]) || len(head) > 8 {
			t.Errorf("the head is %x, the whole begins with %.16x", head, whole)
		}
	})
}

// FuzzKeyImport: what is imported can be published, and nothing else is.
func FuzzKeyImport(f *testing.F) {
	f.Add([]byte(`{"keys":[{"kty":"EC","crv":"P-256"}]}`))
	f.Add([]byte(`{"id":"did:web:x","verificationMethod":[{"id":"did:web:x#1","controller":"did:web:x","publicKeyJwk":{}}],"assertionMethod":["did:web:x#1"]}`))
	if dir := seedFolder(); dir != "" {
		f.Add([]byte(readText(f, dir, "smart-health-cards", "issuer-jwks.json")))
		f.Add([]byte(readText(f, dir, "nzcovidpass", "spec", "examples", "valid", "did.json")))
		for i, name := range filesUnder(f, filepath.Join(dir, "dgc-testdata", "common"), ".json") {
			var v dgcVector
			readJSON(f, filepath.Join(dir, "dgc-testdata", "common", name), &v)
			if der, err := base64.StdEncoding.DecodeString(v.Context.Certificate); err == nil && i < 20 {
				f.Add(der)
			}
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if keys, _, err := shc.ImportKeys(b); err == nil {
			publish(t, shc.Name, "https://issuer.example", keys)
		}
		if d, err := nzcp.ImportDocument(b, "did:web:nzcp.covid19.health.nz"); err == nil {
			publish(t, nzcp.Name, d.Issuer, d.Keys)
		}
		if s, err := dcc.ParseSigner(b); err == nil {
			if k, err := s.PartnerKey(); err == nil {
				publish(t, dcc.Name, "XX", []trust.PartnerKey{k})
			}
		}
	})
}

func publish(t *testing.T, format, issuer string, keys []trust.PartnerKey) {
	t.Helper()
	if _, err := foreigntest.Bundle(gateTime, foreigntest.Entry(format, keys, issuer)); err != nil {
		t.Errorf("what was imported as %s cannot be published: %v", format, err)
	}
}
