package wallet

import (
	"fmt"
	"slices"
	"time"
)

// person makes a record of the entry, without an identifier yet. asked is the
// document by which it was found: it becomes one of the record's. ErrIncomplete
// when name, birth date or region is missing; any other error says that the
// register or the provider sent what cannot be.
func (e RegisterEntry) person(asked Document, at time.Time) (Person, error) {
	if e.Name == "" || e.Birth.IsZero() || e.Region == 0 {
		return Person{}, ErrIncomplete
	}
	name, err := CleanName(e.Name)
	if err != nil {
		return Person{}, fmt.Errorf("the person's entry: %w", err)
	}
	p := Person{Name: name, Birth: e.Birth, Region: e.Region}
	for _, d := range append([]Document{asked}, e.Documents...) {
		d, err := ParseDocument(string(d.Type), d.Number)
		if err != nil {
			return Person{}, fmt.Errorf("the person's entry: %w", err)
		}
		if !slices.ContainsFunc(p.Documents, d.Same) {
			p.Documents = append(p.Documents, d)
		}
	}
	if len(p.Documents) > MaxDocuments {
		return Person{}, fmt.Errorf("the person's entry has more than %d documents: have the register correct it", MaxDocuments)
	}
	if !p.Birth.Valid() {
		return Person{}, fmt.Errorf("the person's entry: there is no such birth date: have the register correct it")
	}
	if p.Region < 100000 || p.Region > 999999 {
		return Person{}, fmt.Errorf("the person's entry: the region is not 6 digits of GB/T 2260: have the register correct it")
	}
	if _, problem := p.check(at); problem != "" {
		return Person{}, fmt.Errorf("the person's entry: %s", problem)
	}
	return p, nil
}
