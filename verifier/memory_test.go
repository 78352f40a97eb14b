package verifier

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// Under a clock that goes forward a memory answers as a plain map of deadlines does, and keeps nothing whose time is over.
func TestAMemoryHoldsWhatWasAddedUntilItsTimeIsOver(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const kept = 10 * time.Second
		m, model := newMemory[int](), make(map[int]time.Time)
		now := time.Unix(0, 0)
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(0, 8).Draw(t, "pass")) * time.Second)
			k := rapid.IntRange(0, 7).Draw(t, "key")
			m.forget(now)
			if until, ok := model[k]; m.holds(k, now) != (ok && !now.After(until)) {
				t.Fatalf("key %d at %v: held %v", k, now.Unix(), m.holds(k, now))
			}
			switch {
			case m.holds(k, now) && rapid.Bool().Draw(t, "drop"):
				m.drop(k)
				delete(model, k)
			case !m.holds(k, now):
				m.add(k, now.Add(kept))
				model[k] = now.Add(kept)
			}
		}
		now = now.Add(kept + 1)
		if m.forget(now); len(m.until) != 0 || len(m.order) != 0 {
			t.Fatalf("%d keys and %d places are left when every time is over", len(m.until), len(m.order))
		}
	})
}

// What was shown stays known when somebody sets the gate's clock back.
func TestAMemoryForgetsNothingEarlierBehindAClockThatWentBack(t *testing.T) {
	at := time.Unix(1000, 0)
	m := newMemory[string]()
	m.add("ahead", at.Add(10*time.Second))
	back := at.Add(-time.Hour)
	m.add("back", back.Add(10*time.Second))
	if m.forget(back.Add(5 * time.Second)); !m.holds("ahead", back) || !m.holds("back", back) {
		t.Error("a key was forgotten before its time")
	}
	if m.forget(at.Add(11 * time.Second)); len(m.until) != 0 {
		t.Errorf("%d keys are left", len(m.until))
	}
}

func BenchmarkForgetWithSixtyThousandHeld(b *testing.B) {
	m := newMemory[int]()
	at := time.Unix(0, 0)
	for i := range 60_000 {
		m.add(i, at.Add(shownFor))
	}
	for b.Loop() {
		m.forget(at)
	}
}
