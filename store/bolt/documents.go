package bolt

import (
	"context"

	"healthcode.example/health"
	"healthcode.example/wallet"
)

// AddDocument implements wallet.People.
func (s *Store) AddDocument(ctx context.Context, person health.PersonID, d wallet.AddedDocument, by wallet.Actor, at int64, seal func(wallet.StoredPerson) ([]byte, error)) error {
	e := wallet.Event{At: at, Kind: wallet.EventDocumentAdded, By: by, Detail: string(d.Type)}
	return s.update(ctx, func(t *txn) error {
		stored, err := t.person(person)
		if err != nil {
			return err
		}
		if stored.Deceased != 0 {
			return wallet.ErrDeceased
		}
		if owner := t.get(bucketLookups, d.Lookup[:]); owner != nil {
			if string(owner) == string(person[:]) {
				return nil
			}
			return wallet.ErrDuplicate
		}
		sealed, err := seal(stored)
		if err != nil {
			return err
		}
		if err := t.put(bucketPeople, person[:], sealed); err != nil {
			return err
		}
		if err := t.put(bucketLookups, d.Lookup[:], person[:]); err != nil {
			return err
		}
		if err := t.tellAll(person, e); err != nil {
			return err
		}
		ended := wallet.Event{At: at, By: wallet.BySystem}
		return t.endKeptAway(person, d.Marks, ended, new(wallet.Changes))
	})
}
