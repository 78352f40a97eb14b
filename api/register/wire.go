package register

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"healthcode.example/wallet"
)

// question is what is asked: the body of every request.
type question struct {
	Guardian *document `json:"guardian,omitempty"`
	Member   *document `json:"member"`
}

type document struct {
	Type   wallet.DocumentType `json:"type"`
	Number string              `json:"number"`
}

// answer is the body of every answer of status 200. Shown false comes without
// a person and says neither whether there is one nor why not.
type answer struct {
	Shown  bool    `json:"shown"`
	Person *person `json:"person,omitempty"`
}

type person struct {
	Name      string     `json:"name"`
	Documents []document `json:"documents"`
	Birth     string     `json:"birth_date"` // YYYY-MM-DD
	Region    uint32     `json:"region"`     // GB/T 2260
}

func wire(d wallet.Document) *document { return &document{Type: d.Type, Number: d.Number} }

// read judges an answer strictly: a register that is half understood is not
// believed. Errors repeat nothing of it.
func read(b []byte) (wallet.RegisterEntry, error) {
	none := wallet.RegisterEntry{}
	var a answer
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&a); err != nil {
		return none, fmt.Errorf("%w (the answer is not of the form that is described)", ErrUnavailable)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return none, fmt.Errorf("%w (something stands behind the answer)", ErrUnavailable)
	}
	switch {
	case a.Shown != (a.Person != nil):
		return none, fmt.Errorf("%w (the answer contradicts itself)", ErrUnavailable)
	case !a.Shown:
		return none, wallet.ErrNotShown
	}
	entry, fault := a.Person.entry()
	if fault != "" {
		return none, fmt.Errorf("%w (the answer has a wrong %s)", ErrUnavailable, fault)
	}
	return entry, nil
}

// entry names what is wrong and says nothing of it.
func (p *person) entry() (e wallet.RegisterEntry, fault string) {
	var err error
	if e.Name, err = wallet.CleanName(p.Name); err != nil {
		return e, "name"
	}
	if e.Birth, err = wallet.ParseDate(p.Birth); err != nil {
		return e, "birth_date"
	}
	if e.Region = p.Region; p.Region < 100_000 || p.Region > 999_999 {
		return e, "region"
	}
	if len(p.Documents) == 0 || len(p.Documents) > wallet.MaxDocuments {
		return e, "number of documents"
	}
	for _, d := range p.Documents {
		parsed, err := wallet.ParseDocument(string(d.Type), d.Number)
		if err != nil {
			return e, "document"
		}
		e.Documents = append(e.Documents, parsed)
	}
	return e, ""
}
