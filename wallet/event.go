package wallet

import "healthcode.example/health"

// Event is one thing that happened to a person's record, kept for that person
// to read. It names other people by identifier only, and nothing personal.
type Event struct {
	Number uint64 // place in the person's log, from 1; the store gives it
	At     int64  // unix seconds
	Kind   EventKind
	By     Actor
	Member health.PersonID // of whom the log's person is a guardian and whom it is about; zero: the log's person
	Other  health.PersonID // the other person of the event, such as the guardian; zero for none
	Detail string          // a word of a registry, such as the evidence of a guardianship; never personal data
}

// EventKind is an entry of the registry below.
type EventKind string

// Kinds of the registry. A later kind joins here and in the texts of whoever
// shows it.
const (
	EventLogIn           EventKind = "log_in"
	EventLogOut          EventKind = "log_out"
	EventAgreement       EventKind = "agreement"        // accepted; Detail is its version
	EventConsent         EventKind = "consent"          // a guardian's, for a member under 14; Detail is the version of its text
	EventDeviceAdded     EventKind = "device_added"     // Detail is the DeviceMark; Device tells the rest
	EventDeviceEnded     EventKind = "device_ended"     // as before
	EventGuardianAdded   EventKind = "guardian_added"   // Other is the guardian, zero for oneself; Detail is the evidence
	EventGuardianEnded   EventKind = "guardian_ended"   // as before; Detail is the reason where the authority gave one
	EventGuardianRefused EventKind = "guardian_refused" // somebody who was revoked claims again; Other is the former guardian, zero when their record has been erased since; Detail is the evidence
	EventPrintMade       EventKind = "print_made"       // Other is the guardian who made it, zero for anybody else
	EventPrintEnded      EventKind = "print_ended"      // as before; Detail is EndedWithGuardian, or an office's reason
	EventPrintDrawn      EventKind = "print_drawn"      // as before: whoever draws it has the symbols
	EventCodeResolved    EventKind = "code_resolved"    // somebody authorised asked whose code it is; Detail is the purpose
	EventCorrected       EventKind = "corrected"        // Detail names the fields
	EventDocumentAdded   EventKind = "document_added"   // another document of the person leads to the record, as the register says; Detail is its type
	EventMerged          EventKind = "merged"           // another record of the same person was joined to this one
	EventDeceased        EventKind = "deceased"
	EventRevived         EventKind = "revived"   // the death was recorded by mistake; Detail is the reason
	EventLookedUp        EventKind = "looked_up" // at a counter, by a document; Detail is the office (Service.Office)
	EventExported        EventKind = "exported"  // Other is the guardian who asked, zero for oneself
)

// EndedWithGuardian is the Detail of an EventPrintEnded: the guardian, Other, had
// it in hand and is guardian no more.
const EndedWithGuardian = "guardian_ended"

// EventKinds is the registry, in the order of its making.
func EventKinds() []EventKind {
	return []EventKind{
		EventLogIn, EventLogOut, EventAgreement, EventConsent, EventDeviceAdded, EventDeviceEnded, EventGuardianAdded,
		EventGuardianEnded, EventPrintMade, EventPrintEnded, EventCodeResolved, EventCorrected, EventMerged, EventDeceased,
		EventExported, EventPrintDrawn, EventRevived, EventDocumentAdded, EventLookedUp, EventGuardianRefused,
	}
}

// Actor says in which capacity somebody acted.
type Actor string

// The capacities.
const (
	BySelf            Actor = "self"
	ByGuardian        Actor = "guardian"
	ByAuthority       Actor = "authority"
	ByCommunityWorker Actor = "community_worker"
	ByKiosk           Actor = "kiosk"
	BySystem          Actor = "system" // nobody: a rule or a date
)

// Acting is who does something for somebody: a person, who is asked each time
// whether they may, or an office, whose right its caller has asked for.
type Acting struct {
	Person health.PersonID // not looked at where an office acts
	Office Actor           // empty for none
	// Session is the hash of the person's session, by which NewPrint and DrawPrint
	// ask whether it stands (ErrNoSession); zero: it is not asked.
	Session [32]byte
}
