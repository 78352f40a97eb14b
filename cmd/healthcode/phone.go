package main

import (
	"context"
	"io"
	"time"

	"healthcode.example/credential"
	"healthcode.example/crypto/cose"
	"healthcode.example/health"
	"healthcode.example/wallet"
	"healthcode.example/wallet/holder"
)

// phone is a holder's telephone in this process: it fetches codes and shows them from the holder's own file, as a wallet does.
type phone struct {
	office *office
	device wallet.Device
	rand   io.Reader
	file   *holder.File
}

// newPhone registers a telephone for a person.
func newPhone(ctx context.Context, o *office, person health.PersonID, rand io.Reader, at time.Time) (*phone, error) {
	key, err := cose.Generate(cose.ES256, rand)
	if err != nil {
		return nil, err
	}
	device, err := o.wallet.RegisterDevice(ctx, person, key.Public(), at)
	if err != nil {
		return nil, err
	}
	file := holder.New()
	file.SetDevice(device.ID, key)
	file.SetAccount(holder.Account{Region: o.wallet.Rules.Region})
	return &phone{office: o, device: device, rand: rand, file: file}, nil
}

// knownPhone takes a device that a person has registered, or registers one.
func knownPhone(ctx context.Context, o *office, person health.PersonID, rand io.Reader, at time.Time) (*phone, error) {
	devices, err := o.store.Devices(ctx, person)
	if err != nil {
		return nil, err
	}
	if len(devices) == 0 {
		return newPhone(ctx, o, person, rand, at)
	}
	return &phone{office: o, device: devices[0], rand: rand, file: holder.New()}, nil
}

// refresh fetches the codes of the whole family under a fresh holder key, and one for each of the households; with document, those that can be
// compared with a document.
func (p *phone) refresh(ctx context.Context, document bool, at time.Time, households ...[]health.PersonID) error {
	key, got, err := p.fetch(ctx, document, at, households)
	if err != nil {
		return err
	}
	var answer holder.Answer
	for _, c := range got.Codes {
		if c.Err != nil {
			continue // the others' codes are kept; showing this member says that there is none
		}
		member := holder.Person{ID: c.Person.ID, Name: c.Person.Name, Salt: c.Salt, Document: credential.DocumentTypeOf(string(c.Document))}
		if c.Guardianship != nil {
			member.Relation = c.Guardianship.Relation
		}
		answer.Codes = append(answer.Codes, holder.Code{Message: c.Code, Members: []holder.Person{member}})
	}
	for _, h := range got.Households {
		if h.Err != nil {
			return h.Err
		}
		household := holder.Household{Message: h.Code, People: h.People, Salts: h.Salts}
		for _, t := range h.Documents {
			household.Documents = append(household.Documents, credential.DocumentTypeOf(string(t)))
		}
		answer.Households = append(answer.Households, household)
	}
	return p.file.Take(key, answer, at)
}

// fetch asks as a wallet does, by a request that the device signs. The telephone of somebody else, whose key is not here, is refreshed by the
// authority's right.
func (p *phone) fetch(ctx context.Context, document bool, at time.Time, households [][]health.PersonID) (*cose.PrivateKey, wallet.Fetched, error) {
	if _, own := p.file.Device(); own != nil {
		signed, key, err := p.file.Ask(holder.Question{Document: document, Sets: households}, p.rand, at)
		if err != nil {
			return nil, wallet.Fetched{}, err
		}
		got, err := p.office.wallet.RefreshSigned(ctx, p.device.Person, signed, at)
		return key, got, err
	}
	key, err := holder.NewKey(p.rand)
	if err != nil {
		return nil, wallet.Fetched{}, err
	}
	got, err := p.office.wallet.Refresh(ctx, wallet.RefreshRequest{Person: p.device.Person, Device: p.device.ID, Holder: key.Public(), Document: document, Sets: households}, at)
	return key, got, err
}

// present shows one member's code, or several people at once. It needs no network.
func (p *phone) present(at time.Time, people ...health.PersonID) (string, error) {
	return p.file.Present(holder.Show{People: people}, at)
}
