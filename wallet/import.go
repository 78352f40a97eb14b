package wallet

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"healthcode.example/credential"
	"healthcode.example/health"
)

// Report says what an import did.
type Report struct {
	People        int // stored
	Guardianships int // bound among them or to people stored before
}

// progressEvery is after how many lines the progress is told and the context
// asked.
const progressEvery = 1000

// Import stores all people of a CSV file or none. Its header names the columns
// name, document_type, document_number, birth_date (YYYY-MM-DD), region (GB/T
// 2260) and, where anybody has one, guardian_document_number; the guardian may
// stand anywhere in the file or be stored before, and must be of age. A person
// under 18 becomes the guardian's child, one of age the guardian's ward.
//
// What is wrong comes as an *ImportError with line, column and mend. progress,
// which may be nil, is told how many lines are done, with a total of 0 while it
// is not known and equal to done at the end. Memory is about 250 bytes a person;
// the file itself is never held.
func (s *Service) Import(ctx context.Context, file io.Reader, at time.Time, progress func(done, total int)) (Report, error) {
	if progress == nil {
		progress = func(int, int) {}
	}
	b := importBatch{service: s, at: at, byLookup: make(map[Lookup]int32)}
	if err := b.read(ctx, file, progress); err != nil {
		return Report{}, importError(err)
	}
	// A guardian may stand in a line that is wrong: then nothing is said of those who name them.
	if len(b.faults.Lines) == 0 {
		if err := b.bindGuardians(ctx); err != nil {
			return Report{}, importError(err)
		}
	}
	if len(b.faults.Lines) > 0 {
		return Report{}, &b.faults
	}
	if len(b.people) == 0 {
		return Report{}, &ImportError{Lines: []*LineError{{Line: 2, Problem: "no person stands below the header: add one a line"}}}
	}
	if err := s.Store.AddPeople(ctx, ByAuthority, b.people); err != nil {
		return Report{}, b.storeError(err)
	}
	progress(len(b.people), len(b.people))
	return Report{People: len(b.people), Guardianships: len(b.guarded)}, nil
}

// importError wraps what is not about lines.
func importError(err error) error {
	var l *LineError
	if errors.As(err, &l) {
		return &ImportError{Lines: []*LineError{l}}
	}
	return fmt.Errorf("import people: nothing was imported: %w", err)
}

// importBatch gathers the people of a file, sealed as soon as they are read.
type importBatch struct {
	service  *Service
	at       time.Time
	people   []NewPerson
	lines    []int32 // of each person
	births   []Date
	byLookup map[Lookup]int32 // places in people
	guarded  []guardedPerson
	faults   ImportError

	guardianColumn int // from 1
}

// guardedPerson waits for the guardian, who may stand further down.
type guardedPerson struct {
	place  int32
	number string // normalised, of unknown type
}

func (b *importBatch) read(ctx context.Context, file io.Reader, progress func(done, total int)) error {
	rows, err := newRowReader(file, b.at)
	if err != nil {
		return err
	}
	b.guardianColumn = rows.column[fieldGuardian] + 1
	for {
		got, err := rows.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = b.add(got)
		}
		if err != nil && !b.faults.add(err) {
			return b.stop(err)
		}
		if n := len(b.people); n%progressEvery == 0 {
			if err := ctx.Err(); err != nil {
				return err
			}
			progress(n, 0)
		}
	}
}

// stop ends the reading: with what is wrong with the lines so far, or with an
// error of the file itself.
func (b *importBatch) stop(err error) error {
	var l *LineError
	if errors.As(err, &l) {
		return nil // it is among the faults
	}
	return err
}

// add seals a person; the error is a *LineError for one met before.
func (b *importBatch) add(got row) error {
	s, p := b.service, got.person
	lookup := s.Vault.Lookup(p.Documents[0])
	if earlier, ok := b.byLookup[lookup]; ok {
		return &LineError{Line: got.line, Problem: fmt.Sprintf("the person with this document stands in line %d already: remove one of the two", b.lines[earlier])}
	}
	var err error
	if p.ID, err = health.NewPersonID(b.at, s.Rand); err != nil {
		return err
	}
	sealed, err := s.Vault.SealPerson(s.Rand, p)
	if err != nil {
		return err
	}
	place := int32(len(b.people))
	b.byLookup[lookup] = place
	b.people = append(b.people, NewPerson{ID: p.ID, Sealed: sealed, Lookups: []Lookup{lookup}})
	b.lines = append(b.lines, int32(got.line))
	b.births = append(b.births, p.Birth)
	if got.guardian != "" {
		b.guarded = append(b.guarded, guardedPerson{place: place, number: strings.Clone(got.guardian)})
	}
	return nil
}

