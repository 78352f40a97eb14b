package verifier_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"testing"
	"time"

	"healthcode.example/credential"
	"healthcode.example/crypto/cose"
	"healthcode.example/trust"
)

// midday is the time of the two regions' tests: 2026-09-22T12:00:00+08:00.
var midday = time.Unix(1_790_049_600, 0)

// land is a region with all its keys, for tests of two regions that have nothing in common but files.
type land struct {
	t       *testing.T
	iss     string
	entries []trust.Partner
	keys    []trust.IssuerKey // beside phone, paper and snapshot
	states  map[trust.Purpose]trust.KeyState
	demo    bool
	revoked []uint64 // indices of today's phone list
	version uint64
}

func newLand(t *testing.T, iss string) *land {
	return &land{t: t, iss: iss, states: make(map[trust.Purpose]trust.KeyState)}
}

func (l *land) must(err error) {
	l.t.Helper()
	if err != nil {
		l.t.Fatal(err)
	}
}

// key makes the same test key for the same region and name in every run.
func (l *land) key(name string, alg cose.Algorithm) *cose.PrivateKey {
	l.t.Helper()
	var stream []byte
	for i := range 8 {
		sum := sha256.Sum256(fmt.Appendf(nil, "TEST KEY of %s: %s %d", l.iss, name, i))
		stream = append(stream, sum[:]...)
	}
	k, err := cose.Generate(alg, bytes.NewReader(stream))
	l.must(err)
	return k
}

func (l *land) signer(p trust.Purpose) *cose.PrivateKey { return l.key(p.String(), cose.Ed25519) }

func (l *land) root() []byte {
	l.t.Helper()
	public := func(name string) []*cose.PublicKey { return []*cose.PublicKey{l.key(name, cose.Ed25519).Public()} }
	raw, err := trust.SignRoot(&trust.Root{
		Version: 1, ExpiresAt: midday.AddDate(5, 0, 0).Unix(), Region: l.iss, Demo: l.demo,
		Threshold: 1, RootKeys: public("root"), ListThreshold: 1, ListKeys: public("list"),
	}, l.key("root", cose.Ed25519))
	l.must(err)
	return raw
}

func (l *land) fingerprint() []byte {
	l.t.Helper()
	text, err := trust.RootFingerprint(l.root())
	l.must(err)
	b, err := hex.DecodeString(text)
	l.must(err)
	return b
}

// keyList signs the key list as it is now.
func (l *land) keyList() []byte {
	l.t.Helper()
	list := trust.KeyList{
		Version: 1, IssuedAt: midday.AddDate(0, -1, 0).Unix(), ExpiresAt: midday.AddDate(1, 0, 0).Unix(), Region: l.iss,
		Keys: l.keys, Partners: l.entries, Policy: trust.DefaultPolicy(),
	}
	for _, p := range []trust.Purpose{trust.Phone, trust.Paper, trust.Rules, trust.SnapshotKey} {
		state := max(l.states[p], trust.Published)
		list.Keys = append(list.Keys, trust.IssuerKey{
			Key: l.signer(p).Public(), Purpose: p, State: state,
			UseFrom: midday.AddDate(0, -1, 0).Unix(), UseUntil: midday.AddDate(0, 1, 0).Unix(), VerifyUntil: midday.AddDate(0, 3, 0).Unix(),
		})
	}
	raw, err := trust.SignKeyList(&list, l.key("list", cose.Ed25519))
	l.must(err)
	return raw
}

// file publishes a bundle at the time.
func (l *land) file(at time.Time) []byte {
	l.t.Helper()
	keys, lists := l.keyList(), []*trust.StatusList(nil)
	for _, p := range []trust.Purpose{trust.Phone, trust.Paper} {
		for day := credential.ListDay(at.Unix()) - 2; day <= credential.ListDay(at.Unix()); day++ {
			var indices []uint64
			if p == trust.Phone && day == credential.ListDay(at.Unix()) {
				indices = l.revoked
			}
			list, err := trust.NewStatusList(p, day, 30, indices)
			l.must(err)
			lists = append(lists, list)
		}
	}
	l.version++
	snapshot, err := trust.SignSnapshot(&trust.Snapshot{
		Version: l.version, IssuedAt: at.Unix(), ExpiresAt: at.AddDate(0, 0, 7).Unix(), Region: l.iss, Ceiling: 1 << 27,
	}, keys, lists, l.signer(trust.SnapshotKey))
	l.must(err)
	file, err := trust.Assemble([][]byte{l.root()}, keys, snapshot, lists)
	l.must(err)
	return file
}

// bundle is what a gate has that loaded the file of that time.
func (l *land) bundle(at time.Time) *trust.Bundle {
	l.t.Helper()
	pinned, err := trust.Pin(l.root())
	l.must(err)
	b, err := trust.Update(pinned, l.file(at), at)
	l.must(err)
	return b
}

// entry is what another region's ceremony writes of this one: its root, its two keys, and a policy as at a border crossing.
func (l *land) entry() trust.Partner {
	l.t.Helper()
	return trust.Partner{
		Name: "Region " + l.iss, Issuers: []string{l.iss}, Formats: []string{trust.FormatYK1}, Root: l.fingerprint(),
		Keys: []trust.PartnerKey{
			{Key: l.signer(trust.Phone).Public(), Purposes: []trust.Purpose{trust.Phone}},
			{Key: l.signer(trust.Paper).Public(), Purposes: []trust.Purpose{trust.Paper}},
		},
		Policy: trust.PartnerPolicy{Kinds: []credential.Kind{credential.Phone, credential.Household}, UnknownAge: 2 * time.Hour},
	}
}

// claims are a green phone code of one person, issued at the time.
func (l *land) claims(at time.Time) *credential.Claims {
	l.t.Helper()
	return &credential.Claims{
		Issuer: l.iss, IssuedAt: at.Unix(), ExpiresAt: at.Add(24 * time.Hour).Unix(), Kind: credential.Phone, Holder: l.key("holder", cose.ES256).Public(),
		Members: []credential.Member{{Colour: credential.Green, Name: "张**", Status: credential.Status{List: credential.ListDay(at.Unix()), Index: 5}}},
	}
}

func (l *land) sign(c *credential.Claims) []byte {
	l.t.Helper()
	purpose := trust.Phone
	if c.Kind == credential.Paper {
		purpose = trust.Paper
	}
	code, err := c.Sign(l.signer(purpose))
	l.must(err)
	return code
}

// shown is the text of codes that their holder shows at the time.
func (l *land) shown(at time.Time, codes ...[]byte) string {
	l.t.Helper()
	b, err := (&credential.Presentation{At: at.Unix(), Codes: codes}).Sign(l.key("holder", cose.ES256))
	l.must(err)
	return credential.Text(b)
}
