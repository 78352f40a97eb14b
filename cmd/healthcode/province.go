package main

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/csv"
	"errors"
	"fmt"
	"time"

	"healthcode.example/wallet"
	"healthcode.example/wallet/demoregister"
)

// provinceCSV is the demonstration's province. Nobody in it exists: numbers of resident IDs begin with the area 99, which no place has.
//
//go:embed province.csv
var provinceCSV []byte

// registerJSON is the province's population register: those above, with households and parents, and some who are not imported.
//
//go:embed register.json
var registerJSON []byte

// demoRegister reads the register of the demonstration.
func demoRegister() (wallet.Register, error) {
	r, err := demoregister.Parse(registerJSON)
	if err != nil {
		return nil, fmt.Errorf("read the demo province's register: %w", err)
	}
	return r, nil
}

// Places in the province of those whom the demonstration tells of.
const (
	guardianRow = iota
	childRow
	elderRow
	neighbourRow
	authorityRow = 4 // who also works for the authority
	kioskRow     = 5 // who also tends a kiosk
	workerRow    = 7 // who also is a community worker
)

// settle imports the people of the province who are not there yet, and gives all of them in the order of the file. Who came by another import stays
// as that one had it.
func (o *office) settle(ctx context.Context, at time.Time) ([]wallet.Person, error) {
	rows, err := csv.NewReader(bytes.NewReader(provinceCSV)).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("read the demo province: %w", err)
	}
	newcomers := [][]string{rows[0]}
	for _, row := range rows[1:] {
		switch _, err := o.findNeighbour(ctx, row); {
		case errors.Is(err, wallet.ErrNoPerson):
			newcomers = append(newcomers, row)
		case err != nil:
			return nil, err
		}
	}
	if len(newcomers) > 1 {
		var missing bytes.Buffer
		if err := csv.NewWriter(&missing).WriteAll(newcomers); err != nil {
			return nil, fmt.Errorf("settle the demo province: %w", err)
		}
		if _, err := o.wallet.Import(ctx, &missing, at, nil); err != nil {
			return nil, fmt.Errorf("settle the demo province: %w", err)
		}
	}
	var out []wallet.Person
	for _, row := range rows[1:] {
		person, err := o.findNeighbour(ctx, row)
		if err != nil {
			return nil, err
		}
		out = append(out, person)
	}
	return out, nil
}

// findNeighbour looks up the person of a row of the file.
func (o *office) findNeighbour(ctx context.Context, row []string) (wallet.Person, error) {
	document, err := wallet.ParseDocument(row[1], row[2])
	if err != nil {
		return wallet.Person{}, fmt.Errorf("read the demo province: %w", err)
	}
	person, err := o.wallet.FindPerson(ctx, document)
	if err != nil {
		return wallet.Person{}, fmt.Errorf("find the demo province: %w", err)
	}
	return person, nil
}
