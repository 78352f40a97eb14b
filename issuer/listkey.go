package issuer

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/bits"
	"time"

	"healthcode.example/credential"
	"healthcode.example/crypto/fpe"
	"healthcode.example/crypto/seal"
	"healthcode.example/trust"
)

// coded are the purposes whose codes have a status list.
var coded = []trust.Purpose{trust.Phone, trust.Paper}

// listID names a list: one purpose, one day of UTC+8.
type listID struct {
	purpose trust.Purpose
	day     uint32
}

func (id listID) String() string {
	return fmt.Sprintf("%s list of %s", id.purpose, credential.DayText(id.day))
}

// dayList is an opened list key. Safe for concurrent use.
type dayList struct {
	id     listID
	width  uint8
	sealed string // what it was opened from, to be opened once only
	cipher *fpe.Binary

	carried bool // see ListKey
}

// index enciphers a handle. Within one list two handles never have the same index.
func (l *dayList) index(handle uint64) (uint64, error) {
	if handle == 0 || handle>>l.width != 0 {
		return 0, fmt.Errorf("%s of width %d, handle %d: %w; the list of the day after tomorrow will be wide enough", l.id, l.width, handle, ErrWidth)
	}
	return l.cipher.Permute(handle)
}

// longest is what a list lives by: the format's longest lifetimes, not the policy's. A ceremony may shorten the policy's; a
// checkpoint whose bundle is from before it expects the lists of the longer ones, and would refuse every later bundle.
var longest = trust.Policy{PhoneLifetime: credential.MaxPhoneLifetime, PaperLifetime: credential.MaxPaperLifetime}

// dies is the unix time from which no checkpoint can need the list.
func (id listID) dies() int64 { return trust.ListEnd(id.purpose, id.day, longest) }

// covers says whether a snapshot of the time at has this list: it lives, and it has begun or will begin so soon that a
// handle which ended before the snapshot may still be signed into it.
func (id listID) covers(at int64) bool {
	return at < id.dies() && credential.DayStart(id.day) <= at+int64(Lag/time.Second)
}

// holds says whether codes under the revoked handle can be in the list.
func (id listID) holds(r Revocation) bool {
	lag := int64(Lag / time.Second)
	return id.purpose == r.Purpose && credential.ListDay(r.Since-lag) <= id.day && id.day <= credential.ListDay(r.At+lag)
}

const listKeyLabel = "list-key"

// additional binds a sealed list key to its purpose and day: a swapped record does not open.
func (id listID) additional() []byte {
	out := []byte{byte(id.purpose), 0, 0, 0, 0}
	binary.BigEndian.PutUint32(out[1:], id.day)
	return out
}

// newListKey draws and seals the key of a list.
func newListKey(id listID, width uint8, key *seal.Key, rand io.Reader) (ListKey, error) {
	var secret [16]byte
	if _, err := io.ReadFull(rand, secret[:]); err != nil {
		return ListKey{}, fmt.Errorf("make the key of the %s: read random bytes: %w", id, err)
	}
	sealed, err := key.Seal(rand, secret[:], id.additional())
	if err != nil {
		return ListKey{}, fmt.Errorf("make the key of the %s: %w", id, err)
	}
	return ListKey{Purpose: id.purpose, Day: id.day, Width: width, Sealed: sealed}, nil
}

// openList unseals a stored list key.
func openList(k ListKey, key *seal.Key) (*dayList, error) {
	id := listID{k.Purpose, k.Day}
	secret, err := key.Open(k.Sealed, id.additional())
	if err != nil {
		return nil, fmt.Errorf("open the key of the %s: %w", id, err)
	}
	cipher, err := fpe.NewBinary(secret, k.Width)
	if err != nil {
		return nil, fmt.Errorf("open the key of the %s: %w", id, err)
	}
	return &dayList{id: id, width: k.Width, sealed: string(k.Sealed), cipher: cipher, carried: k.Carried}, nil
}

// listWidth chooses b so that the days for which the list serves cannot fill it: four times the handles that may have
// been given when it is made, and never less than a whole province's roll-out on one day. A wider list costs its codes
// nothing (an index takes five bytes from 2^16 to 2^32) and each revoked code one more bit in the list.
func listWidth(ceiling uint64) uint8 {
	return uint8(min(maxWidth, max(minWidth, bits.Len64(ceiling)+2)))
}

// EnsureLists makes the lists of today and tomorrow of both purposes unless they exist, forgets what the last publication
// no longer needs, and loads the result. Several servers may call it at once: the first key of a list wins everywhere.
// Call it at start and every hour; it looks a day ahead, so that missing an hour stops nobody.
func (i *Issuer) EnsureLists(ctx context.Context, at time.Time) error {
	_, ceiling, err := i.store.Counter(ctx)
	if err != nil {
		return fmt.Errorf("make the list keys: read the handle counter: %w", err)
	}
	if err := i.addLists(ctx, credential.ListDay(at.Unix()), listWidth(ceiling)); err != nil {
		return err
	}
	if err := i.dropDead(ctx); err != nil {
		return err
	}
	return i.Refresh(ctx)
}

func (i *Issuer) addLists(ctx context.Context, today uint32, width uint8) error {
	stored, err := i.store.Lists(ctx)
	if err != nil {
		return fmt.Errorf("make the list keys: read those that exist: %w", err)
	}
	have := make(map[listID]bool, len(stored))
	for _, k := range stored {
		have[listID{k.Purpose, k.Day}] = true
	}
	for _, purpose := range coded {
		for _, id := range []listID{{purpose, today}, {purpose, today + 1}} {
			if have[id] {
				continue
			}
			k, err := newListKey(id, width, i.listSeal, i.rand)
			if err != nil {
				return err
			}
			winner, err := i.store.AddList(ctx, k)
			if err != nil {
				return fmt.Errorf("store the key of the %s: %w", id, err)
			}
			if _, err := openList(winner, i.listSeal); err != nil {
				return err
			}
		}
	}
	return nil
}

// dropDead deletes the lists that the last publication had outlived, and the revocations that only they could hold. It
// goes by the time of that publication, not by this machine's clock, and publications never go back in time: no clock can
// make a later publication want a list that is gone.
func (i *Issuer) dropDead(ctx context.Context) error {
	last, err := i.store.Published(ctx)
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("drop dead lists: read the last publication: %w", err)
	}
	before := make(map[trust.Purpose]uint32, len(coded))
	for _, purpose := range coded {
		oldest := credential.ListDay(last.At)
		for oldest > 0 && last.At < (listID{purpose, oldest - 1}).dies() {
			oldest--
		}
		before[purpose] = oldest
	}
	if err := i.store.DropLists(ctx, before); err != nil {
		return fmt.Errorf("drop dead lists: %w", err)
	}
	return nil
}
