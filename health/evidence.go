package health

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// EvidenceKind is an entry of the registry below. Evidence of an unknown kind is refused, never ignored.
type EvidenceKind string

// Kinds of the registry.
const (
	PositiveTest EvidenceKind = "positive_test" // a laboratory found the virus in a sample taken At
	Release      EvidenceKind = "release"       // released from medical observation At
)

// EvidenceKinds is the registry, in the order of its making.
func EvidenceKinds() []EvidenceKind { return []EvidenceKind{PositiveTest, Release} }

// ParseEvidenceKind finds a kind by its name.
func ParseEvidenceKind(text string) (EvidenceKind, error) {
	for _, kind := range EvidenceKinds() {
		if string(kind) == text {
			return kind, nil
		}
	}
	return "", fmt.Errorf("evidence kind %q is not known: use one of %v", clip(text), EvidenceKinds())
}

// Evidence is a fact about a person that somebody answers for. It is the only thing that moves a colour.
type Evidence struct {
	Person     PersonID
	Kind       EvidenceKind
	At         time.Time // when the sample was taken, or from when the release holds; compared in whole seconds
	RecordedAt time.Time // when this service took it in
	Source     string    // who says so, 1 to 64 printable characters
	Reference  string    // the source's own number, at most 64 printable characters, may be empty
}

// oldestEvidence keeps a mistyped year from becoming a fact: the service judges nothing from before it.
var oldestEvidence = time.Date(2019, 12, 1, 0, 0, 0, 0, time.UTC)

// Validate says what keeps e from being recorded at the time at. The message quotes no field that could hold a name.
func (e Evidence) Validate(at time.Time) error {
	if e.Person.IsZero() {
		return fmt.Errorf("evidence names no person")
	}
	if _, err := ParseEvidenceKind(string(e.Kind)); err != nil {
		return err
	}
	switch {
	case e.At.IsZero() || e.At.Before(oldestEvidence):
		return fmt.Errorf("evidence is dated %s: give the time of the sample or of the release, from 2019-12-01 on", e.At.UTC().Format(time.RFC3339))
	case e.At.Unix() > at.Unix():
		return fmt.Errorf("evidence is dated %s, after now (%s): only what has happened is recorded", e.At.UTC().Format(time.RFC3339), at.UTC().Format(time.RFC3339))
	case e.RecordedAt.Unix() > at.Unix():
		return fmt.Errorf("evidence is recorded at %s, after now (%s)", e.RecordedAt.UTC().Format(time.RFC3339), at.UTC().Format(time.RFC3339))
	case e.RecordedAt.Unix() < e.At.Unix():
		return fmt.Errorf("evidence is recorded at %s, before its own date %s", e.RecordedAt.UTC().Format(time.RFC3339), e.At.UTC().Format(time.RFC3339))
	case strings.TrimSpace(e.Source) == "":
		return fmt.Errorf("evidence has no source: somebody must answer for it")
	}
	if err := checkPrintable("source", e.Source, maxReference); err != nil {
		return fmt.Errorf("evidence: %w", err)
	}
	if err := checkPrintable("reference", e.Reference, maxReference); err != nil {
		return fmt.Errorf("evidence: %w", err)
	}
	return nil
}

// Same says whether two pieces of evidence are one fact told twice, whenever each was taken in.
func (e Evidence) Same(other Evidence) bool {
	return e.Person == other.Person && e.Kind == other.Kind && e.At.Unix() == other.At.Unix() &&
		e.Source == other.Source && e.Reference == other.Reference
}

// checkPrintable bounds a text and keeps control characters out of it: it is shown on pages and printed on paper.
func checkPrintable(what, text string, limit int) error {
	if !utf8.ValidString(text) {
		return fmt.Errorf("%s is not valid UTF-8", what)
	}
	if n := utf8.RuneCountInString(text); n > limit {
		return fmt.Errorf("%s has %d characters: at most %d", what, n, limit)
	}
	for place, r := range text {
		if !unicode.IsPrint(r) {
			return fmt.Errorf("%s has the unprintable character %U at byte %d", what, r, place)
		}
	}
	return nil
}
