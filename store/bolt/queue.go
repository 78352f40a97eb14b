package bolt

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
)

// A single bbolt transaction costs two syncs to disk, whatever it holds. So
// writers queue, and one goroutine takes all that wait into one transaction:
// while it syncs the next group gathers by itself, without any delay added.

// maxGroup bounds how many operations share a transaction, and so how long the
// first of them waits for the last.
const maxGroup = 4096

// ErrClosed says that the store has been closed.
var ErrClosed = errors.New("the store is closed")

const (
	waiting   = iota // in the queue
	begun            // taken by the writer: its outcome will come
	abandoned        // its caller has gone before it began: never to be run
)

// operation is one caller's work. run may be called more than once, in a new
// transaction each time, and must judge before it writes: an error before the
// first write costs its neighbours nothing.
type operation struct {
	ctx      context.Context
	run      func(*txn) error
	alone    bool // in a transaction of its own, since it takes back what it writes
	state    atomic.Int32
	err      error
	panicked any
	done     chan struct{}
}

type queue struct {
	mu     sync.Mutex
	filled *sync.Cond
	ops    []*operation
	closed bool
}

func (q *queue) init() { q.filled = sync.NewCond(&q.mu) }

// put adds an operation, unless the queue is closed.
func (q *queue) put(o *operation) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return false
	}
	q.ops = append(q.ops, o)
	q.filled.Signal()
	return true
}

// take waits for operations and takes a group of them; none when the queue is
// closed and empty.
func (q *queue) take() []*operation {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.ops) == 0 && !q.closed {
		q.filled.Wait()
	}
	n := min(len(q.ops), maxGroup)
	group := q.ops[:n:n]
	q.ops = q.ops[n:]
	if len(q.ops) == 0 {
		q.ops = nil // let go of the array that the group lies in
	}
	return group
}

// close refuses further operations; false when it was closed before.
func (q *queue) close() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	was := q.closed
	q.closed = true
	q.filled.Broadcast()
	return !was
}

// update runs an operation in a transaction shared with others and returns
// when it is on disk. When ctx ends before the operation has begun it is not
// executed; once begun, its true outcome is awaited.
func (s *Store) update(ctx context.Context, run func(*txn) error) error {
	return s.await(ctx, &operation{ctx: ctx, run: run, done: make(chan struct{})})
}

// tryOut is update for an operation that ends with an error after it has
// written: its neighbours need not be run again for it.
func (s *Store) tryOut(ctx context.Context, run func(*txn) error) error {
	return s.await(ctx, &operation{ctx: ctx, run: run, alone: true, done: make(chan struct{})})
}

func (s *Store) await(ctx context.Context, o *operation) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if !s.queue.put(o) {
		return ErrClosed
	}
	select {
	case <-o.done:
	case <-ctx.Done():
		if o.state.CompareAndSwap(waiting, abandoned) {
			return ctx.Err()
		}
		<-o.done
	}
	if o.panicked != nil {
		panic(o.panicked) // a fault of the caller's own function: it belongs on the caller's stack
	}
	return o.err
}

// write is the one goroutine that writes.
func (s *Store) write(pinned bool) {
	defer close(s.stopped)
	if pinned {
		runtime.LockOSThread()
	}
	for {
		group := s.queue.take()
		if len(group) == 0 {
			return
		}
		together, alone := split(begin(group))
		s.finish(together)
		for i := range alone {
			s.finish(alone[i : i+1])
		}
	}
}

// finish commits the operations in one transaction and tells their callers.
func (s *Store) finish(group []*operation) {
	s.commit(group)
	for _, o := range group {
		close(o.done)
	}
}

// split parts those that share a transaction from those that have one alone.
func split(group []*operation) (together, alone []*operation) {
	for _, o := range group {
		if o.alone {
			alone = append(alone, o)
		} else {
			together = append(together, o)
		}
	}
	return together, alone
}

// begin keeps the operations whose callers still wait.
func begin(group []*operation) []*operation {
	kept := group[:0]
	for _, o := range group {
		if o.ctx.Err() == nil && o.state.CompareAndSwap(waiting, begun) {
			kept = append(kept, o)
			continue
		}
		if o.state.CompareAndSwap(waiting, abandoned) {
			o.err = o.ctx.Err()
			close(o.done)
		}
	}
	return kept
}

// commit runs the group in one transaction. An operation that fails after it
// has written something is taken out and the others are run again without it.
func (s *Store) commit(group []*operation) {
	for len(group) > 0 {
		spoilt, err := s.try(group)
		if spoilt < 0 {
			if err != nil {
				for _, o := range group {
					o.err, o.panicked = err, nil
				}
			}
			return
		}
		group = append(group[:spoilt:spoilt], group[spoilt+1:]...)
	}
}

// try runs the group once. spoilt is the place of an operation that failed
// with its writes half done, and then nothing is committed; else -1. err is
// for the whole group.
func (s *Store) try(group []*operation) (spoilt int, err error) {
	if err := s.durable.broken(); err != nil {
		return -1, err
	}
	tx, err := s.db.Begin(true)
	if err != nil {
		return -1, fmt.Errorf("begin a transaction: %w", err)
	}
	t := &txn{Tx: tx}
	for i, o := range group {
		before := t.writes
		o.panicked, o.err = protect(o.run, t)
		if failed := o.err != nil || o.panicked != nil; failed && t.writes != before {
			return i, tx.Rollback()
		}
	}
	if t.writes == 0 {
		return -1, tx.Rollback()
	}
	return -1, s.durable.commit(tx)
}

// protect turns a panic of run into a value, so that one caller's fault does
// not end the others' writes.
func protect(run func(*txn) error, t *txn) (panicked any, err error) {
	defer func() { panicked = recover() }()
	return nil, guarded(func() error { return run(t) })
}
