package dcc

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"healthcode.example/crypto/base45"
	"healthcode.example/crypto/cose"
	"healthcode.example/crypto/inflate"
	"healthcode.example/trust"
)

// Step says how far the reading of a text came.
type Step uint8

// Steps in their order. An Error names the first that failed.
const (
	StepPrefix Step = iota + 1
	StepLength
	StepBase45
	StepInflate
	StepEnvelope
	StepAlgorithm
	StepClaims
)

// Error is what every failure to read is. None of the text is in it.
type Error struct {
	Step Step
	Err  error
}

func (e *Error) Error() string { return e.Err.Error() }

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

func fault(step Step, format string, args ...any) error {
	return &Error{Step: step, Err: fmt.Errorf(format, args...)}
}

// Certificate is a certificate that has the right form. Nothing in it may be shown or believed before its signature verified.
type Certificate struct {
	Message cose.ForeignSign1
	Issuer  string // iss; empty where the issuer wrote none
	Issued  int64  // Unix seconds, rounded down; zero where the issuer wrote none
	Expires int64  // Unix seconds, the last in which it is good, rounded down; zero where the issuer wrote none
	content content
}

// claims is the CWT (RFC 8392 §3.1) with the health certificate in claim -260.
//
//	{ 1: iss, 4: exp, 6: iat, -260: { 1: { "ver": …, "nam": …, "dob": …, "v" / "t" / "r": [ entry ] } } }
type claims struct {
	Issuer  any `cbor:"1,keyasint"`
	Expires any `cbor:"4,keyasint"`
	Issued  any `cbor:"6,keyasint"`
	Health  struct {
		Certificate *content `cbor:"1,keyasint"`
	} `cbor:"-260,keyasint"`
}

type content struct {
	Version any `cbor:"ver"`
	Born    any `cbor:"dob"` // a day, a month, a year or nothing
	Name    struct {
		Given           any `cbor:"gn"`
		Family          any `cbor:"fn"`
		GivenInCapital  any `cbor:"gnt"` // as in a passport's machine-readable zone
		FamilyInCapital any `cbor:"fnt"`
	} `cbor:"nam"`
	Vaccinations []entry `cbor:"v"`
	Tests        []entry `cbor:"t"`
	Recoveries   []entry `cbor:"r"`
}

// entry has what is read of a vaccination, a test or a recovery. Each field may be of any type: real issuers write some otherwise than the
// specification says, and what a verdict needs is looked at where it is needed.
type entry struct {
	Disease any `cbor:"tg"`
	Country any `cbor:"co"`
	Vaccine any `cbor:"vp"` // of a vaccination
	Product any `cbor:"mp"`
	Date    any `cbor:"dt"`
	Dose    any `cbor:"dn"`
	Of      any `cbor:"sd"`
	Kind    any `cbor:"tt"` // of a test
	Result  any `cbor:"tr"`
	Sampled any `cbor:"sc"`
	First   any `cbor:"fr"` // of a recovery
	From    any `cbor:"df"`
	Until   any `cbor:"du"`
}

// seconds reads a NumericDate between 1970 and 9999; nil, which is none, is zero. RFC 8392 §2 allows fractions, and real issuers write them.
func seconds(v any) (int64, error) {
	const end = 253402300800
	switch n := v.(type) {
	case nil:
		return 0, nil
	case int64:
		if n >= 0 && n < end {
			return n, nil
		}
	case float64:
		if n >= 0 && n < end { // NaN is neither
			return int64(math.Floor(n)), nil
		}
	}
	return 0, errors.New("not a time between 1970 and 9999")
}

// Read takes the text of a symbol. Every failure is an *Error.
func Read(text string) (*Certificate, error) {
	rest, ok := strings.CutPrefix(text, Prefix)
	if !ok {
		return nil, fault(StepPrefix, "the text does not begin with %s", Prefix)
	}
	if len(text) > MaxText {
		return nil, fault(StepLength, "text of %d characters, a QR symbol holds at most %d", len(text), MaxText)
	}
	packed, err := base45.Decode(rest)
	if err != nil {
		return nil, &Error{StepBase45, err}
	}
	message, err := inflate.Zlib(packed, MaxContent)
	if err != nil {
		return nil, &Error{StepInflate, err}
	}
	return Decode(message)
}

// Decode takes the COSE message that Read finds inside. Every failure is an *Error.
func Decode(message []byte) (*Certificate, error) {
	m, err := cose.ParseForeignSign1(message)
	switch {
	case errors.Is(err, cose.ErrAlgorithm):
		return nil, &Error{StepAlgorithm, err}
	case err != nil:
		return nil, &Error{StepEnvelope, err}
	case len(m.KeyID) < minKeyID || len(m.KeyID) > maxKeyID:
		return nil, fault(StepEnvelope, "kid of %d bytes, want %d to %d", len(m.KeyID), minKeyID, maxKeyID)
	}
	var w claims
	if err := cose.UnmarshalForeign(m.Payload, &w); err != nil {
		return nil, &Error{StepClaims, err}
	}
	c := &Certificate{Message: m}
	if c.Issued, err = seconds(w.Issued); err == nil {
		c.Expires, err = seconds(w.Expires)
	}
	if err != nil {
		return nil, &Error{StepClaims, err}
	}
	c.Issuer, _ = w.Issuer.(string)
	if w.Health.Certificate == nil {
		return nil, fault(StepClaims, "claim -260 holds no health certificate under 1")
	}
	c.content = *w.Health.Certificate
	if len(c.content.Vaccinations)+len(c.content.Tests)+len(c.content.Recoveries) > maxEntries {
		return nil, fault(StepClaims, "more than %d entries in one certificate", maxEntries)
	}
	return c, nil
}

// Verify checks the signature under k over the received bytes.
func (c *Certificate) Verify(k *cose.PublicKey) error { return c.Message.Verify(k) }

// Proof says what the certificate vouches for, or zero unless it is exactly one thing.
func (c *Certificate) Proof() trust.Proof {
	v, t, r := len(c.content.Vaccinations), len(c.content.Tests), len(c.content.Recoveries)
	switch {
	case v+t+r != 1:
		return 0
	case v == 1:
		return trust.Vaccination
	case t == 1:
		return trust.Test
	}
	return trust.Recovery
}
