package trust_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"healthcode.example/credential"
	"healthcode.example/crypto/cose"
	"healthcode.example/trust"
)

// macao is an entry that every test changes in one place.
func macao(t *testing.T) trust.Partner {
	t.Helper()
	return trust.Partner{
		Name: "Macao (fictional)", Issuers: []string{"CN-MO"}, Formats: []string{trust.FormatYK1}, Root: bytes.Repeat([]byte{7}, 32),
		Keys: []trust.PartnerKey{
			{Key: named(t, "macao phone").Public(), Purposes: []trust.Purpose{trust.Phone}},
			{Key: named(t, "macao paper").Public(), Purposes: []trust.Purpose{trust.Paper}, Until: noon.AddDate(0, 6, 0).Unix()},
		},
		Policy: trust.PartnerPolicy{
			Kinds: []credential.Kind{credential.Phone, credential.Household}, UnknownAge: 6 * time.Hour, RefreshAge: 6 * time.Hour, TestAge: 48 * time.Hour,
			EndOfDay: true, Gates: []string{"border", "port-2"}, Colours: trust.ColourMap{credential.Green, credential.Red, credential.Red},
		},
	}
}

var noon = time.Unix(1_790_049_600, 0) // 2026-09-22T12:00:00+08:00

// named makes the same test key for the same name in every run.
func named(t *testing.T, name string) *cose.PrivateKey {
	t.Helper()
	k, err := cose.Generate(cose.Ed25519, strings.NewReader(strings.Repeat("TEST KEY of "+name, 8)))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func keyListWith(t *testing.T, partners ...trust.Partner) *trust.KeyList {
	t.Helper()
	window := func(p trust.Purpose, name string) trust.IssuerKey {
		return trust.IssuerKey{
			Key: named(t, name).Public(), Purpose: p, State: trust.Published,
			UseFrom: noon.AddDate(0, -1, 0).Unix(), UseUntil: noon.AddDate(0, 1, 0).Unix(), VerifyUntil: noon.AddDate(0, 2, 0).Unix(),
		}
	}
	return &trust.KeyList{
		Version: 1, IssuedAt: noon.Unix(), ExpiresAt: noon.AddDate(0, 6, 0).Unix(), Region: "CN-GD",
		Keys:     []trust.IssuerKey{window(trust.SnapshotKey, "snapshot"), window(trust.Phone, "phone")},
		Partners: partners, Policy: trust.DefaultPolicy(),
	}
}

func TestAPartnerEntryComesBackAsItWasSigned(t *testing.T) {
	raw, err := trust.SignKeyList(keyListWith(t, macao(t)), named(t, "list"))
	if err != nil {
		t.Fatal(err)
	}
	list, err := trust.ReadKeyList(raw)
	if err != nil {
		t.Fatal(err)
	}
	p, want := list.FindPartner(trust.FormatYK1, "CN-MO"), macao(t)
	if p == nil {
		t.Fatal("the partner for CN-MO is not found")
	}
	if p.Name != want.Name || !bytes.Equal(p.Root, want.Root) || len(p.Keys) != 2 || p.Policy.Colours != want.Policy.Colours ||
		!slices.Equal(p.Policy.Kinds, want.Policy.Kinds) || p.Policy.UnknownAge != want.Policy.UnknownAge ||
		p.Policy.RefreshAge != want.Policy.RefreshAge || p.Policy.TestAge != want.Policy.TestAge || !p.Policy.EndOfDay || !slices.Equal(p.Policy.Gates, want.Policy.Gates) {
		t.Errorf("read back %+v, signed %+v", p, want)
	}
	if list.FindPartner("HC1", "CN-MO") != nil || list.FindPartner(trust.FormatYK1, "CN-HK") != nil {
		t.Error("a partner speaks for a format or an issuer that its entry does not name")
	}
}

func TestTheSameEntriesInAnyOrderAreTheSameBytes(t *testing.T) {
	other := trust.Partner{
		Name: "Atlantis", Issuers: []string{"XB", "XA"}, Formats: []string{"SHC", "HC1"},
		Keys:   []trust.PartnerKey{{Key: named(t, "atlantis").Public(), Purposes: []trust.Purpose{trust.Paper, trust.Phone}, KeyID: []byte("kid")}},
		Policy: trust.PartnerPolicy{Kinds: []credential.Kind{credential.Paper, credential.Phone}, UnknownAge: 180 * 24 * time.Hour},
	}
	turned := other
	turned.Issuers, turned.Formats = []string{"XA", "XB"}, []string{"HC1", "SHC"}
	turned.Policy.Kinds = []credential.Kind{credential.Phone, credential.Paper}
	identity := macao(t)
	identity.Policy.Colours = trust.ColourMap{}
	spelled := macao(t)
	spelled.Policy.Colours = trust.ColourMap{credential.Green, credential.Yellow, credential.Red}
	slices.Reverse(spelled.Keys)
	one, err := trust.SignKeyList(keyListWith(t, other, spelled), named(t, "list"))
	if err != nil {
		t.Fatal(err)
	}
	two, err := trust.SignKeyList(keyListWith(t, identity, turned), named(t, "list"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(one, two) {
		t.Error("the order in which a ceremony names partners, keys or kinds changes what is signed")
	}
}

func TestAPartnerEntryThatCouldSpeakForUsOrMeansNothingIsNotSigned(t *testing.T) {
	for name, spoil := range map[string]func(p *trust.Partner){
		"our own region":                     func(p *trust.Partner) { p.Issuers = []string{"CN-GD"} },
		"our own region in other letters":    func(p *trust.Partner) { p.Formats, p.Root, p.Issuers = []string{"HC1"}, nil, []string{"cn-gd"} },
		"one of our keys":                    func(p *trust.Partner) { p.Keys[0].Key = named(t, "phone").Public() },
		"a key twice":                        func(p *trust.Partner) { p.Keys[1].Key = p.Keys[0].Key },
		"a key that signs snapshots":         func(p *trust.Partner) { p.Keys[0].Purposes = []trust.Purpose{trust.SnapshotKey} },
		"a key without purpose":              func(p *trust.Partner) { p.Keys[0].Purposes = nil },
		"a foreign kid on a code of ours":    func(p *trust.Partner) { p.Keys[0].KeyID = []byte{1} },
		"a key that ends before 1970":        func(p *trust.Partner) { p.Keys[0].Until = -1 },
		"a beginning of a key of our format": func(p *trust.Partner) { p.Keys[0].From = 1 },
		"no name":                            func(p *trust.Partner) { p.Name = "" },
		"a name that redraws the line":       func(p *trust.Partner) { p.Name = "Macao\u202eoacaM" },
		"no issuer":                          func(p *trust.Partner) { p.Issuers = nil },
		"an issuer twice":                    func(p *trust.Partner) { p.Issuers = []string{"CN-MO", "CN-MO"} },
		"an issuer that YK1 cannot carry":    func(p *trust.Partner) { p.Issuers = []string{"Macao"} },
		"no format":                          func(p *trust.Partner) { p.Formats = nil },
		"an unknown format":                  func(p *trust.Partner) { p.Formats = []string{"PDF"} },
		"a short fingerprint":                func(p *trust.Partner) { p.Root = p.Root[:31] },
		"neither root nor keys":              func(p *trust.Partner) { p.Root, p.Keys = nil, nil },
		"keys alone and no age for them":     func(p *trust.Partner) { p.Root, p.Policy.UnknownAge = nil, 0 },
		"no kind":                            func(p *trust.Partner) { p.Policy.Kinds = nil },
		"an unknown kind":                    func(p *trust.Partner) { p.Policy.Kinds = []credential.Kind{9} },
		"half a second":                      func(p *trust.Partner) { p.Policy.RefreshAge = 1500 * time.Millisecond * 60 * 60 / 7 },
		"a negative age":                     func(p *trust.Partner) { p.Policy.UnknownAge = -time.Hour },
		"two years with status unknown":      func(p *trust.Partner) { p.Policy.UnknownAge = 2 * 366 * 24 * time.Hour },
		"a test age of minutes":              func(p *trust.Partner) { p.Policy.TestAge = 90 * time.Minute },
		"a test age of a year":               func(p *trust.Partner) { p.Policy.TestAge = 365 * 24 * time.Hour },
		"red as green":                       func(p *trust.Partner) { p.Policy.Colours = trust.ColourMap{1, 1, 1} },
		"a worse colour that becomes better": func(p *trust.Partner) { p.Policy.Colours = trust.ColourMap{2, 1, 3} },
		"a colour outside the registry":      func(p *trust.Partner) { p.Policy.Colours = trust.ColourMap{1, 2, 4} },
		"a gate in capitals":                 func(p *trust.Partner) { p.Policy.Gates = []string{"Border"} },
		"a gate without a name":              func(p *trust.Partner) { p.Policy.Gates = []string{""} },
		"a gate twice":                       func(p *trust.Partner) { p.Policy.Gates = []string{"border", "border"} },
		"a colour map with a hole":           func(p *trust.Partner) { p.Policy.Colours = trust.ColourMap{1, 0, 3} },
	} {
		t.Run(name, func(t *testing.T) {
			p := macao(t)
			spoil(&p)
			if _, err := trust.SignKeyList(keyListWith(t, p), named(t, "list")); err == nil {
				t.Error("signed")
			}
		})
	}
}

func TestTwoPartnersNeverShareAnIssuerANameOrARoot(t *testing.T) {
	for name, spoil := range map[string]func(p *trust.Partner){
		"issuer": func(p *trust.Partner) { p.Issuers = []string{"CN-HK", "CN-MO"} },
		"name":   func(p *trust.Partner) { p.Name = macao(t).Name },
		"root":   func(p *trust.Partner) { p.Root = macao(t).Root },
	} {
		p := macao(t)
		p.Name, p.Issuers, p.Root = "Hong Kong (fictional)", []string{"CN-HK"}, bytes.Repeat([]byte{8}, 32)
		if _, err := trust.SignKeyList(keyListWith(t, macao(t), p), named(t, "list")); err != nil {
			t.Fatal(err)
		}
		spoil(&p)
		if _, err := trust.SignKeyList(keyListWith(t, macao(t), p), named(t, "list")); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("two partners with one %s: %v", name, err)
		}
	}
}

// bundleOf publishes the key list under a root of its region.
func bundleOf(t *testing.T, list *trust.KeyList) (root, file []byte) {
	t.Helper()
	root, err := trust.SignRoot(&trust.Root{
		Version: 1, ExpiresAt: noon.AddDate(5, 0, 0).Unix(), Region: list.Region,
		Threshold: 1, RootKeys: []*cose.PublicKey{named(t, "root").Public()}, ListThreshold: 1, ListKeys: []*cose.PublicKey{named(t, "list").Public()},
	}, named(t, "root"))
	if err != nil {
		t.Fatal(err)
	}
	keys, err := trust.SignKeyList(list, named(t, "list"))
	if err != nil {
		t.Fatal(err)
	}
	snapshot, err := trust.SignSnapshot(&trust.Snapshot{
		Version: 1, IssuedAt: noon.Unix(), ExpiresAt: noon.AddDate(0, 0, 7).Unix(), Region: list.Region,
	}, keys, nil, named(t, "snapshot"))
	if err != nil {
		t.Fatal(err)
	}
	if file, err = trust.Assemble([][]byte{root}, keys, snapshot, nil); err != nil {
		t.Fatal(err)
	}
	return root, file
}

func TestAPartnerThatHoldsOurRootIsRefusedWithTheKeyList(t *testing.T) {
	root, _ := bundleOf(t, keyListWith(t))
	pinned, err := trust.Pin(root)
	if err != nil {
		t.Fatal(err)
	}
	fingerprint, err := trust.RootFingerprint(root)
	if err != nil {
		t.Fatal(err)
	}
	if !pinned.Follows(unhex(t, fingerprint)) || pinned.Follows(make([]byte, 32)) {
		t.Error("a bundle follows its own root and no other")
	}
	for name, spoil := range map[string]func(p *trust.Partner){
		"its fingerprint":   func(p *trust.Partner) { p.Root = unhex(t, fingerprint) },
		"its root key":      func(p *trust.Partner) { p.Keys[0].Key = named(t, "root").Public() },
		"its key-list key":  func(p *trust.Partner) { p.Keys[0].Key = named(t, "list").Public() },
		"nothing of itself": func(*trust.Partner) {},
	} {
		p := macao(t)
		spoil(&p)
		_, file := bundleOf(t, keyListWith(t, p))
		_, err := trust.Update(pinned, file, noon)
		if harmless := name == "nothing of itself"; harmless && err != nil || !harmless && !errors.Is(err, trust.ErrRegion) {
			t.Errorf("a partner with %s: %v", name, err)
		}
	}
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