// boundMember is whom a line of the file gave its person for a guardian.
type boundMember struct {
	guardian health.PersonID
	line     int32
}

// bindGuardians finds the guardian of everybody who has one.
func (b *importBatch) bindGuardians(ctx context.Context) error {
	guardianOf := make(map[health.PersonID]boundMember, len(b.guarded))
	for _, g := range b.guarded {
		guardian, lookup, problem, err := b.findGuardian(ctx, g)
		if err != nil {
			return err
		}
		member := b.people[g.place].ID
		if other := guardianOf[guardian]; problem == "" && other.guardian == member {
			problem = fmt.Sprintf("this person and the one in line %d are guardians of each other: leave one of the two empty", other.line)
		}
		guardianOf[member] = boundMember{guardian: guardian, line: b.lines[g.place]}
		if problem != "" {
			l := &LineError{Line: int(b.lines[g.place]), Column: b.guardianColumn, Field: fieldGuardian, Problem: problem}
			if !b.faults.add(l) {
				return nil
			}
			continue
		}
		p := &b.people[g.place]
		relation := credential.OtherWard
		if b.births[g.place].Minor(b.at) {
			relation = credential.Child
		}
		p.Guardianship = &Guardianship{
			Guardian: guardian, Member: p.ID, Relation: relation, Evidence: AuthorityImport,
			Since: b.at.Unix(), NotAfter: majority(b.births[g.place], b.at),
		}
		p.Marks = b.service.pairs(p.Lookups, []Lookup{lookup})
	}
	return nil
}

// findGuardian looks for the number in the file and then in the store, as each
// type of document that it can be; lookup is that of the document.
func (b *importBatch) findGuardian(ctx context.Context, g guardedPerson) (found health.PersonID, lookup Lookup, problem string, err error) {
	minor, readable := false, false
	for _, t := range documentTypes {
		d, err := ParseDocument(string(t), g.number)
		if err != nil {
			continue
		}
		readable = true
		id, birth, err := b.findByDocument(ctx, d)
		if errors.Is(err, ErrNoPerson) {
			continue
		}
		if err != nil {
			return found, lookup, "", err
		}
		if !found.IsZero() && found != id {
			return found, lookup, "two people have this number, on documents of different types: bind the guardian by itself after the import", nil
		}
		found, lookup, minor = id, b.service.Vault.Lookup(d), birth.Minor(b.at)
	}
	switch {
	case !readable:
		return found, lookup, "this is no number of a document: check its digits", nil
	case found.IsZero():
		return found, lookup, "nobody in the file or stored before has this number: add the guardian or check the number", nil
	case found == b.people[g.place].ID:
		return found, lookup, "this is the person's own number: give the guardian's or leave it empty", nil
	case minor:
		return found, lookup, ErrMinorGuardian.Error(), nil
	}
	return found, lookup, "", nil
}

// findByDocument finds a person in the file or in the store; ErrNoPerson.
func (b *importBatch) findByDocument(ctx context.Context, d Document) (health.PersonID, Date, error) {
	s := b.service
	lookup := s.Vault.Lookup(d)
	if place, ok := b.byLookup[lookup]; ok {
		return b.people[place].ID, b.births[place], nil
	}
	id, err := s.Store.FindPerson(ctx, lookup)
	if err != nil {
		return health.PersonID{}, Date{}, err
	}
	p, err := s.Person(ctx, id)
	return p.ID, p.Birth, err
}

// storeError turns places in the batch into lines of the file.
func (b *importBatch) storeError(err error) error {
	var people *PeopleError
	if !errors.As(err, &people) {
		return importError(err)
	}
	e := new(ImportError)
	for _, f := range people.Faults {
		problem := f.Err.Error()
		switch {
		case errors.Is(f.Err, ErrDuplicate):
			problem = "the person with this document is stored already: remove the line"
		case errors.Is(f.Err, ErrTooMany):
			problem = fmt.Sprintf("the guardian would have more than %d dependants: give another guardian", MaxDependants)
		}
		e.Lines = append(e.Lines, &LineError{Line: int(b.lines[f.Index]), Problem: problem})
	}
	e.More = len(people.Faults) == MaxFaults
	return e
}
