package wallet

import (
	"context"

	"healthcode.example/health"
	"healthcode.example/issuer"
)

// Records reads, corrects, joins and ends whole records. Each change is one
// transaction and appends its events to the logs of the person and of the
// guardians in force. When dry is true everything MUST stay as it was, and the
// Changes are those that would be.
type Records interface {
	// Dossier returns everything that is kept about exactly that person, from
	// one consistent view; ErrNoPerson.
	Dossier(ctx context.Context, person health.PersonID) (Dossier, error)
	// Correct stores what correct makes of the record and ends every code of
	// the person: each holding gets a fresh handle, a print ends. Guardianships
	// over the person end at Corrected.Majority where they end by age, or at
	// once when that is past; those of a person who turns out to be a minor
	// end, and those over such a person whose relation fits none (RelationFits).
	// With Corrected.LogOut the person's sessions end. correct is given
	// all that is kept, within the transaction: its error ends it without a
	// change, and it may run more than once. ErrNoPerson; ErrDuplicate when an
	// added lookup is somebody's.
	Correct(ctx context.Context, person health.PersonID, by Actor, dry bool, at int64, correct func(Dossier) (Corrected, error)) (Changes, error)
	// Merge joins gone's record to keep's: devices, guardianships both ways,
	// evidence, decisions and events. Every code of both ends, and nobody
	// else's; holdings get fresh handles, prints end. The decision is what
	// decide says of all evidence. Gone's lookups lead to keep, and nothing is
	// found under gone any more; gone's sessions end. A guardianship that was
	// revoked from one of the two ends for the other too, with the member's codes
	// under it, also where nothing but Erase's lookups or marks are left of the
	// revocation: whatever they would refuse as a guardian's claim ends. ErrNoPerson; ErrTooMany when keep would be
	// beyond a limit of this package; ErrDeceased when one is deceased and the
	// other not.
	Merge(ctx context.Context, keep, gone health.PersonID, by Actor, dry bool, at int64, join func(keep, gone StoredPerson) (Joined, error), decide func([]health.Evidence) health.Decision) (Changes, error)
	// Decease ends the person's codes, devices, print, sessions and
	// guardianships both ways, which are ByDeath then. AddSession, BindDevice, BindGuardian and
	// NewPrint are ErrDeceased from then on. Repeating it changes nothing. ErrNoPerson.
	Decease(ctx context.Context, person health.PersonID, by Actor, dry bool, at int64) (Changes, error)
	// Revive takes back a death that was recorded. Guardianships that it ended,
	// or that of the other one of the two, are in force again from at on when
	// both live, NotAfter lies ahead and the limits have room, with holdings as
	// by BindGuardian; they are the Guardians and Dependants of the Changes.
	// Devices, prints, sessions and every handle that has ended stay so. Of
	// somebody alive it changes nothing. Event revived, with the reason as its
	// Detail. ErrNoPerson.
	Revive(ctx context.Context, person health.PersonID, by Actor, reason string, dry bool, at int64) (Changes, error)
	// Erase does what Decease does and then removes everything that names the
	// person, from other people's logs too. What stays is the revocations of
	// the handles, which lead to nobody, Erased.Override, and under the members
	// from whom the person was revoked as guardian the person's lookups:
	// BindGuardian asks Bars of them as of a guardianship that is over. Of those who
	// were revoked as the person's guardians stay the marks that Erased.KeepAway
	// makes, each with who revoked. judge is given all
	// that is kept, within the transaction: its error ends it without a change,
	// and it may run more than once. ErrNoPerson.
	Erase(ctx context.Context, person health.PersonID, by Actor, dry bool, at int64, judge func(Dossier) (Erased, error)) (Changes, error)
	// SweepMarks takes out the marks whose time is over at the time, and says how
	// many.
	SweepMarks(ctx context.Context, at int64) (int, error)
	// Overrides returns at most limit of the overrides, newest first: those with
	// a Number below before, or from the newest on when before is 0.
	Overrides(ctx context.Context, before uint64, limit int) ([]Override, error)
}

// Erased is what a store must know to remove a record.
type Erased struct {
	Lookups  []Lookup  // all of the record
	Override *Override // to be kept in the same transaction; nil for none
	// KeepAway is asked for everybody who was revoked as the person's guardian,
	// within the transaction, and MUST NOT call the store; nil: nothing stays.
	KeepAway func(KeptAway) (KeptMarks, error)
}

// Corrected is a record to be stored in place of another.
type Corrected struct {
	Sealed      []byte
	Remove, Add []Lookup
	Majority    int64     // unix seconds of the 18th birthday
	LogOut      bool      // sessions end: they were begun with what was wrong
	Named       bool      // the name has changed, so that dependants' codes that carry it end too
	Fields      string    // the Detail of the event: which fields
	Override    *Override // to be kept in the same transaction; nil for none
	// Marks are as in Joined: a document that is added ends what an erasure's
	// remains would refuse.
	Marks func(member, guardian StoredPerson) ([]Mark, error)
}

// Joined is the record of two that were one person.
type Joined struct {
	Sealed   []byte
	Lookups  []Lookup // of gone
	Majority int64    // unix seconds of the 18th birthday, to which guardianships are brought as by Correct; 0: they stay as they are
	// Marks are those of the two's documents as they are after the merge. It is
	// asked for each guardianship in force of or over the person, within the
	// transaction, and MUST NOT call the store; nil: no mark is asked.
	Marks func(member, guardian StoredPerson) ([]Mark, error)
}

// Dossier is all that is kept about one person.
type Dossier struct {
	Person     StoredPerson
	Devices    []Device       // ended or not, ordered by ID
	Guardians  []Guardianship // over the person, ended or not
	Dependants []Guardianship // of the person, ended or not
	Holdings   []issuer.Holding
	Print      *StoredPrint // nil when none was ever made
	Evidence   []health.Evidence
	Decisions  []health.Decision // oldest first
	Events     []Event           // oldest first
	Sessions   []Session
	Agreement  Acceptance // the last; zero when there is none
	Barred     []Actor    // who revoked guardians over the person whose records are gone, one for each of their documents
}

// Changes counts what a change of a whole record did, or would do.
type Changes struct {
	Codes      int `json:"codes"`      // handles that ended, the codes on devices and on paper behind them
	Devices    int `json:"devices"`    // ended, moved or erased
	Guardians  int `json:"guardians"`  // guardianships over the person that ended, moved or were erased
	Dependants int `json:"dependants"` // guardianships of the person, as before
	Prints     int `json:"prints"`     // in force, ended
	Evidence   int `json:"evidence"`   // moved or erased
	Decisions  int `json:"decisions"`  // as before
	Events     int `json:"events"`     // as before
}
