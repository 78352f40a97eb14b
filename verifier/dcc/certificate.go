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

// seconds reads a NumericDate between 1970 and 9999; nil, which is none, is zero. RFC 8392 §2 allows fractions, and real issuers write them.
func seconds(v cose.ForeignValue) (int64, error) {
	const end = 253402300800
	switch n, ok := v.Number(); {
	case v.None():
		return 0, nil
	case ok && n >= 0 && n < end: // NaN is neither
		return int64(math.Floor(n)), nil
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
	c := &Certificate{Message: m}
	if err := c.readClaims(m.Payload); err != nil {
		return nil, &Error{StepClaims, err}
	}
	return c, nil
}

// Verify checks the signature under k over the received bytes.
func (c *Certificate) Verify(k *cose.PublicKey) error { return c.Message.Verify(k) }

// Proof says what the certificate vouches for, or zero unless it is exactly one thing.
func (c *Certificate) Proof() trust.Proof {
	v, t, r := c.content.vaccinations.n, c.content.tests.n, c.content.recoveries.n
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
