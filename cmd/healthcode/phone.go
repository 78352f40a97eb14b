package main

import (
	"context"
	"io"
	"time"

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
	return &phone{office: o, device: device, rand: rand, file: holder.New()}, nil
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

// refresh fetches the codes of the whole family under a fresh holder key; with document, those that can be compared with a document.
func (p *phone) refresh(ctx context.Context, document bool, at time.Time) error {
	key, err := holder.NewKey(p.rand)
	if err != nil {
		return err
	}
	got, err := p.office.wallet.Refresh(ctx, wallet.RefreshRequest{Person: p.device.Person, Device: p.device.ID, Holder: key.Public(), Document: document}, at)
	if err != nil {
		return err
	}
	var held []holder.Code
	for _, c := range got.Codes {
		if c.Err != nil {
			continue // the others' codes are kept; showing this member says that there is none
		}
		member := holder.Person{ID: c.Person.ID, Name: c.Person.Name, Salt: c.Salt}
		if c.Guardianship != nil {
			member.Relation = c.Guardianship.Relation
		}
		held = append(held, holder.Code{Message: c.Code, Members: []holder.Person{member}})
	}
	return p.file.AddRefresh(key, held, at)
}

// present shows one member's code at a time. It needs no network.
func (p *phone) present(member health.PersonID, at time.Time) (string, error) {
	return p.file.Present(holder.Show{People: []health.PersonID{member}}, at)
}
