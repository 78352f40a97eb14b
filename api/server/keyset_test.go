package server_test

import (
	"crypto"
	"strings"
	"testing"
	"time"

	"github.com/fxamacker/cbor/v2"
	"github.com/lestrrat-go/jwx/v3/jwk"
	gocose "github.com/veraison/go-cose"

	"healthcode.example/api"
	"healthcode.example/credential"
	"healthcode.example/crypto/base45"
	"healthcode.example/trust"
)

// TestAPartnerVerifiesWithAStandardLibraryAndAKeySetAlone takes keys from both sets and a code from the air.
func TestAPartnerVerifiesWithAStandardLibraryAndAKeySetAlone(t *testing.T) {
	w := newWorld(t)
	_, _, jwks := w.call("GET", "/.well-known/jwks.json", "", "")
	_, _, coseKeys := w.call("GET", "/.well-known/cose-keys", "", "")
	raw, err := base45.Decode(strings.TrimPrefix(w.paper(w.stranger), credential.Prefix))
	w.must(err)
	u, err := credential.Parse(credential.Text(raw))
	w.must(err)
	var message gocose.UntaggedSign1Message
	w.must(message.UnmarshalCBOR(raw))

	set, err := jwk.Parse(jwks)
	w.must(err)
	key, ok := set.LookupKeyID(u.Codes[0].Message.KeyID.String())
	if !ok {
		t.Fatal("the code's key is not in the JWK Set")
	}
	var public crypto.PublicKey
	w.must(jwk.Export(key, &public))
	v, err := gocose.NewVerifier(gocose.AlgorithmEdDSA, public)
	w.must(err)
	if err := message.Verify(nil, v); err != nil {
		t.Errorf("by the JWK Set: %v", err)
	}

	var list []cbor.RawMessage
	w.must(cbor.Unmarshal(coseKeys, &list))
	found := false
	for _, b := range list {
		var k gocose.Key
		w.must(k.UnmarshalCBOR(b))
		id := u.Codes[0].Message.KeyID
		if string(k.ID) != string(id[:]) {
			continue
		}
		found = true
		v, err := k.Verifier()
		w.must(err)
		if err := message.Verify(nil, v); err != nil {
			t.Errorf("by the COSE_KeySet: %v", err)
		}
	}
	if !found || len(list) != set.Len() {
		t.Errorf("%d COSE keys, %d JWKs, found %v", len(list), set.Len(), found)
	}
}

func TestTheKeySetsHoldOnlyKeysUnderWhichACodeCanBeGood(t *testing.T) {
	w := newWorld(t)
	bundle := w.issuer.Bundle()
	for _, c := range []struct {
		name string
		at   time.Time
		want int
	}{
		{"now: phone and paper, each with its standby", w.now(), 4},
		{"before their use", w.now().Add(-time.Hour), 0},
		{"after all they signed has expired", w.now().AddDate(3, 0, 0), 0},
	} {
		set := w.jwks(bundle, c.at)
		if set.Len() != c.want {
			t.Errorf("%s: %d keys, want %d", c.name, set.Len(), c.want)
		}
	}
	list := bundle.KeyList()
	for i := range list.Keys { // the list is read anew for each test: this one may be spoilt
		if list.Keys[i].Purpose == trust.Paper {
			list.Keys[i].State = trust.Compromised
		}
	}
	if n := w.jwks(bundle, w.now()).Len(); n != 2 {
		t.Errorf("with compromised paper keys: %d keys, want 2", n)
	}
	if set := w.jwks(nil, w.now()); set.Len() != 0 {
		t.Error("keys of nothing")
	}
}

func (w *world) jwks(b *trust.Bundle, at time.Time) jwk.Set {
	w.t.Helper()
	raw, err := api.JWKSet(b, at)
	w.must(err)
	set, err := jwk.Parse(raw)
	w.must(err)
	return set
}

// TestAKeySetIsTheSameBytesUntilAKeyChanges keeps its entity tag from changing by itself.
func TestAKeySetIsTheSameBytesUntilAKeyChanges(t *testing.T) {
	w := newWorld(t)
	for _, path := range []string{"/.well-known/jwks.json", "/.well-known/cose-keys"} {
		_, first, _ := w.call("GET", path, "", "")
		for range 5 {
			w.advance(time.Minute)
			if _, h, _ := w.call("GET", path, "", ""); h.Get("ETag") != first.Get("ETag") {
				t.Fatalf("%s: the tag went from %s to %s", path, first.Get("ETag"), h.Get("ETag"))
			}
		}
	}
}
