package login_test

import (
	"crypto/rand"
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
