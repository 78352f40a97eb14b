package demoregister

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"healthcode.example/wallet"
)

// Limits of a file.
const (
	MaxFile    = 4 << 20 // bytes
	maxPeople  = 10_000
	maxParents = 4
)

// file is the form of a register file. A person's first document is how others
// name them as a parent.
type file struct {
	People []filePerson `json:"people"`
}

type filePerson struct {
	Name      string         `json:"name"`
	Documents []fileDocument `json:"documents"`
	Birth     string         `json:"birth_date"`          // YYYY-MM-DD
	Region    uint32         `json:"region"`              // GB/T 2260
	Household int32          `json:"household,omitempty"` // people of one number live together; absent: registered outside the province
	Parents   []string       `json:"parents,omitempty"`   // numbers of their first documents
}

type fileDocument struct {
	Type   string `json:"type"`
	Number string `json:"number"`
}

// Parse reads a register file, at most MaxFile bytes of JSON. Unknown fields
// are refused, and errors name people by their place, from 1, never by what is
// written of them.
func Parse(b []byte) (*Register, error) {
	if len(b) > MaxFile {
		return nil, fmt.Errorf("read a register: the file has more than %d bytes: it is for demonstrations, make it smaller", MaxFile)
	}
	var f file
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&f); err != nil {
		return nil, errors.New("read a register: it is not the JSON that is expected, or has a field that means nothing: compare with the demo province's")
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("read a register: something stands behind the JSON: remove it")
	}
	if len(f.People) == 0 || len(f.People) > maxPeople {
		return nil, fmt.Errorf("read a register: it has %d people, want 1 to %d", len(f.People), maxPeople)
	}
	r := reading{Register: new(Register), first: make(map[string]int32), taken: make(map[[32]byte]bool)}
	for i, p := range f.People {
		if err := r.add(p); err != nil {
			return nil, fmt.Errorf("read a register: person %d: %w", i+1, err)
		}
	}
	for i, p := range f.People {
		if err := r.bind(int32(i), p.Parents); err != nil {
			return nil, fmt.Errorf("read a register: person %d: %w", i+1, err)
		}
	}
	return r.Register, nil
}

// reading is a register while it is read.
type reading struct {
	*Register
	first map[string]int32 // numbers of first documents -> place in people
	taken map[[32]byte]bool
}

// add reads everything of a person but the parents, who may stand further down.
func (r *reading) add(p filePerson) error {
	name, err := wallet.CleanName(p.Name)
	if err != nil {
		return err
	}
	birth, err := wallet.ParseDate(p.Birth)
	if err != nil {
		return err
	}
	if p.Region < 100_000 || p.Region > 999_999 || p.Household < 0 {
		return errors.New("the region is not 6 digits of GB/T 2260, or the household is below 0")
	}
	if len(p.Documents) == 0 || len(p.Documents) > wallet.MaxDocuments {
		return fmt.Errorf("there are %d documents, want 1 to %d", len(p.Documents), wallet.MaxDocuments)
	}
	place := int32(len(r.people))
	entry := wallet.RegisterEntry{Name: name, Birth: birth, Region: p.Region}
	for i, d := range p.Documents {
		parsed, err := wallet.ParseDocument(d.Type, d.Number)
		if err != nil {
			return err
		}
		sum := digest(parsed)
		if r.taken[sum] {
			return errors.New("one of the documents is another person's or stands twice: remove it")
		}
		r.taken[sum] = true
		entry.Documents = append(entry.Documents, parsed)
		r.documents = append(r.documents, document{digest: sum, owner: place})
		if i == 0 {
			r.first[parsed.Number] = place
		}
	}
	r.people = append(r.people, person{entry: entry, household: p.Household})
	return nil
}

func (r *reading) bind(place int32, parents []string) error {
	if len(parents) > maxParents {
		return fmt.Errorf("there are %d parents, want at most %d", len(parents), maxParents)
	}
	for _, number := range parents {
		parent, ok := r.first[number]
		if !ok || parent == place {
			return errors.New("a parent is nobody's first document in the file: add the parent or correct the number")
		}
		r.people[place].parents = append(r.people[place].parents, parent)
	}
	return nil
}
