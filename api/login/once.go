package login

import (
	"container/list"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"
)

// Once keeps values for a while, each under a secret that is drawn for it, and gives each away at most one time. It holds at
// most a fixed number: the oldest make way, so that whoever begins log-ins without end takes nothing but other unfinished
// ones. It is safe for concurrent use. The secrets themselves are not kept, only their hashes.
type Once[T any] struct {
	rand io.Reader
	most int
	life time.Duration

	each  int // of one owner
	owner func(T) string

	mu     sync.Mutex
	values map[secretHash]kept[T]
	order  *list.List            // of secretHash, oldest first
	owned  map[string]*list.List // of each owner who has some, as order
}

type secretHash [sha256.Size]byte

type kept[T any] struct {
	value T
	until time.Time
	owner string

	place, own *list.Element // in order, and in what the owner has
}

// ErrFull says that no more can be kept, and that the caller has none who could make way.
var ErrFull = errors.New("too many wait already: try again in a few minutes")

// NewOnce keeps at most most values for at most life each. Reads of rand are serialised.
func NewOnce[T any](rand io.Reader, most int, life time.Duration) *Once[T] {
	return NewOnceOf(rand, most, most, life, func(T) string { return "" })
}

// NewOnceOf keeps at most each values of one owner, whose own oldest make way: nobody takes another's place. Where most are
// kept and the owner has none of them, Put fails with ErrFull.
func NewOnceOf[T any](rand io.Reader, most, each int, life time.Duration, owner func(T) string) *Once[T] {
	return &Once[T]{
		rand: rand, most: most, each: each, life: life, owner: owner,
		values: make(map[secretHash]kept[T]), order: list.New(), owned: make(map[string]*list.List),
	}
}

// Put keeps the value and returns its secret: 43 characters of base64url, 256 bits.
func (o *Once[T]) Put(value T, at time.Time) (secret string, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	secret, err = newSecret(o.rand)
	if err != nil {
		return "", err
	}
	o.sweep(at)
	owner := o.owner(value)
	for own := o.owned[owner]; own != nil && (own.Len() >= o.each || len(o.values) >= o.most); own = o.owned[owner] {
		o.drop(hashOf(own.Front()))
	}
	if len(o.values) >= o.most {
		return "", ErrFull
	}
	own := o.owned[owner]
	if own == nil {
		own = list.New()
		o.owned[owner] = own
	}
	sum := secretHash(sha256.Sum256([]byte(secret)))
	o.values[sum] = kept[T]{value, at.Add(o.life), owner, o.order.PushBack(sum), own.PushBack(sum)}
	return secret, nil
}

// sweep drops what is over.
func (o *Once[T]) sweep(at time.Time) {
	for e := o.order.Front(); e != nil && !at.Before(o.values[hashOf(e)].until); e = o.order.Front() {
		o.drop(hashOf(e))
	}
}

// drop forgets a value, if it is there.
func (o *Once[T]) drop(sum secretHash) {
	v, ok := o.values[sum]
	if !ok {
		return
	}
	delete(o.values, sum)
	o.order.Remove(v.place)
	if o.owned[v.owner].Remove(v.own); o.owned[v.owner].Len() == 0 {
		delete(o.owned, v.owner)
	}
}

func hashOf(e *list.Element) secretHash {
	sum, _ := e.Value.(secretHash) // nothing else is put into the lists
	return sum
}

// Take gives the value away, if it is there and not over; a second call with the secret finds nothing.
func (o *Once[T]) Take(secret string, at time.Time) (value T, ok bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	sum := secretHash(sha256.Sum256([]byte(secret)))
	v, ok := o.values[sum]
	o.drop(sum)
	if !ok || !at.Before(v.until) {
		return value, false
	}
	return v.value, true
}

// Peek shows the value and leaves it.
func (o *Once[T]) Peek(secret string, at time.Time) (value T, ok bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	v, ok := o.values[sha256.Sum256([]byte(secret))]
	if !ok || !at.Before(v.until) {
		return value, false
	}
	return v.value, true
}

// newSecret draws 32 bytes, as base64url without padding: also a PKCE verifier (RFC 7636 §4.1).
func newSecret(rand io.Reader) (string, error) {
	var b [32]byte
	if _, err := io.ReadFull(rand, b[:]); err != nil {
		return "", fmt.Errorf("read random bytes: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(b[:]), nil
}
