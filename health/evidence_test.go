package health

import (
	"strings"
	"testing"
	"time"
)

func TestWhatMayNotBeRecorded(t *testing.T) {
	good := Evidence{Person: person(t, 1), Kind: PositiveTest, At: noon.Add(-time.Hour), RecordedAt: noon, Source: "provincial laboratory", Reference: "L-000123"}
	if err := good.Validate(noon); err != nil {
		t.Fatalf("good evidence is refused: %v", err)
	}
	for want, spoil := range map[string]func(*Evidence){
		"no person":             func(e *Evidence) { e.Person = PersonID{} },
		"not known":             func(e *Evidence) { e.Kind = "debt" },
		"after now":             func(e *Evidence) { e.At = noon.Add(time.Second) },
		"recorded at":           func(e *Evidence) { e.RecordedAt = noon.Add(time.Minute) },
		"before its own date":   func(e *Evidence) { e.RecordedAt = e.At.Add(-time.Second) },
		"give the time":         func(e *Evidence) { e.At = time.Time{} },
		"from 2019-12-01 on":    func(e *Evidence) { e.At = time.Date(1026, 3, 2, 0, 0, 0, 0, time.UTC) },
		"no source":             func(e *Evidence) { e.Source = " " },
		"source has 65":         func(e *Evidence) { e.Source = strings.Repeat("卫", 65) },
		"reference has 65":      func(e *Evidence) { e.Reference = strings.Repeat("1", 65) },
		"unprintable character": func(e *Evidence) { e.Reference = "L\n1" },
		"not valid UTF-8":       func(e *Evidence) { e.Source = "\xff" },
	} {
		e := good
		spoil(&e)
		if err := e.Validate(noon); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want an error that says %q, got %v", want, err)
		}
	}
}

func TestTheSameFactToldTwiceIsOne(t *testing.T) {
	a := Evidence{Person: person(t, 1), Kind: PositiveTest, At: noon, RecordedAt: noon, Source: "laboratory", Reference: "1"}
	b := a
	b.At, b.RecordedAt = noon.Add(time.Millisecond).In(time.FixedZone("UTC+8", 8*3600)), noon.Add(time.Hour)
	if !a.Same(b) {
		t.Error("the same sample, reported again, is another fact")
	}
	b.Reference = "2"
	if a.Same(b) {
		t.Error("two laboratory numbers are one fact")
	}
}
