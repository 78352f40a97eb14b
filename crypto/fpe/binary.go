package fpe

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"fmt"
)

// The widths, in bits, that NewBinary takes. Below 2^20 ≈ 10^6 FF1 is not
// thought safe (SP 800-38G Rev. 1); above 48 bits the halves no longer fit the
// short form of the rounds used here.
const (
	MinWidth = 20
	MaxWidth = 48
)

// rounds is the number of Feistel rounds of FF1.
const rounds = 10

// Binary permutes the numbers below 2^width: FF1 with radix 2 and an empty
// tweak, the number's bits being the digits, the most significant first.
//
// It never changes after NewBinary and is safe for concurrent use. It prints as
// its width and nothing of its key.
type Binary struct {
	// A function, so that fmt cannot walk to the round keys; see Format.
	block func() cipher.Block
	// first is the encrypted block P, which depends on the width alone; each
	// round goes on from it, so a round costs one block and not two.
	first [aes.BlockSize]byte
	// The high half of a number has u bits and the low half v, u ≤ v ≤ u+1.
	u, v uint
	// roundShift is the place of the round's number above that of a half.
	roundShift uint
}

// NewBinary makes the permutation of the numbers below 2^width that belongs to
// key, an AES-128 key of 16 bytes; width is MinWidth to MaxWidth bits.
func NewBinary(key []byte, width uint8) (*Binary, error) {
	if len(key) != 16 {
		return nil, fmt.Errorf("fpe: the key has %d bytes; give 16", len(key))
	}
	if width < MinWidth || width > MaxWidth {
		return nil, fmt.Errorf("fpe: a width of %d bits; give %d to %d", width, MinWidth, MaxWidth)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("fpe: %w", err)
	}
	u := uint(width / 2)
	p := &Binary{block: func() cipher.Block { return block }, u: u, v: uint(width) - u}
	p.roundShift = (p.v + 7) / 8 * 8
	first := firstBlock(2, u, uint(width), 0)
	block.Encrypt(p.first[:], first[:])
	return p, nil
}

// Permute returns the number that x, below 2^width, is sent to.
func (p *Binary) Permute(x uint64) (uint64, error) {
	if x>>(p.u+p.v) != 0 {
		return 0, p.rangeError()
	}
	block, buf := p.block(), new([aes.BlockSize]byte)
	a, b := x>>p.v, x&(1<<p.v-1)
	for i := uint64(0); i < rounds; i += 2 {
		a, b = b, (a+p.round(block, buf, i, b))&(1<<p.u-1)
		a, b = b, (a+p.round(block, buf, i+1, b))&(1<<p.v-1)
	}
	return a<<p.v | b, nil
}

// Invert returns the number that Permute sends to y, which is below 2^width.
func (p *Binary) Invert(y uint64) (uint64, error) {
	if y>>(p.u+p.v) != 0 {
		return 0, p.rangeError()
	}
	block, buf := p.block(), new([aes.BlockSize]byte)
	a, b := y>>p.v, y&(1<<p.v-1)
	for i := uint64(rounds); i > 0; i -= 2 {
		a, b = (b-p.round(block, buf, i-1, a))&(1<<p.v-1), a
		a, b = (b-p.round(block, buf, i-2, a))&(1<<p.u-1), a
	}
	return a<<p.v | b, nil
}

// round returns the number y of round i over the half: the first 8 bytes of
// the encrypted block Q, which is zero but for the round and the half. A half
// has at most 24 bits, so that both lie in Q's last four bytes, and y has the
// d = 4⌈b/4⌉+4 = 8 bytes of one block: none is added to it.
func (p *Binary) round(block cipher.Block, buf *[aes.BlockSize]byte, i, half uint64) uint64 {
	*buf = p.first
	last := buf[aes.BlockSize-4:]
	binary.BigEndian.PutUint32(last, binary.BigEndian.Uint32(last)^uint32(i<<p.roundShift|half))
	block.Encrypt(buf[:], buf[:])
	return binary.BigEndian.Uint64(buf[:8])
}

func (p *Binary) rangeError() error {
	return fmt.Errorf("fpe: the number has more than the permutation's %d bits", p.u+p.v)
}

// Format prints the width, whatever the verb: the round keys must not reach a
// log. It is not asked where a Binary is an unexported field of what is
// printed; there fmt walks the fields itself.
func (p Binary) Format(f fmt.State, _ rune) {
	_, _ = fmt.Fprintf(f, "fpe.Binary(%d bits)", p.u+p.v)
}
