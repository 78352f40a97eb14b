package issuer

import (
	"context"
	"errors"

	"healthcode.example/crypto/cose"
	"healthcode.example/trust"
)

var (
	// ErrConflict says that somebody else was first: read again and decide again.
	ErrConflict = errors.New("changed by another writer meanwhile")
	// ErrNotFound says that there is no such record.
	ErrNotFound = errors.New("no such record")
	// ErrExists says that an insert met a record of the same key.
	ErrExists = errors.New("the record exists already")
	// ErrCeiling says that the handle counter stands at the ceiling of the last publication. The remedy is to publish.
	ErrCeiling = errors.New("the handle counter is at the ceiling of the last publication: publish a snapshot first")
)

// ListKey is the secret of one day's status list of one purpose. (Purpose, Day) is its key.
type ListKey struct {
	Purpose trust.Purpose // Phone or Paper
	Day     uint32        // days since 1970-01-01 in UTC+8, as credential.ListDay
	Width   uint8         // b: indices are below 2^b, 20 to 48
	Sealed  []byte        // the 16-byte FF1 key, sealed
	Carried bool          // a restore found no former key: what was published is carried from one publication to the next
}

// Lists keeps the list keys.
type Lists interface {
	// AddList stores k unless a list of its purpose and day exists, and returns the one that is stored afterwards: the
	// first wins, and the loser uses the winner's. Compare-and-set, durable when it returns.
	AddList(ctx context.Context, k ListKey) (ListKey, error)
	// Lists returns every stored list key, ordered by purpose and day.
	Lists(ctx context.Context) ([]ListKey, error)
	// DropLists deletes, for each purpose of before, the lists of days below before[purpose] and the revocations of that
	// purpose that no remaining list can hold: those with ListDay(At+Lag) < before[purpose]. One transaction, all or none,
	// durable when it returns. A purpose not in before is left alone; repeating it changes nothing.
	DropLists(ctx context.Context, before map[trust.Purpose]uint32) error
}

// PublishedKey remembers since when verifiers can know a key.
type PublishedKey struct {
	ID    cose.KeyID
	Since int64 // unix seconds of the first publication with this key; 0 when that was the very first publication
}

// Publication is one published bundle and what it promises.
type Publication struct {
	Version uint64         // the snapshot's version; the first is 1
	Ceiling uint64         // signed in the snapshot: no handle at or above it has been or may be given
	At      int64          // unix seconds, the snapshot's time
	Keys    []PublishedKey // every key of the key list inside, in its order
	Bundle  []byte         // the .ykb file
}

// Publications keeps the last publication, the handle counter that it bounds, and what must be revoked.
type Publications interface {
	// Publish stores p in place of the publication of version prev (0: there is none yet) and raises the ceiling of the
	// handle counter to p.Ceiling in the same transaction. Durable when it returns. When the stored version is not prev it
	// changes nothing and returns ErrConflict. A p whose version is not above prev, or whose ceiling is below the stored
	// one, is an error: a publication never goes back.
	Publish(ctx context.Context, prev uint64, p Publication) error
	// Published returns the last publication, or ErrNotFound before the first.
	Published(ctx context.Context) (Publication, error)
	// Revocations calls yield for every revocation kept, in any order, from one consistent view that holds everything
	// acknowledged before the call. An error of yield ends it and is returned. yield must not call the store.
	Revocations(ctx context.Context, yield func(Revocation) error) error
	// Counter returns the next handle to be given (1 in a new store) and the ceiling it may not reach (0 before the first
	// publication, so that nothing is given before it). Every transaction that would give a handle ≥ ceiling MUST fail
	// as a whole with ErrCeiling.
	Counter(ctx context.Context) (next, ceiling uint64, err error)
}

// KeyRecord is a private key that this service may use; ID is its key. The public half must be in the key list.
type KeyRecord struct {
	ID         cose.KeyID
	Purpose    trust.Purpose
	Prefecture uint32 // GB/T 2260, 0 for the whole region
	Active     bool   // at most one of each purpose and prefecture
	Sealed     []byte // cose.PrivateKey, sealed
}

// Keys keeps the private keys.
type Keys interface {
	// PutKey inserts k, which must not be active; ErrExists when its ID is there already. Durable when it returns.
	PutKey(ctx context.Context, k KeyRecord) error
	// Keys returns every record, ordered by ID.
	Keys(ctx context.Context) ([]KeyRecord, error)
	// Activate makes id the one active key of the purpose and prefecture in place of was (zero: none is active).
	// Compare-and-set: ErrConflict when the active one is not was, so that two servers activating come to one result;
	// ErrNotFound when no record of that ID, purpose and prefecture exists. A zero id leaves none active. Durable when it
	// returns.
	Activate(ctx context.Context, purpose trust.Purpose, prefecture uint32, id, was cose.KeyID) error
	// DropKey deletes the record, for ever; ErrConflict when it is active. No such record is no error. Durable when it
	// returns.
	DropKey(ctx context.Context, id cose.KeyID) error
}

// Store is what the issuer needs kept.
type Store interface {
	Lists
	Publications
	Keys
}
