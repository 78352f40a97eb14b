package bundlefile_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"healthcode.example/crypto/cose"
	"healthcode.example/trust"
)

// noon is when the worlds of the tests begin.
var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.FixedZone("UTC+8", 8*3600))

// region publishes bundles, one version after another.
type region struct {
	t        *testing.T
	name     string
	signer   *cose.PrivateKey
	snapshot *cose.PrivateKey
	root     []byte
	later    [][]byte // the roots after it
	keyList  []byte
}

func newRegion(t *testing.T, seed byte) *region { return newRegionOf(t, seed, "CN-GD") }

func newRegionOf(t *testing.T, seed byte, name string, partners ...trust.Partner) *region {
	t.Helper()
	random := rand.NewChaCha8([32]byte{seed})
	generate := func() *cose.PrivateKey {
		k, err := cose.Generate(cose.Ed25519, random)
		must(t, err)
		return k
	}
	r := &region{t: t, name: name, signer: generate(), snapshot: generate()}
	keys := []*cose.PublicKey{r.signer.Public()}
	var err error
	r.root, err = trust.SignRoot(&trust.Root{Version: 1, ExpiresAt: noon.AddDate(5, 0, 0).Unix(), Region: name,
		Threshold: 1, RootKeys: keys, ListThreshold: 1, ListKeys: keys}, r.signer)
	must(t, err)
	year := noon.AddDate(1, 0, 0).Unix()
	r.keyList, err = trust.SignKeyList(&trust.KeyList{Version: 1, IssuedAt: noon.Unix(), ExpiresAt: year, Region: name, Policy: trust.DefaultPolicy(), Partners: partners,
		Keys: []trust.IssuerKey{{Key: r.snapshot.Public(), Purpose: trust.SnapshotKey, State: trust.Published,
			UseFrom: noon.Unix(), UseUntil: year, VerifyUntil: year}}}, r.signer)
	must(t, err)
	return r
}

// publish makes the bundle of a version, published that many hours after noon and good for a day.
func (r *region) publish(version uint64) []byte {
	r.t.Helper()
	at := noon.Add(time.Duration(version) * time.Hour)
	list, err := trust.NewStatusList(trust.Phone, 20514, 22, []uint64{3, 5, 8})
	must(r.t, err)
	lists := []*trust.StatusList{list}
	snapshot, err := trust.SignSnapshot(&trust.Snapshot{Version: version, IssuedAt: at.Unix(), ExpiresAt: at.AddDate(0, 0, 1).Unix(), Region: r.name,
		Ceiling: 1000}, r.keyList, lists, r.snapshot)
	must(r.t, err)
	b, err := trust.Assemble(append([][]byte{r.root}, r.later...), r.keyList, snapshot, lists)
	must(r.t, err)
	return b
}

func (r *region) pin() *trust.Bundle {
	r.t.Helper()
	b, err := trust.Pin(r.root)
	must(r.t, err)
	return b
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
