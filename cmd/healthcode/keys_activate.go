package main

import (
	"context"
	"errors"

	"healthcode.example/crypto/cose"
)

type keysActivateCommand struct {
	dataFlags
	JSON bool   `help:"Write one JSON object."`
	Key  string `arg:"" placeholder:"KID" help:"The key, 16 hexadecimal digits."`
}

// Help gives the examples.
func (*keysActivateCommand) Help() string {
	return `A key signs when every gate can know it: it must have been published for the hard age of a bundle.

Examples:

    healthcode keys activate 49a69fd68a0e4594`
}

// Run activates the key.
func (k *keysActivateCommand) Run(ctx context.Context, c *console) (err error) {
	id, err := cose.ParseKeyID(k.Key)
	if err != nil {
		return usage("%w", err)
	}
	at := c.now()
	o, err := openOffice(ctx, c, k.dataFlags, at)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, o.close()) }()
	if err := o.Prepare(ctx, at); err != nil {
		return err
	}
	if err := o.Issuer.Activate(ctx, id, at); err != nil {
		return err
	}
	if k.JSON {
		return c.json(map[string]any{"active": id.String()})
	}
	c.printf("%s signs from now on\n", id)
	return nil
}
