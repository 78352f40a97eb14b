package seal_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"io"
	"testing"

	"healthcode.example/crypto/seal"
)

func streamKey(t *testing.T, label string) *seal.Key {
	t.Helper()
	k, err := seal.NewKey(make([]byte, seal.MasterSize), label)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func sealStream(t *testing.T, k *seal.Key, plain []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := k.NewWriter(&out, rand.Reader, []byte("a name"))
	if err != nil {
		t.Fatal(err)
	}
	for part := range chunks(plain, 300_001) {
		if _, err := w.Write(part); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// chunks gives b in parts of n bytes.
func chunks(b []byte, n int) func(func([]byte) bool) {
	return func(yield func([]byte) bool) {
		for len(b) > 0 {
			part := b[:min(n, len(b))]
			if !yield(part) {
				return
			}
			b = b[len(part):]
		}
	}
}

func openStream(k *seal.Key, sealed []byte, name string) ([]byte, error) {
	r, err := k.NewReader(bytes.NewReader(sealed), []byte(name))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

func TestAStreamComesBackWhole(t *testing.T) {
	k := streamKey(t, "backup")
	for _, size := range []int{0, 1, seal.PieceSize - 1, seal.PieceSize, seal.PieceSize + 1, 3 * seal.PieceSize} {
		plain := make([]byte, size)
		_, _ = rand.Read(plain)
		got, err := openStream(k, sealStream(t, k, plain), "a name")
		if err != nil || !bytes.Equal(got, plain) {
			t.Errorf("%d bytes: %d came back, %v", size, len(got), err)
		}
	}
}

func TestAStreamThatWasTouchedDoesNotOpen(t *testing.T) {
	k := streamKey(t, "backup")
	plain := bytes.Repeat([]byte("store"), seal.PieceSize/2)
	whole := sealStream(t, k, plain)
	piece := 4 + seal.PieceSize + seal.Overhead
	first, second := whole[16:16+piece], whole[16+piece:16+2*piece]
	other := sealStream(t, k, plain)
	join := func(parts ...[]byte) []byte { return bytes.Join(parts, nil) }
	for name, sealed := range map[string][]byte{
		"cut within a piece":          whole[:len(whole)-1],
		"cut between pieces":          whole[:16+2*piece],
		"cut in its head":             whole[:9],
		"pieces in another order":     join(whole[:16], second, first, whole[16+2*piece:]),
		"a piece twice":               join(whole[:16], first, first, whole[16+2*piece:]),
		"a piece left out":            join(whole[:16], first, whole[16+2*piece:]),
		"a piece of another stream":   join(whole[:16], other[16:16+piece], whole[16+piece:]),
		"the head of another stream":  join(other[:16], whole[16:]),
		"a length that is enormous":   join(whole[:16], []byte{0xff, 0xff, 0xff, 0xff}, whole[20:]),
		"a bit turned in the content": join(whole[:100], []byte{whole[100] ^ 1}, whole[101:]),
	} {
		if _, err := openStream(k, sealed, "a name"); !errors.Is(err, seal.ErrOpen) && !errors.Is(err, seal.ErrCut) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if _, err := openStream(k, whole, "another name"); !errors.Is(err, seal.ErrOpen) {
		t.Errorf("under another name: %v", err)
	}
	if _, err := openStream(streamKey(t, "other"), whole, "a name"); !errors.Is(err, seal.ErrOpen) {
		t.Errorf("under another key: %v", err)
	}
}
