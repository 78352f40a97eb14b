// Package seal encrypts records before they reach a disk and makes keyed
// hashes by which a sealed record can be found again.
//
// A [Key] is derived from one master key and a label (HKDF-SHA256, RFC 5869),
// so that records of one kind cannot be passed off as another's and one kind's
// hashes say nothing of another's. A box is
//
//	version (1 byte, 1) | nonce (12 bytes) | AES-256-GCM ciphertext and tag (n + 16 bytes)
//
// with a random nonce: under one label seal at most 2^32 boxes (SP 800-38D
// §8.3), which is forty for each of a hundred million people.
package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

const (
	version   = 1
	nonceSize = 12
	tagSize   = 16

	// MasterSize is the length of a master key in bytes.
	MasterSize = 32
	// Overhead is what a box is longer than its plaintext, in bytes.
	Overhead = 1 + nonceSize + tagSize
)

// ErrOpen says that a box is not one that this key sealed with this additional
// data, or is no longer: the reasons cannot be told apart.
var ErrOpen = errors.New("seal: the box does not open: it is damaged, belongs to another record " +
	"or was sealed under another master key; check the key that was given")

// Key seals and opens boxes of one label. It never changes, is safe for
// concurrent use, and prints as a placeholder wherever it is printed.
type Key struct {
	// A function, since fmt walks into unexported fields without asking for
	// their methods, and for a verb that does not fit follows pointers too.
	secret func() *secret
}

type secret struct {
	aead   cipher.AEAD
	lookup []byte
}

// NewKey derives the key of label, a fixed text such as "wallet person", from a
// master key of MasterSize bytes, which it does not keep.
func NewKey(master []byte, label string) (*Key, error) {
	if len(master) != MasterSize {
		return nil, fmt.Errorf("seal: the master key has %d bytes; give %d", len(master), MasterSize)
	}
	if label == "" {
		return nil, errors.New("seal: the label is empty; name the kind of record")
	}
	box, err := hkdf.Key(sha256.New, master, nil, "healthcode seal box 1 "+label, 32)
	if err != nil {
		return nil, fmt.Errorf("seal: derive the key of %q: %w", label, err)
	}
	lookup, err := hkdf.Key(sha256.New, master, nil, "healthcode seal lookup 1 "+label, sha256.Size)
	if err != nil {
		return nil, fmt.Errorf("seal: derive the lookup key of %q: %w", label, err)
	}
	block, err := aes.NewCipher(box)
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	s := &secret{aead: aead, lookup: lookup}
	return &Key{func() *secret { return s }}, nil
}

// Seal returns plaintext in a box, Overhead bytes longer. The box opens only
// with the same additional data, which it does not hold: give what names the
// record, so that boxes cannot change places. rand gives the 12 bytes of nonce
// and must be a cryptographic source.
func (k *Key) Seal(rand io.Reader, plaintext, additional []byte) ([]byte, error) {
	box := make([]byte, 1+nonceSize, len(plaintext)+Overhead)
	box[0] = version
	if _, err := io.ReadFull(rand, box[1:]); err != nil {
		return nil, fmt.Errorf("seal: read a nonce from the random source: %w", err)
	}
	return k.secret().aead.Seal(box, box[1:], plaintext, additional), nil
}

// Open returns what the box holds. The error is ErrOpen but for a box of a
// later version of this format or one too short to be a box.
func (k *Key) Open(box, additional []byte) ([]byte, error) {
	if len(box) < Overhead {
		return nil, fmt.Errorf("seal: the box is cut short: %d bytes, and the shortest has %d", len(box), Overhead)
	}
	if box[0] != version {
		return nil, fmt.Errorf("seal: the box is of version %d and this program reads version %d; use a later program",
			box[0], version)
	}
	nonce, sealed := box[1:1+nonceSize], box[1+nonceSize:]
	plaintext, err := k.secret().aead.Open(make([]byte, 0, len(sealed)), nonce, sealed, additional)
	if err != nil {
		return nil, ErrOpen
	}
	return plaintext, nil
}

// Lookup returns the HMAC-SHA256 of the parts, each after its length in eight
// bytes, so that no two lists of parts are hashed alike. Without the master key
// nobody can try out what was hashed.
func (k *Key) Lookup(parts ...string) [32]byte {
	mac := hmac.New(sha256.New, k.secret().lookup)
	var buf []byte
	for _, part := range parts {
		buf = binary.BigEndian.AppendUint64(buf[:0], uint64(len(part)))
		mac.Write(append(buf, part...))
	}
	return [32]byte(mac.Sum(nil))
}

const redacted = "seal.Key(redacted)"

// String returns a placeholder.
func (Key) String() string { return redacted }

// Format prints a placeholder, whatever the verb.
func (Key) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// MarshalText returns a placeholder, which is what slog and encoding/json print.
func (Key) MarshalText() ([]byte, error) { return []byte(redacted), nil }
