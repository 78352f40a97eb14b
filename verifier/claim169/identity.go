// Package claim169 verifies MOSIP Claim 169 identity codes: base45, zlib, COSE_Sign1, CWT with the identity in claim 169. The caller registers a
// Format with verifier.New, as the last of its formats, because the text has no prefix of its own; trust comes from the partners of our own
// signed key list. An encrypted identity is refused by name: a gate has no key for it and must not have one.
//
// The package touches no network, file or clock, and all of it is safe for concurrent use.
package claim169

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode"

	"healthcode.example/crypto/base45"
	"healthcode.example/crypto/cose"
	"healthcode.example/crypto/inflate"
	"healthcode.example/verifier"

	"github.com/fxamacker/cbor/v2"
)

// Limits of what is read, checked before anything is allocated.
const (
	MaxText    = 4296     // characters: what the largest QR symbol holds in alphanumeric mode
	MaxContent = 64 << 10 // bytes of an inflated message
	maxName    = 200      // bytes
	maxTime    = 253402300799
	maxHead    = 999  // characters of a text that are looked at to tell what it is; three for two bytes
	headSize   = 8    // bytes of the message that tell it
	zlibMethod = 0x78 // deflate with a window of 32 kB (RFC 1950 §2.2)
)

// ErrEncrypted says that the identity is encrypted for somebody else.
var ErrEncrypted = errors.New("the identity is encrypted, and only whoever it was made for can read it")

// Identity is an identity that has the right form. Nothing in it may be shown or believed before its signature verified.
type Identity struct {
	Message cose.ForeignSign1
	Issuer  string
	Issued  int64 // Unix seconds: iat, or nbf where there is none
	From    int64 // Unix seconds: nbf; zero: none
	Expires int64 // Unix seconds; zero: never
	name    string
	// numbered says that it has an identifier. Without a name it is then still somebody's, whom the inspector asks for the card itself.
	numbered bool
}

// claims is the CWT: { 1: iss, ? 4: exp, ? 5: nbf, ? 6: iat, 169: { ? 1: id, ? 4: full name, … } }
type claims struct {
	Issuer    string                   `cbor:"1,keyasint"`
	Expires   *float64                 `cbor:"4,keyasint"`
	NotBefore *float64                 `cbor:"5,keyasint"`
	Issued    *float64                 `cbor:"6,keyasint"`
	Identity  *map[any]cbor.RawMessage `cbor:"169,keyasint"`
}

// Labels of the identity.
const (
	labelID       = 1
	labelFullName = 4
	labelFirst    = 5
	labelMiddle   = 6
	labelLast     = 7
)

func fault(reason verifier.Reason, format string, args ...any) error {
	return &verifier.ForeignError{Reason: reason, Err: fmt.Errorf(format, args...)}
}

// Read takes the text of a symbol. Every failure is a *verifier.ForeignError; one wraps ErrEncrypted.
func Read(text string) (*Identity, error) {
	if len(text) > MaxText {
		return nil, fault(verifier.ReasonTooLong, "text of %d characters, a QR symbol holds at most %d", len(text), MaxText)
	}
	packed, err := base45.Decode(text)
	if err != nil {
		return nil, &verifier.ForeignError{Reason: verifier.ReasonBase45, Err: err}
	}
	message, err := inflate.Zlib(packed, MaxContent)
	if err != nil {
		return nil, &verifier.ForeignError{Reason: verifier.ReasonEnvelope, Err: err}
	}
	if encrypted(message) {
		return nil, &verifier.ForeignError{Reason: verifier.ReasonOtherFormat, Err: ErrEncrypted}
	}
	m, err := cose.ParseForeignSign1(message)
	if err != nil {
		return nil, &verifier.ForeignError{Reason: verifier.EnvelopeReason(err), Err: err}
	}
	id := &Identity{Message: m}
	if err := id.read(m.Payload); err != nil {
		return nil, &verifier.ForeignError{Reason: verifier.ReasonClaims, Err: err}
	}
	return id, nil
}

// encrypted says whether the message begins as one that is encrypted for one or for several (RFC 9052 §5: tags 16 and 96, and without a tag an array
// of three, which no signed message is), as a CWT or not.
func encrypted(message []byte) bool {
	message = bytes.TrimPrefix(message, []byte{0xd8, 61})
	return slices.ContainsFunc([][]byte{{0xd0}, {0xd8, 96}, {0x83}}, func(head []byte) bool { return bytes.HasPrefix(message, head) })
}

func (id *Identity) read(payload []byte) error {
	var w claims
	if err := cose.UnmarshalForeign(payload, &w); err != nil {
		return err
	}
	if w.Identity == nil {
		return errors.New("claim 169 is missing")
	}
	issued, ok1 := unix(w.Issued)
	from, ok2 := unix(w.NotBefore)
	expires, ok3 := unix(w.Expires)
	if !ok1 || !ok2 || !ok3 {
		return errors.New("a time is out of range")
	}
	if id.Issuer, id.Issued, id.From, id.Expires = w.Issuer, cmp.Or(issued, from), from, expires; id.Issued == 0 {
		return errors.New("neither iat nor nbf says since when it is good")
	}
	id.name, id.numbered = fullName(*w.Identity), identifier(*w.Identity)
	return nil
}

func unix(f *float64) (int64, bool) {
	if f == nil {
		return 0, true
	}
	if !(*f >= 1 && *f <= maxTime) { // also refuses NaN
		return 0, false
	}
	return int64(math.Floor(*f)), true
}

// text is a field that is a text of sane length, or nothing.
func text(identity map[any]cbor.RawMessage, label int64) (s string) {
	raw := identity[label]
	if len(raw) == 0 || cose.UnmarshalForeign(raw, &s) != nil || len(s) > maxName {
		return ""
	}
	return s
}

// identifier says whether the identity has one: a text with a letter or a digit in it.
func identifier(identity map[any]cbor.RawMessage) bool {
	return strings.ContainsFunc(text(identity, labelID), func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) })
}

func fullName(identity map[any]cbor.RawMessage) string {
	if name := text(identity, labelFullName); name != "" {
		return name
	}
	name := ""
	for _, label := range []int64{labelFirst, labelMiddle, labelLast} {
		if part := text(identity, label); part != "" {
			if name != "" {
				name += " "
			}
			name += part
		}
	}
	return name
}

// Verify checks the signature under k over the received bytes.
func (id *Identity) Verify(k *cose.PublicKey) error { return id.Message.Verify(k) }

// Name is the holder's full name.
func (id *Identity) Name() string { return id.name }
