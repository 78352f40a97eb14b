package bundlefile

import "fmt"

// BadError is of a bundle or a root that cannot be read or is not to be believed, for whoever tells it from other trouble.
type BadError struct{ err error }

func (e *BadError) Error() string { return e.err.Error() }

// Unwrap gives what was wrong.
func (e *BadError) Unwrap() error { return e.err }

// Bad makes a BadError, as fmt.Errorf makes others.
func Bad(format string, args ...any) error { return &BadError{fmt.Errorf(format, args...)} }
