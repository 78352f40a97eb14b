package wallet

import (
	"errors"
	"regexp"
)

// Override is an act of the authority that is refused unless it is forced. It
// stays in the store and names nobody: the record that it was about may be gone.
type Override struct {
	Number  uint64 // place in the log, from 1; the store gives it
	At      int64  // unix seconds
	By      Actor
	Act     OverrideAct
	Reason  string // why, as the authority gave it: 1 to 40 of a-z, 0-9, _ and -
	Outcome string // what it passed over: machine identifier of the outcome that the evidence gave
}

// OverrideAct is an entry of the registry below.
type OverrideAct string

// Acts that can be forced.
const (
	OverrideErasure    OverrideAct = "erasure"    // of a record whose evidence counts
	OverrideCorrection OverrideAct = "correction" // that takes a document from such a record
)

// reasonForm leaves no room for a name in characters, and little for any other.
var reasonForm = regexp.MustCompile(`^[a-z0-9_-]{1,40}$`)

// ValidReason says whether a reason is of the form that leaves room for no name.
func ValidReason(reason string) bool { return reasonForm.MatchString(reason) }

// ErrReason says that a reason is missing or not of its form.
var ErrReason = errors.New("the reason is not 1 to 40 of a-z, 0-9, _ and -: give a word or a file number that names nobody, such as court_order-2026-17")
