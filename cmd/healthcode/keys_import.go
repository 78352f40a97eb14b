package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"healthcode.example/crypto/cose"
	"healthcode.example/issuer"
	"healthcode.example/office/desk"
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
	w, err := desk.OpenWorkroom(ctx, k.dataFlags.desk(c), first)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	id, err := w.Issuer.AddKey(ctx, key.Purpose, key.Prefecture, key.Private)
	if err != nil {
		return err
	}
	says, err := signs(ctx, w, id, c.now())
	if err != nil {
		return err
	}
	c.printf("the service holds %s, for %s: %s\n", id, key.Purpose, says)
	return nil
}

// signs activates the keys whose time has come, and says of one whether it is among them.
func signs(ctx context.Context, w *desk.Workroom, id cose.KeyID, at time.Time) (string, error) {
	const later = "it signs once a key list that says so is published"
	if w.Issuer.Bundle() == nil {
		return later, nil
	}
	if _, err := w.Issuer.EnsureKeys(ctx, at); err != nil {
		return "", err
	}
	records, err := w.Store.Keys(ctx)
	if err != nil {
		return "", err
	}
	entry := w.Issuer.Bundle().KeyList().Find(id)
	switch n := slices.IndexFunc(records, func(r issuer.KeyRecord) bool { return r.ID == id }); {
	case n < 0:
		return fmt.Sprintf("key list %d has it as %s, so it never signs again, and it was deleted", w.Issuer.Bundle().KeyList().Version, entry.State), nil
	case records[n].Active:
		return "it signs from now on", nil
	case entry != nil && entry.State == trust.Published:
		return fmt.Sprintf("its use begins at %s (healthcode keys list says who signs meanwhile)", stamp(utc(entry.UseFrom))), nil
	}
	return later, nil
}
