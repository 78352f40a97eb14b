package main

import (
	"context"
	"errors"
)

type keysImportCommand struct {
	dataFlags
	passphraseFlags
	Root string `placeholder:"FILE" help:"The first root of the region, to begin a data directory with."`
	Key  string `arg:"" placeholder:"FILE" help:"The locked key, made by healthcode keys new."`
}

// Help gives the examples.
func (*keysImportCommand) Help() string {
	return `The key signs only when a key list that a ceremony has signed is published and says so. The service must not run meanwhile.

Examples:

    healthcode keys import phone-2027.key`
}

// Run unlocks the key and seals it into the store.
func (k *keysImportCommand) Run(ctx context.Context, c *console) (err error) {
	key, err := k.unlock(c, k.Key)
	if err != nil {
		return err
	}
	var first []byte
	if k.Root != "" {
		if first, err = readPublic(k.Root, maxRoot); err != nil {
			return err
		}
	}
	w, err := openWorkroom(ctx, c, k.dataFlags, first)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	id, err := w.issuer.AddKey(ctx, key.purpose, key.prefecture, key.private)
	if err != nil {
		return err
	}
	c.printf("the service holds %s, for %s\n", id, key.purpose)
	return nil
}
