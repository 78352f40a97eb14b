package health

import (
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"io"
	"time"
)

// PersonID names a person inside the service and nowhere else: it is in no code, no list and no log line of a gate.
// It has the shape of a version 7 UUID (RFC 9562 §5.7), 48 bits of milliseconds since 1970 and then 74 random bits, so
// that people added together lie together in the store.
type PersonID [16]byte

// base32Lower is RFC 4648 §7 in lower case: its order is the order of the bytes.
var base32Lower = base32.NewEncoding("0123456789abcdefghijklmnopqrstuv").WithPadding(base32.NoPadding)

// NewPersonID makes an identifier from the time and 10 bytes of rand.
func NewPersonID(at time.Time, rand io.Reader) (PersonID, error) {
	var id PersonID
	if _, err := io.ReadFull(rand, id[6:]); err != nil {
		return PersonID{}, fmt.Errorf("make a person identifier: read random bytes: %w", err)
	}
	var ms [8]byte
	binary.BigEndian.PutUint64(ms[:], uint64(at.UnixMilli()))
	copy(id[:6], ms[2:])
	id[6] = id[6]&0x0f | 0x70
	id[8] = id[8]&0x3f | 0x80
	return id, nil
}

// IsZero says that the identifier names nobody.
func (id PersonID) IsZero() bool { return id == PersonID{} }

// String gives 26 characters of 0-9 and a-v; the text sorts as the bytes do.
func (id PersonID) String() string { return base32Lower.EncodeToString(id[:]) }

// MarshalText is String, for JSON.
func (id PersonID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText is ParsePersonID, for JSON.
func (id *PersonID) UnmarshalText(text []byte) error {
	got, err := ParsePersonID(string(text))
	if err != nil {
		return err
	}
	*id = got
	return nil
}

// ParsePersonID reads what String wrote and nothing else: one identifier has one text.
func ParsePersonID(text string) (PersonID, error) {
	var id PersonID
	raw, err := base32Lower.DecodeString(text)
	if err != nil || len(raw) != len(id) {
		return id, fmt.Errorf("person identifier %q: want 26 characters of 0-9 and a-v", clip(text))
	}
	copy(id[:], raw)
	if id.String() != text {
		return PersonID{}, fmt.Errorf("person identifier %q: its last character has bits that mean nothing", clip(text))
	}
	return id, nil
}

// clip keeps a hostile text from filling an error.
func clip(text string) string {
	if len(text) > 40 {
		return text[:40] + "…"
	}
	return text
}
