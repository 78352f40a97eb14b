// Package refresh is what a device asks of the wallet's service: fresh codes
// for a family, signed by the device's long-lived key.
//
// The session says who is logged in, the signature says on which telephone. A
// request that somebody copies is of no use to them: the codes that come back
// are bound to the holder key inside it.
package refresh

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"healthcode.example/credential"
	"healthcode.example/crypto/cose"
	"healthcode.example/health"
	"healthcode.example/issuer"
)

// Type is the typ (RFC 9596) of a signed request.
const Type = "yk/refresh"

// MediaType is how HTTP carries one (RFC 9052 §2, table 1).
const MediaType = `application/cose; cose-type="cose-sign1"`

// Limits of one request.
const (
	MaxSets    = 8                     // households of one request
	MaxTypes   = 8                     // types of documents of one request
	MaxRequest = 4 << 10               // bytes of a signed request
	maxRegion  = 16                    // bytes of the region's name
	Window     = 5 * time.Minute       // between the device's clock and the service's, either way
	MaxPeople  = credential.MaxMembers // of one household
)

// Request asks for a code for everybody of the family, and for a household code
// for each of the sets.
type Request struct {
	Device   issuer.DeviceID
	Region   string          // the region asked, ISO 3166-2: a request to another region is worth nothing here
	Holder   *cose.PublicKey // P-256, made for this refresh only
	Document bool            // add document digests; the salts come back
	// Types says of which document a digest shall be: the first of these types
	// of which the member has one, else the one that the service knows first.
	Types []credential.DocumentType
	Sets  [][]health.PersonID
}

// wire is the payload, deterministic CBOR:
//
//	refresh = {
//	  1: iat: int,                     ; Unix seconds on the device's clock
//	  2: device: bstr .size 16,
//	  3: region: tstr .size (1..16),
//	  4: cnf: bstr .cbor COSE_Key,     ; P-256, the key of this refresh
//	  ? 5: true,                       ; with document digests
//	  ? 6: [ 1*8 [ 2*10 person: bstr .size 16 ] ],
//	  ? 7: [ 1*8 document: 1..255 ]    ; only with 5: numbers of types of documents, none twice
//	}
type wire struct {
	At       int64               `cbor:"1,keyasint"`
	Device   issuer.DeviceID     `cbor:"2,keyasint"`
	Region   string              `cbor:"3,keyasint"`
	Holder   []byte              `cbor:"4,keyasint"`
	Document bool                `cbor:"5,keyasint,omitempty"`
	Sets     [][]health.PersonID `cbor:"6,keyasint,omitempty"`
	Types    []uint16            `cbor:"7,keyasint,omitempty"` // of bytes CBOR would make a string
}

// Sign writes the request at the time as an untagged COSE_Sign1 (RFC 9052 §4.2)
// of typ yk/refresh without kid, under the device's key.
func (q Request) Sign(device cose.Signer, at time.Time) ([]byte, error) {
	if err := q.validate(); err != nil {
		return nil, fmt.Errorf("ask for codes: %w", err)
	}
	if device == nil || device.Public().Algorithm() != cose.ES256 {
		return nil, errors.New("ask for codes: the device's key must be a P-256 key")
	}
	payload, err := cose.Marshal(wire{
		At: at.Unix(), Device: q.Device, Region: q.Region, Holder: q.Holder.Bytes(), Document: q.Document, Sets: q.Sets, Types: q.numbers(),
	})
	if err != nil {
		return nil, fmt.Errorf("ask for codes: %w", err)
	}
	return cose.SignSign1(Type, payload, device, false)
}

// Unverified is a request as it was received. Only Verify gives what it asks.
type Unverified struct {
	Device  issuer.DeviceID // whose key has to be asked for; nobody has proved it
	message cose.Sign1
	wire    wire
	request Request
}

var (
	// ErrForm says that the bytes are no request.
	ErrForm = errors.New("this is no request for codes of a wallet that this service knows: update the wallet")
	// ErrSignature says that the request is not by the device's key.
	ErrSignature = errors.New("the request is not signed by the key of this device: register the device again")
	// ErrRegion says that another region is asked.
	ErrRegion = errors.New("the request is meant for another region's service: choose the service that the device is registered at")
	// ErrClock says that the device's clock is too far from the service's.
	ErrClock = errors.New("the device's clock is wrong")
)

