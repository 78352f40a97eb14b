package issuer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"healthcode.example/crypto/cose"
	"healthcode.example/crypto/seal"
	"healthcode.example/trust"
)

// Config is what an Issuer is made of. Every field without a zero meaning is needed.
type Config struct {
	Store  Store
	Root   []byte    // the first root, signed: every publication must follow from it
	Master []byte    // 32 bytes; the keys that seal list keys and signing keys are derived from it
	Rand   io.Reader // for list keys and seals

	// Reserve is how many handles a publication reserves above the counter, whatever the population; zero is a sixteenth of the
	// counter, at least 1,024 and at most 65,536. A restore revokes all that were reserved and may have been given, which costs
	// about two bytes each in every list of the days since the backup, for as long as these live.
	Reserve uint64
}

// Issuer turns decisions into signed codes and publishes what has been revoked. Safe for concurrent use.
//
// Issue reads one immutable snapshot of keys and list ciphers, without a lock and without the store. Refresh, EnsureLists,
// Activate, EnsureKeys and the publishing calls use the store and then replace that snapshot.
type Issuer struct {
	store    Store
	root     []byte
	listSeal *seal.Key
	keySeal  *seal.Key
	rand     io.Reader
	reserved uint64 // 0: by the population
	run      run

	loading sync.Mutex // one Refresh at a time; Issue never takes it
	loaded  atomic.Pointer[state]
}

const signingKeyLabel = "signing-key"

// New makes an issuer, which is one run (trust.Run) of all that publish for the region. It has nothing loaded: publish first, or call Refresh when
// something has been published before.
func New(c Config) (*Issuer, error) {
	if c.Store == nil || c.Rand == nil {
		return nil, fmt.Errorf("make an issuer: it needs a store and a source of randomness")
	}
	if _, err := trust.Pin(c.Root); err != nil {
		return nil, fmt.Errorf("make an issuer: its root: %w", err)
	}
	listSeal, err := seal.NewKey(c.Master, listKeyLabel)
	if err != nil {
		return nil, fmt.Errorf("make an issuer: %w", err)
	}
	keySeal, err := seal.NewKey(c.Master, signingKeyLabel)
	if err != nil {
		return nil, fmt.Errorf("make an issuer: %w", err)
	}
	return &Issuer{store: c.Store, root: c.Root, listSeal: listSeal, keySeal: keySeal, rand: c.Rand, reserved: c.Reserve}, nil
}

// slot is what one key at a time may be active for.
type slot struct {
	purpose    trust.Purpose
	prefecture uint32
}

// signingKey is an opened private key with what the published key list says of it.
type signingKey struct {
	entry  trust.IssuerKey
	signer cose.Signer
}

// state is what Issue reads. Nothing in it changes once it is loaded.
type state struct {
	version uint64
	region  string
	policy  trust.Policy
	bundle  *trust.Bundle
	keys    map[slot]*signingKey
	absent  []trust.IssuerKey // listed to sign, and not in the store
	lists   map[listID]*dayList
}

// Refresh loads the last publication, the active keys and the list keys from the store. Call it when another server may
// have changed them: every minute is often enough. On an error the former state stays.
func (i *Issuer) Refresh(ctx context.Context) error {
	i.loading.Lock()
	defer i.loading.Unlock()
	former := i.loaded.Load()
	if former == nil {
		former = &state{}
	}
	next := &state{}
	if err := i.loadBundle(ctx, former, next); err != nil {
		return fmt.Errorf("refresh the issuer: %w", err)
	}
	if err := i.loadLists(ctx, former, next); err != nil {
		return fmt.Errorf("refresh the issuer: %w", err)
	}
	if err := i.loadKeys(ctx, next); err != nil {
		return fmt.Errorf("refresh the issuer: %w", err)
	}
	i.loaded.Store(next)
	return nil
}

// loadBundle parses the last publication unless it is the one of the former state. Before the first there is none.
func (i *Issuer) loadBundle(ctx context.Context, former, next *state) error {
	last, err := i.store.Published(ctx)
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the last publication: %w", err)
	}
	next.version, next.bundle = last.Version, former.bundle
	if former.version != last.Version {
		if next.bundle, err = i.parse(last); err != nil {
			return err
		}
	}
	next.region, next.policy = next.bundle.KeyList().Region, next.bundle.KeyList().Policy
	return nil
}

// parse reads a stored publication with the reader that every checkpoint uses, as of the publication's own time: that it
// may have expired since must not keep the service from publishing the next one.
func (i *Issuer) parse(p Publication) (*trust.Bundle, error) {
	pinned, err := trust.Pin(i.root)
	if err != nil {
		return nil, err
	}
	bundle, err := trust.Update(pinned, p.Bundle, time.Unix(p.At, 0))
	if err != nil {
		return nil, fmt.Errorf("publication %d in the store does not follow from this issuer's root: %w", p.Version, err)
	}
	return bundle, nil
}

// loadLists opens the list keys, each of them once.
func (i *Issuer) loadLists(ctx context.Context, former, next *state) error {
	stored, err := i.store.Lists(ctx)
	if err != nil {
		return fmt.Errorf("read the list keys: %w", err)
	}
	next.lists = make(map[listID]*dayList, len(stored))
	for _, k := range stored {
		id := listID{k.Purpose, k.Day}
		list := former.lists[id]
		if list == nil || list.sealed != string(k.Sealed) || list.width != k.Width || list.carried != k.Carried {
			if list, err = openList(k, i.listSeal); err != nil {
				return err
			}
		}
		next.lists[id] = list
	}
	return nil
}

// loadKeys opens the active keys that the published key list lets sign.
func (i *Issuer) loadKeys(ctx context.Context, next *state) error {
	next.keys = make(map[slot]*signingKey)
	if next.bundle == nil {
		return nil
	}
	records, err := i.store.Keys(ctx)
	if err != nil {
		return fmt.Errorf("read the signing keys: %w", err)
	}
	next.absent = findAbsent(next.bundle.KeyList(), records)
	for _, record := range records {
		entry, listed := findKey(next.bundle.KeyList(), record)
		if !record.Active || !listed || entry.State != trust.Published {
			continue
		}
		signer, err := i.open(record)
		if err != nil {
			return err
		}
		next.keys[slot{record.Purpose, record.Prefecture}] = &signingKey{entry, signer}
	}
	return nil
}

// Bundle is the loaded publication, for whoever serves or checks with it; nil before the first. Without a store read.
func (i *Issuer) Bundle() *trust.Bundle {
	if s := i.loaded.Load(); s != nil {
		return s.bundle
	}
	return nil
}
