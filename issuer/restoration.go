package issuer

import "context"

// Restoration brings a store that was restored from a backup up to what had been published since the backup was made.
type Restoration struct {
	Prev uint64 // version of the publication that the backup has, 0 for none
	Next uint64 // the handle counter that the backup has
	From uint64 // ceiling of the last published snapshot: the counter goes on here

	Since int64 // unix seconds of the backup
	At    int64 // unix seconds of the restoration

	Revoked     []Revocation // published since, unknown to the backup, and of no holding that it has
	Renew       []Holding    // holdings of the backup, as it has them, whose handle has been published as revoked since
	Lists       []ListKey    // made by the restoration
	Keys        []KeyRecord  // came into the service after the backup; none is active
	Publication Publication  // the first of the restored store
}

// Restorer is a store that can be brought up to what was published after its backup.
type Restorer interface {
	Store
	// Holdings calls yield for every holding, in any order, from one consistent view. An error of yield ends it and is
	// returned. yield must not call the store.
	Holdings(ctx context.Context, yield func(Holding) error) error
	// Restore is ONE transaction, all or none, durable when it returns:
	// every handle from r.Next to r.From−1 becomes a revocation of both purposes, from r.Since to r.At; r.Revoked are added;
	// each of r.Renew has its handle revoked at r.At and gets a fresh one, from r.From on in their order; r.Lists are stored,
	// in place of those of the same purpose and day; r.Keys are inserted, and one that is there stays as it is; r.Publication
	// becomes the last one and the ceiling its ceiling.
	// ErrConflict, and nothing is changed, when the last publication is not r.Prev, the counter is not r.Next, or a holding
	// of r.Renew is not as it is there. A From below the counter, a publication that goes back, and one whose ceiling is
	// below the handles given here, are errors.
	Restore(ctx context.Context, r Restoration) error
}
