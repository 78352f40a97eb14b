package wallet

import (
	"fmt"
	"io"
	"log/slog"
	"slices"
	"time"

	"healthcode.example/credential"
	"healthcode.example/health"
)

// Person is somebody who can have codes. All of it but the identifier is
// personal data: it is sealed at rest, and no formatting verb and no logger
// prints it.
type Person struct {
	ID        health.PersonID
	Name      string // as CleanName left it
	Documents []Document
	Birth     Date
	Region    uint32 // GB/T 2260, 6 digits; the prefecture is the first four and 00
	Deceased  int64  // unix seconds from which on; 0 while alive
}

// documentOf is the document of the first of the types of which the person has
// one, else the one that was known first. The person has one at least.
func (p Person) documentOf(types []credential.DocumentType) Document {
	for _, t := range types {
		for _, d := range p.Documents {
			if credential.DocumentTypeOf(string(d.Type)) == t {
				return d
			}
		}
	}
	return p.Documents[0]
}

// Prefecture is the prefecture of the person's region, GB/T 2260; 0 when the
// region is none.
func (p Person) Prefecture() uint32 { return p.Region / 100 * 100 }

// Replace gives the person's documents with one in the place of another, which
// was never the person's.
func (p Person) Replace(former, now Document) []Document {
	documents := slices.Clone(p.Documents)
	for i, d := range documents {
		if d.Same(former) {
			documents[i] = now
		}
	}
	return documents
}

// Renew gives the person's documents with one in the place of another, which
// was the person's and goes on leading to them: it stands last.
func (p Person) Renew(former, now Document) []Document {
	documents := p.Replace(former, now)
	if i := slices.IndexFunc(p.Documents, former.Same); i >= 0 && !former.Same(now) {
		documents = append(documents, p.Documents[i])
	}
	return documents
}

// String names the identifier only.
func (p Person) String() string { return "person " + p.ID.String() }

// Format prints what String prints, whatever the verb.
func (p Person) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, p.String()) }

// LogValue keeps personal data out of structured logs.
func (p Person) LogValue() slog.Value { return slog.StringValue(p.String()) }

// check says what is wrong with a person about to be stored; the documents
// were parsed before. It repeats nothing of the person.
func (p *Person) check(at time.Time) (field, problem string) {
	switch {
	case p.Birth.Compare(DateOf(at)) > 0:
		return fieldBirth, "the birth date is in the future: check it"
	case p.Birth.Year < 1850:
		return fieldBirth, "the birth date is before 1850: check the year"
	}
	for _, d := range p.Documents {
		if birth, ok := d.Birth(); ok && birth != p.Birth {
			return fieldBirth, "the birth date is not the one in the resident ID (characters 7 to 14): check both"
		}
	}
	return "", ""
}

// ParseRegion reads a code of GB/T 2260: 6 digits, not beginning with 0.
func ParseRegion(text string) (uint32, bool) {
	n, ok := digits(text)
	if !ok || len(text) != 6 || text[0] == '0' {
		return 0, false
	}
	return uint32(n), true
}
