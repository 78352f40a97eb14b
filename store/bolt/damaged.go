package bolt

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
)

// ErrDamaged says that the file, a record or an index in it is not as this
// package writes it.
var ErrDamaged = errors.New("the store is damaged: restore the newest backup; keep the file")

// bbolt reads the file through a mapping and trusts it: on a damaged file it
// panics, or touches memory behind the end of a file cut short. guarded runs f
// and turns both into ErrDamaged. A panic of anybody else goes on.
func guarded(f func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			if !ofDamage(p) {
				panic(p)
			}
			err = fmt.Errorf("%w (%v)", ErrDamaged, p)
		}
	}()
	return f()
}

// ofDamage says whether the panic being recovered from is a fault of memory or
// began in bbolt. It must be called by the deferred function itself.
func ofDamage(p any) bool {
	if _, fault := p.(interface{ Addr() uintptr }); fault {
		return true
	}
	pcs := make([]uintptr, 64)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(1, pcs)])
	for {
		f, more := frames.Next()
		if strings.HasPrefix(f.Function, "go.etcd.io/bbolt") {
			return true
		}
		if !more {
			return false
		}
	}
}

// checkSize compares the file's size with the pages that its newest meta page
// counts, before anything is mapped. A file without a readable meta page is
// left to bbolt, which refuses it.
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
	var newest, want uint64
	for _, at := range []int64{0, int64(os.Getpagesize())} {
		// Page header of 16 bytes; meta: magic, version, page size, flags (4 bytes each), root (16), free list, page count, transaction, FNV-1a of those.
		meta := make([]byte, 64)
		if _, err := f.ReadAt(meta, at+16); err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		sum := fnv.New64a()
		sum.Write(meta[:56])
		txid := binary.NativeEndian.Uint64(meta[48:])
		if binary.NativeEndian.Uint64(meta[56:]) == sum.Sum64() && txid >= newest {
			newest = txid
			want = binary.NativeEndian.Uint64(meta[40:]) * uint64(binary.NativeEndian.Uint32(meta[8:]))
		}
	}
	if uint64(info.Size()) < want {
		return fmt.Errorf("%w (%d bytes of %d are there)", ErrDamaged, info.Size(), want)
	}
	return nil
}
