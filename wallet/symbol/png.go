package symbol

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"sync"
)

// maxModulePixels bounds a picture: the largest symbol has 185 modules on a
// side with its quiet zone, so 11,840 pixels.
const maxModulePixels = 64

// The filter types of a row of pixels, PNG (RFC 2083) §6.
const (
	filterNone = 0
	filterUp   = 2
)

// compressors keeps deflate states, each of 1.2 MB: making one takes thirty
// times as long as compressing a symbol with it.
var compressors = sync.Pool{New: func() any { return newCompressor() }}

func newCompressor() *zlib.Writer {
	w, _ := zlib.NewWriterLevel(io.Discard, zlib.BestSpeed) // fails for unknown levels only
	return w
}

// PNG returns the symbol with its quiet zone as a PNG (RFC 2083) of one bit a
// pixel in grey, a module being a square of modulePixels, 1 to 64, on a side.
// 8 suits a screen, and print at 300 dots an inch.
//
// Of a module's rows of pixels the first is written and the others say "as
// above", which deflate shrinks to nearly nothing.
func (s *Symbol) PNG(modulePixels int) ([]byte, error) {
	if modulePixels < 1 || modulePixels > maxModulePixels {
		return nil, fmt.Errorf("symbol: %d pixels to a module; give 1 to %d", modulePixels, maxModulePixels)
	}
	side := s.side() * modulePixels
	var out bytes.Buffer
	out.Grow(4096)
	out.WriteString("\x89PNG\r\n\x1a\n")

	header := binary.BigEndian.AppendUint32(nil, uint32(side))
	header = binary.BigEndian.AppendUint32(header, uint32(side))
	header = append(header, 1, 0, 0, 0, 0) // 1 bit, grey, deflate, the five filters, not interlaced
	from := beginChunk(&out, "IHDR")
	out.Write(header)
	endChunk(&out, from)

	from = beginChunk(&out, "IDAT")
	if err := s.writePixels(&out, modulePixels); err != nil {
		return nil, fmt.Errorf("symbol: compress the pixels: %w", err)
	}
	endChunk(&out, from)
	endChunk(&out, beginChunk(&out, "IEND"))
	return out.Bytes(), nil
}

// writePixels writes the compressed rows: of each row its filter and its
// pixels, eight to a byte, 1 for light.
func (s *Symbol) writePixels(out io.Writer, modulePixels int) error {
	z, ok := compressors.Get().(*zlib.Writer)
	if !ok {
		z = newCompressor()
	}
	defer compressors.Put(z)
	z.Reset(out)

	size := 1 + (s.side()*modulePixels+7)/8
	row, same := make([]byte, size), make([]byte, size)
	row[0], same[0] = filterNone, filterUp
	var runs []run
	var err error
	write := func(p []byte) {
		if err == nil {
			_, err = z.Write(p)
		}
	}
	for y := range s.side() {
		pixels := row[1:]
		fillLight(pixels)
		runs = runs[:0]
		if at := y - quietZone; at >= 0 && at < len(s.dark) {
			runs = appendRuns(runs, s.dark[at])
		}
		for _, r := range runs {
			darken(pixels, r.from*modulePixels, r.to*modulePixels)
		}
		write(row)
		for range modulePixels - 1 {
			write(same)
		}
	}
	if err != nil {
		return err
	}
	return z.Close()
}

func fillLight(pixels []byte) {
	for i := range pixels {
		pixels[i] = 0xff
	}
}

// darken clears the bits from and up to but without to, the first bit being a
// byte's highest.
func darken(pixels []byte, from, to int) {
	first, last := from/8, to/8
	head, tail := byte(0xff)>>(from%8), byte(0xff)>>(to%8)
	if first == last {
		pixels[first] &^= head &^ tail
		return
	}
	pixels[first] &^= head
	clear(pixels[first+1 : last])
	if tail != 0xff {
		pixels[last] &= tail
	}
}

// beginChunk writes a chunk's type after a length still unknown, and returns
// where the chunk begins.
func beginChunk(out *bytes.Buffer, name string) int {
	from := out.Len()
	out.Write(make([]byte, 4))
	out.WriteString(name)
	return from
}

// endChunk sets the length of the chunk begun at from and writes its checksum.
func endChunk(out *bytes.Buffer, from int) {
	chunk := out.Bytes()[from:]
	binary.BigEndian.PutUint32(chunk, uint32(len(chunk)-8))
	var sum [4]byte
	binary.BigEndian.PutUint32(sum[:], crc32.ChecksumIEEE(chunk[4:]))
	out.Write(sum[:])
}
