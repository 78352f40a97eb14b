package tsl

import (
	"compress/zlib"
	"fmt"
	"io"

	"healthcode.example/trust"
)

// maxWidth bounds what is written: 2^32 bits are 512 MiB before compression, which a reader of the draft has to hold.
const maxWidth = 32

// chunk is how many bytes of the list exist at one time.
const chunk = 32 << 10

// level is where sparse lists stop getting much smaller. Measured on a million of 2^27: 1.8 MB in 0.3 s; the draft's recommendation, the highest
// level, takes 50 s for 1.5 MB, and would hold up every publication.
const level = 5

// Compress writes the list as the draft's compressed byte array (§4.1): one bit an index, the lowest in the least significant bit of the
// first byte, as ZLIB (RFC 1950). It streams: its memory does not depend on the width of the list.
func Compress(w io.Writer, l *trust.StatusList) error {
	if l.Width > maxWidth {
		return fmt.Errorf("token status list of 2^%d bits: at most 2^%d can be exported", l.Width, maxWidth)
	}
	z, err := zlib.NewWriterLevel(w, level)
	if err != nil {
		return err
	}
	bits := bitWriter{to: z, buf: make([]byte, min(chunk, 1<<(l.Width-3)))}
	for index := range l.Indices() {
		if err := bits.set(index); err != nil {
			return err
		}
	}
	if err := bits.fill(uint64(1) << (l.Width - 3)); err != nil {
		return err
	}
	return z.Close()
}

// bitWriter holds the chunk of the list that begins at byte start.
type bitWriter struct {
	to    io.Writer
	buf   []byte
	start uint64
}

// set takes ascending indices.
func (b *bitWriter) set(index uint64) error {
	for index/8 >= b.start+uint64(len(b.buf)) {
		if err := b.flush(); err != nil {
			return err
		}
	}
	b.buf[index/8-b.start] |= 1 << (index % 8)
	return nil
}

// fill writes zeros up to size bytes in all; size is a multiple of the chunk.
func (b *bitWriter) fill(size uint64) error {
	for b.start < size {
		if err := b.flush(); err != nil {
			return err
		}
	}
	return nil
}

func (b *bitWriter) flush() error {
	_, err := b.to.Write(b.buf)
	clear(b.buf)
	b.start += uint64(len(b.buf))
	return err
}
