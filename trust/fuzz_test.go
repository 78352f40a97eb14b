package trust

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"math/rand/v2"
	"testing"

	"healthcode.example/crypto/cose"
	"healthcode.example/testvectors"
)

// bundleParts are the parts of every bundle of the vectors that can be taken apart.
func bundleParts(f *testing.F) (all []*parts) {
	f.Helper()
	updates, err := testvectors.Updates()
	if err != nil {
		f.Fatal(err)
	}
	for _, u := range updates {
		b, err := testvectors.File(u.Got)
		if err != nil {
			f.Fatal(err)
		}
		if p, err := parseParts(b); err == nil {
			all = append(all, p)
		}
	}
	if len(all) == 0 {
		f.Fatal("no bundle of the vectors can be read")
	}
	return all
}

func fuzzKey(f *testing.F) *cose.PrivateKey {
	f.Helper()
	k, err := cose.Generate(cose.Ed25519, rand.NewChaCha8([32]byte{4}))
	if err != nil {
		f.Fatal(err)
	}
	return k
}

// FuzzRoot begins behind the signatures: what is read as a root is in range and is what we would sign.
func FuzzRoot(f *testing.F) {
	for _, p := range bundleParts(f) {
		for _, r := range p.roots {
			f.Add(r.message.Payload)
		}
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		raw, err := cose.SignSign(TypeRoot, payload)
		if err != nil {
			t.Skip("too long to sign")
		}
		r, err := ReadRoot(raw)
		if err != nil {
			if !errors.Is(err, ErrFormat) {
				t.Errorf("refused with %v", err)
			}
			return
		}
		if again, err := SignRoot(r); err != nil || !bytes.Equal(again, raw) {
			t.Errorf("signed again it is another root, %v", err)
		}
		if b, err := Pin(raw); err == nil && b.Root().Threshold > 0 {
			t.Error("a root that nobody signed is pinned")
		}
	})
}

// FuzzKeyList: so for a key list, partners and policies.
func FuzzKeyList(f *testing.F) {
	for _, p := range bundleParts(f) {
		f.Add(p.keys.message.Payload)
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		raw, err := cose.SignSign(TypeKeyList, payload)
		if err != nil {
			t.Skip("too long to sign")
		}
		l, err := ReadKeyList(raw)
		if err != nil {
			if l != nil {
				t.Errorf("a list with an error: %v", err)
			}
			return
		}
		if again, err := SignKeyList(l); err != nil || !bytes.Equal(again, raw) {
			t.Errorf("signed again it is another key list, %v", err)
		}
	})
}

// FuzzSnapshot: so for a snapshot.
func FuzzSnapshot(f *testing.F) {
	key := fuzzKey(f)
	for _, p := range bundleParts(f) {
		f.Add(p.snapshot.message.Payload)
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		raw, err := cose.SignSign1(TypeSnapshot, payload, key, true)
		if err != nil {
			t.Skip("too long to sign")
		}
		s, err := parseSnapshot(raw)
		if err != nil {
			if !errors.Is(err, ErrFormat) {
				t.Errorf("refused with %v", err)
			}
			return
		}
		if err := s.snapshot.validate(); err != nil {
			t.Errorf("read, and out of range: %v", err)
		}
		total := uint64(0)
		for i, r := range s.snapshot.Lists {
			total += r.Count
			if i > 0 && !s.snapshot.Lists[i-1].before(r) {
				t.Error("lists out of order")
			}
			if r.Count == 0 && r.Hash != [32]byte{} {
				t.Error("an empty list has a hash")
			}
		}
		if total > maxIndices {
			t.Errorf("%d indices", total)
		}
	})
}

// FuzzStatusList: an encoding has one list and a list one encoding for its parameter; nothing is allocated that the bytes cannot hold.
func FuzzStatusList(f *testing.F) {
	for _, p := range bundleParts(f) {
		i := 0
		for _, ref := range p.snapshot.snapshot.Lists {
			if ref.Count > 0 && i < len(p.lists) {
				f.Add(p.lists[i], ref.Count, ref.Width)
				i++
			}
		}
	}
	f.Add([]byte{0, 0xff, 0xff}, uint64(1<<40), uint8(48))
	f.Add([]byte{48, 0x00}, uint64(1), uint8(20))
	f.Fuzz(func(t *testing.T, encoded []byte, count uint64, width uint8) {
		l, err := parseStatusList(ListRef{Purpose: Phone, Day: 20000, Width: width, Count: count, Size: uint64(len(encoded)), Hash: sha256.Sum256(encoded)}, encoded)
		if err != nil {
			return
		}
		if uint64(l.Len()) != count || cap(l.indices) > 8*len(encoded) || len(l.indices) > 0 && l.indices[len(l.indices)-1]>>width != 0 {
			t.Fatalf("%d indices of %d bytes, asked for %d below 2^%d", l.Len(), len(encoded), count, width)
		}
		for i := 1; i < len(l.indices); i++ {
			if l.indices[i] <= l.indices[i-1] {
				t.Fatal("indices out of order")
			}
		}
		if count > 0 && !bytes.Equal(riceEncode(l.indices, encoded[0]), encoded) {
			t.Errorf("%x is written %x", encoded, riceEncode(l.indices, encoded[0]))
		}
	})
}

// FuzzWords: the words of the registry and fingerprints.
func FuzzWords(f *testing.F) {
	for _, p := range Purposes() {
		f.Add(p.String())
	}
	f.Add("AA BB:cc-" + string(bytes.Repeat([]byte("00"), 29)))
	f.Fuzz(func(t *testing.T, text string) {
		if p, err := ParsePurpose(text); (err == nil) != p.Valid() || err == nil && p.String() != text {
			t.Errorf("purpose %q", text)
		}
		if s, ok := NormalFingerprint(text); ok {
			if again, ok := NormalFingerprint(s); !ok || again != s {
				t.Errorf("fingerprint %q", text)
			}
		}
	})
}
