// Package foreigntest makes what tests of foreign formats need: bundles that list partners, and codes of each format with synthetic content. Its
// keys are public: never trust them.
package foreigntest

import (
	"bytes"
	"crypto/sha256"
	"time"

	"healthcode.example/credential"
	"healthcode.example/crypto/cose"
	"healthcode.example/trust"
)

// Region is the home region of the bundles.
const Region = "CN-GD"

// Entry is a partner that speaks for the issuers in the format, whose codes count for a year whatever they prove.
func Entry(format string, keys []trust.PartnerKey, issuers ...string) trust.Partner {
	return trust.Partner{
		Name: format + " " + issuers[0], Issuers: issuers, Formats: []string{format}, Keys: keys,
		Policy: trust.PartnerPolicy{Kinds: []credential.Kind{credential.Paper}, UnknownAge: 366 * 24 * time.Hour},
	}
}

// Bundle publishes a bundle at the time, with the partners in its key list, and loads it as a gate would.
func Bundle(at time.Time, partners ...trust.Partner) (*trust.Bundle, error) {
	root, list, snapshot, err := signers()
	if err != nil {
		return nil, err
	}
	signedRoot, err := trust.SignRoot(&trust.Root{
		Version: 1, ExpiresAt: at.AddDate(5, 0, 0).Unix(), Region: Region, Threshold: 1, RootKeys: []*cose.PublicKey{root.Public()},
		ListThreshold: 1, ListKeys: []*cose.PublicKey{list.Public()},
	}, root)
	if err != nil {
		return nil, err
	}
	keys, err := trust.SignKeyList(&trust.KeyList{
		Version: 1, IssuedAt: at.AddDate(0, -1, 0).Unix(), ExpiresAt: at.AddDate(1, 0, 0).Unix(), Region: Region, Policy: trust.DefaultPolicy(), Partners: partners,
		Keys: []trust.IssuerKey{{
			Key: snapshot.Public(), Purpose: trust.SnapshotKey, State: trust.Published,
			UseFrom: at.AddDate(0, -1, 0).Unix(), UseUntil: at.AddDate(0, 1, 0).Unix(), VerifyUntil: at.AddDate(0, 2, 0).Unix(),
		}},
	}, list)
	if err != nil {
		return nil, err
	}
	signedSnapshot, err := trust.SignSnapshot(&trust.Snapshot{
		Version: 1, IssuedAt: at.Unix(), ExpiresAt: at.AddDate(0, 0, 7).Unix(), Region: Region, Ceiling: 1,
	}, keys, nil, snapshot)
	if err != nil {
		return nil, err
	}
	file, err := trust.Assemble([][]byte{signedRoot}, keys, signedSnapshot, nil)
	if err != nil {
		return nil, err
	}
	pinned, err := trust.Pin(signedRoot)
	if err != nil {
		return nil, err
	}
	return trust.Update(pinned, file, at)
}

func signers() (root, list, snapshot *cose.PrivateKey, err error) {
	for name, k := range map[string]**cose.PrivateKey{"root": &root, "list": &list, "snapshot": &snapshot} {
		if *k, err = Key(cose.Ed25519, name); err != nil {
			return nil, nil, nil, err
		}
	}
	return root, list, snapshot, nil
}

// Key makes the key with the name.
func Key(alg cose.Algorithm, name string) (*cose.PrivateKey, error) {
	seed := sha256.Sum256([]byte("healthcode TEST KEY foreign " + name))
	return cose.Generate(alg, bytes.NewReader(seed[:]))
}
