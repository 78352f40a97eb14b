package bolt

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"os"
	"slices"
)

// bbolt follows the pages of a file by calling itself, and believes them: a page that leads back to itself or to one above it lets it call
// itself until the stack is full, which no recover can catch. So the pages are walked once with our own reader before the first transaction:
// every page must say that it is the one that was looked for, be a branch or a leaf, and be met once. Of a leaf only the head is read.
//
// The layout, all numbers of the machine's own byte order (bbolt v1.5, internal/common):
//
//	page    id (8) flags (2) count (2) overflow (4), then count elements of 16 bytes, then their keys and values
//	branch  position (4) key size (4) page (8)
//	leaf    flags (4) position (4) key size (4) value size (4); a position counts from its element
//	bucket  the value of a leaf with flag 1: root page (8) sequence (8), and with root page 0 a page within the value
//	meta    a page's head, then magic, version, page size, flags (4 each), root page (8), sequence (8), free list (8), page count (8),
//	        transaction (8), FNV-1a of those
const (
	pageHead    = 16
	pageElement = 16
	branchPage  = 1
	leafPage    = 2
	bucketLeaf  = 1
)

// pageFile is a file of pages, as its newest meta page describes it.
type pageFile struct {
	from  io.ReaderAt
	size  uint64 // of a page
	count uint64
	root  uint64
	txid  uint64
}

// openPages reads the newest whole meta page; of a file that has none the page size is 0.
func openPages(from io.ReaderAt) (pageFile, error) {
	p := pageFile{from: from}
	for n := range 2 {
		at := uint64(n) * cmp.Or(p.size, uint64(os.Getpagesize())) // the first says where the second is, unless it is broken
		meta := make([]byte, 64)
		if _, err := from.ReadAt(meta, int64(at)+pageHead); err != nil && !errors.Is(err, io.EOF) {
			return p, err
		}
		sum := fnv.New64a()
		sum.Write(meta[:56])
		txid := binary.NativeEndian.Uint64(meta[48:])
		if binary.NativeEndian.Uint64(meta[56:]) == sum.Sum64() && txid >= p.txid {
			p.size, p.root = uint64(binary.NativeEndian.Uint32(meta[8:])), binary.NativeEndian.Uint64(meta[16:])
			p.count, p.txid = binary.NativeEndian.Uint64(meta[40:]), txid
		}
	}
	return p, nil
}

// checkSize compares the file's size with the pages that it counts, before anything is mapped. A file without a readable meta page is left to
// bbolt, which refuses it.
func checkSize(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return nil // there is none yet, or bbolt says why it cannot be read
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	p, err := openPages(f)
	if err != nil {
		return err
	}
	if want := p.count * p.size; uint64(info.Size()) < want {
		return fmt.Errorf("%w (%d bytes of %d are there)", ErrDamaged, info.Size(), want)
	}
	return nil
}

// checkPages walks the pages of a file that is locked against writers: ErrDamaged names the first that is wrong.
func checkPages(f io.ReaderAt) error {
	p, err := openPages(f)
	if err != nil || p.size == 0 {
		return err
	}
	return p.walk()
}

// walk goes through the tree of buckets and then through the trees of all of them, level by level and in the order of the file, as a disk
// likes it.
func (p pageFile) walk() error {
	seen := make([]uint64, p.count/64+1)
	var trees []uint64
	for level := []uint64{p.root}; len(level) > 0; {
		next, roots, err := p.level(level, seen, true)
		if err != nil {
			return err
		}
		level, trees = next, append(trees, roots...)
	}
	for level := trees; len(level) > 0; {
		next, _, err := p.level(level, seen, false)
		if err != nil {
			return err
		}
		level = next
	}
	return nil
}

// level reads the pages of one level and gives those of the next, and in the tree of buckets the roots of theirs.
func (p pageFile) level(pages, seen []uint64, buckets bool) (next, roots []uint64, err error) {
	slices.Sort(pages)
	head := make([]byte, pageHead)
	for _, id := range pages {
		if id < 2 || id >= p.count {
			return nil, nil, fmt.Errorf("%w (a page leads to page %d of %d)", ErrDamaged, id, p.count)
		}
		if seen[id/64]&(1<<(id%64)) != 0 {
			return nil, nil, fmt.Errorf("%w (two pages lead to page %d)", ErrDamaged, id)
		}
		seen[id/64] |= 1 << (id % 64)
		if _, err := p.from.ReadAt(head, int64(id*p.size)); err != nil {
			return nil, nil, fmt.Errorf("%w (page %d: %w)", ErrDamaged, id, err)
		}
		flags, n, more := binary.NativeEndian.Uint16(head[8:]), binary.NativeEndian.Uint16(head[10:]), uint64(binary.NativeEndian.Uint32(head[12:]))
		if said := binary.NativeEndian.Uint64(head); said != id || flags != branchPage && flags != leafPage || id+more >= p.count {
			return nil, nil, fmt.Errorf("%w (page %d says that it is page %d of kind %d and %d more)", ErrDamaged, id, said, flags, more)
		}
		switch {
		case flags == branchPage:
			next, err = p.children(next, id, n)
		case buckets:
			roots, err = p.roots(roots, id, n, more)
		}
		if err != nil {
			return nil, nil, err
		}
	}
	return next, roots, nil
}

// children appends the pages that a branch page leads to.
func (p pageFile) children(to []uint64, id uint64, n uint16) ([]uint64, error) {
	b := make([]byte, pageElement*int(n))
	if _, err := p.from.ReadAt(b, int64(id*p.size)+pageHead); err != nil {
		return nil, fmt.Errorf("%w (page %d: %w)", ErrDamaged, id, err)
	}
	for ; len(b) > 0; b = b[pageElement:] {
		to = append(to, binary.NativeEndian.Uint64(b[8:]))
	}
	return to, nil
}

// roots appends the root pages of the buckets in a leaf. A small bucket lies in the leaf itself.
func (p pageFile) roots(to []uint64, id uint64, n uint16, more uint64) ([]uint64, error) {
	b := make([]byte, (more+1)*p.size)
	if _, err := p.from.ReadAt(b, int64(id*p.size)); err != nil {
		return nil, fmt.Errorf("%w (page %d: %w)", ErrDamaged, id, err)
	}
	for i := range int(n) {
		at := pageHead + pageElement*i
		if at+pageElement > len(b) {
			return nil, fmt.Errorf("%w (page %d counts %d records)", ErrDamaged, id, n)
		}
		element := b[at : at+pageElement]
		value := uint64(at) + uint64(binary.NativeEndian.Uint32(element[4:])) + uint64(binary.NativeEndian.Uint32(element[8:]))
		switch size := uint64(binary.NativeEndian.Uint32(element[12:])); {
		case binary.NativeEndian.Uint32(element)&bucketLeaf == 0:
			continue
		case size < 16 || value+size > uint64(len(b)):
			return nil, fmt.Errorf("%w (page %d: record %d is no bucket)", ErrDamaged, id, i)
		}
		if root := binary.NativeEndian.Uint64(b[value:]); root != 0 {
			to = append(to, root)
		}
	}
	return to, nil
}
