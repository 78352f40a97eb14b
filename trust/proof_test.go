package trust_test

import (
	"crypto/rand"
	"crypto/rsa"
	"testing"
	"time"

	"healthcode.example/credential"
	"healthcode.example/crypto/cose"
	"healthcode.example/trust"
	"healthcode.example/verifier/foreigntest"
)

// foreignEntry is a partner of another format with the keys.
func foreignEntry(keys ...trust.PartnerKey) trust.Partner {
	return trust.Partner{
		Name: "XX", Issuers: []string{"XX"}, Formats: []string{"HC1"}, Keys: keys,
		Policy: trust.PartnerPolicy{Kinds: []credential.Kind{credential.Paper}, UnknownAge: 24 * time.Hour},
	}
}

func TestKeysOfOtherFormatsSurviveTheBundle(t *testing.T) {
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	key, err := cose.NewPS256(&private.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	paper := []trust.Purpose{trust.Paper}
	at := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	b, err := foreigntest.Bundle(at, foreignEntry(
		trust.PartnerKey{Key: key, Purposes: paper, KeyID: []byte("renewed"), Proofs: []trust.Proof{trust.Recovery, trust.Test}},
		trust.PartnerKey{Key: key, Purposes: paper, KeyID: []byte("first"), Until: at.Unix() + 1},
	))
	if err != nil {
		t.Fatal(err)
	}
	keys := b.KeyList().Partners[0].Keys
	if len(keys) != 2 || string(keys[0].KeyID) != "first" || !keys[1].Key.Equal(key) || keys[1].Key.Algorithm() != cose.PS256 {
		t.Fatalf("got %+v", keys)
	}
	if k := keys[1]; !k.Vouches(trust.Test) || !k.Vouches(trust.Recovery) || k.Vouches(trust.Vaccination) || k.Vouches(0) || !keys[0].Vouches(0) {
		t.Errorf("proofs: %v", k.Proofs)
	}
	for name, entry := range map[string]trust.Partner{
		"a kid twice":          foreignEntry(trust.PartnerKey{Key: key, Purposes: paper, KeyID: []byte("a")}, trust.PartnerKey{Key: key, Purposes: paper, KeyID: []byte("a")}),
		"a proof twice":        foreignEntry(trust.PartnerKey{Key: key, Purposes: paper, Proofs: []trust.Proof{trust.Test, trust.Test}}),
		"all proofs":           foreignEntry(trust.PartnerKey{Key: key, Purposes: paper, Proofs: []trust.Proof{1, 2, 3}}),
		"a proof nobody knows": foreignEntry(trust.PartnerKey{Key: key, Purposes: paper, Proofs: []trust.Proof{4}}),
		"an RSA key with YK1":  ours(foreignEntry(trust.PartnerKey{Key: key, Purposes: paper})),
	} {
		if _, err := foreigntest.Bundle(at, entry); err == nil {
			t.Errorf("%s: published", name)
		}
	}
}

func ours(p trust.Partner) trust.Partner {
	p.Formats, p.Issuers = []string{trust.FormatYK1}, []string{"CN-HK"}
	return p
}
