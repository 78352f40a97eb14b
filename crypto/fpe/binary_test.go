package fpe_test

import (
	"bytes"
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"

	"healthcode.example/crypto/fpe"
	"pgregory.net/rapid"
)

func TestBinaryIsFF1OfRadixTwo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		key := rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "key")
		width := rapid.Uint8Range(fpe.MinWidth, fpe.MaxWidth).Draw(t, "width")
		x := rapid.Uint64Range(0, 1<<width-1).Draw(t, "x")
		p, err := fpe.NewBinary(key, width)
		if err != nil {
			t.Fatal(err)
		}
		f, err := fpe.NewFF1(key, 2)
		if err != nil {
			t.Fatal(err)
		}
		want, err := f.Encrypt(nil, bits(x, width))
		if err != nil {
			t.Fatal(err)
		}
		y, err := p.Permute(x)
		if err != nil || y != number(want) {
			t.Fatalf("Permute(%d) of %d bits = %d, %v, want %d", x, width, y, err, number(want))
		}
		back, err := p.Invert(y)
		if err != nil || back != x {
			t.Fatalf("Invert(Permute(%d)) of %d bits = %d, %v", x, width, back, err)
		}
	})
}

func bits(x uint64, width uint8) []uint16 {
	b := make([]uint16, width)
	for i := range b {
		b[i] = uint16(x >> (int(width) - 1 - i) & 1)
	}
	return b
}

func number(bits []uint16) (x uint64) {
	for _, b := range bits {
		x = x<<1 | uint64(b)
	}
	return x
}

func TestBinaryIsABijection(t *testing.T) {
	p, err := fpe.NewBinary(bytes.Repeat([]byte{7}, 16), 20)
	if err != nil {
		t.Fatal(err)
	}
	seen := make([]bool, 1<<20)
	for x := range uint64(1 << 20) {
		y, err := p.Permute(x)
		if err != nil {
			t.Fatal(err)
		}
		if y >= 1<<20 || seen[y] {
			t.Fatalf("Permute(%d) = %d, out of range or met before", x, y)
		}
		seen[y] = true
	}
}

func TestKeysAndWidthsGiveDifferentPermutations(t *testing.T) {
	seen := map[uint64]string{}
	for key := range byte(8) {
		for _, width := range []uint8{40, 41, 47, 48} {
			p, err := fpe.NewBinary(bytes.Repeat([]byte{key}, 16), width)
			if err != nil {
				t.Fatal(err)
			}
			y, err := p.Permute(12345)
			if err != nil {
				t.Fatal(err)
			}
			name := fmt.Sprintf("key %d, width %d", key, width)
			if other, ok := seen[y]; ok {
				t.Errorf("%s and %s send 12345 to the same number", name, other)
			}
			seen[y] = name
		}
	}
}

func TestBinaryRefusesWhatItCannotDo(t *testing.T) {
	for _, length := range []int{0, 15, 24, 32} {
		if _, err := fpe.NewBinary(make([]byte, length), 32); err == nil {
			t.Errorf("a key of %d bytes is accepted", length)
		}
	}
	for _, width := range []uint8{0, 19, 49, 64, 255} {
		if _, err := fpe.NewBinary(make([]byte, 16), width); err == nil {
			t.Errorf("a width of %d bits is accepted", width)
		}
	}
	for _, width := range []uint8{20, 31, 48} {
		p, err := fpe.NewBinary(make([]byte, 16), width)
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range []uint64{1 << width, 1<<width + 1, math.MaxUint64} {
			if y, err := p.Permute(x); err == nil || y != 0 {
				t.Errorf("Permute(%d) of %d bits = %d, %v, want an error", x, width, y, err)
			}
			if y, err := p.Invert(x); err == nil || y != 0 {
				t.Errorf("Invert(%d) of %d bits = %d, %v, want an error", x, width, y, err)
			}
		}
	}
}

func TestBinaryIsSafeForConcurrentUse(t *testing.T) {
	p, err := fpe.NewBinary(make([]byte, 16), 32)
	if err != nil {
		t.Fatal(err)
	}
	var done sync.WaitGroup
	for g := range uint64(4) {
		done.Go(func() {
			for x := g * 1000; x < g*1000+200; x++ {
				y, _ := p.Permute(x)
				if back, err := p.Invert(y); err != nil || back != x {
					t.Errorf("Invert(Permute(%d)) = %d, %v", x, back, err)
				}
			}
		})
	}
	done.Wait()
}

// A printed AES key schedule begins with the key itself.
func TestNothingOfTheKeyIsPrinted(t *testing.T) {
	key := bytes.Repeat([]byte{0xab}, 16)
	p, err := fpe.NewBinary(key, 32)
	if err != nil {
		t.Fatal(err)
	}
	f, err := fpe.NewFF1(key, 10)
	if err != nil {
		t.Fatal(err)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d"} {
		for _, v := range []any{
			p, *p, f, *f, []any{p}, struct{ P *fpe.Binary }{p}, struct{ P fpe.Binary }{*p},
			struct{ p *fpe.Binary }{p}, struct{ p fpe.Binary }{*p}, struct{ f fpe.FF1 }{*f},
		} {
			got := strings.ToLower(fmt.Sprintf(verb, v))
			if strings.Contains(got, "0xab, 0xab") || strings.Contains(got, "171 171") || strings.Contains(got, "2880154539") {
				t.Errorf("%s of %T prints the key: %s", verb, v, got)
			}
		}
	}
}

func TestAllocations(t *testing.T) {
	p, err := fpe.NewBinary(make([]byte, 16), 32)
	if err != nil {
		t.Fatal(err)
	}
	if n := testing.AllocsPerRun(100, func() { _, _ = p.Permute(5) }); n > 2 {
		t.Errorf("Permute allocates %v times, want at most 2", n)
	}
}

func BenchmarkPermute(b *testing.B) {
	p, err := fpe.NewBinary(make([]byte, 16), 32)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for x := uint64(0); b.Loop(); x++ {
		if _, err := p.Permute(x & (1<<32 - 1)); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkInvert(b *testing.B) {
	p, err := fpe.NewBinary(make([]byte, 16), 32)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for y := uint64(0); b.Loop(); y++ {
		if _, err := p.Invert(y & (1<<32 - 1)); err != nil {
			b.Fatal(err)
		}
	}
}
