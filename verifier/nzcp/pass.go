// Package nzcp verifies New Zealand COVID passes (NZCP:/1/, "New Zealand COVID Pass - Technical Specification" 1): base32, COSE_Sign1, CWT, keys
// from a did:web document. The caller registers a Format with verifier.New; trust comes from the partners of our own signed key list, into
// which ImportDocument reads the keys of a DID document that the caller has fetched.
//
// The package touches no network, file or clock, and all of it is safe for concurrent use.
package nzcp

import (
	"encoding/base32"
	"errors"
	"fmt"
	"strings"
	"time"

	"healthcode.example/crypto/cose"
	"healthcode.example/verifier"
)

// Limits and names of the format.
const (
	Prefix    = "NZCP:/1/"
	MaxText   = 4296 // characters: what the largest QR symbol holds in alphanumeric mode
	algorithm = cose.ES256

	publicPass    = "PublicCovidPass"
	anyCredential = "VerifiableCredential"
	version       = "1.0.0" // specification §2.3
	maxField      = 100     // bytes: specification §2.3.1
	maxTime       = 253402300799
	aheadOfUTC    = 14 * 3600 // seconds: nowhere does a day begin earlier
)

// Pass is a pass that has the right form. Nothing in it may be shown or believed before its signature verified.
type Pass struct {
	Message   cose.ForeignSign1
	Issuer    string // a did:web
	NotBefore int64  // Unix seconds
	Expires   int64  // Unix seconds
	given     string
	family    string
}

// claims is the CWT (specification §2).
//
//	{ 1: iss, 4: exp, 5: nbf, 7: cti, "vc": { "type": [ … ], "version": …, "credentialSubject": { "givenName": …, ? "familyName": …, "dob": … } } }
type claims struct {
	Issuer    string `cbor:"1,keyasint"`
	Expires   int64  `cbor:"4,keyasint"`
	NotBefore int64  `cbor:"5,keyasint"`
	ID        []byte `cbor:"7,keyasint"`
	VC        struct {
		Type    []string `cbor:"type"`
		Version string   `cbor:"version"`
		Subject struct {
			Given  string `cbor:"givenName"`
			Family string `cbor:"familyName"`
			Born   string `cbor:"dob"`
		} `cbor:"credentialSubject"`
	} `cbor:"vc"`
}

func fault(reason verifier.Reason, format string, args ...any) error {
	return &verifier.ForeignError{Reason: reason, Err: fmt.Errorf(format, args...)}
}

// Read takes the text of a symbol. Every failure is a *verifier.ForeignError.
func Read(text string) (*Pass, error) {
	rest, ok := strings.CutPrefix(text, Prefix)
	if !ok {
		return nil, fault(verifier.ReasonOtherFormat, "the text does not begin with %s", Prefix)
	}
	if len(text) > MaxText {
		return nil, fault(verifier.ReasonTooLong, "text of %d characters, a QR symbol holds at most %d", len(text), MaxText)
	}
	if strings.ContainsAny(rest, "\r\n") { // the decoder would pass over them
		return nil, fault(verifier.ReasonEnvelope, "base32: a line end in the text")
	}
	message, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(strings.TrimRight(rest, "="))
	if err != nil {
		return nil, fault(verifier.ReasonEnvelope, "base32: %w", err)
	}
	m, err := cose.ParseForeignSign1(message)
	if err != nil {
		return nil, &verifier.ForeignError{Reason: verifier.EnvelopeReason(err), Err: err}
	}
	if m.Algorithm != algorithm || len(m.KeyID) == 0 {
		return nil, fault(verifier.ReasonAlgorithm, "want ES256 and a kid")
	}
	var w claims
	if err := cose.UnmarshalForeign(m.Payload, &w); err != nil {
		return nil, &verifier.ForeignError{Reason: verifier.ReasonClaims, Err: err}
	}
	if err := w.validate(); err != nil {
		return nil, &verifier.ForeignError{Reason: verifier.ReasonClaims, Err: err}
	}
	return &Pass{Message: m, Issuer: w.Issuer, NotBefore: w.NotBefore, Expires: w.Expires, given: w.VC.Subject.Given, family: w.VC.Subject.Family}, nil
}

func (w *claims) validate() error {
	switch {
	case !strings.HasPrefix(w.Issuer, "did:web:"):
		return errors.New("iss is not a did:web")
	case w.NotBefore <= 0 || w.Expires <= w.NotBefore || w.Expires > maxTime:
		return errors.New("nbf and exp are missing or out of order")
	case len(w.ID) != 16:
		return errors.New("cti is not 16 bytes")
	case len(w.VC.Type) != 2 || w.VC.Type[0] != anyCredential || w.VC.Type[1] != publicPass: // a third word could say what it is no longer
		return fmt.Errorf("the credential is no %s", publicPass)
	case w.VC.Version != version:
		return fmt.Errorf("the credential is not of version %s of the specification", version)
	case strings.TrimSpace(w.VC.Subject.Given) == "" || len(w.VC.Subject.Given) > maxField || len(w.VC.Subject.Family) > maxField:
		return errors.New("the name is missing or too long")
	}
	born, err := time.Parse(time.DateOnly, w.VC.Subject.Born)
	if err != nil || born.Unix() > w.NotBefore+aheadOfUTC { // specification §2.3.1: it is there
		return errors.New("dob is no day before the pass begins")
	}
	return nil
}

// Verify checks the signature under k over the received bytes.
func (p *Pass) Verify(k *cose.PublicKey) error { return p.Message.Verify(k) }

// Name is the holder's full name, given name first.
func (p *Pass) Name() string { return strings.TrimSpace(p.given + " " + p.family) }
