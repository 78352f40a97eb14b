package demoidp

import (
	"crypto/rand"
	"fmt"
	"testing"
	"time"
)

// TestCodesThatNobodyFetchesAreForgotten with the log-ins that they are of.
func TestCodesThatNobodyFetchesAreForgotten(t *testing.T) {
	at := time.Unix(1_790_000_000, 0)
	q := newRequests(rand.Reader, func() time.Time { return at })
	begin := func(n int) string {
		r, err := q.add(request{})
		if err != nil {
			t.Fatal(err)
		}
		q.saveCode(r.id, fmt.Sprint("code ", n))
		return r.id
	}
	for n := range mostRequests + 100 {
		begin(n)
	}
	if len(q.codes) != mostRequests {
		t.Errorf("%d codes of %d log-ins", len(q.codes), len(q.byID))
	}
	at = at.Add(requestLife)
	last := begin(-1)
	if len(q.codes) != 1 || len(q.byID) != 1 {
		t.Errorf("%d codes and %d log-ins when all but one are over", len(q.codes), len(q.byID))
	}
	if got, err := q.byCode("code -1"); err != nil || got.id != last {
		t.Error(err)
	}
	if _, err := q.byCode("code -1"); err == nil {
		t.Error("a code counted twice")
	}
	q.saveCode(last, "another")
	q.remove(last)
	if len(q.codes) != 0 {
		t.Errorf("%d codes of no log-in", len(q.codes))
	}
}
