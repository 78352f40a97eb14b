package api_test

import (
	"encoding/base64"
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"healthcode.example/api"
	"healthcode.example/crypto/cose"
	"healthcode.example/verifier"
)

func newKey(t *testing.T, alg cose.Algorithm) *cose.PrivateKey {
	t.Helper()
	k, err := cose.Generate(alg, rand.NewChaCha8([32]byte{5}))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestAJWKIsReadAsItWasWritten(t *testing.T) {
	key := newKey(t, cose.ES256).Public()
	k, err := api.NewJWK(key)
	if err != nil {
		t.Fatal(err)
	}
	got, err := k.PublicKey()
	if err != nil || !got.Equal(key) {
		t.Errorf("%v %v", got, err)
	}
	if _, err := api.NewJWK(newKey(t, cose.Ed25519).Public()); err == nil {
		t.Error("an Ed25519 key was written as a P-256 one")
	}
}

func TestAJWKThatIsNoneIsRefusedWithoutRepeatingIt(t *testing.T) {
	good, err := api.NewJWK(newKey(t, cose.ES256).Public())
	if err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*api.JWK){
		"type":           func(k *api.JWK) { k.Type = "RSA" },
		"curve":          func(k *api.JWK) { k.Curve = "P-384" },
		"x too short":    func(k *api.JWK) { k.X = k.X[:40] },
		"x padded":       func(k *api.JWK) { k.X += "=" },
		"y missing":      func(k *api.JWK) { k.Y = "" },
		"off the curve":  func(k *api.JWK) { k.Y = k.X },
		"zero":           func(k *api.JWK) { k.X, k.Y = zeros(), zeros() },
		"trailing bits":  func(k *api.JWK) { k.Y = k.Y[:42] + "_" },
		"other alphabet": func(k *api.JWK) { k.X = "+" + k.X[1:] },
	} {
		k := *good
		spoil(&k)
		if _, err := k.PublicKey(); err == nil || strings.Contains(err.Error(), good.X) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func zeros() string { return base64.RawURLEncoding.EncodeToString(make([]byte, 32)) }

// TestTheWireResultHasEveryMemberOfTheVerifiers keeps the mirror whole: a member that the verifier gains must be here too.
func TestTheWireResultHasEveryMemberOfTheVerifiers(t *testing.T) {
	for _, pair := range [][2]any{
		{verifier.Result{}, api.Result{}}, {verifier.Member{}, api.Member{}}, {verifier.Ages{}, api.Ages{}},
	} {
		ours, theirs := members(pair[1]), members(pair[0])
		if strings.Join(ours, " ") != strings.Join(theirs, " ") {
			t.Errorf("%T has %v, %T has %v", pair[1], ours, pair[0], theirs)
		}
	}
}

func members(v any) (names []string) {
	for f := range reflect.TypeOf(v).Fields() {
		if tag := f.Tag.Get("json"); tag != "" {
			names = append(names, tag)
		}
	}
	return names
}

func TestEveryProblemHasAnErrorStatusAndATitle(t *testing.T) {
	for code, status := range api.Codes() {
		p := api.NewProblem(code, "why")
		if status < 400 || status > 599 || p.Status != status || p.Title == "" || p.Code != code || p.Detail != "why" {
			t.Errorf("%+v", p)
		}
	}
	if p := api.NewProblem("made_up", "secret"); p.Code != api.CodeInternal || p.Detail != "" {
		t.Errorf("%+v", p)
	}
}

func TestTheClientTellsAProblemFromAnotherFailure(t *testing.T) {
	for body, want := range map[string]string{
		`{"type":"x","title":"The service is not ready","status":503,"code":"not_ready","detail":"wait"}`: "The service is not ready (503 not_ready): wait",
		`<html>gateway</html>`: "is the address the service's own?",
		`{}`:                   "is the address the service's own?",
	} {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(503)
			_, _ = w.Write([]byte(body))
		}))
		c := api.Client{Base: s.URL + "/", HTTP: s.Client()}
		if _, err := c.Verify(t.Context(), "YK1:"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
		s.Close()
	}
}

func TestTheClientSendsItsTokenToTheWalletOnly(t *testing.T) {
	got := map[string]string{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got[r.URL.Path] = r.Header.Get("Authorization")
		_ = json.NewEncoder(w).Encode(api.VerificationResponse{Result: &api.Result{}})
	}))
	defer s.Close()
	c := api.Client{Base: s.URL, HTTP: s.Client(), Token: "secret"}
	_, err1 := c.Verify(t.Context(), "")
	_, err2 := c.Family(t.Context())
	if err1 != nil || err2 != nil || got["/v1/verifications"] != "" || got["/v1/wallet/family"] != "Bearer secret" {
		t.Errorf("%v %v %v", got, err1, err2)
	}
}
