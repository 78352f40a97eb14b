package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"healthcode.example/credential"
	"healthcode.example/crypto/cose"
	"healthcode.example/issuer"
	"healthcode.example/wallet"
)

// phone is a holder's telephone in this process: it fetches codes and shows them, as a wallet does.
type phone struct {
	office *office
	device wallet.Device
	rand   io.Reader
	holder *cose.PrivateKey // of the last refresh
	codes  []wallet.MemberCode
}

// newPhone registers a telephone for a person.
func newPhone(ctx context.Context, o *office, person wallet.Person, rand io.Reader, at time.Time) (*phone, error) {
	key, err := cose.Generate(cose.ES256, rand)
	if err != nil {
		return nil, err
	}
	device, err := o.wallet.RegisterDevice(ctx, person.ID, key.Public(), at)
	if err != nil {
		return nil, err
	}
	return &phone{office: o, device: device, rand: rand}, nil
}

// knownPhone takes a device that a person has registered, or registers one.
func knownPhone(ctx context.Context, o *office, person wallet.Person, rand io.Reader, at time.Time) (*phone, error) {
	devices, err := o.store.Devices(ctx, person.ID)
	if err != nil {
		return nil, err
	}
	if len(devices) == 0 {
		return newPhone(ctx, o, person, rand, at)
	}
	return &phone{office: o, device: devices[0], rand: rand}, nil
}

// refresh fetches the codes of the whole family under a fresh holder key.
func (p *phone) refresh(ctx context.Context, at time.Time) (err error) {
	if p.holder, err = cose.Generate(cose.ES256, p.rand); err != nil {
		return err
	}
	p.codes, err = p.office.wallet.Refresh(ctx, wallet.RefreshRequest{Person: p.device.Person, Device: p.device.ID, Holder: p.holder.Public()}, at)
	return err
}

// present shows one member's code at a time, or in answer to a challenge. It needs no network.
func (p *phone) present(member wallet.Person, at time.Time, challenge []byte) (string, error) {
	for _, c := range p.codes {
		if c.Person.ID != member.ID {
			continue
		}
		show := credential.Presentation{At: at.Unix(), Codes: [][]byte{c.Code}, Challenge: challenge}
		b, err := show.Sign(p.holder)
		if err != nil {
			return "", err
		}
		return credential.Text(b), nil
	}
	return "", fmt.Errorf("the phone of %s has no code of %s: %w", p.device.Person, member.ID, issuer.ErrNotFound)
}
