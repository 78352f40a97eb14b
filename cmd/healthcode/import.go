package main

import (
	"context"
	"errors"
	"fmt"

	"healthcode.example/wallet"
)

type importCommand struct {
	dataFlags
	regionFlags
	DryRun bool   `help:"Check everything and store nothing."`
	JSON   bool   `help:"Write one JSON object."`
	File   string `arg:"" help:"The CSV file, or - for standard input."`
}

// Help gives the examples.
func (*importCommand) Help() string {
	return `All people of the file are stored, or none. Columns, by name: name, document_type (resident-id, home-return-permit, birth-certificate,
passport), document_number, birth_date (YYYY-MM-DD), region (GB/T 2260), and optionally guardian_document_number.
A data directory that is not there yet is made, with the keys of a demonstration.

Examples:

    healthcode import people.csv
    healthcode import --dry-run --data /srv/healthcode people.csv`
}

// Run imports the file.
func (i *importCommand) Run(ctx context.Context, c *console) (err error) {
	in := c.in
	if i.File != "-" {
		f, err := c.files.Open(i.File)
		if err != nil {
			return usage("no people: %w", err)
		}
		defer func() { _ = f.Close() }() // only read
		in = f
	}
	flags, err := i.of(i.dataFlags)
	if err != nil {
		return err
	}
	at := c.now()
	o, err := foundOffice(ctx, c, flags, at)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, o.close()) }()
	if err := o.prepareWallets(ctx, c, at); err != nil {
		return err
	}
	service := *o.wallet
	if i.DryRun {
		service.Store = dryStore{o.Store}
	}
	bar := newProgress(c, "people", 0)
	report, err := service.Import(ctx, in, at, func(done, _ int) { bar.set(done) })
	bar.end()
	if err != nil {
		return err
	}
	if i.JSON {
		return c.json(map[string]any{"people": report.People, "guardianships": report.Guardianships, "dry_run": i.DryRun, "seconds": c.now().Sub(at).Seconds()})
	}
	word := "imported"
	if i.DryRun {
		word = "would be imported"
	}
	c.printf("%d people and %d guardianships %s in %.1f s\n", report.People, report.Guardianships, word, c.now().Sub(at).Seconds())
	return nil
}

// dryStore answers AddPeople without storing anybody.
type dryStore struct{ wallet.Store }

// AddPeople finds those whose documents are stored already.
func (s dryStore) AddPeople(ctx context.Context, _ wallet.Actor, people []wallet.NewPerson) error {
	fault := &wallet.PeopleError{}
	for n, p := range people {
		for _, lookup := range p.Lookups {
			_, err := s.FindPerson(ctx, lookup)
			if err == nil && len(fault.Faults) < wallet.MaxFaults {
				fault.Faults = append(fault.Faults, wallet.PersonFault{Index: n, Err: wallet.ErrDuplicate})
			}
			if err != nil && !errors.Is(err, wallet.ErrNoPerson) {
				return fmt.Errorf("look for duplicates: %w", err)
			}
		}
	}
	if len(fault.Faults) > 0 {
		return fault
	}
	return nil
}
