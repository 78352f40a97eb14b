package wallet

import (
	"context"

	"healthcode.example/health"
	"healthcode.example/issuer"
)

// The interfaces below and Sessions are what the wallet asks of a store, cut by
// transaction. Every method that changes something is ONE transaction, all or
// none, and MUST be durable when it returns nil. A context that is over before
// the work has begun MUST leave everything as it was and give the context's
// error; once begun, the outcome that is returned is the true one. All methods
// are safe for concurrent use. Times are unix seconds.
//
// "Gives a fresh handle" and "makes a holding" mean: the next value of the one
// handle counter, never given before, below the published ceiling; at the
// ceiling the whole transaction MUST fail with issuer.ErrCeiling. "Ends a
// holding" means: it is gone, and its handle is among the revocations
// (issuer.Publications) from the same transaction on. A guardianship is in
// force at a time when its Ended is 0 and its NotAfter is 0 or later than that
// time.

// People keeps sealed person records and finds them by keyed hash. Nothing in
// it reads a record: they are opaque to the store.
type People interface {
	// AddPeople stores all of people or none. Each Lookup MUST be new, in the
	// store and within people (ErrDuplicate); each Guardianship's guardian MUST
	// be stored or within people (ErrNoPerson) and within the limits of this
	// package (ErrTooMany); an ID that exists is ErrDuplicate too. What is
	// wrong comes as a *PeopleError that names the places in people, and
	// nothing is stored. Marks are asked as by BindGuardian. A member whose guardian has devices in use gets a
	// holding on each, as with BindGuardian. people is not changed; its byte
	// slices may be kept until the call returns.
	AddPeople(ctx context.Context, by Actor, people []NewPerson) error
	// AddDocument lets the lookup lead to the person and stores what seal makes
	// of the record. No code ends but those of a guardianship that
	// AddedDocument.Marks or what Erase left of its guardian ends. Event document_added, which the guardians in
	// force are told too; its Detail is the type. A lookup of that person's
	// already changes nothing. seal may run more than once and MUST NOT call the
	// store, and its error ends the transaction without a change. ErrNoPerson;
	// ErrDuplicate when the lookup is somebody else's; ErrDeceased.
	AddDocument(ctx context.Context, person health.PersonID, d AddedDocument, by Actor, at int64, seal func(StoredPerson) ([]byte, error)) error
	// Person returns the record; ErrNoPerson.
	Person(ctx context.Context, id health.PersonID) (StoredPerson, error)
	// FindPerson returns whose lookup it is; ErrNoPerson.
	FindPerson(ctx context.Context, lookup Lookup) (health.PersonID, error)
	// PeopleAfter returns at most limit identifiers above after, ascending; the
	// zero identifier begins at the first. It is how a caller walks through
	// everybody without holding a transaction open.
	PeopleAfter(ctx context.Context, after health.PersonID, limit int) ([]health.PersonID, error)
}

// Families binds devices and guardians.
type Families interface {
	// BindDevice stores d, in use, and makes a holding on it for its person and
	// for every member under a guardianship of that person in force at d.Since.
	// ErrNoPerson; ErrDeviceExists when d.ID was ever stored; ErrTooMany when
	// most of the person's devices, at most MaxDevices, are in use already; ErrDeceased.
	// ErrNoSession when d.Session is given and is no session of the person: one
	// that ended before, with all devices perhaps, registers none any more.
	BindDevice(ctx context.Context, d Device, most int) error
	// EndDevice ends the device and all holdings on it, the dependants' too,
	// and nobody's on another device. A device that has ended stays as it is
	// and the call returns nil. ErrNoDevice.
	EndDevice(ctx context.Context, id issuer.DeviceID, by Actor, at int64) error
	// EndDevices ends those of the person's devices that are named, or all in use
	// when which is nil, with what EndDevice ends of each. The person's sessions
	// end too, but the one of the hash except: nobody can tell which of them is
	// on a device. ErrNoPerson; ErrNoDevice when a named one is unknown, ended or
	// another person's. Without a device or a session nothing is changed.
	EndDevices(ctx context.Context, person health.PersonID, which []issuer.DeviceID, except [32]byte, by Actor, at int64) error
	// BindGuardian stores g and makes a holding for the member on each of the
	// guardian's devices in use. ErrNoPerson; ErrGuardianExists when the pair
	// has one in force at g.Since (one that is over is replaced, and its
	// holdings end); the error of Bars, asked of one that is over with by, and of
	// every one of marks that is kept and whose time is not over at g.Since;
	// ErrTooMany beyond MaxDependants or MaxGuardians in force; ErrDeceased when
	// one of the two is. marks are those of the pair's documents. Where the
	// guardianship is made they are no longer kept, nor any that were kept
	// together with them.
	BindGuardian(ctx context.Context, g Guardianship, by Actor, marks ...Mark) error
	// EndGuardian ends the guardianship and the member's holdings on that
	// guardian's devices, and no others; its EndedBy and Reason are those of end,
	// and the events tell the reason in the place of the evidence where there is
	// one. One that was ended before stays as it is and changes nothing,
	// but for one that a death ended (ByDeath), which is revoked then and not brought
	// back by Revive. When
	// end.Dry everything MUST stay as it was, and the Changes are those that
	// would be. ErrNoGuardian when the pair never had one.
	//
	// A print that the guardian made or drew ends too, with the Detail
	// guardian_ended, whatever ends the guardianship but the guardian's death.
	// Of a member under 14 the sessions and the devices of their own end too,
	// whatever ends the guardianship: who holds them nobody can tell.
	EndGuardian(ctx context.Context, end GuardianEnd, at int64) (Changes, error)
	// GiveConsent records the version with the guardianship in force.
	// ErrNoGuardian.
	GiveConsent(ctx context.Context, guardian, member health.PersonID, version string, at int64) error
}

