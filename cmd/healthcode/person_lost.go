package main

import (
	"context"
	"time"

	"healthcode.example/wallet"
)

type personLostCommand struct{ personFlags }

// Help gives the examples.
func (*personLostCommand) Help() string {
	return `Every device of the person ends at once, with the codes on it, the children's too, and every log-in. Codes on other people's devices and on paper stay. The person
logs in again on a device that is theirs. Without --yes nothing is changed.

Examples:

    healthcode person lost --document resident-id:990106198405172038 --yes`
}

// Run ends the devices, or says how many there are.
func (p *personLostCommand) Run(ctx context.Context, c *console) error {
	var devices []wallet.Device
	err := p.withPerson(ctx, c, func(o *office, person wallet.Person, at time.Time) (err error) {
		if devices, err = o.wallet.Devices(ctx, person.ID); err != nil || p.dry() {
			return err
		}
		return o.wallet.EndDevicesOf(ctx, person.ID, [32]byte{}, wallet.ByAuthority, at)
	})
	if err != nil {
		return err
	}
	return p.tell(c, "The end of all devices", wallet.Changes{Devices: len(devices)}, nil)
}
