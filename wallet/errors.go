package wallet

import (
	"errors"
	"fmt"
	"strings"

	"healthcode.example/health"
)

// What a caller of the wallet or of its store branches on.
var (
	// ErrNoPerson says that nobody of that identifier or document is stored.
	// It is the ledger's error too.
	ErrNoPerson = health.ErrNoPerson
	// ErrDuplicate says that somebody with that document is stored already.
	ErrDuplicate = errors.New("a person with this document is stored already")
	// ErrNoDevice says that the device is unknown, ended or another person's.
	ErrNoDevice = errors.New("no such device in use: register this device again")
	// ErrDeviceExists says that the device's key was used before: by another
	// person, or for a device that has ended.
	ErrDeviceExists = errors.New("a device with this key was registered before: make a new key in the telephone and register that")
	// ErrNoGuardian says that there is no such guardianship in force.
	ErrNoGuardian = errors.New("no such guardianship in force: have it registered first")
	// ErrGuardianExists says that the pair has a guardianship in force.
	ErrGuardianExists = errors.New("this guardianship is in force already")
	// ErrRevokedByAuthority says that the authority has ended the guardianship
	// that is claimed again.
	ErrRevokedByAuthority = errors.New("the authority has ended this guardianship: only the authority makes it again")
	// ErrRevokedByMember says that the member has ended the guardianship that is
	// claimed again.
	ErrRevokedByMember = errors.New("the member has ended this guardianship: it needs the member's own check, by face or member_consent")
	// ErrTooMany says that one of the limits of this package is reached.
	ErrTooMany = errors.New("too many: end a device or a guardianship that is no longer needed first")
	// ErrNoSession says that a token is of no session: it never was, is too
	// old, was unused for too long, or its person has logged out.
	ErrNoSession = errors.New("no such session: log in again")
	// ErrAgreement says that the agreement in force has not been accepted.
	ErrAgreement = errors.New("the agreement in force has not been accepted: read it and accept it")
	// ErrTooYoung says that somebody under 14 has no guardian who consented.
	ErrTooYoung = errors.New("under 14 a guardian's consent is needed: let a guardian add the child first")
	// ErrOtherPerson says that the record of the document has another birth date
	// than its bearer.
	ErrOtherPerson = errors.New("the record of this document has another birth date: one of the two is mistyped or the record is another person's; have the authority correct it")
	// ErrTwoRecords says that the register's documents of one person lead to two
	// records.
	ErrTwoRecords = errors.New("the register says that these documents are one person's, and there are two records: have the authority join them (healthcode person merge)")
	// ErrRevokedStands says that the record holds what keeps a guardian away.
	ErrRevokedStands = errors.New("the authority has revoked a guardianship over this child, which goes with the record: ask the authority for the erasure")
	// ErrDeceased says that the person is recorded as deceased.
	ErrDeceased = errors.New("the person is recorded as deceased: if that is wrong, have the authority correct it")
	// ErrIncomplete says that neither the identity provider nor the register
	// gives what a new person's record needs.
	ErrIncomplete = errors.New("name, birth date or region are not known from the log-in or the register: have the authority enter the person")
	// ErrNotShown says that the register does not show what was asked for.
	ErrNotShown = errors.New("the register does not show it")
	// ErrNoRegister says that a claim needs a register and none is connected.
	ErrNoRegister = errors.New("no register is connected: claim the member in another way")
	// ErrRegisterDown says that the register could not answer.
	ErrRegisterDown = errors.New("the register cannot be asked now: nothing was changed; try again in a while, or ask a community worker")
	// ErrNotProven says that a claim was not proved. It is the one error for
	// every reason that could tell something about the number.
	ErrNotProven = errors.New("the guardianship is not proven: check number and way, and try again or ask a community worker")
	// ErrWay says that a claim's way or relation is none that can be proved so.
	ErrWay = errors.New("this way proves no such relation: face, household and birth_certificate prove a child or ward under 18, member_consent an adult")
	// ErrRelation says that a guardianship is to be made with a relation that a
	// member of that age cannot have.
	ErrRelation = errors.New("the relation does not fit the member's age: under 18 it is child or ward, from 18 on parent, spouse, grandparent or ward")
	// ErrMinorGuardian says that somebody under 18 wants to be a guardian.
	ErrMinorGuardian = errors.New("the guardian is under 18: name an adult")
	// ErrConsent says that the guardian's separate consent is needed for a
	// member under 14.
	ErrConsent = errors.New("for a member under 14 the guardian's separate consent is needed: read it and accept it")
	// ErrNoMember says that a household was asked for with somebody in it who is
	// not of the family or has no code on the device.
	ErrNoMember = errors.New("somebody of the household is not of this family or has no code on this device: choose among its members")
	// ErrNoPrint says that no paper code was ever made for the person.
	ErrNoPrint = errors.New("no paper code has been made: make a print")
	// ErrNotFresh says that something that cannot be undone needs a log-in of
	// just now.
	ErrNotFresh = errors.New("this cannot be undone and needs a log-in of the last 10 minutes: log in again and repeat it")
	// ErrChildErasure says that somebody under 14 asks for their own erasure.
	ErrChildErasure = errors.New("under 14 a guardian has the record erased: let the guardian ask for it")
	// ErrOwnErasure says that a guardian asks for the erasure of somebody from
	// 14 on.
	ErrOwnErasure = errors.New("from the 14th birthday on the member alone has the record erased: let the member log in and ask for it, or end the guardianship")
	// ErrOtherGuardians says that one of several guardians asks for an erasure.
	ErrOtherGuardians = errors.New("the member has other guardians: they must end their guardianship first, or ask the authority")
	// ErrEnded says that a paper code no longer holds.
	ErrEnded = errors.New("this paper code is over, since the status changed or it was ended: make a new print")
)

// PeopleError says which of the people given to AddPeople cannot be stored.
type PeopleError struct {
	Faults []PersonFault // in ascending order of Index, at least one, at most MaxFaults
}

// PersonFault is one of them.
type PersonFault struct {
	Index int   // place in the slice given to AddPeople
	Err   error // ErrDuplicate, ErrNoPerson (the guardian) or ErrTooMany
}

// MaxFaults is how many faults of one batch are named; the rest come to light
// when those are mended.
const MaxFaults = 20

// Error names the places and what is wrong with each.
func (e *PeopleError) Error() string {
	var b strings.Builder
	for i, f := range e.Faults {
		if i > 0 {
			b.WriteString("; ")
		}
		fmt.Fprintf(&b, "person %d: %v", f.Index+1, f.Err)
	}
	return b.String()
}

// Unwrap lets errors.Is find the errors of every fault.
func (e *PeopleError) Unwrap() []error {
	errs := make([]error, len(e.Faults))
	for i, f := range e.Faults {
		errs[i] = f.Err
	}
	return errs
}
