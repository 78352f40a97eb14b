package main

import (
	"bytes"
	"compress/zlib"
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fxamacker/cbor/v2"
	"github.com/lestrrat-go/jwx/v3/jwk"
	gocose "github.com/veraison/go-cose"

	"healthcode.example/api"
	"healthcode.example/credential"
)

// does runs a command line and wants it to work.
func does(t *testing.T, args ...string) string {
	t.Helper()
	var out, notes bytes.Buffer
	c := newConsole()
	c.in, c.out, c.err, c.progress = strings.NewReader(""), &out, &notes, false
	if code := run(context.Background(), args, c); code != exitOK {
		t.Fatalf("healthcode %s: exit code %d\n%s", strings.Join(args, " "), code, notes.String())
	}
	return out.String()
}

// TestAPartnerLooksUpARevokedCodeWithStandardLibraries follows the way of a partner who has pinned the signed list's key and nothing else of ours.
func TestAPartnerLooksUpARevokedCodeWithStandardLibraries(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	people := "name,document_type,document_number,birth_date,region\n李伟,resident-id,990106197912081179,1979-12-08,440106\n"
	if err := os.WriteFile(at("people.csv"), []byte(people), 0o600); err != nil {
		t.Fatal(err)
	}
	does(t, "import", "--data", at("data"), at("people.csv"))
	export := []string{"bundle", "export", "--data", at("data"), "--publish", "--out", at("bundle.ykb"), "--signed-keys", at("keys.jws"), "--status-lists", at("lists"), "--status-uri", "https://codes.example/status/"}
	paper := func() credential.Status {
		text := strings.TrimSpace(does(t, "issue", "--data", at("data"), "--document", "resident-id:990106197912081179"))
		u, err := credential.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		return u.Codes[0].Claims.Members[0].Status
	}
	first := paper()
	second := paper() // a reprint ends the first
	if err := os.Mkdir(at("lists"), 0o700); err != nil {
		t.Fatal(err)
	}
	does(t, export...)

	compact := read(t, at("keys.jws"))
	signers := pinnedSigners(t, compact)
	list := verifiedKeys(t, compact, signers)
	if list.Issuer != "CN-GD" || len(list.Lists) == 0 || list.ExpiresAt <= list.IssuedAt || !strings.HasPrefix(list.Lists[0].Subject, "https://codes.example/status/") {
		t.Errorf("the signed list says %+v", list)
	}
	for _, want := range []struct {
		status  credential.Status
		revoked bool
	}{{first, true}, {second, false}} {
		name := at("lists/") + "/paper-" + itoa(want.status.List)
		for form, bits := range map[string][]byte{"JWT": bitsOfJWT(t, read(t, name+".jwt"), signers), "CWT": bitsOfCWT(t, readBytes(t, name+".cwt"), signers)} {
			if got := bits[want.status.Index/8]>>(want.status.Index%8)&1 == 1; got != want.revoked {
				t.Errorf("%s: the code at %d is revoked: %v, want %v", form, want.status.Index, got, want.revoked)
			}
		}
	}
}

// read gives a text without the line feed at its end.
func read(t *testing.T, path string) string {
	t.Helper()
	return strings.TrimSuffix(string(readBytes(t, path)), "\n")
}

// readBytes takes no line end away: every sixteenth Ed25519 signature ends with that byte.
func readBytes(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func itoa(n uint32) string { b, _ := json.Marshal(n); return string(b) }

// pinnedSigners are the keys of the signers as the partner got them once, with a fingerprint by voice.
func pinnedSigners(t *testing.T, compact string) jwk.Set {
	t.Helper()
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(compact, ".")[1])
	if err != nil {
		t.Fatal(err)
	}
	var list api.SignedKeys
	if err := json.Unmarshal(payload, &list); err != nil {
		t.Fatal(err)
	}
	set, err := jwk.Parse([]byte(`{"keys":` + string(list.Signers) + `}`))
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func verifiedKeys(t *testing.T, compact string, signers jwk.Set) (list api.SignedKeys) {
	t.Helper()
	if err := json.Unmarshal(verifyJWS(t, compact, api.TypeSignedKeys, signers), &list); err != nil {
		t.Fatal(err)
	}
	if _, err := jwk.Parse([]byte(`{"keys":` + string(list.Keys) + `}`)); err != nil {
		t.Error(err)
	}
	return list
}

// verifyJWS checks the signature (RFC 7515 §5.2, RFC 8037 §3.1) under the key that the header names, and that the object is of the kind.
func verifyJWS(t *testing.T, compact, typ string, signers jwk.Set) []byte {
	t.Helper()
	parts := strings.Split(compact, ".")
	if len(parts) != 3 {
		t.Fatalf("%d parts", len(parts))
	}
	raw := make([][]byte, 3)
	for i, part := range parts {
		var err error
		if raw[i], err = base64.RawURLEncoding.Strict().DecodeString(part); err != nil {
			t.Fatal(err)
		}
	}
	var header struct{ Alg, Kid, Typ string }
	if err := json.Unmarshal(raw[0], &header); err != nil {
		t.Fatal(err)
	}
	key, ok := signers.LookupKeyID(header.Kid)
	if !ok || header.Alg != "EdDSA" || header.Typ != typ {
		t.Fatalf("the header says %+v", header)
	}
	var public ed25519.PublicKey
	if err := jwk.Export(key, &public); err != nil {
		t.Fatal(err)
	}
	if !ed25519.Verify(public, []byte(parts[0]+"."+parts[1]), raw[2]) {
		t.Fatal("the signature is wrong")
	}
	return raw[1]
}

func bitsOfJWT(t *testing.T, text string, signers jwk.Set) []byte {
	t.Helper()
	payload := verifyJWS(t, text, "statuslist+jwt", signers)
	var claims struct {
		Expires int64 `json:"exp"`
		Status  struct {
			List string `json:"lst"`
		} `json:"status_list"`
	}
	if err := json.Unmarshal(payload, &claims); err != nil {
		t.Fatal(err)
	}
	if claims.Expires <= time.Now().Unix() {
		t.Error("the token has expired")
	}
	raw, err := base64.RawURLEncoding.DecodeString(claims.Status.List)
	if err != nil {
		t.Fatal(err)
	}
	return inflate(t, raw)
}

func bitsOfCWT(t *testing.T, raw []byte, signers jwk.Set) []byte {
	t.Helper()
	var message gocose.Sign1Message
	if err := message.UnmarshalCBOR(raw); err != nil {
		t.Fatal(err)
	}
	verified := false
	for i := range signers.Len() {
		key, _ := signers.Key(i)
		var public ed25519.PublicKey
		if err := jwk.Export(key, &public); err != nil {
			t.Fatal(err)
		}
		v, err := gocose.NewVerifier(gocose.AlgorithmEdDSA, public)
		if err != nil {
			t.Fatal(err)
		}
		verified = verified || message.Verify(nil, v) == nil
	}
	if !verified {
		t.Fatal("no signer signed the token")
	}
	var claims struct {
		Status struct {
			List []byte `cbor:"lst"`
		} `cbor:"65533,keyasint"`
	}
	if err := cbor.Unmarshal(message.Payload, &claims); err != nil {
		t.Fatal(err)
	}
	return inflate(t, claims.Status.List)
}

func inflate(t *testing.T, b []byte) []byte {
	t.Helper()
	z, err := zlib.NewReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	bits, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return bits
}
