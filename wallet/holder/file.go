// Package holder is the holder's own file: the keys of each refresh, the codes
// fetched with them, and presentations made from both without any network.
//
// It takes and gives bytes; where they lie is the caller's. The file is sealed
// under a key of the phone or the person.
package holder

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"healthcode.example/credential"
	"healthcode.example/crypto/cose"
	"healthcode.example/crypto/seal"
	"healthcode.example/health"
	"healthcode.example/issuer"
	"healthcode.example/wallet/refresh"
)

// Limits of one file. What is older or more goes, the oldest first.
const (
	MaxRefreshes = 16 // kept at once; expired ones go at the next refresh
	MaxCodes     = 80 // of one refresh
)

// Person is one member of a code, as the wallet knows them.
type Person struct {
	ID       health.PersonID
	Name     string              // as the holder reads it
	Relation credential.Relation // what they are to the holder, 0 for the holder
	Salt     *credential.Salt    // of the document digest in the code, nil without one
	// Document is the type of the document that the digest is of, zero where the
	// service does not say it. It goes to the gate with the salt.
	Document credential.DocumentType
}

// Code is one code as the issuer gave it. Members are in the order of the
// code's own; only a household has more than one.
type Code struct {
	Message []byte // COSE_Sign1
	Members []Person
}

// fetched is what one refresh brought: all bound to one key.
type fetched struct {
	key   *cose.PrivateKey
	codes []heldCode
}

type heldCode struct {
	Code
	claims credential.Claims // of Message
}

func (c *heldCode) current(at time.Time) bool { return at.Unix() < c.claims.ExpiresAt }

// File is an open file. It is not safe for concurrent use.
type File struct {
	account   Account
	device    issuer.DeviceID
	deviceKey *cose.PrivateKey
	refreshes []fetched // the newest first
	family    []kin     // in the order of their numbers
	given     int       // the highest number that was ever given to somebody beside the holder
}

// Account is where the codes come from.
type Account struct {
	Service string // address of the service, such as https://code.example
	Region  string // ISO 3166-2, as the service calls itself
	Session string // what proves the log-in; empty after log-out
	// Document is the type of the document that the holder logged in with, zero
	// when the service did not say it. Codes speak for it unless another is
	// asked for.
	Document credential.DocumentType
}

// Account returns what SetAccount kept, zero when nothing was.
func (f *File) Account() Account { return f.account }

// SetAccount keeps where the codes come from.
func (f *File) SetAccount(a Account) { f.account = a }

// New is an empty file.
func New() *File { return new(File) }

// SetDevice keeps the registered device and its long-lived key, which
// authorises refreshes and appears in no code.
func (f *File) SetDevice(id issuer.DeviceID, key *cose.PrivateKey) {
	f.device, f.deviceKey = id, key
}

// ErrNoAccount says that the file has no registered device.
var ErrNoAccount = errors.New("this wallet has no device of its own yet: log in first")

// Question is what one refresh asks for.
type Question struct {
	Document bool // codes that a gate can compare with a document
	// Types says which document each code shall speak for: the first of these
	// types of which the member has one, else the one that the service knows
	// first. Empty: that of the log-in.
	Types []credential.DocumentType
	Sets  [][]health.PersonID // households that shall have one code together
}

// Ask makes a key for one refresh, P-256, and writes the request for it, signed
// by the device. The key goes with the answer into Take and is used for nothing
// else, or gates could tell one refresh's codes from another's. ErrNoAccount.
func (f *File) Ask(q Question, rand io.Reader, at time.Time) (signed []byte, key *cose.PrivateKey, err error) {
	if f.deviceKey == nil || f.account.Region == "" {
		return nil, nil, ErrNoAccount
	}
	if key, err = NewKey(rand); err != nil {
		return nil, nil, err
	}
	r := refresh.Request{Device: f.device, Region: f.account.Region, Holder: key.Public(), Document: q.Document, Sets: q.Sets}
	if r.Types = q.Types; q.Document && len(r.Types) == 0 && f.account.Document != 0 {
		r.Types = []credential.DocumentType{f.account.Document}
	}
	signed, err = r.Sign(f.deviceKey, at)
	return signed, key, err
}

// Device returns what SetDevice kept; a nil key when nothing was.
func (f *File) Device() (issuer.DeviceID, *cose.PrivateKey) { return f.device, f.deviceKey }

