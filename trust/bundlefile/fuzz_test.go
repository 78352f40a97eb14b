package bundlefile_test

import (
	"bytes"
	"testing"
	"testing/iotest"

	"healthcode.example/trust/bundlefile"
)

// FuzzRead: a bundle is read as it is, however the bytes arrive.
func FuzzRead(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte("\x85\x64YKB1"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if got, err := bundlefile.Read(iotest.OneByteReader(bytes.NewReader(b))); err != nil || !bytes.Equal(got, b) {
			t.Errorf("%d of %d bytes, %v", len(got), len(b), err)
		}
	})
}
