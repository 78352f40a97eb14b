package credential

import (
	"errors"
	"strings"

	"healthcode.example/crypto/base45"
	"healthcode.example/crypto/cose"
)

// Signed is one code as it was received: its envelope and what it claims.
type Signed struct {
	Message cose.Sign1
	Claims  Claims
}

// Unverified is a text that has the right form. No signature in it has been checked, so nothing in it may be shown or believed.
type Unverified struct {
	Codes []Signed
	Show  *Shown // nil for a bare code
}

// Shown is a presentation as it was received.
type Shown struct {
	Message      cose.Sign1
	Presentation Presentation
}

// Members counts the persons on all codes.
func (u *Unverified) Members() int {
	n := 0
	for i := range u.Codes {
		n += len(u.Codes[i].Claims.Members)
	}
	return n
}

// Parse reads the text of a QR symbol. Every failure is an *Error. The result aliases nothing of the input but memory of its own.
func Parse(text string) (Unverified, error) {
	rest, ok := strings.CutPrefix(text, Prefix)
	if !ok {
		return Unverified{}, fault(FaultFormat, "the text does not begin with %s", Prefix)
	}
	if len(text) > MaxText {
		return Unverified{}, fault(FaultLength, "text of %d characters, a QR symbol holds at most %d", len(text), MaxText)
	}
	message, err := base45.Decode(rest)
	if err != nil {
		return Unverified{}, &Error{Fault: FaultBase45, Err: err}
	}
	return parseMessage(message)
}

func parseMessage(b []byte) (Unverified, error) {
	m, err := cose.ParseSign1(b)
	if err != nil {
		return Unverified{}, envelopeError(err)
	}
	switch m.Type {
	case TypeCode:
		code, err := parseCode(m)
		if err != nil {
			return Unverified{}, err
		}
		return Unverified{Codes: []Signed{code}}, nil
	case TypePresentation:
		return parseShown(m)
	}
	return Unverified{}, fault(FaultType, "typ is neither %s nor %s", TypeCode, TypePresentation)
}

// envelopeError sorts an error of package cose into the registry.
func envelopeError(err error) error {
	var syntax *cose.SyntaxError
	switch {
	case errors.As(err, &syntax):
		return &Error{Fault: FaultCBOR, Err: err}
	case errors.Is(err, cose.ErrAlgorithm):
		return &Error{Fault: FaultAlgorithm, Err: err}
	}
	return &Error{Fault: FaultEnvelope, Err: err}
}

// claimsError says in what object the claims are wrong, and keeps a more precise fault where there is one.
func claimsError(what string, err error) error {
	var own *Error
	if errors.As(err, &own) {
		return err
	}
	return fault(FaultClaims, "%s: %w", what, err)
}

func parseCode(m cose.Sign1) (Signed, error) {
	if !m.HasKeyID {
		return Signed{}, fault(FaultEnvelope, "the protected header of a code lacks kid")
	}
	s := Signed{Message: m}
	if err := deterministic(m.Payload); err != nil {
		return Signed{}, err
	}
	if err := s.Claims.read(m.Payload); err != nil {
		return Signed{}, claimsError("code", err)
	}
	if err := s.Claims.validate(); err != nil {
		return Signed{}, claimsError("code", err)
	}
	return s, nil
}

// deterministic looks at the encoding before the meaning, so that the same broken bytes always get the same answer.
func deterministic(payload []byte) error {
	if err := cose.CheckDeterministic(payload); err != nil {
		return &Error{Fault: FaultCBOR, Err: err}
	}
	return nil
}
