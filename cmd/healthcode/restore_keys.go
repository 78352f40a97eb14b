package main

import (
	"context"
	"fmt"

	"healthcode.example/office/backups"
)

// unlockKeys opens the files of --key.
func (r *restoreCommand) unlockKeys(c *console) ([]backups.Key, error) {
	var keys []backups.Key
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
func (f *passphraseFlags) unlock(c *console, path string) (backups.Key, error) {
	key := backups.Key{File: path}
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
	key.Purpose, key.Prefecture = file.Entry.Purpose, file.Entry.Prefecture
	if key.Private, err = file.Unlock(passphrase); err != nil {
		return key, fmt.Errorf("%s: %w", path, err)
	}
	return key, nil
}

// propose hands the plan what a ceremony has signed since the newest publication.
func (r *restoreCommand) propose(ctx context.Context, work *backups.Restore) error {
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
	return work.Plan.UseKeyList(ctx, roots, signed)
}
