package trust

import (
	"fmt"

	"healthcode.example/credential"
)

// Purpose is what a key may sign. A key has exactly one.
type Purpose uint8

// Purposes of the registry.
const (
	Phone       Purpose = 1 // phone and household codes
	Paper       Purpose = 2 // paper codes
	Notice      Purpose = 3 // notices of release
	Rules       Purpose = 4 // rule sets
	Log         Purpose = 5 // heads of the decision log
	Venue       Purpose = 6 // door codes
	SnapshotKey Purpose = 7 // snapshots of the status lists
)

var purposeNames = [...]string{Phone: "phone", Paper: "paper", Notice: "notice", Rules: "rules", Log: "log", Venue: "venue", SnapshotKey: "snapshot"}

// Purposes lists all of them in the order of the registry.
func Purposes() []Purpose { return []Purpose{Phone, Paper, Notice, Rules, Log, Venue, SnapshotKey} }

// PurposeOf is the purpose of the key and of the list of a code: a household is a phone's code of several people.
func PurposeOf(kind credential.Kind) Purpose {
	if kind == credential.Paper {
		return Paper
	}
	return Phone
}

// Valid says whether the registry knows the purpose.
func (p Purpose) Valid() bool { return p >= Phone && p <= SnapshotKey }

// String gives the registry's word.
func (p Purpose) String() string {
	if p.Valid() {
		return purposeNames[p]
	}
	return fmt.Sprintf("purpose(%d)", uint8(p))
}

// ParsePurpose reads the registry's word.
func ParsePurpose(s string) (Purpose, error) {
	for _, p := range Purposes() {
		if p.String() == s {
			return p, nil
		}
	}
	return 0, fmt.Errorf("purpose %q is not one of %v", s, Purposes())
}

// KeyState is what the key list says of a key.
type KeyState uint8

// States of the registry.
const (
	Published   KeyState = 1 // may be used in its window
	Standby     KeyState = 2 // held apart for the day another is stolen; usable in its window
	Retired     KeyState = 3 // signs no more; what it signed before use-until stays good until verify-until
	Compromised KeyState = 4 // everything under it is refused, whatever its iat
)

var stateNames = [...]string{Published: "published", Standby: "standby", Retired: "retired", Compromised: "compromised"}

// Valid says whether the registry knows the state.
func (s KeyState) Valid() bool { return s >= Published && s <= Compromised }

// String gives the registry's word.
func (s KeyState) String() string {
	if s.Valid() {
		return stateNames[s]
	}
	return fmt.Sprintf("state(%d)", uint8(s))
}
