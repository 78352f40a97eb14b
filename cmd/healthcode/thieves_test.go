package main

import (
	"math/rand/v2"
	"os"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"healthcode.example/crypto/cose"
	"healthcode.example/issuer/ceremony"
	"healthcode.example/trust"
)

// playThieves is what people do who have stolen key-list keys: from the newest bundle they make one of the last version that there is, whose
// key list holds a snapshot key of their own in the place of all of ours.
func playThieves(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 4 {
		ts.Fatalf("usage: thieves PASS BUNDLE OUT KEY...")
	}
	raw := []byte(ts.ReadFile(args[1]))
	first, err := trust.FirstRoot(raw)
	ts.Check(err)
	pinned, err := trust.Pin(first)
	ts.Check(err)
	now := time.Now()
	b, err := trust.Update(pinned, raw, now)
	ts.Check(err)
	var signers []cose.Signer
	for _, path := range args[3:] {
		f, err := ceremony.ParseKeyFile([]byte(ts.ReadFile(path)))
		ts.Check(err)
		key, err := f.Unlock([]byte(ts.ReadFile(args[0]))[:len("four words of somebody")])
		ts.Check(err)
		signers = append(signers, key)
	}
	own, err := cose.Generate(cose.Ed25519, rand.NewChaCha8([32]byte{66}))
	ts.Check(err)
	year := now.AddDate(1, 0, 0).Unix()
	list := *b.KeyList()
	list.Version, list.IssuedAt, list.ExpiresAt = trust.MaxVersion, now.Unix(), year
	list.Keys = []trust.IssuerKey{{Key: own.Public(), Purpose: trust.SnapshotKey, State: trust.Published, UseFrom: 1, UseUntil: year, VerifyUntil: year}}
	signed, err := trust.SignKeyList(&list, signers...)
	ts.Check(err)
	snapshot, err := trust.SignSnapshot(&trust.Snapshot{Version: trust.MaxVersion, IssuedAt: now.Unix(), ExpiresAt: year, Region: list.Region, Ceiling: 1 << 40},
		signed, b.Lists(), own)
	ts.Check(err)
	forged, err := trust.Assemble(b.SignedRoots(), signed, snapshot, b.Lists())
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), forged, 0o600))
}
