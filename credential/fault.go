package credential

import "fmt"

// Fault says at which step of the format a text fails; docs/protocol.md lists them in the order of the checks.
type Fault uint8

// Faults, in the order in which they are looked for.
const (
	FaultFormat    Fault = iota + 1 // the text does not begin with YK1:
	FaultLength                     // longer than MaxText
	FaultBase45                     // not strict base45
	FaultCBOR                       // not core deterministic CBOR
	FaultEnvelope                   // not a COSE_Sign1 of ours
	FaultAlgorithm                  // alg is not in the registry
	FaultType                       // typ is not one that belongs here
	FaultClaims                     // a claim is missing, unknown or out of range
)

// Error is what every failure to parse is. No part of the input that could be personal data is in its text.
type Error struct {
	Fault Fault
	Err   error
}

func (e *Error) Error() string { return e.Err.Error() }

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

func fault(f Fault, format string, args ...any) error {
	return &Error{Fault: f, Err: fmt.Errorf(format, args...)}
}
