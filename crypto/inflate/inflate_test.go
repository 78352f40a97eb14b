package inflate_test

import (
	"bytes"
	"compress/flate"
	"compress/zlib"
	"errors"
	"io"
	"runtime"
	"testing"
	"time"

	"healthcode.example/crypto/inflate"
)

const ceiling = 64 << 10

// packed compresses content as far as it goes.
func packed(t testing.TB, content []byte) (z, raw []byte) {
	t.Helper()
	var a, b bytes.Buffer
	zw, err := zlib.NewWriterLevel(&a, zlib.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	fw, err := flate.NewWriter(&b, flate.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range []io.WriteCloser{zw, fw} {
		if _, err := w.Write(content); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return a.Bytes(), b.Bytes()
}

// bomb makes a zlib stream of n MiB of zeros, of which the end is missing, by writing one compressed MiB again and again.
func bomb(t testing.TB, mib int) []byte {
	t.Helper()
	var block bytes.Buffer
	w, err := flate.NewWriter(&block, flate.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(make([]byte, 1<<20)); err != nil {
		t.Fatal(err)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	return append([]byte{0x78, 0xda}, bytes.Repeat(block.Bytes(), mib)...)
}

func TestWhatWasCompressedComesBack(t *testing.T) {
	for _, n := range []int{0, 1, 100, 4096, ceiling - 1, ceiling} {
		content := bytes.Repeat([]byte("health "), n/7+1)[:n]
		z, raw := packed(t, content)
		for range 2 { // the second time with a reader that was used before
			if got, err := inflate.Zlib(z, ceiling); err != nil || !bytes.Equal(got, content) {
				t.Errorf("zlib of %d bytes: %d, %v", n, len(got), err)
			}
			if got, err := inflate.Raw(raw, ceiling); err != nil || !bytes.Equal(got, content) {
				t.Errorf("deflate of %d bytes: %d, %v", n, len(got), err)
			}
		}
	}
}

func TestOneByteAboveTheCeilingIsTooLong(t *testing.T) {
	z, raw := packed(t, make([]byte, ceiling+1))
	if got, err := inflate.Zlib(z, ceiling); !errors.Is(err, inflate.ErrTooLong) || got != nil {
		t.Errorf("zlib: %d bytes, %v", len(got), err)
	}
	if got, err := inflate.Raw(raw, ceiling); !errors.Is(err, inflate.ErrTooLong) || got != nil {
		t.Errorf("deflate: %d bytes, %v", len(got), err)
	}
}

func TestABrokenStreamIsRefused(t *testing.T) {
	z, raw := packed(t, []byte("something worth compressing, something worth compressing"))
	altered := bytes.Clone(z)
	altered[len(altered)-1] ^= 1
	for name, b := range map[string][]byte{
		"nothing": nil, "cut": z[:len(z)-1], "a wrong checksum": altered, "bytes after the end": append(bytes.Clone(z), 0), "no header": raw,
		"a preset dictionary": {0x78, 0xbb, 0, 0, 0, 1},
	} {
		if got, err := inflate.Zlib(b, ceiling); err == nil || got != nil {
			t.Errorf("%s: read as %d bytes", name, len(got))
		}
	}
	for name, b := range map[string][]byte{"nothing": nil, "cut": raw[:len(raw)-1], "bytes after the end": append(bytes.Clone(raw), 0)} {
		if got, err := inflate.Raw(b, ceiling); err == nil || got != nil {
			t.Errorf("%s: read as %d bytes of deflate", name, len(got))
		}
	}
}

// maxQR is what the largest symbol holds of base45, in bytes.
const maxQR = 2864

func TestABombCostsAtMostTenMillisecondsAndOneMiB(t *testing.T) {
	for name, b := range map[string][]byte{"the worst bomb of a QR symbol": bomb(t, 3)[:maxQR], "a bomb of 1 GiB": bomb(t, 1024)} {
		best, memory := time.Hour, uint64(1<<60)
		for range 5 { // the machine may be busy with other things, the bomb is always the same
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			begin := time.Now()
			_, err := inflate.Zlib(b, ceiling)
			best = min(best, time.Since(begin))
			runtime.ReadMemStats(&after)
			memory = min(memory, after.TotalAlloc-before.TotalAlloc)
			if !errors.Is(err, inflate.ErrTooLong) {
				t.Fatalf("%s: %v", name, err)
			}
		}
		t.Logf("%s, %d bytes: refused in %v with %d bytes of memory", name, len(b), best, memory)
		if best > 10*time.Millisecond || memory > 1<<20 {
			t.Errorf("%s: %v and %d bytes", name, best, memory)
		}
	}
}

func BenchmarkBomb(b *testing.B) {
	for name, bytes := range map[string][]byte{"QR": bomb(b, 3)[:maxQR], "1GiB": bomb(b, 1024)} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := inflate.Zlib(bytes, ceiling); !errors.Is(err, inflate.ErrTooLong) {
					b.Fatal(err)
				}
			}
		})
	}
}
