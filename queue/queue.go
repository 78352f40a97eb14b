// Package queue does the items of a stream on several workers and writes what they give in the order in which the items came. It knows nothing of
// what the items are.
package queue

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
)

// minAhead is how many items may be read and not yet written, or twice the workers: it bounds the memory of a run that may have no end.
const minAhead = 64

// task is one item on its way: read, done by whichever worker is free, written in its turn.
type task[T any] struct {
	item T
	done chan outcome
}

type outcome struct {
	bytes []byte
	err   error
}

// Run takes items from next until io.EOF, lets that many workers do them, and writes what they gave in the order of the items. It flushes
// whenever it would have to wait for the next item. The first error of next, do or out ends it; what came before that item is written. When the
// context ends, no more items are taken, what was taken before is still done and written, and the context's error is given.
//
// next and out are used by one goroutine each, do by as many as there are workers. A next that never returns is left behind on its goroutine.
func Run[T any](ctx context.Context, workers int, next func() (T, error), do func(context.Context, T) ([]byte, error), out io.Writer) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ahead := max(minAhead, 2*workers)
	queue, work := make(chan *task[T], ahead), make(chan *task[T], ahead)
	failed := make(chan error, 1)
	go func() {
		defer close(queue)
		defer close(work)
		failed <- feed(ctx, next, queue, work)
	}()
	var busy sync.WaitGroup
	for range workers {
		busy.Go(func() {
			for t := range work {
				b, err := do(ctx, t.item)
				t.done <- outcome{b, err}
			}
		})
	}
	if err := writeInTurn(ctx, queue, out); err != nil {
		cancel()
		return err // the reader may be waiting for an item that never comes: it ends with the process
	}
	busy.Wait()
	return <-failed
}

// feed puts each item into both channels.
func feed[T any](ctx context.Context, next func() (T, error), queue, work chan<- *task[T]) error {
	for {
		item, err := next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		t := &task[T]{item: item, done: make(chan outcome, 1)}
		select {
		case queue <- t:
		case <-ctx.Done():
			return ctx.Err()
		}
		work <- t // waits for the workers only, and they wait for nobody
	}
}

func writeInTurn[T any](ctx context.Context, queue <-chan *task[T], out io.Writer) error {
	w := bufio.NewWriterSize(out, 64<<10)
	for {
		var t *task[T]
		var open bool
		select {
		case t, open = <-queue:
		default:
			if err := w.Flush(); err != nil {
				return fmt.Errorf("write the output: %w", err)
			}
			select {
			case t, open = <-queue:
			case <-ctx.Done():
				return errors.Join(ctx.Err(), drain(queue, w))
			}
		}
		if !open {
			break
		}
		got := <-t.done
		if got.err != nil && ctx.Err() != nil {
			continue // not begun any more; what was is still written
		}
		if got.err != nil {
			return errors.Join(got.err, w.Flush())
		}
		if _, err := w.Write(got.bytes); err != nil {
			return fmt.Errorf("write the output: %w", err)
		}
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("write the output: %w", err)
	}
	return nil
}

// drain writes what is done of the items that are under way when the context has ended. Whatever comes into the queue later is not begun.
func drain[T any](queue <-chan *task[T], w *bufio.Writer) error {
	for {
		select {
		case t, open := <-queue:
			if !open {
				return w.Flush()
			}
			if got := <-t.done; got.err == nil {
				if _, err := w.Write(got.bytes); err != nil {
					return fmt.Errorf("write the output: %w", err)
				}
			}
		default:
			return w.Flush()
		}
	}
}
