// Package belief is what a gate believes: the verifier that its own bundle amounts to, with those of partners, read from the files that an operator
// names. How the first trust is made, by a root or a demonstration, is the caller's.
//
// Its errors and notes call a partner's file by the flag --partner, with which an operator names it.
package belief

import (
	"time"

	"healthcode.example/trust"
	"healthcode.example/trust/bundlefile"
	"healthcode.example/verifier"
)

// Note tells the operator what is no error and has to be known. The text is whole lines.
type Note func(format string, args ...any)

// Pin makes the first trust for the raw bundle.
type Pin func(raw []byte) (*trust.Bundle, error)

// Files say which files a gate believes, and of what sort it is. They are not changed by use.
type Files struct {
	Bundle   string   // the gate's own
	Partners []string // those of partners, beside the ones that are kept with the own bundle
	Pin      Pin
	Policy   verifier.Policy
	Formats  []verifier.Format
}

// Verifier reads the files and makes the verifier of the gate. An own bundle or a named partner's that cannot be believed is an error; one of the kept
// that cannot is told.
func (f *Files) Verifier(at time.Time, note Note) (*verifier.Verifier, error) {
	v, ours, err := f.own(nil, at, note)
	if err != nil {
		return nil, err
	}
	for _, path := range f.Partners {
		if v, _, err = f.withPartner(v, ours, path, at, note); err != nil {
			return nil, err
		}
	}
	return v, nil
}

// own makes the verifier of the own bundle with the kept ones of partners. have is what the gate believed until now, or nil.
func (f *Files) own(have *trust.Bundle, at time.Time, note Note) (*verifier.Verifier, *trust.Bundle, error) {
	ours, err := Read(have, f.Bundle, f.Pin, at)
	if err != nil {
		return nil, nil, err
	}
	return WithKept(verifier.New(ours, f.Policy, f.Formats...), ours, f.Bundle, at, note), ours, nil
}

// Read gives the trust that the bundle in a file amounts to. An expired one is believed too: the verifier then says why it cannot say. If a bundle of the
// file has been believed before, nothing that is older takes its place; if not, have is nil, and pin makes the first trust.
func Read(have *trust.Bundle, path string, pin Pin, at time.Time) (*trust.Bundle, error) {
	raw, err := bundlefile.Load(path)
	if err != nil {
		return nil, bundlefile.Bad("the bundle cannot be read: %w", err)
	}
	if have == nil {
		if have, err = pin(raw); err != nil {
			return nil, err
		}
	}
	b, err := trust.Update(have, raw, at)
	if err == nil {
		err = bundlefile.Check(path, b)
	}
	if err != nil {
		return nil, bundlefile.Bad("the bundle %s is not to be believed: %w", path, err)
	}
	return b, nil
}
