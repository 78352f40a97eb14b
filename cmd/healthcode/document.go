package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"healthcode.example/health"
	"healthcode.example/wallet"
)

// parseDocument reads TYPE:NUMBER. Its error repeats nothing of the number.
func parseDocument(text string) (wallet.Document, error) {
	kind, number, ok := strings.Cut(text, ":")
	if !ok {
		return wallet.Document{}, usage("--document must be TYPE:NUMBER, such as passport:E12345678")
	}
	d, err := wallet.ParseDocument(kind, number)
	if err != nil {
		return wallet.Document{}, usage("--document: %w", err)
	}
	return d, nil
}

// person finds whom --document names: by a document, or as person:IDENTIFIER.
func (o *office) person(ctx context.Context, text string) (wallet.Person, error) {
	if id, ok := strings.CutPrefix(text, "person:"); ok {
		person, err := health.ParsePersonID(id)
		if err != nil {
			return wallet.Person{}, usage("--document: %w", err)
		}
		return o.wallet.Person(ctx, person)
	}
	d, err := parseDocument(text)
	if err != nil {
		return wallet.Person{}, err
	}
	p, err := o.wallet.FindPerson(ctx, d)
	if errors.Is(err, wallet.ErrNoPerson) {
		return wallet.Person{}, fmt.Errorf("nobody with this document is stored: import the person first")
	}
	return p, err
}
