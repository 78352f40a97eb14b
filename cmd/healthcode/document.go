package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"healthcode.example/health"
	"healthcode.example/wallet"
)

// parseDocument reads the TYPE:NUMBER of a flag. Its error repeats nothing of the number.
func parseDocument(flag, text string) (wallet.Document, error) {
	kind, number, ok := strings.Cut(text, ":")
	if !ok {
		return wallet.Document{}, usage("%s must be TYPE:NUMBER, such as passport:E12345678", flag)
	}
	d, err := wallet.ParseDocument(kind, number)
	if err != nil {
		return wallet.Document{}, usage("%s: %w", flag, err)
	}
	return d, nil
}

// person finds whom a flag names: by a document, or as person:IDENTIFIER.
func (o *office) person(ctx context.Context, flag, text string) (wallet.Person, error) {
	if id, ok := strings.CutPrefix(text, "person:"); ok {
		person, err := health.ParsePersonID(id)
		if err != nil {
			return wallet.Person{}, usage("%s: %w", flag, err)
		}
		return o.wallet.Person(ctx, person)
	}
	d, err := parseDocument(flag, text)
	if err != nil {
		return wallet.Person{}, err
	}
	p, err := o.wallet.FindPerson(ctx, d)
	if errors.Is(err, wallet.ErrNoPerson) {
		return wallet.Person{}, fmt.Errorf("%s: nobody with this document is stored: enter the person first (healthcode person add, or import for many)", flag)
	}
	return p, err
}
