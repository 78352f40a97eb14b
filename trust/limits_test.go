package trust

import (
	"strings"
	"testing"

	"healthcode.example/credential"
	"healthcode.example/crypto/cose"
)

// A list of runs packs eight indices into a byte: 64 MiB of them would fill 4 GiB of memory.
func TestASnapshotCannotAskForMoreMemoryThanAGateHas(t *testing.T) {
	s := &Snapshot{Version: 1, IssuedAt: 1, ExpiresAt: 2, Region: "CN-GD"}
	for day := range uint32(2) {
		s.Lists = append(s.Lists, ListRef{Purpose: Phone, Day: day, Width: 48, Count: maxIndices / 2, Size: maxListBytes})
	}
	if err := s.validate(); err != nil {
		t.Fatal(err)
	}
	s.Lists[1].Count++
	if err := s.validate(); err == nil || !strings.Contains(err.Error(), "indices") {
		t.Errorf("a snapshot of %d indices: %v", uint64(maxIndices)+1, err)
	}
	s.Lists[0].Count, s.Lists[1].Count = 1<<63, 1<<63 // whose sum is zero
	if err := s.validate(); err == nil {
		t.Error("counts that overflow are taken")
	}
}

// spelled signs a key list in a form that SignKeyList would not write.
func spelled(t *testing.T, change func(*wireKeyList)) error {
	t.Helper()
	k, err := cose.Generate(cose.Ed25519, strings.NewReader(strings.Repeat("TEST KEY", 32)))
	if err != nil {
		t.Fatal(err)
	}
	other, err := cose.Generate(cose.Ed25519, strings.NewReader(strings.Repeat("test key", 32)))
	if err != nil {
		t.Fatal(err)
	}
	uses := []Purpose{Phone, Paper}
	p := Partner{
		Name: "A", Issuers: []string{"XA", "XB"}, Formats: []string{"HC1", "SHC"}, Keys: []PartnerKey{{Key: k.Public(), Purposes: uses}, {Key: other.Public(), Purposes: uses}},
		Policy: PartnerPolicy{Kinds: []credential.Kind{credential.Phone, credential.Paper}, UnknownAge: 3600e9},
	}
	b := p
	b.Name, b.Issuers = "B", []string{"XC"}
	w := wireKeyList{Version: 1, Issued: 1, Expires: 2, Region: "CN-GD", Keys: []wireIssuerKey{}, Partners: []wirePartner{p.wire(), b.wire()}, Policy: DefaultPolicy().wire()}
	change(&w)
	payload, err := cose.Marshal(w)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := cose.SignSign(TypeKeyList, payload, k)
	if err != nil {
		t.Fatal(err)
	}
	_, err = ReadKeyList(raw)
	return err
}

func TestAPartnerEntryHasOneSpelling(t *testing.T) {
	if err := spelled(t, func(*wireKeyList) {}); err != nil {
		t.Fatal(err)
	}
	swap := func(s []string) { s[0], s[1] = s[1], s[0] }
	for name, change := range map[string]func(w *wireKeyList){
		"partners in another order":   func(w *wireKeyList) { w.Partners[0], w.Partners[1] = w.Partners[1], w.Partners[0] },
		"a partner twice":             func(w *wireKeyList) { w.Partners[1] = w.Partners[0] },
		"issuers in another order":    func(w *wireKeyList) { swap(w.Partners[0].Issuers) },
		"formats in another order":    func(w *wireKeyList) { swap(w.Partners[0].Formats) },
		"keys in another order":       func(w *wireKeyList) { k := w.Partners[0].Keys; k[0], k[1] = k[1], k[0] },
		"purposes in another order":   func(w *wireKeyList) { w.Partners[0].Keys[0].Purposes = []uint64{2, 1} },
		"a purpose beyond a byte":     func(w *wireKeyList) { w.Partners[0].Keys[0].Purposes = []uint64{1, 258} },
		"kinds in another order":      func(w *wireKeyList) { w.Partners[0].Policy.Kinds = []uint64{2, 1} },
		"a kind beyond a byte":        func(w *wireKeyList) { w.Partners[0].Policy.Kinds = []uint64{1, 258} },
		"a colour map of two":         func(w *wireKeyList) { w.Partners[0].Policy.Colours = []uint64{1, 2} },
		"a colour map of the same":    func(w *wireKeyList) { w.Partners[0].Policy.Colours = []uint64{1, 2, 3} },
		"a colour beyond a byte":      func(w *wireKeyList) { w.Partners[0].Policy.Colours = []uint64{1, 258, 3} },
		"a test age of centuries":     func(w *wireKeyList) { w.Partners[0].Policy.Test = 1 << 40 },
		"an unknown age of centuries": func(w *wireKeyList) { w.Partners[0].Policy.Unknown = 1 << 40 },
		"a key of no kind":            func(w *wireKeyList) { w.Partners[0].Keys[0].Key = []byte{0xa0} },
		"more keys than a list may have": func(w *wireKeyList) {
			for len(w.Partners[1].Keys) <= maxKeys {
				w.Partners[1].Keys = append(w.Partners[1].Keys, w.Partners[1].Keys[0])
			}
		},
	} {
		if err := spelled(t, change); err == nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
