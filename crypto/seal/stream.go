package seal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// A stream is a file too large for one box, sealed in pieces (Hoang, Reyhanitabar, Rogaway, Vizár: Online Authenticated-
// Encryption and its Nonce-Reuse Misuse-Resistance, the STREAM construction, here with random nonces):
//
//	identifier (16 random bytes) | { length (4 bytes, big endian) | box }
//
// Each box is of this package's format over at most PieceSize bytes, and its additional data are the caller's, the
// identifier, the piece's number (8 bytes) and whether it is the last (1 byte). So a piece that is missing, moved, repeated
// or from another stream does not open, and a stream that was cut has no end.

// PieceSize is how much of a stream is in the memory at once.
const PieceSize = 1 << 20

// ErrCut says that a stream ends before its last piece.
var ErrCut = errors.New("seal: the file is cut short: fetch it again or take another copy")

// Writer seals what is written to it. Close writes the end; without it the stream does not open.
type Writer struct {
	key        *Key
	to         io.Writer
	rand       io.Reader
	additional []byte
	id         [16]byte
	n          uint64
	piece      []byte
	err        error
}

// NewWriter begins a stream to w. additional is as for Seal.
func (k *Key) NewWriter(w io.Writer, rand io.Reader, additional []byte) (*Writer, error) {
	s := &Writer{key: k, to: w, rand: rand, additional: additional, piece: make([]byte, 0, PieceSize)}
	if _, err := io.ReadFull(rand, s.id[:]); err != nil {
		return nil, fmt.Errorf("seal: begin a stream: read random bytes: %w", err)
	}
	if _, err := w.Write(s.id[:]); err != nil {
		return nil, fmt.Errorf("seal: begin a stream: %w", err)
	}
	return s, nil
}

// Write implements io.Writer.
func (s *Writer) Write(b []byte) (written int, err error) {
	for len(b) > 0 && s.err == nil {
		if len(s.piece) == PieceSize {
			s.flush(false)
			continue
		}
		n := copy(s.piece[len(s.piece):PieceSize], b)
		s.piece, b, written = s.piece[:len(s.piece)+n], b[n:], written+n
	}
	return written, s.err
}

// Close seals the last piece. It does not close what the stream is written to.
func (s *Writer) Close() error {
	if s.err == nil {
		s.flush(true)
	}
	if s.err == nil {
		s.err = errors.New("seal: the stream is closed")
		return nil
	}
	return s.err
}

func (s *Writer) flush(last bool) {
	box, err := s.key.Seal(s.rand, s.piece, pieceName(s.additional, s.id, s.n, last))
	if err == nil {
		_, err = s.to.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(box))), box...))
	}
	s.err, s.piece, s.n = err, s.piece[:0], s.n+1
}

func pieceName(additional []byte, id [16]byte, n uint64, last bool) []byte {
	name := append(append(make([]byte, 0, len(additional)+25), additional...), id[:]...)
	name = binary.BigEndian.AppendUint64(name, n)
	if last {
		return append(name, 1)
	}
	return append(name, 0)
}

// Reader opens a stream. What it returns is authentic, but is all only once it has returned io.EOF.
type Reader struct {
	key        *Key
	from       io.Reader
	additional []byte
	id         [16]byte
	n          uint64
	piece      []byte
	ended      bool
}

// NewReader begins to open the stream in r.
func (k *Key) NewReader(r io.Reader, additional []byte) (*Reader, error) {
	s := &Reader{key: k, from: r, additional: additional}
	if _, err := io.ReadFull(r, s.id[:]); err != nil {
		return nil, cut(err)
	}
	return s, nil
}

// Read implements io.Reader. ErrOpen for a piece that does not open, ErrCut before the end.
func (s *Reader) Read(b []byte) (int, error) {
	for len(s.piece) == 0 {
		if s.ended {
			return 0, io.EOF
		}
		if err := s.next(); err != nil {
			return 0, err
		}
	}
	n := copy(b, s.piece)
	s.piece = s.piece[n:]
	return n, nil
}

// next opens one piece: as an inner one, and else as the last.
func (s *Reader) next() error {
	var size [4]byte
	if _, err := io.ReadFull(s.from, size[:]); err != nil {
		return cut(err)
	}
	length := binary.BigEndian.Uint32(size[:])
	if length > PieceSize+Overhead {
		return ErrOpen
	}
	box := make([]byte, length)
	if _, err := io.ReadFull(s.from, box); err != nil {
		return cut(err)
	}
	piece, err := s.key.Open(box, pieceName(s.additional, s.id, s.n, false))
	if err != nil {
		if piece, err = s.key.Open(box, pieceName(s.additional, s.id, s.n, true)); err != nil && !errors.Is(err, ErrOpen) {
			return fmt.Errorf("%w: %w", ErrOpen, err) // too short for a box, or of a later version
		} else if err != nil {
			return err
		}
		s.ended = true
	}
	s.piece, s.n = piece, s.n+1
	return nil
}

func cut(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return ErrCut
	}
	return fmt.Errorf("seal: read the stream: %w", err)
}
