package drill_test

import (
	"context"
	"crypto/rand"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"healthcode.example/health"
	"healthcode.example/issuer"
	"healthcode.example/store/bolt"
	"healthcode.example/trust"
	"healthcode.example/wallet/drill"
)

func newStore(t *testing.T) *bolt.Store {
	t.Helper()
	s, err := bolt.Open(filepath.Join(t.TempDir(), "store"), bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func TestTheDayIsPlayedOnInventedPeople(t *testing.T) {
	told := 0
	report, err := drill.Play(t.Context(), drill.Config{
		Store: newStore(t), Region: "CN-GD", People: 40, Rand: rand.Reader, Now: time.Now,
		Told: func(s drill.Step) { told++ },
	})
	if err != nil {
		t.Fatal(err)
	}
	if report.Copy || report.People != 40 || report.Phones != 40 || len(report.Steps) != 7 || told != 7 || report.Rate <= 0 || report.Minutes <= 0 {
		t.Errorf("the report is %+v, told %d", report, told)
	}
	if got := report.Steps[5].Result; !strings.Contains(got, "40 phone codes and 3 forgeries of any date refused, 40 paper codes good") {
		t.Errorf("the checkpoint: %s", got)
	}
}

var errFull = errors.New("the disk is full")

// failing is a store that takes the first publication and no other.
type failing struct{ *bolt.Store }

func (f failing) Publish(ctx context.Context, prev uint64, p issuer.Publication) error {
	if p.Version > 1 {
		return errFull
	}
	return f.Store.Publish(ctx, prev, p)
}

// remembered is a source of randomness that keeps the first 32 bytes that were asked for alone: the master key of the invented people.
type remembered struct{ first []byte }

func (r *remembered) Read(b []byte) (int, error) {
	n, err := rand.Read(b)
	if r.first == nil && len(b) == 32 {
		r.first = append([]byte{}, b...)
	}
	return n, err
}

func TestAStepThatFailsEndsTheDayAndNamesItself(t *testing.T) {
	s := newStore(t)
	_, err := drill.Play(t.Context(), drill.Config{Store: failing{s}, Region: "CN-GD", People: 10, Rand: rand.Reader, Now: time.Now})
	if !errors.Is(err, errFull) || !strings.Contains(err.Error(), "the server publishes") {
		t.Errorf("got %v", err)
	}
}

func TestACopyNeedsAPublicationAndSomebodyWithAPhone(t *testing.T) {
	c := drill.Config{Store: newStore(t), Master: make([]byte, 32), Rand: rand.Reader, Now: time.Now}
	if _, err := drill.Play(t.Context(), c); !errors.Is(err, issuer.ErrNotFound) {
		t.Errorf("want %q, got %v", issuer.ErrNotFound, err)
	}
}

// What the day leaves is a store of a region: played on as a copy, it loses publication and keys and keeps people and phones.
func TestACopyIsFoundedAgainWithKeysOfTheDay(t *testing.T) {
	s := newStore(t)
	master := &remembered{}
	if _, err := drill.Play(t.Context(), drill.Config{Store: s, Region: "CN-HN", People: 30, Rand: master, Now: time.Now}); err != nil {
		t.Fatal(err)
	}
	former, err := s.Keys(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	before, err := s.Published(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	report, err := drill.Play(t.Context(), drill.Config{Store: s, Master: master.first, Rand: rand.Reader, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	if !report.Copy || report.People != 30 || report.Phones != 30 || !strings.Contains(report.Steps[0].Result, "CN-HN") {
		t.Errorf("the report is %+v", report)
	}
	now, err := s.Keys(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range now {
		for _, old := range former {
			if k.ID == old.ID {
				t.Errorf("key %s of the region is in the copy", k.ID)
			}
		}
	}
	after, err := s.Published(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	roots := make([]string, 2)
	for n, p := range []issuer.Publication{before, after} {
		root, err := trust.FirstRoot(p.Bundle)
		if err != nil {
			t.Fatal(err)
		}
		roots[n] = string(root)
	}
	if roots[0] == roots[1] {
		t.Error("the copy has the region's root")
	}
	if ids, err := s.PeopleAfter(t.Context(), health.PersonID{}, 100); err != nil || len(ids) != 30 {
		t.Errorf("%d people are left, %v", len(ids), err)
	}
}
