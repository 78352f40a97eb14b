package seal_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"io"
	"testing"

	"healthcode.example/crypto/seal"
)

// FuzzOpen: a box or a stream that was touched anywhere does not open, and one that was not comes back whole.
func FuzzOpen(f *testing.F) {
	key := newKey(f, 7, "fuzz")
	f.Add([]byte("plain"), []byte("name"), []byte{})
	f.Add([]byte{}, []byte{}, []byte{1})
	f.Add(bytes.Repeat([]byte{9}, 100), []byte("name"), append(make([]byte, 40), 0x80))
	f.Fuzz(func(t *testing.T, plain, name, flips []byte) {
		box, err := key.Seal(rand.Reader, plain, name)
		if err != nil {
			t.Fatal(err)
		}
		touched := touch(box, flips)
		got, err := key.Open(touched, name)
		if same := bytes.Equal(touched, box); same != (err == nil) || same != (got != nil) || same && !bytes.Equal(got, plain) {
			t.Errorf("touched: %t, opened with %v", !same, err)
		}
		if got, err := key.Open(flips, name); err == nil || got != nil {
			t.Errorf("bytes of nobody open")
		}
		streamed := new(bytes.Buffer)
		w, err := key.NewWriter(streamed, rand.Reader, name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(plain); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		touched = touch(streamed.Bytes(), flips)
		back, err := readStream(key, touched, name)
		if same := bytes.Equal(touched, streamed.Bytes()); same != (err == nil) || same && !bytes.Equal(back, plain) {
			t.Errorf("touched stream: %t, opened with %v", !same, err)
		}
		if err != nil && !errors.Is(err, seal.ErrOpen) && !errors.Is(err, seal.ErrCut) {
			t.Errorf("the stream fails with %v", err)
		}
	})
}

func readStream(key *seal.Key, sealed, name []byte) ([]byte, error) {
	r, err := key.NewReader(bytes.NewReader(sealed), name)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

// touch turns the bits of flips in b. More flips than bytes lengthen it.
func touch(b, flips []byte) []byte {
	out := bytes.Clone(b)
	for i, flip := range flips {
		if i < len(out) {
			out[i] ^= flip
		} else {
			out = append(out, flip)
		}
	}
	return out
}

// FuzzParseMaster: what is read has the length of a master key and is none of the placeholders.
func FuzzParseMaster(f *testing.F) {
	f.Add("00112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEFF\n")
	f.Add("++/v++/v++/v++/v++/v++/v++/v++/v++/v++/v++8=")
	f.Add("--_v--_v--_v--_v--_v--_v--_v--_v--_v--_v--8")
	f.Fuzz(func(t *testing.T, text string) {
		key, err := seal.ParseMaster(text)
		if (err == nil) != (len(key) == seal.MasterSize) || bytes.Equal(key, make([]byte, seal.MasterSize)) {
			t.Errorf("%d bytes, %v", len(key), err)
		}
	})
}
