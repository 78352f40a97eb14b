package trust

import (
	"fmt"
	"iter"
	"math/bits"
	"slices"

	"healthcode.example/credential"
)

// StatusList is the exact set of the revoked indices of one purpose and day. It is immutable and safe for concurrent use.
//
// On the wire the sorted indices are gap-coded: each gap (the index less the one before it less one; the first index itself) is a Rice code,
// its quotient by 2^k in unary (ones closed by a zero), then k bits of remainder, most significant bit first; the last byte is filled with
// zeros. The first byte of the list is k. An empty list has no bytes.
type StatusList struct {
	Purpose Purpose
	Day     uint32 // days since 1970-01-01 at UTC+8
	Width   uint8  // indices are below 2^Width
	indices []uint64
	encoded []byte
}

// NewStatusList takes the revoked indices in any order, each perhaps more than once.
func NewStatusList(purpose Purpose, day uint32, width uint8, indices []uint64) (*StatusList, error) {
	l := &StatusList{Purpose: purpose, Day: day, Width: width, indices: slices.Clone(indices)}
	slices.Sort(l.indices)
	l.indices = slices.Compact(l.indices)
	if err := l.validate(); err != nil {
		return nil, err
	}
	l.encoded = riceEncode(l.indices, riceParameter(width, len(l.indices)))
	return l, nil
}

func (l *StatusList) validate() error {
	switch {
	case l.Purpose != Phone && l.Purpose != Paper:
		return fmt.Errorf("status list for purpose %v", l.Purpose)
	case l.Width < minWidth || l.Width > maxWidth:
		return fmt.Errorf("status list of %d bits, want %d to %d", l.Width, minWidth, maxWidth)
	case len(l.indices) > 0 && l.indices[len(l.indices)-1]>>l.Width != 0:
		return fmt.Errorf("status index beyond %d bits", l.Width)
	}
	return nil
}

// Contains says whether the index is revoked, in the time of a binary search.
func (l *StatusList) Contains(index uint64) bool {
	_, found := slices.BinarySearch(l.indices, index)
	return found
}

// Len is the number of revoked indices.
func (l *StatusList) Len() int { return len(l.indices) }

// Size is the number of bytes on the wire.
func (l *StatusList) Size() int { return len(l.encoded) }

// All yields the revoked indices in ascending order.
func (l *StatusList) All() []uint64 { return slices.Clone(l.indices) }

// Indices yields the revoked indices in ascending order without a copy.
func (l *StatusList) Indices() iter.Seq[uint64] { return slices.Values(l.indices) }

// Start is the Unix time at which the list's day begins.
func (l *StatusList) Start() int64 { return credential.DayStart(l.Day) }

// covers says whether every index of old is in l; both have the same purpose, day and width.
func (l *StatusList) covers(old *StatusList) bool {
	i := 0
	for _, index := range old.indices {
		for i < len(l.indices) && l.indices[i] < index {
			i++
		}
		if i == len(l.indices) || l.indices[i] != index {
			return false
		}
	}
	return true
}

// riceParameter is the k near log2 of the mean gap times ln 2, where the code is within a few hundredths of the entropy of the set.
func riceParameter(width uint8, n int) uint8 {
	if n == 0 {
		return 0
	}
	mean := (uint64(1)<<width - uint64(n)) / uint64(n)
	return uint8(bits.Len64(mean*69/100)) - min(1, uint8(bits.Len64(mean*69/100)))
}

func riceEncode(sorted []uint64, k uint8) []byte {
	if len(sorted) == 0 {
		return nil
	}
	w := bitWriter{b: append(make([]byte, 0, 1+len(sorted)*(int(k)+3)/8), k)}
	next := uint64(0) // smallest index that may come
	for _, index := range sorted {
		gap := index - next
		for range gap >> k {
			w.write(1, 1)
		}
		w.write(0, 1)
		w.write(gap&(1<<k-1), k)
		next = index + 1
	}
	return w.close()
}

type bitWriter struct {
	b    []byte
	acc  uint64
	used uint8
}

// write appends the n lowest bits of v, n ≤ 48.
func (w *bitWriter) write(v uint64, n uint8) {
	w.acc = w.acc<<n | v
	w.used += n
	for w.used >= 8 {
		w.used -= 8
		w.b = append(w.b, byte(w.acc>>w.used))
	}
	w.acc &= 1<<w.used - 1
}

func (w *bitWriter) close() []byte {
	if w.used > 0 {
		w.write(0, 8-w.used)
	}
	return w.b
}

// parseStatusList reads count indices and insists on the one encoding of the set under its k.
func parseStatusList(ref ListRef, encoded []byte) (*StatusList, error) {
	l := &StatusList{Purpose: ref.Purpose, Day: ref.Day, Width: ref.Width, encoded: encoded}
	if ref.Count == 0 {
		return l, l.validate()
	}
	if len(encoded) < 2 || encoded[0] > maxWidth {
		return nil, fmt.Errorf("status list of %d bytes, or with a Rice parameter beyond %d", len(encoded), maxWidth)
	}
	k := encoded[0]
	if ref.Count > uint64(len(encoded)-1)*8/uint64(k+1) {
		return nil, fmt.Errorf("status list of %d bytes cannot hold %d indices", len(encoded), ref.Count)
	}
	r := bitReader{b: encoded[1:]}
	l.indices = make([]uint64, 0, ref.Count)
	next := uint64(0)
	for range ref.Count {
		gap, ok := r.rice(k, uint64(1)<<l.Width)
		if !ok || gap >= uint64(1)<<l.Width || next+gap >= uint64(1)<<l.Width {
			return nil, fmt.Errorf("status list ends early or names an index beyond %d bits", l.Width)
		}
		l.indices = append(l.indices, next+gap)
		next += gap + 1
	}
	if !r.done() {
		return nil, fmt.Errorf("status list has bits after its last index")
	}
	return l, l.validate()
}

type bitReader struct {
	b    []byte
	pos  int
	acc  uint64
	have uint8
}

// fill makes at least 49 bits available unless the input ends.
func (r *bitReader) fill() {
	for r.have <= 56 && r.pos < len(r.b) {
		r.acc |= uint64(r.b[r.pos]) << (56 - r.have)
		r.pos++
		r.have += 8
	}
}

func (r *bitReader) drop(n uint8) {
	r.acc <<= n
	r.have -= n
}

// rice reads one gap; a unary part that would reach limit is refused.
func (r *bitReader) rice(k uint8, limit uint64) (gap uint64, ok bool) {
	quotient := uint64(0)
	for {
		r.fill()
		ones := min(uint8(bits.LeadingZeros64(^r.acc)), r.have)
		quotient += uint64(ones)
		r.drop(ones)
		if r.have > 0 {
			break
		}
		if r.pos == len(r.b) || quotient > limit {
			return 0, false
		}
	}
	r.drop(1) // the closing zero
	r.fill()
	if r.have < k || quotient > limit>>k {
		return 0, false
	}
	if k > 0 {
		gap = r.acc >> (64 - k)
		r.drop(k)
	}
	return quotient<<k | gap, true
}

// done says whether fewer than eight bits are left, all of them zero.
func (r *bitReader) done() bool { return r.pos == len(r.b) && r.have < 8 && r.acc == 0 }