// Parse reads a request. Everything but a good form is ErrForm.
func Parse(b []byte) (Unverified, error) {
	if len(b) > MaxRequest {
		return Unverified{}, fmt.Errorf("%w (%d bytes, at most %d)", ErrForm, len(b), MaxRequest)
	}
	m, err := cose.ParseSign1(b)
	if err != nil {
		return Unverified{}, fmt.Errorf("%w (%w)", ErrForm, err)
	}
	if m.Type != Type || m.HasKeyID || m.Algorithm != cose.ES256 {
		return Unverified{}, fmt.Errorf("%w (typ %q, want %s by ES256 without kid)", ErrForm, m.Type, Type)
	}
	u := Unverified{message: m}
	if err := cose.Unmarshal(m.Payload, &u.wire); err != nil {
		return Unverified{}, fmt.Errorf("%w (%w)", ErrForm, err)
	}
	holder, err := cose.ParseKey(u.wire.Holder)
	if err != nil {
		return Unverified{}, fmt.Errorf("%w (the holder key: %w)", ErrForm, err)
	}
	u.Device = u.wire.Device
	u.request = Request{Device: u.wire.Device, Region: u.wire.Region, Holder: holder, Document: u.wire.Document, Sets: u.wire.Sets}
	for _, n := range u.wire.Types {
		if n > math.MaxUint8 {
			return Unverified{}, fmt.Errorf("%w (%d is the number of no type of document)", ErrForm, n)
		}
		u.request.Types = append(u.request.Types, credential.DocumentType(n))
	}
	if err := u.request.validate(); err != nil {
		return Unverified{}, fmt.Errorf("%w (%w)", ErrForm, err)
	}
	return u, nil
}

// Verify checks the signature under the device's key, then region and time.
// ErrSignature, ErrRegion, ErrClock.
func (u *Unverified) Verify(device *cose.PublicKey, region string, at time.Time) (Request, error) {
	if device == nil || u.message.Verify(device) != nil {
		return Request{}, ErrSignature
	}
	if u.request.Region != region {
		return Request{}, ErrRegion
	}
	if apart := at.Unix() - u.wire.At; apart > int64(Window/time.Second) || -apart > int64(Window/time.Second) {
		if apart > 0 {
			return Request{}, fmt.Errorf("%w: it is %d s behind the service's: set it and refresh again", ErrClock, apart)
		}
		return Request{}, fmt.Errorf("%w: it is %d s ahead of the service's: set it and refresh again", ErrClock, -apart)
	}
	return u.request, nil
}

// validate judges what is asked, for both sides alike.
func (q *Request) validate() error {
	switch {
	case q.Device == (issuer.DeviceID{}):
		return errors.New("the device has no identifier: register it")
	case q.Region == "" || len(q.Region) > maxRegion:
		return fmt.Errorf("the region is empty or longer than %d bytes", maxRegion)
	case q.Holder == nil || q.Holder.Algorithm() != cose.ES256:
		return errors.New("the holder key must be a P-256 key")
	}
	if err := q.checkTypes(); err != nil {
		return err
	}
	return CheckSets(q.Sets)
}

func (q *Request) checkTypes() error {
	switch {
	case len(q.Types) == 0:
		return nil
	case !q.Document:
		return errors.New("types of documents are named, and no digest is asked for: ask with digests")
	case len(q.Types) > MaxTypes:
		return fmt.Errorf("%d types of documents, at most %d: name fewer", len(q.Types), MaxTypes)
	}
	for i, t := range q.Types {
		if t == 0 || slices.Contains(q.Types[:i], t) {
			return errors.New("a type of document is named twice, or is none: name each once")
		}
	}
	return nil
}

func (q *Request) numbers() (all []uint16) {
	for _, t := range q.Types {
		all = append(all, uint16(t))
	}
	return all
}

// CheckSets says what is wrong with the sets of a request.
func CheckSets(sets [][]health.PersonID) error {
	if len(sets) > MaxSets {
		return fmt.Errorf("%d households, at most %d: ask for fewer sets", len(sets), MaxSets)
	}
	for i, set := range sets {
		if len(set) < 2 || len(set) > MaxPeople {
			return fmt.Errorf("household %d is of %d people: choose 2 to %d", i+1, len(set), MaxPeople)
		}
		seen := make(map[health.PersonID]bool, len(set))
		for _, id := range set {
			if id.IsZero() || seen[id] {
				return fmt.Errorf("household %d names somebody twice or nobody: choose each member once", i+1)
			}
			seen[id] = true
		}
	}
	return nil
}
