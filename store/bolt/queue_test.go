package bolt

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"healthcode.example/wallet"
)

// group hands the operations to the writer as one group.
func (s *Store) group(runs ...func(*txn) error) []error {
	ops := make([]*operation, len(runs))
	for i, run := range runs {
		ops[i] = &operation{ctx: context.Background(), run: run, done: make(chan struct{})}
	}
	s.queue.mu.Lock()
	s.queue.ops = append(s.queue.ops, ops...)
	s.queue.filled.Signal()
	s.queue.mu.Unlock()
	errs := make([]error, len(ops))
	for i, o := range ops {
		<-o.done
		errs[i] = o.err
	}
	return errs
}

func TestAGroupIsOneTransaction(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "store"))
	ids := make(map[int]bool)
	run := func(t *txn) error { ids[t.ID()] = true; return t.put(bucketMeta, []byte("test"), mark) }
	for _, err := range s.group(run, run, run) {
		if err != nil {
			t.Error(err)
		}
	}
	if len(ids) != 1 {
		t.Errorf("%d transactions", len(ids))
	}
}

func TestAnOperationThatFailsHalfDoneLeavesNothingAndItsNeighboursStay(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "store"))
	wrong := errors.New("wrong")
	put := func(key string, err error) func(*txn) error {
		return func(t *txn) error { return errors.Join(t.put(bucketMeta, []byte(key), mark), err) }
	}
	errs := s.group(put("a", nil), put("b", wrong), func(*txn) error { return wrong }, put("c", nil), put("d", wrong), put("e", nil))
	for i, want := range []error{nil, wrong, wrong, nil, wrong, nil} {
		if !errors.Is(errs[i], want) {
			t.Errorf("%d: got %v, want %v", i, errs[i], want)
		}
	}
	err := s.view(context.Background(), func(txn *txn) error {
		for key, want := range map[string]bool{"a": true, "b": false, "c": true, "d": false, "e": true} {
			if got := txn.has(bucketMeta, []byte(key)); got != want {
				t.Errorf("%s: stored %v, want %v", key, got, want)
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// TestADryRunCostsItsNeighboursNothing has the writer find a dry run among others: what it takes back is its own alone, and
// nobody is run a second time for it.
func TestADryRunCostsItsNeighboursNothing(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "store"))
	ctx := context.Background()
	busy, goOn := make(chan struct{}), make(chan struct{})
	var done sync.WaitGroup
	done.Go(func() {
		if err := s.update(ctx, func(*txn) error { close(busy); <-goOn; return nil }); err != nil {
			t.Error(err)
		}
	})
	<-busy // whoever comes now waits for the same transaction
	var runs [8]int
	waiting := func(n int) {
		for {
			s.queue.mu.Lock()
			found := len(s.queue.ops)
			s.queue.mu.Unlock()
			if found == n {
				return
			}
			time.Sleep(time.Millisecond)
		}
	}
	for i := range runs {
		done.Go(func() {
			run := func(t *txn) error { runs[i]++; return t.put(bucketMeta, fmt.Append(nil, "neighbour ", i), mark) }
			if err := s.update(ctx, run); err != nil {
				t.Error(err)
			}
		})
		waiting(2*i + 1)
		done.Go(func() {
			c, err := s.change(ctx, true, func(t *txn) (c wallet.Changes, err error) {
				return wallet.Changes{Devices: i}, t.put(bucketMeta, fmt.Append(nil, "dry ", i), mark)
			})
			if err != nil || c.Devices != i {
				t.Errorf("%+v, %v", c, err)
			}
		})
		waiting(2*i + 2)
	}
	close(goOn)
	done.Wait()
	for i, n := range runs {
		if n != 1 {
			t.Errorf("neighbour %d was run %d times", i, n)
		}
	}
	err := s.view(ctx, func(txn *txn) error {
		for i := range runs {
			if !txn.has(bucketMeta, fmt.Append(nil, "neighbour ", i)) || txn.has(bucketMeta, fmt.Append(nil, "dry ", i)) {
				t.Errorf("neighbour %d is not stored, or its dry run is", i)
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func TestAReaderWaitsUntilWhatItReadsIsOnDisk(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "store"))
	// The state between bbolt's writing of the meta page and its sync: the new transaction is visible and not yet told
	// of as durable.
	tx, err := s.db.Begin(true)
	if err != nil {
		t.Fatal(err)
	}
	id := tx.ID()
	if err := (&txn{Tx: tx}).put(bucketMeta, []byte("test"), mark); err != nil {
		t.Fatal(err)
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	read := make(chan error)
	go func() { read <- s.view(context.Background(), func(*txn) error { return nil }) }()
	select {
	case err := <-read:
		t.Fatalf("the reader did not wait: %v", err)
	case <-time.After(20 * time.Millisecond):
	}
	s.durable.mu.Lock()
	s.durable.txid = id
	s.durable.changed.Broadcast()
	s.durable.mu.Unlock()
	if err := <-read; err != nil {
		t.Error(err)
	}
}

func TestAStoreThatCouldNotWriteTakesNoMoreWrites(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "store"))
	ctx := context.Background()
	s.db.MaxSize = 1 // the next growth of the file fails
	big := make([]byte, 1<<20)
	put := func(t *txn) error { return t.put(bucketMeta, []byte("big"), big) }
	if err := s.update(ctx, put); err == nil || s.Err() == nil {
		t.Fatalf("the write went through: %v, %v", err, s.Err())
	}
	s.db.MaxSize = 0
	if err := s.update(ctx, put); err == nil {
		t.Error("a later write went through")
	}
	// What was on disk before can still be read.
	if _, _, err := s.Counter(ctx); err != nil {
		t.Error(err)
	}
	// And what may not be on disk cannot: a transaction that is visible and never became durable.
	if err := s.db.Update(func(tx *bbolt.Tx) error { return tx.Bucket(bucketMeta).Put([]byte("x"), mark) }); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Counter(ctx); err == nil {
		t.Error("something was read that may not be on disk")
	}
}

// BenchmarkUpdates reports durable single updates a second, one caller by
// itself and many at once.
func BenchmarkUpdates(b *testing.B) {
	for _, callers := range []int{1, 16, 64, 256, 1024} {
		b.Run(fmt.Sprint(callers), func(b *testing.B) {
			s, err := Open(filepath.Join(b.TempDir(), "store"), Options{})
			if err != nil {
				b.Fatal(err)
			}
			defer func() { _ = s.Close() }()
			work := make(chan uint64)
			var done sync.WaitGroup
			for range callers {
				done.Go(func() {
					for n := range work {
						err := s.update(context.Background(), func(t *txn) error {
							return t.put(bucketPrints, number(n*0x9E3779B97F4A7C15), big100[:])
						})
						if err != nil {
							b.Error(err)
						}
					}
				})
			}
			var n uint64
			for b.Loop() {
				n++
				work <- n
			}
			close(work)
			done.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "updates/s")
		})
	}
}

var big100 [100]byte
