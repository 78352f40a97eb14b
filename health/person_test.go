package health

import (
	"encoding/json"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestPersonIdentifiersHaveOneTextAndSortByTime(t *testing.T) {
	random := seeded(1)
	rapid.Check(t, func(t *rapid.T) {
		ms := rapid.Int64Range(0, 1<<48-2).Draw(t, "ms")
		id, err := NewPersonID(time.UnixMilli(ms), random)
		if err != nil {
			t.Fatal(err)
		}
		later, err := NewPersonID(time.UnixMilli(ms+1), random)
		if err != nil {
			t.Fatal(err)
		}
		if id.String() >= later.String() {
			t.Fatalf("%s of an earlier time sorts after %s", id, later)
		}
		back, err := ParsePersonID(id.String())
		if err != nil || back != id || len(id.String()) != 26 {
			t.Fatalf("%s came back as %s, %v", id, back, err)
		}
		if id[6]>>4 != 7 || id[8]>>6 != 2 {
			t.Fatalf("%x is no version 7 UUID", id[:])
		}
	})
}

func TestOddPersonIdentifiersAreRefused(t *testing.T) {
	good := person(t, 1).String()
	for _, text := range []string{"", good[:25], good + "0", good[:25] + "v", "Z" + good[1:], "W" + good[1:], good[:10] + "\n" + good[10:]} {
		if _, err := ParsePersonID(text); err == nil {
			t.Errorf("%q was taken", text)
		}
	}
	var id PersonID
	if err := json.Unmarshal([]byte(`"`+good+`"`), &id); err != nil || id.String() != good {
		t.Errorf("through JSON it is %s, %v", id, err)
	}
}
