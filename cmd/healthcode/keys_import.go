package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"healthcode.example/crypto/cose"
	"healthcode.example/issuer"
	"healthcode.example/trust"
)

type keysImportCommand struct {
	dataFlags
	passphraseFlags
	Root string `placeholder:"FILE" help:"The first root of the region, to begin a data directory with."`
	Key  string `arg:"" placeholder:"FILE" help:"The locked key, made by healthcode keys new."`
}

// Help gives the examples.
func (*keysImportCommand) Help() string {
	return `The key signs only when a key list that a ceremony has signed is published and says so: at once, where that has happened. The service must not run
meanwhile.

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
	id, err := w.issuer.AddKey(ctx, key.Purpose, key.Prefecture, key.Private)
	if err != nil {
		return err
	}
	signs, err := w.signs(ctx, id, c.now())
	if err != nil {
		return err
	}
	c.printf("the service holds %s, for %s: %s\n", id, key.Purpose, signs)
	return nil
}

// signs activates the keys whose time has come, and says of one whether it is among them.
func (w *workroom) signs(ctx context.Context, id cose.KeyID, at time.Time) (string, error) {
	const later = "it signs once a key list that says so is published"
	if w.issuer.Bundle() == nil {
		return later, nil
	}
	if _, err := w.issuer.EnsureKeys(ctx, at); err != nil {
		return "", err
	}
	records, err := w.store.Keys(ctx)
	if err != nil {
		return "", err
	}
	entry := w.issuer.Bundle().KeyList().Find(id)
	switch n := slices.IndexFunc(records, func(r issuer.KeyRecord) bool { return r.ID == id }); {
	case n < 0:
		return fmt.Sprintf("key list %d has it as %s, so it never signs again, and it was deleted", w.issuer.Bundle().KeyList().Version, entry.State), nil
	case records[n].Active:
		return "it signs from now on", nil
	case entry != nil && entry.State == trust.Published:
		return fmt.Sprintf("its use begins at %s (healthcode keys list says who signs meanwhile)", stamp(utc(entry.UseFrom))), nil
	}
	return later, nil
}
