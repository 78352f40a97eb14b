package trust

import (
	"encoding/hex"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"healthcode.example/testvectors"
	"pgregory.net/rapid"
)

// refOf is what a snapshot would say of the list, but for its hash.
func refOf(l *StatusList) ListRef {
	return ListRef{Purpose: l.Purpose, Day: l.Day, Width: l.Width, Count: uint64(l.Len()), Size: uint64(l.Size())}
}

func TestAListIsReadAsItWasWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		width := uint8(rapid.IntRange(minWidth, maxWidth).Draw(t, "width"))
		top := uint64(1)<<width - 1
		indices := rapid.SliceOfN(rapid.Uint64Range(0, top), 0, 200).Draw(t, "indices")
		if len(indices) > 0 && rapid.Bool().Draw(t, "dense") {
			for i := range indices {
				indices[i] = min(top, indices[0]+uint64(i)) // neighbours, up to the edge
			}
		}
		written, err := NewStatusList(Phone, 20000, width, indices)
		if err != nil {
			t.Fatal(err)
		}
		read, err := parseStatusList(refOf(written), written.encoded)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(read.indices, written.indices) {
			t.Fatalf("wrote %d, read %d", written.indices, read.indices)
		}
		for _, i := range indices {
			if !read.Contains(i) {
				t.Fatalf("%d is lost", i)
			}
		}
		if other := rapid.Uint64Range(0, top).Draw(t, "other"); read.Contains(other) != slices.Contains(indices, other) {
			t.Fatalf("%d: %t", other, read.Contains(other))
		}
	})
}

func TestAnyParameterThatAWriterChoosesIsRead(t *testing.T) {
	indices := []uint64{0, 5, 6, 1000, 1<<20 - 1}
	for k := uint8(8); k <= 20; k++ {
		encoded := riceEncode(indices, k)
		l, err := parseStatusList(ListRef{Phone, 20000, 20, uint64(len(indices)), uint64(len(encoded)), [32]byte{}}, encoded)
		if err != nil || !slices.Equal(l.indices, indices) {
			t.Errorf("k = %d: %v, %v", k, l, err)
		}
	}
}

func TestBrokenListsAreRefusedAndTakeNoMemory(t *testing.T) {
	good, err := NewStatusList(Phone, 20000, 24, []uint64{5, 4_000_001, 4_000_002})
	if err != nil {
		t.Fatal(err)
	}
	spoil := func(change func([]byte) []byte) []byte { return change(slices.Clone(good.encoded)) }
	for name, c := range map[string]struct {
		count   uint64
		width   uint8
		encoded []byte
	}{
		"four thousand million entries": {4 << 30, 24, good.encoded},
		"2^64 − 1 entries":              {math.MaxUint64, 24, good.encoded},
		"one entry more":                {4, 24, good.encoded},
		"one entry fewer":               {2, 24, good.encoded},
		"a narrower list":               {3, 20, good.encoded},
		"a byte missing":                {3, 24, good.encoded[:len(good.encoded)-1]},
		"a byte more":                   {3, 24, append(slices.Clone(good.encoded), 0)},
		"a bit behind the end":          {3, 24, spoil(func(b []byte) []byte { b[len(b)-1] |= 1; return b })},
		"k of 49":                       {3, 24, spoil(func(b []byte) []byte { b[0] = 49; return b })},
		"k of 255":                      {3, 24, spoil(func(b []byte) []byte { b[0] = 255; return b })},
		"only ones":                     {1, 24, append([]byte{0}, slices.Repeat([]byte{0xff}, 4096)...)},
		"nothing but k":                 {1, 24, []byte{3}},
		"no bytes":                      {1, 24, nil},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := parseStatusList(ListRef{Phone, 20000, c.width, c.count, uint64(len(c.encoded)), [32]byte{}}, c.encoded)
		runtime.ReadMemStats(&after)
		if taken := after.TotalAlloc - before.TotalAlloc; err == nil || taken > 512<<10 {
			t.Errorf("%s: error %v, %d bytes taken", name, err, taken)
		}
	}
}

func TestAnyBytesAreAListOrAnError(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		encoded := rapid.SliceOfN(rapid.Byte(), 0, 64).Draw(t, "bytes")
		ref := ListRef{Phone, 20000, uint8(rapid.IntRange(minWidth, maxWidth).Draw(t, "width")), rapid.Uint64Range(0, 80).Draw(t, "count"), uint64(len(encoded)), [32]byte{}}
		l, err := parseStatusList(ref, encoded)
		if err != nil || ref.Count == 0 {
			return
		}
		if again := riceEncode(l.indices, encoded[0]); !slices.Equal(again, encoded) {
			t.Fatalf("%x is written %x", encoded, again)
		}
	})
}

func TestTheListsOfTheVectors(t *testing.T) {
	p, err := testvectors.ReadPrimitives()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range p.Rice {
		encoded, err := hex.DecodeString(c.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		l, err := parseStatusList(ListRef{Phone, 20000, c.Width, uint64(len(c.Indices)), uint64(len(encoded)), [32]byte{}}, encoded)
		if err != nil {
			t.Errorf("%x: %v", encoded, err)
			continue
		}
		slices.Sort(c.Indices)
		if !slices.Equal(l.indices, c.Indices) && len(c.Indices) > 0 {
			t.Errorf("%x is read as %d, want %d", encoded, l.indices, c.Indices)
		}
	}
}

// million is the list of the design: a million revoked of a hundred million handles, which needs 27 bits.
func million(tb testing.TB) *StatusList {
	tb.Helper()
	r := rand.New(rand.NewPCG(1, 2))
	seen := make(map[uint64]bool, 1_000_000)
	for len(seen) < 1_000_000 {
		seen[r.Uint64N(1<<27)] = true
	}
	indices := make([]uint64, 0, len(seen))
	for i := range seen {
		indices = append(indices, i)
	}
	l, err := NewStatusList(Phone, 20000, 27, indices)
	if err != nil {
		tb.Fatal(err)
	}
	return l
}

// entropyBytes is log2 of the number of sets of n among 2^width, in bytes.
func entropyBytes(n int, width uint8) float64 {
	lg := func(x float64) float64 { v, _ := math.Lgamma(x + 1); return v }
	all := math.Exp2(float64(width))
	return (lg(all) - lg(float64(n)) - lg(all-float64(n))) / math.Ln2 / 8
}

func TestAMillionRevokedAreNearTheirEntropy(t *testing.T) {
	l := million(t)
	ratio := float64(l.Size()) / entropyBytes(l.Len(), l.Width)
	t.Logf("%d revoked of 2^%d: %d bytes, %.3f of the entropy", l.Len(), l.Width, l.Size(), ratio)
	if ratio > 1.10 {
		t.Errorf("the list is %.3f times its entropy, at most 1.10", ratio)
	}
}

func BenchmarkListOfAMillion(b *testing.B) {
	l := million(b)
	ref := refOf(l)
	b.Run("load", func(b *testing.B) {
		for b.Loop() {
			if _, err := parseStatusList(ref, l.encoded); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(l.Size()), "bytes")
		b.ReportMetric(float64(l.Size())/entropyBytes(l.Len(), l.Width), "of-entropy")
	})
	b.Run("contains", func(b *testing.B) {
		i := uint64(0)
		for b.Loop() {
			l.Contains(i & (1<<27 - 1))
			i += 1_000_003
		}
	})
}