// Views reads, each method from one consistent view that holds everything
// acknowledged before the call and nothing that a crash could still undo.
type Views interface {
	// Family returns the person and, in the order of their identifiers, every
	// member under a guardianship of theirs that has not been ended (NotAfter
	// is the caller's to judge), with the holdings on the device. A zero
	// device leaves the holdings zero. It MUST write nothing. ErrNoPerson;
	// ErrNoDevice when the device is unknown, ended or another person's.
	Family(ctx context.Context, person health.PersonID, device issuer.DeviceID) (FamilyView, error)
	// Device returns one device, ended or not; ErrNoDevice.
	Device(ctx context.Context, id issuer.DeviceID) (Device, error)
	// Guardians returns the guardianships over the member that have not been
	// ended, ordered by guardian; none is no error.
	Guardians(ctx context.Context, member health.PersonID) ([]Guardianship, error)
	// Devices returns the person's devices in use, ordered by ID; none is no
	// error.
	Devices(ctx context.Context, person health.PersonID) ([]Device, error)
}

// Prints keeps the one print that each person may have in force.
type Prints interface {
	// NewPrint gives the member a holding for paper with a fresh handle, ends
	// the former one, and stores what make returns for it. The view given to
	// make is the one of the same transaction, so that no colour can change
	// between reading and printing; make may run more than once and MUST NOT
	// call the store, and its error ends the transaction without a change. by
	// is an office, the member, or a guardian in force at the time, else
	// ErrNoGuardian; ErrNoPerson; ErrDeceased; ErrNoSession when by.Session is
	// none of by.Person's that stands.
	NewPrint(ctx context.Context, by Acting, member health.PersonID, at int64, make func(MemberView) ([]byte, error)) error
	// DrawPrint returns the member's print, and tells of it: event print_drawn.
	// ErrNoPrint when there never was one; ErrEnded when the holding's handle has
	// changed since (another colour, for one) or EndPrint ended it. by as in
	// NewPrint, judged at the time. may is asked last: its error ends the
	// transaction without a change, and it may run more than once.
	DrawPrint(ctx context.Context, by Acting, member health.PersonID, at int64, may func(StoredPrint) error) (StoredPrint, error)
	// EndPrint ends the member's paper holding when a print is in force under it;
	// its event has end's Reason as Detail. end.By as in NewPrint, judged at the
	// time. When end.Dry everything MUST stay as it
	// was. ErrNoPerson; ErrNoPrint when there never was one; ErrEnded when none is
	// in force.
	EndPrint(ctx context.Context, end PrintEnd, at int64) (Changes, error)
}

// Histories keeps what happened to each person, for that person to read. Every
// transaction of the other interfaces that binds or ends a device, a
// guardianship or a print MUST append its events in that same transaction:
// none without its cause, no cause without them. Their By is the
// by of the call; without one BySelf, of a consent ByGuardian. Of a device the Detail is its DeviceMark. Of a guardianship the
// member's log has the guardian as Other, and the logs of the guardian (Other
// zero) and of the member's other guardians in force name the Member.
type Histories interface {
	// AddEvent appends an event that has no other cause in the store, such as
	// a resolved code. Its Number is not looked at. ErrNoPerson.
	AddEvent(ctx context.Context, person health.PersonID, e Event) error
	// Events returns at most limit of the person's events, newest first: those
	// with a Number below before, or from the newest on when before is 0. None
	// is no error; ErrNoPerson.
	Events(ctx context.Context, person health.PersonID, before uint64, limit int) ([]Event, error)
	// Decisions returns every decision about the person that was stored, oldest
	// first. None is no error; ErrNoPerson.
	Decisions(ctx context.Context, person health.PersonID) ([]health.Decision, error)
}

// Store is all of it: what the wallet's Service works on. The ledger is the
// health package's own contract.
type Store interface {
	People
	Families
	Views
	Prints
	Sessions
	Histories
	Records
	health.Ledger
}

// Lookup is the keyed hash of a document, Vault.Lookup. Without the key it says
// nothing about the number.
type Lookup [32]byte

// NewPerson is somebody to be stored.
type NewPerson struct {
	ID           health.PersonID
	Sealed       []byte        // Vault.SealPerson
	Lookups      []Lookup      // 1 to MaxDocuments
	Guardianship *Guardianship // nil, or one whose Member is ID
	Marks        []Mark        // of its pair's documents
}

// AddedDocument is one more document of somebody who is stored.
type AddedDocument struct {
	Lookup Lookup
	Type   DocumentType
	// Marks are as in Joined: AddDocument ends the guardianships that what is
	// kept of a revocation refuses under this document, as Merge does.
	Marks func(member, guardian StoredPerson) ([]Mark, error)
}

// StoredPerson is a record as the store has it.
type StoredPerson struct {
	ID       health.PersonID
	Sealed   []byte
	Deceased int64 // unix seconds from which on, 0 while alive
}

// FamilyView is a person with their dependants. Members[0] is the person.
type FamilyView struct {
	Members []MemberView
}

// MemberView is one person of a family.
type MemberView struct {
	Person       StoredPerson
	Guardianship *Guardianship    // nil for oneself
	Decision     *health.Decision // nil when none is stored: the rules' default holds
	Holding      issuer.Holding   // zero when the view is of no device
	Devices      int              // in use; told to NewPrint's make only
	Guardians    int              // in force; as before
}

// StoredPrint is a print in force.
type StoredPrint struct {
	Handle uint64 // of the holding it was made under
	Sealed []byte // what NewPrint's make returned
	Since  int64
	By     Actor             // who made it
	Hands  []health.PersonID // the guardians who made or drew it, in that order, and so have it
}
