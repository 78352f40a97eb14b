package login

import (
	"errors"
	"fmt"
	"time"
)

// What a caller branches on. None of the errors of this package repeats a token, a code, a name or a number.
var (
	// ErrNoProvider says that the configuration has no provider of that name.
	ErrNoProvider = errors.New("no such identity provider: choose one that the service offers")
	// ErrNoPending says that no log-in of this browser is under way: it was finished before, took longer than Pending, began
	// in another browser, or its state is another's.
	ErrNoPending = errors.New("no such log-in is under way: it was finished already, took too long, or began in another browser; begin again")
	// ErrRefused says that the provider proved nothing: the person turned back, or it does not know its own answer any more.
	ErrRefused = errors.New("the identity provider did not confirm who this is: begin again")
	// ErrToken says that the provider's answer cannot be believed.
	ErrToken = errors.New("the identity provider's answer cannot be believed")
)

// Unavailable says that a provider cannot be reached or does not work. Nothing was begun or changed.
type Unavailable struct {
	Provider string        // by its name in the configuration
	After    time.Duration // when to try again
	Err      error
}

// Error says which provider, and why.
func (e *Unavailable) Error() string {
	return fmt.Sprintf("the identity provider %s does not answer: %v", e.Provider, e.Err)
}

// Unwrap gives the cause.
func (e *Unavailable) Unwrap() error { return e.Err }

// unbelievable is an ErrToken with its reason.
func unbelievable(reason string) error { return fmt.Errorf("%w: %s", ErrToken, reason) }
