package login_test

import (
	"crypto/rand"
	"errors"
	"strconv"
	"testing"
	"time"

	"healthcode.example/api/login"
)

func TestWhatIsKeptIsGivenAwayOnceAndTheOldestMakeWay(t *testing.T) {
	at := time.Unix(1_790_000_000, 0)
	o := login.NewOnce[int](rand.Reader, 3, time.Minute)
	put := func(v int) string {
		t.Helper()
		secret, err := o.Put(v, at)
		if err != nil {
			t.Fatal(err)
		}
		return secret
	}
	first, second := put(1), put(2)
	if v, ok := o.Take(second, at); v != 2 || !ok {
		t.Errorf("%d %v", v, ok)
	}
	if _, ok := o.Take(second, at); ok {
		t.Error("given away twice")
	}
	if v, ok := o.Peek(first, at); v != 1 || !ok {
		t.Errorf("%d %v", v, ok)
	}
	var last string
	for i := range 100 {
		last = put(i)
	}
	if _, ok := o.Peek(first, at); ok {
		t.Error("more is kept than there is room for")
	}
	if v, ok := o.Peek(last, at); v != 99 || !ok {
		t.Errorf("%d %v", v, ok)
	}
	if _, ok := o.Take(last, at.Add(time.Minute)); ok {
		t.Error("given away after its time")
	}
}

// TestNobodyTakesAnothersPlace has one owner ask without end.
func TestNobodyTakesAnothersPlace(t *testing.T) {
	at := time.Unix(1_790_000_000, 0)
	o := login.NewOnceOf(rand.Reader, 5, 2, time.Minute, func(v string) string { return v[:1] })
	put := func(v string) string {
		t.Helper()
		secret, err := o.Put(v, at)
		if err != nil {
			t.Fatal(err)
		}
		return secret
	}
	kept := func(secret string, want bool) {
		t.Helper()
		if _, ok := o.Peek(secret, at); ok != want {
			t.Errorf("kept: %v", ok)
		}
	}
	bs := put("b1")
	first, second := put("a1"), put("a2")
	third := put("a3")
	kept(first, false) // the oldest of one's own makes way
	kept(second, true)
	kept(third, true)
	if _, ok := o.Take(second, at); !ok {
		t.Error("it was there and could not be taken")
	}
	fourth := put("a4") // in the place of what was taken
	kept(third, true)
	for i := range 100_000 {
		fourth = put("a" + strconv.Itoa(i))
	}
	kept(bs, true)
	kept(fourth, true)
	put("c1")
	d := put("d1")
	if _, err := o.Put("e1", at); !errors.Is(err, login.ErrFull) {
		t.Errorf("more is kept than there is room for: %v", err)
	}
	put("d2") // where all is full, too, one's own makes way
	kept(d, false)
	kept(bs, true)
	at = at.Add(time.Minute)
	put("e1")
	kept(bs, false)
}
