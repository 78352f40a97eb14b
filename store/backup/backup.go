// Package backup is the file of a store that was set aside: sealed, since the store in it holds people and keys, and checked
// from its first byte to its last. Bytes in, bytes out; cmd/healthcode puts them on a disk.
package backup

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"
	"time"

	"healthcode.example/crypto/seal"
)

// The file:
//
//	"YKBACKUP1\n" | time (8 bytes, unix seconds, big endian) | seal stream of the store's file | SHA-256 of all before
//
// The head is additional data of the stream. The sum tells without the master key whether a copy is whole.
const (
	magic    = "YKBACKUP1\n"
	headSize = len(magic) + 8
	label    = "backup"
)

// ErrFile says that the bytes are no backup, or are no longer.
var ErrFile = errors.New("not a whole backup file")

// Source writes a store as it is at one moment; bolt.Store is one.
type Source interface {
	Backup(ctx context.Context, w io.Writer) error
}

// Write makes the file of a store, sealed under the service's master key of 32 bytes. at is the time of the call: nothing that
// is written to the store before it may be missing.
func Write(ctx context.Context, w io.Writer, s Source, master []byte, rand io.Reader, at time.Time) error {
	key, err := seal.NewKey(master, label)
	if err != nil {
		return err
	}
	sum := sha256.New()
	out := io.MultiWriter(w, sum)
	head := binary.BigEndian.AppendUint64([]byte(magic), uint64(at.Unix()))
	if _, err := out.Write(head); err != nil {
		return fmt.Errorf("write the backup: %w", err)
	}
	stream, err := key.NewWriter(out, rand, head)
	if err != nil {
		return fmt.Errorf("write the backup: %w", err)
	}
	if err := s.Backup(ctx, stream); err != nil {
		return err
	}
	if err := stream.Close(); err != nil {
		return fmt.Errorf("write the backup: %w", err)
	}
	if _, err := w.Write(sum.Sum(nil)); err != nil {
		return fmt.Errorf("write the backup: %w", err)
	}
	return nil
}

// Read opens a backup into w and returns when it was made. What has been written to w is good only when the error is nil.
func Read(w io.Writer, r io.Reader, master []byte) (at time.Time, err error) {
	key, err := seal.NewKey(master, label)
	if err != nil {
		return at, err
	}
	in := newTail(r)
	head := make([]byte, headSize)
	if _, err := io.ReadFull(in, head); err != nil || !bytes.HasPrefix(head, []byte(magic)) {
		return at, fmt.Errorf("%w: it does not begin as a backup does", ErrFile)
	}
	at = time.Unix(int64(binary.BigEndian.Uint64(head[len(magic):])), 0)
	stream, err := key.NewReader(in, head)
	if err != nil {
		return at, fmt.Errorf("%w: %w", ErrFile, err)
	}
	if _, err := io.Copy(w, stream); err != nil {
		return at, fmt.Errorf("open the backup: %w", err)
	}
	if n, err := io.Copy(io.Discard, in); err != nil || n != 0 {
		return at, fmt.Errorf("%w: %d bytes too many", ErrFile, n)
	}
	return at, in.check()
}

// Check reads the whole file and says whether it is as it was written, and when that was. It needs no key, and so it says
// nothing of who wrote it.
func Check(r io.Reader) (at time.Time, err error) {
	in := newTail(r)
	head := make([]byte, headSize)
	if _, err := io.ReadFull(in, head); err != nil || !bytes.HasPrefix(head, []byte(magic)) {
		return at, fmt.Errorf("%w: it does not begin as a backup does", ErrFile)
	}
	if _, err := io.Copy(io.Discard, in); err != nil {
		return at, fmt.Errorf("read the backup: %w", err)
	}
	return time.Unix(int64(binary.BigEndian.Uint64(head[len(magic):])), 0), in.check()
}

// tail reads all but the last 32 bytes, which are the sum of what it reads.
type tail struct {
	from io.Reader
	sum  hash.Hash
	held []byte // what has been read and may be the sum
	err  error
}

func newTail(r io.Reader) *tail { return &tail{from: r, sum: sha256.New()} }

// Read implements io.Reader.
func (t *tail) Read(b []byte) (int, error) {
	for len(t.held) <= sha256.Size && t.err == nil {
		buf := make([]byte, 1<<16)
		var n int
		n, t.err = t.from.Read(buf)
		t.held = append(t.held, buf[:n]...)
	}
	free := len(t.held) - sha256.Size
	if free <= 0 {
		return 0, t.err
	}
	n := copy(b, t.held[:free])
	t.sum.Write(t.held[:n])
	t.held = t.held[n:]
	return n, nil
}

func (t *tail) check() error {
	if !bytes.Equal(t.sum.Sum(nil), t.held) {
		return fmt.Errorf("%w: its checksum is wrong: it was cut or damaged, take another copy", ErrFile)
	}
	return nil
}