// NewKey makes the key of one refresh, P-256. Its public half goes with the
// request; the key goes with the answer into AddRefresh and is used for nothing
// else, or gates could tell one refresh's codes from another's.
func NewKey(rand io.Reader) (*cose.PrivateKey, error) { return cose.Generate(cose.ES256, rand) }

// AddRefresh takes in the codes that a refresh with key brought. Every code
// must be readable and bound to key; else nothing is taken. ErrOtherPerson when
// one is another holder's own. Codes that have
// expired at the time go from the file, and what remains of older refreshes
// stays for the sets that only they hold. Until then an expired code stays too,
// so that the wallet can say since when.
func (f *File) AddRefresh(key *cose.PrivateKey, codes []Code, at time.Time) error {
	if key == nil || len(codes) == 0 || len(codes) > MaxCodes {
		return fmt.Errorf("add a refresh: give its key and 1 to %d codes", MaxCodes)
	}
	r := fetched{key: key}
	for i, c := range codes {
		held, err := hold(key, c)
		if err != nil {
			return fmt.Errorf("add a refresh: code %d: %w", i+1, err)
		}
		r.codes = append(r.codes, held)
	}
	if err := f.checkOwner(r.codes); err != nil {
		return fmt.Errorf("add a refresh: %w", err)
	}
	f.refreshes = slices.Insert(f.refreshes, 0, r)
	f.meetAll(r.codes)
	f.dropCodes(func(c *heldCode) bool { return !c.current(at) })
	return nil
}

// checkOwner refuses another holder's codes.
func (f *File) checkOwner(codes []heldCode) error {
	owner := f.Owner()
	for i := range codes {
		for _, p := range codes[i].Members {
			if p.Relation != 0 {
				continue
			}
			if owner.IsZero() {
				owner = p.ID
			}
			if p.ID != owner {
				return ErrOtherPerson
			}
		}
	}
	return nil
}

// hold reads a code and checks that it goes with the key and the people.
func hold(key *cose.PrivateKey, c Code) (heldCode, error) {
	got, err := credential.Parse(credential.Text(c.Message))
	switch {
	case err != nil:
		return heldCode{}, fmt.Errorf("it cannot be read: %w: refresh again", err)
	case got.Show != nil || len(got.Codes) != 1:
		return heldCode{}, errors.New("it is no code: refresh again")
	}
	claims := got.Codes[0].Claims
	switch {
	case claims.Holder == nil || !claims.Holder.Equal(key.Public()):
		return heldCode{}, errors.New("it is bound to another key than this refresh's: refresh again")
	case len(claims.Members) != len(c.Members):
		return heldCode{}, fmt.Errorf("it is of %d people and came with %d: refresh again", len(claims.Members), len(c.Members))
	}
	for i, m := range c.Members {
		if m.ID.IsZero() || (m.Salt != nil) != (claims.Members[i].Digest != nil) || m.Salt == nil && m.Document != 0 {
			return heldCode{}, fmt.Errorf("member %d has no identifier, or a salt without a digest or the reverse: refresh again", i+1)
		}
	}
	return heldCode{Code: c, claims: claims}, nil
}

// dropCodes forgets the codes that have gone, refreshes without codes and what
// is too many.
func (f *File) dropCodes(gone func(*heldCode) bool) {
	for i := range f.refreshes {
		f.refreshes[i].codes = slices.DeleteFunc(f.refreshes[i].codes, func(c heldCode) bool { return gone(&c) })
	}
	kept := f.refreshes[:0]
	for _, r := range f.refreshes {
		if len(r.codes) > 0 && len(kept) < MaxRefreshes {
			kept = append(kept, r)
		}
	}
	clear(f.refreshes[len(kept):])
	f.refreshes = kept
}

// sealedAs ties the box to this kind of file.
var sealedAs = []byte("yk/holder")

// Seal writes the file, sealed under key. rand must be a cryptographic source.
func (f *File) Seal(rand io.Reader, key *seal.Key) ([]byte, error) {
	plain, err := f.marshal()
	if err != nil {
		return nil, fmt.Errorf("seal the holder's file: %w", err)
	}
	return key.Seal(rand, plain, sealedAs)
}

// Open reads what Seal wrote under the same key.
func Open(box []byte, key *seal.Key) (*File, error) {
	plain, err := key.Open(box, sealedAs)
	if err != nil {
		return nil, fmt.Errorf("open the holder's file: %w", err)
	}
	f, err := unmarshal(plain)
	if err != nil {
		return nil, fmt.Errorf("open the holder's file: %w", err)
	}
	return f, nil
}
