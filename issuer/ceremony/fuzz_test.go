package ceremony_test

import (
	"bytes"
	"testing"

	"healthcode.example/crypto/cose"
	"healthcode.example/issuer/ceremony"
	"healthcode.example/trust"
)

// FuzzParseProposal: a proposal is carried on as it was read, and nothing is signed off that its roles did not sign.
func FuzzParseProposal(f *testing.F) {
	r := newRoom(f)
	for _, p := range []*ceremony.Proposal{r.firstKeyList(), r.sign(r.firstKeyList(), r.list[0]), r.sign(r.firstKeyList(), r.list...)} {
		b, err := p.Bytes()
		r.must(err)
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := ceremony.ParseProposal(b)
		if err != nil {
			return
		}
		if (p.Root() == nil) == (p.KeyList() == nil) {
			t.Error("neither or both of a root and a key list")
		}
		carried, err := p.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		again, err := ceremony.ParseProposal(carried)
		if err != nil {
			t.Fatalf("what was read cannot be carried on: %v", err)
		}
		if second, err := again.Bytes(); err != nil || !bytes.Equal(second, carried) || again.Fingerprint() != p.Fingerprint() {
			t.Errorf("carried on it becomes another, %v", err)
		}
		if signed, err := p.Signed(); err == nil && p.KeyList() != nil {
			if m, err := cose.ParseSign(signed); err != nil || len(m.Signatures) == 0 || m.Type != trust.TypeKeyList {
				t.Errorf("signed off by nobody: %v", err)
			}
		}
	})
}

// FuzzParseKeyFile: a key file is written as it was read. It is not unlocked: that takes the rounds that the file names, at most a hundred
// times ours.
func FuzzParseKeyFile(f *testing.F) {
	r := newRoom(f)
	locked, err := ceremony.LockKey(r.root[0], nil, []byte("four words of somebody"), r.rand)
	r.must(err)
	entry := r.entries()[0]
	for _, file := range []*ceremony.KeyFile{locked, locked.Public(), {Key: entry.Key, Entry: &entry}} {
		b, err := file.Bytes()
		r.must(err)
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		file, err := ceremony.ParseKeyFile(b)
		if err != nil {
			return
		}
		if again, err := file.Bytes(); err != nil || !bytes.Equal(again, b) {
			t.Errorf("%x is written %x, %v", b, again, err)
		}
		if file.Entry != nil && !file.Entry.Key.Equal(file.Key) {
			t.Error("the entry is of another key")
		}
	})
}
