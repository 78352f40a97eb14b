// Package phone is a holder's telephone without a network: it fetches codes from the wallet service of the same process and shows them from the holder's
// own file, as a wallet does. Demonstrations and an authority that issues for others have such.
package phone

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

// Phone is one telephone. It is for one goroutine at a time.
type Phone struct {
	service *wallet.Service
	device  wallet.Device
	rand    io.Reader
	file    *holder.File
}

// New registers a telephone for a person.
func New(ctx context.Context, service *wallet.Service, person health.PersonID, rand io.Reader, at time.Time) (*Phone, error) {
	key, err := cose.Generate(cose.ES256, rand)
	if err != nil {
		return nil, err
	}
	device, err := service.RegisterDevice(ctx, person, key.Public(), at)
	if err != nil {
		return nil, err
	}
	file := holder.New()
	file.SetDevice(device.ID, key)
	file.SetAccount(holder.Account{Region: service.Rules.Region})
	return &Phone{service: service, device: device, rand: rand, file: file}, nil
}

// Known takes a device that a person has registered, or registers one.
func Known(ctx context.Context, service *wallet.Service, person health.PersonID, rand io.Reader, at time.Time) (*Phone, error) {
	devices, err := service.Store.Devices(ctx, person)
	if err != nil {
		return nil, err
	}
	if len(devices) == 0 {
		return New(ctx, service, person, rand, at)
	}
	return &Phone{service: service, device: devices[0], rand: rand, file: holder.New()}, nil
}

// Refresh fetches the codes of the whole family under a fresh holder key, and one for each of the households; with document, those that can be
// compared with a document.
func (p *Phone) Refresh(ctx context.Context, document bool, at time.Time, households ...[]health.PersonID) error {
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
func (p *Phone) fetch(ctx context.Context, document bool, at time.Time, households [][]health.PersonID) (*cose.PrivateKey, wallet.Fetched, error) {
	if _, own := p.file.Device(); own != nil {
		signed, key, err := p.file.Ask(holder.Question{Document: document, Sets: households}, p.rand, at)
		if err != nil {
			return nil, wallet.Fetched{}, err
		}
		got, err := p.service.RefreshSigned(ctx, p.device.Person, signed, at)
		return key, got, err
	}
	key, err := holder.NewKey(p.rand)
	if err != nil {
		return nil, wallet.Fetched{}, err
	}
	got, err := p.service.Refresh(ctx, wallet.RefreshRequest{Person: p.device.Person, Device: p.device.ID, Holder: key.Public(), Document: document, Sets: households}, at)
	return key, got, err
}

// Present shows one member's code, or several people at once. It needs no network.
func (p *Phone) Present(show holder.Show, at time.Time) (string, error) {
	return p.file.Present(show, at)
}
