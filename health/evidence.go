package health

import "time"

// EvidenceKind is an entry of the registry below. Evidence of an unknown kind is refused, never ignored.
type EvidenceKind string

const (
	PositiveTest EvidenceKind = "positive_test" // a laboratory found the virus in a sample taken At
	Release      EvidenceKind = "release"       // released from medical observation At
)

// Evidence is a fact about a person that somebody answers for. It is the only thing that moves a colour.
type Evidence struct {
	Person     PersonID
	Kind       EvidenceKind
	At         time.Time // when the sample was taken, or from when the release holds; compared in whole seconds
	RecordedAt time.Time // when this service took it in
	Source     string    // who says so, 1 to 64 printable characters
	Reference  string    // the source's own number, at most 64 printable characters, may be empty
}
