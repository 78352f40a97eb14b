// Package demo is a small province in which nobody exists, and what happens to some of its people: a guardian with a child and an elder, and a neighbour
// whom a test colours red.
package demo

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/csv"
	"errors"
	"fmt"
	"strings"
	"time"

	"healthcode.example/wallet"
	"healthcode.example/wallet/demoregister"
)

//go:embed province.csv
var province string

// CSV is the province as a file to be imported. Nobody in it exists: numbers of resident IDs begin with the area 99, which no place has.
func CSV() string { return province }

// registerJSON is the province's population register: those above, with households and parents, and some who are not imported.
//
//go:embed register.json
var registerJSON []byte

// Register is the province's own.
func Register() (wallet.Register, error) {
	r, err := demoregister.Parse(registerJSON)
	if err != nil {
		return nil, fmt.Errorf("read the demo province's register: %w", err)
	}
	return r, nil
}

// Rows of the province, after the one of the names, of those whom the demonstration tells of.
const (
	GuardianRow = iota
	ChildRow
	ElderRow
	NeighbourRow
	AuthorityRow = 4 // who also works for the authority
	KioskRow     = 5 // who also tends a kiosk
	WorkerRow    = 7 // who also is a community worker
)

// Settle imports the people of the province who are not there yet, and gives all of them in the order of the file. Who came by another import stays
// as that one had it.
func Settle(ctx context.Context, service *wallet.Service, at time.Time) ([]wallet.Person, error) {
	rows, err := csv.NewReader(strings.NewReader(province)).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("read the demo province: %w", err)
	}
	newcomers := [][]string{rows[0]}
	for _, row := range rows[1:] {
		switch _, err := findNeighbour(ctx, service, row); {
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
		if _, err := service.Import(ctx, &missing, at, nil); err != nil {
			return nil, fmt.Errorf("settle the demo province: %w", err)
		}
	}
	var out []wallet.Person
	for _, row := range rows[1:] {
		person, err := findNeighbour(ctx, service, row)
		if err != nil {
			return nil, err
		}
		out = append(out, person)
	}
	return out, nil
}

// findNeighbour looks up the person of a row of the file.
func findNeighbour(ctx context.Context, service *wallet.Service, row []string) (wallet.Person, error) {
	document, err := wallet.ParseDocument(row[1], row[2])
	if err != nil {
		return wallet.Person{}, fmt.Errorf("read the demo province: %w", err)
	}
	person, err := service.FindPerson(ctx, document)
	if err != nil {
		return wallet.Person{}, fmt.Errorf("find the demo province: %w", err)
	}
	return person, nil
}
