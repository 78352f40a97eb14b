package main

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/csv"
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

// settle imports the province, unless it is there, and gives the people in the order of the file.
func (o *office) settle(ctx context.Context, at time.Time) ([]wallet.Person, error) {
	people, err := o.findProvince(ctx)
	if err == nil {
		return people, nil
	}
	if _, err := o.wallet.Import(ctx, bytes.NewReader(provinceCSV), at, nil); err != nil {
		return nil, fmt.Errorf("settle the demo province: %w", err)
	}
	return o.findProvince(ctx)
}

// findProvince looks everybody of the file up.
func (o *office) findProvince(ctx context.Context) ([]wallet.Person, error) {
	rows, err := csv.NewReader(bytes.NewReader(provinceCSV)).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("read the demo province: %w", err)
	}
	var out []wallet.Person
	for _, row := range rows[1:] {
		document, err := wallet.ParseDocument(row[1], row[2])
		if err != nil {
			return nil, fmt.Errorf("read the demo province: %w", err)
		}
		person, err := o.wallet.FindPerson(ctx, document)
		if err != nil {
			return nil, fmt.Errorf("find the demo province: %w", err)
		}
		out = append(out, person)
	}
	return out, nil
}
