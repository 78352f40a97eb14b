package backup_test

import (
	"bytes"
	"crypto/rand"
	"testing"

	"healthcode.example/store/backup"
)

// FuzzRead: a file that was touched is refused, with the key and without; one that was not comes back whole.
func FuzzRead(f *testing.F) {
	f.Add([]byte("store"), []byte{})
	f.Add([]byte{}, append(make([]byte, 60), 1))
	f.Add([]byte("store"), []byte("healthcode backup"))
	f.Fuzz(func(t *testing.T, store, flips []byte) {
		var file bytes.Buffer
		if err := backup.Write(t.Context(), &file, text(store), master, rand.Reader, made); err != nil {
			t.Fatal(err)
		}
		touched := bytes.Clone(file.Bytes())
		for i, flip := range flips {
			if i < len(touched) {
				touched[i] ^= flip
			} else {
				touched = append(touched, flip)
			}
		}
		same := bytes.Equal(touched, file.Bytes())
		var back bytes.Buffer
		at, err := backup.Read(&back, bytes.NewReader(touched), master)
		if same != (err == nil) || same && (!at.Equal(made) || !bytes.Equal(back.Bytes(), store)) {
			t.Errorf("touched: %t, read with %v", !same, err)
		}
		if _, err := backup.Check(bytes.NewReader(touched)); same != (err == nil) {
			t.Errorf("touched: %t, checked with %v", !same, err)
		}
		if _, err := backup.Read(&back, bytes.NewReader(flips), master); err == nil {
			t.Error("a file of nobody was read")
		}
	})
}
