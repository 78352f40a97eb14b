package login

import (
	"crypto/sha256"
	"encoding/base64"
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

	mu     sync.Mutex
	values map[[sha256.Size]byte]kept[T]
	order  [][sha256.Size]byte // oldest first; what was taken stays in it until its turn comes
}

type kept[T any] struct {
	value T
	until time.Time
}

// NewOnce keeps at most most values for at most life each. Reads of rand are serialised.
func NewOnce[T any](rand io.Reader, most int, life time.Duration) *Once[T] {
	return &Once[T]{rand: rand, most: most, life: life, values: make(map[[sha256.Size]byte]kept[T])}
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
	sum := sha256.Sum256([]byte(secret))
	o.values[sum] = kept[T]{value, at.Add(o.life)}
	o.order = append(o.order, sum)
	return secret, nil
}

// sweep drops what is over, and the oldest while there is no room for one more.
func (o *Once[T]) sweep(at time.Time) {
	gone := 0
	for _, sum := range o.order {
		v, ok := o.values[sum]
		if ok && at.Before(v.until) && len(o.order)-gone < o.most {
			break
		}
		delete(o.values, sum)
		gone++
	}
	o.order = append(o.order[:0], o.order[gone:]...)
}

// Take gives the value away, if it is there and not over; a second call with the secret finds nothing.
func (o *Once[T]) Take(secret string, at time.Time) (value T, ok bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	sum := sha256.Sum256([]byte(secret))
	v, ok := o.values[sum]
	delete(o.values, sum)
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
