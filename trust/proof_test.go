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
		trust.PartnerKey{Key: key, Purposes: paper, KeyID: []byte("first"), Until: at.Unix() + 1, From: at.Unix()},
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
	if k := keys[0]; k.From != at.Unix() || k.Until != at.Unix()+1 || keys[1].From != 0 {
		t.Errorf("times: %d to %d", k.From, k.Until)
	}
	for name, entry := range map[string]trust.Partner{
		"an end before its beginning": foreignEntry(trust.PartnerKey{Key: key, Purposes: paper, From: 2, Until: 2}),
		"a beginning before 1970":     foreignEntry(trust.PartnerKey{Key: key, Purposes: paper, From: -1}),
		"a beginning past 9999":       foreignEntry(trust.PartnerKey{Key: key, Purposes: paper, From: 253402300800}),
		"a kid twice":                 foreignEntry(trust.PartnerKey{Key: key, Purposes: paper, KeyID: []byte("a")}, trust.PartnerKey{Key: key, Purposes: paper, KeyID: []byte("a")}),
		"a proof twice":               foreignEntry(trust.PartnerKey{Key: key, Purposes: paper, Proofs: []trust.Proof{trust.Test, trust.Test}}),
		"all proofs":                  foreignEntry(trust.PartnerKey{Key: key, Purposes: paper, Proofs: []trust.Proof{1, 2, 3}}),
		"a proof nobody knows":        foreignEntry(trust.PartnerKey{Key: key, Purposes: paper, Proofs: []trust.Proof{4}}),
		"an RSA key with YK1":         ours(foreignEntry(trust.PartnerKey{Key: key, Purposes: paper})),
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

func TestNoRoleAndNoIssuerOfOursHasAnRSAKey(t *testing.T) {
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	key, err := cose.NewPS256(&private.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := foreigntest.Key(cose.Ed25519, "root")
	if err != nil {
		t.Fatal(err)
	}
	good := []*cose.PublicKey{signer.Public()}
	for name, r := range map[string]trust.Root{
		"root":     {RootKeys: append(good[:1:1], key), ListKeys: good},
		"key list": {RootKeys: good, ListKeys: []*cose.PublicKey{key}},
	} {
		r.Version, r.ExpiresAt, r.Region, r.Threshold, r.ListThreshold = 1, 1_900_000_000, "CN-GD", 1, 1
		if _, err := trust.SignRoot(&r, signer); err == nil {
			t.Errorf("an RSA key has the role %s", name)
		}
	}
	list := trust.KeyList{
		Version: 1, IssuedAt: 1_800_000_000, ExpiresAt: 1_900_000_000, Region: "CN-GD", Policy: trust.DefaultPolicy(),
		Keys: []trust.IssuerKey{{Key: key, Purpose: trust.Paper, State: trust.Published, UseFrom: 1_800_000_000, UseUntil: 1_850_000_000, VerifyUntil: 1_850_000_000}},
	}
	if _, err := trust.SignKeyList(&list, signer); err == nil {
		t.Error("an issuer of ours has an RSA key")
	}
	list.Keys[0].Key = signer.Public()
	if _, err := trust.SignKeyList(&list, signer); err != nil {
		t.Errorf("the same list with another key: %v", err)
	}
}
