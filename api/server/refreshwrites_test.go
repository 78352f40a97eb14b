package server_test

import (
	"bytes"
	"context"
	"os"
	"testing"
	"time"

	"healthcode.example/wallet"
)

// writesNothing does the work and compares the store's file before and after: a transaction that writes changes the number of
// the transaction in the file's first pages.
func (w *world) writesNothing(what string, work func()) {
	w.t.Helper()
	before, err := os.ReadFile(w.file)
	w.must(err)
	work()
	after, err := os.ReadFile(w.file)
	w.must(err)
	if !bytes.Equal(before, after) {
		w.t.Errorf("%s: the store was written to", what)
	}
}

// refresh asks for the family's codes as the guardian's telephone does.
func (w *world) refresh() {
	w.t.Helper()
	status, _, answer := w.call("POST", "/v1/wallet/codes", w.token, string(w.asks(w.newHolder(), false)))
	if status != 200 {
		w.t.Fatalf("%d %s", status, answer)
	}
}

// pass lets time pass with what the service does meanwhile: lists for the days and a publication.
func (w *world) pass(d time.Duration) {
	w.t.Helper()
	w.advance(d)
	w.must(w.issuer.EnsureLists(context.Background(), w.now()))
	w.publish()
}

func TestARefreshOfAFamilyWritesNothing(t *testing.T) {
	w := newWorld(t)
	w.writesNothing("twenty refreshes in twenty minutes", func() {
		for range 20 {
			w.advance(time.Minute)
			w.refresh()
		}
	})
	w.pass(25 * time.Hour) // the last note of the session's use is more than an hour old
	w.writesNothing("the first refresh of the next morning", w.refresh)
	w.writesNothing("the second", w.refresh)
	w.pass(2 * time.Hour)
	w.restart()
	w.writesNothing("the first refresh after a restart", w.refresh)
}

// TestARefreshWritesNothingHoweverManySessionsThereAre has more sessions than the service remembers the use of.
func TestARefreshWritesNothingHoweverManySessionsThereAre(t *testing.T) {
	w := newWorld(t)
	tokens := []string{w.token}
	for range 9 {
		tokens = append(tokens, w.logIn(guardianNumber))
	}
	w.tune = func(c *wallet.Config) { c.Remembered = 3 }
	w.restart()
	for range 3 {
		w.pass(90 * time.Minute)
		w.writesNothing("ten sessions, of which three are remembered", func() {
			for _, w.token = range tokens {
				w.refresh()
			}
		})
		w.must(w.wallet.WriteUses(context.Background(), false))
	}
}

// TestWhatIsWrittenOfUsesIsWrittenTogether counts transactions by the number that each puts into one of the first two pages.
func TestWhatIsWrittenOfUsesIsWrittenTogether(t *testing.T) {
	w := newWorld(t)
	tokens := []string{w.token}
	for range 9 {
		tokens = append(tokens, w.logIn(guardianNumber))
	}
	w.pass(25 * time.Hour)
	for _, w.token = range tokens {
		w.refresh()
	}
	before := w.transactions()
	w.must(w.wallet.WriteUses(context.Background(), false))
	if n := w.transactions() - before; n != 1 {
		t.Errorf("the uses of %d sessions took %d transactions", len(tokens), n)
	}
	w.writesNothing("again at once", func() { w.must(w.wallet.WriteUses(context.Background(), false)) })
	w.advance(10 * time.Minute)
	w.refresh()
	w.writesNothing("before an hour is over", func() { w.must(w.wallet.WriteUses(context.Background(), false)) })
}
