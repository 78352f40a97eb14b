package main

import (
	"context"
	"fmt"

	"healthcode.example/crypto/cose"
	"healthcode.example/trust"
)

// unlockedKey is a signing key out of the file of its custodian.
type unlockedKey struct {
	file       string
	purpose    trust.Purpose
	prefecture uint32
	private    *cose.PrivateKey
}

// unlockKeys opens the files of --key.
func (r *restoreCommand) unlockKeys(c *console) ([]unlockedKey, error) {
	var keys []unlockedKey
	for _, path := range r.Key {
		key, err := r.unlock(c, path)
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	return keys, nil
}

// unlock opens the file of a signing key. A signer's own key is refused.
func (f *passphraseFlags) unlock(c *console, path string) (unlockedKey, error) {
	key := unlockedKey{file: path}
	file, err := readKeyFile(path)
	if err != nil {
		return key, err
	}
	if file.Entry == nil {
		return key, usage("%s is a signer's own key: it stays with its holder, away from every server", path)
	}
	if f.PassphraseFile == "" {
		c.notef("%s: ", path)
	}
	passphrase, err := f.passphrase(c, false)
	if err != nil {
		return key, err
	}
	key.purpose, key.prefecture = file.Entry.Purpose, file.Entry.Prefecture
	if key.private, err = file.Unlock(passphrase); err != nil {
		return key, fmt.Errorf("%s: %w", path, err)
	}
	return key, nil
}

// propose hands the plan what a ceremony has signed since the newest publication.
func (r *restoreCommand) propose(ctx context.Context, work *restoring) error {
	if len(r.Proposal) == 0 {
		return nil
	}
	p, err := readProposals(r.Proposal)
	if err != nil {
		return err
	}
	signed, err := p.Signed()
	if err != nil {
		return err
	}
	roots, err := p.Roots()
	if err != nil {
		return err
	}
	if p.Root() != nil {
		signed = nil
	}
	return work.restore.UseKeyList(ctx, roots, signed)
}

// bring takes the signing keys that came after the backup: those of the files, and of the stores that are there.
func (w *restoring) bring(ctx context.Context, keys []unlockedKey) error {
	for _, key := range keys {
		if err := w.restore.BringKey(ctx, key.purpose, key.prefecture, key.private); err != nil {
			return fmt.Errorf("%s: %w", key.file, err)
		}
	}
	for _, former := range w.beside {
		if n := w.restore.BringRecords(former.keys); n > 0 {
			w.brought = append(w.brought, fmt.Sprintf("%d that came after the backup are taken from %s", n, former.source))
		}
	}
	return nil
}
