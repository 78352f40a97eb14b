// Package inflate reads compressed codes of other formats under a ceiling. Our own codes are not compressed.
//
// A symbol of 3 kB can hold a bomb of 3 MB. Nothing beyond the ceiling is ever inflated, so time and memory are bounded by the ceiling and the
// length of the input: a bomb costs what an honest code of the ceiling's size costs. All functions are safe for concurrent use.
package inflate

import (
	"bytes"
	"compress/flate"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"sync"
)

// ErrTooLong says that the content would be longer than the ceiling.
var ErrTooLong = errors.New("inflate: the content is longer than is allowed")

// pools keep readers, because making one takes longer than most codes take to inflate. A reader keeps nothing of its last input that could show.
var zlibPool, rawPool sync.Pool

// Zlib reads one zlib stream (RFC 1950) of at most ceiling bytes of content, with nothing after it.
func Zlib(b []byte, ceiling int) ([]byte, error) {
	in := bytes.NewReader(b)
	r, err := zlibReader(in)
	if err != nil {
		return nil, fmt.Errorf("inflate: %w", err)
	}
	defer zlibPool.Put(r)
	return read(in, r, ceiling)
}

// zlibReader takes a reader out of the pool, or makes one.
func zlibReader(in *bytes.Reader) (io.ReadCloser, error) {
	r, ok := zlibPool.Get().(io.ReadCloser)
	if !ok {
		return zlib.NewReader(in)
	}
	return r, r.(zlib.Resetter).Reset(in, nil)
}

// ZlibHead gives the first n bytes of content of a zlib stream, or as many as come before it ends or breaks. It says nothing of what follows. It
// costs at most what n bytes and one window of 32 KiB do.
func ZlibHead(b []byte, n int) []byte {
	r, err := zlibReader(bytes.NewReader(b))
	if err != nil {
		return nil
	}
	defer zlibPool.Put(r)
	out := make([]byte, n)
	n, _ = io.ReadFull(r, out) // what comes before an error counts
	return out[:n]
}

// Raw reads one deflate stream (RFC 1951) of at most ceiling bytes of content, with nothing after it.
func Raw(b []byte, ceiling int) ([]byte, error) {
	in := bytes.NewReader(b)
	r, ok := rawPool.Get().(io.ReadCloser)
	if !ok {
		r = flate.NewReader(in)
	} else if err := r.(flate.Resetter).Reset(in, nil); err != nil {
		return nil, fmt.Errorf("inflate: %w", err)
	}
	defer rawPool.Put(r)
	return read(in, r, ceiling)
}

// read grows its memory with what comes out, never with what a header promises.
func read(in *bytes.Reader, r io.Reader, ceiling int) ([]byte, error) {
	out := make([]byte, 0, min(ceiling, 4*in.Len())+1)
	for {
		n, err := r.Read(out[len(out):min(cap(out), ceiling+1)])
		out = out[:len(out)+n]
		switch {
		case len(out) > ceiling:
			return nil, ErrTooLong
		case err == io.EOF && in.Len() > 0:
			return nil, fmt.Errorf("inflate: %d bytes after the end", in.Len())
		case err == io.EOF:
			return out, nil
		case err != nil:
			return nil, fmt.Errorf("inflate: %w", err)
		}
		if len(out) == cap(out) {
			out = append(out, 0)[:len(out)]
		}
	}
}
