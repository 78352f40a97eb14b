package shc_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"healthcode.example/verifier"
	"healthcode.example/verifier/foreigntest"
	"healthcode.example/verifier/shc"
)

// show gives the parts to the collector, a second apart, and what there is to judge after the last.
func show(t testing.TB, c *shc.Collector, texts ...string) string {
	t.Helper()
	for i, text := range texts[:len(texts)-1] {
		if whole, wait := c.Take(text, noon.Add(time.Duration(i)*time.Second)); wait == nil {
			t.Fatalf("after %d parts there is a text of %d characters to judge", i+1, len(whole))
		}
	}
	whole, wait := c.Take(texts[len(texts)-1], noon.Add(time.Duration(len(texts)-1)*time.Second))
	if wait != nil {
		t.Fatalf("after the last there is %+v", wait)
	}
	return whole
}

func TestPartsThatAreShownOneAfterTheOtherAreOneCard(t *testing.T) {
	g := gate(t)
	p, half := parts(newCard().text(t), 3), parts(newCard().text(t), 2)
	for name, texts := range map[string][]string{
		"in their order": {p[0], p[1], p[2]}, "in another": {p[2], p[0], p[1]}, "one twice": {p[1], p[1], p[0], p[1], p[2]}, "two": {half[0], half[1]},
		"after a part of another card": {half[0], p[0], p[1], p[2]}, "after another first part": {half[0][:len(half[0])-2], half[0], half[1]},
	} {
		if r := g.Verify(show(t, new(shc.Collector), texts...), noon, nil); r.Verdict != verifier.Accept {
			t.Errorf("%s: %v %v", name, r.Verdict, r.Reason)
		}
	}
	var c shc.Collector
	for i, want := range []shc.Waiting{{Part: 3, Of: 3, Missing: 2}, {Part: 3, Of: 3, Missing: 2}, {Part: 1, Of: 3, Missing: 1}} {
		if _, wait := c.Take(p[[]int{2, 2, 0}[i]], noon); wait == nil || *wait != want {
			t.Errorf("part %d shown: %+v, want %+v", i, wait, want)
		}
	}
	if _, wait := new(shc.Collector).Take(p[1], noon); wait.String() != "part 2 of 3 of a SMART Health Card" {
		t.Errorf("got %v", wait)
	}
}

func TestPartsOfTwoCardsAreNone(t *testing.T) {
	other := newCard()
	other.entries(dose())
	mine, theirs := parts(newCard().text(t), 2), parts(other.text(t), 2)
	if r := gate(t).Verify(show(t, new(shc.Collector), mine[0], theirs[1]), noon, nil); r.Verdict != verifier.Refuse || len(r.Members) != 0 {
		t.Errorf("got %+v", r)
	}
}

func TestPartsAreHeldForAMinuteAndUntilSomethingElseIsShown(t *testing.T) {
	half := parts(newCard().text(t), 2)
	for name, c := range map[string]struct {
		between string
		after   time.Duration
		whole   bool
	}{
		"at once": {"", 0, true}, "after a minute": {"", time.Minute, true}, "after more": {"", time.Minute + 1, false}, "by a clock set back": {"", -1, false},
		"after another code": {"YK1:ABC", 0, false}, "after a whole card": {"shc:/5676", 0, false}, "after a part that cannot be": {"shc:/1/17/56", 0, false},
		"after a part of letters": {"shc:/2/2/x", 0, false}, "after an empty part": {"shc:/2/2/", 0, false}, "after nothing": {" ", 0, false},
	} {
		var held shc.Collector
		held.Take(half[0], noon)
		if c.between != "" {
			if text, wait := held.Take(c.between, noon); wait != nil || text != c.between {
				t.Errorf("%s: %q, %+v", name, text, wait)
			}
		}
		if _, wait := held.Take(half[1], noon.Add(c.after)); (wait == nil) != c.whole {
			t.Errorf("%s: %+v", name, wait)
		}
	}
	var held shc.Collector
	held.Take(half[0], noon)
	held.Take(half[1], noon)
	if _, wait := held.Take(half[1], noon); wait == nil || wait.Missing != 1 {
		t.Errorf("a card that is complete is held on: %+v", wait)
	}
}

func TestPartsThatAreTooLongTogetherAreNotHeld(t *testing.T) {
	var held shc.Collector
	long := func(n int) string { return fmt.Sprintf("shc:/%d/16/%s", n, strings.Repeat("5", shc.MaxText/3)) }
	for n := 1; n <= 2; n++ {
		if _, wait := held.Take(long(n), noon); wait == nil {
			t.Fatalf("part %d is not held", n)
		}
	}
	text, wait := held.Take(long(3), noon)
	if r := gate(t).Verify(text, noon, nil); wait != nil || r.Reason != verifier.ReasonTooLong {
		t.Errorf("%+v, %v", wait, r.Reason)
	}
}

func TestAPartThatIsReadAgainAfterItsCardIsNoneOfTheNextPersons(t *testing.T) {
	other := newCard()
	other.entries(foreigntest.Patient(), dose())
	first, next := parts(newCard().text(t), 2), parts(other.text(t), 2)
	for name, c := range map[string]struct {
		shown []string
		whole []int // after which of them there is a text to judge, each of which is a card that counts
	}{
		"the last part twice":            {[]string{first[0], first[1], first[1], next[0], next[1]}, []int{1, 4}},
		"both parts twice":               {[]string{first[0], first[1], first[0], first[1], next[0], next[1]}, []int{1, 3, 5}},
		"the last twice, and the other":  {[]string{first[0], first[1], first[1], next[1], next[0]}, []int{1, 4}},
		"the first part, and the next's": {[]string{first[0], first[1], first[0], next[1], next[0]}, []int{1, 4}},
		"the same card three times":      {[]string{first[0], first[1], first[1], first[0], first[0], first[1]}, []int{1, 3, 5}},
	} {
		var held shc.Collector
		var whole []int
		for i, text := range c.shown {
			joined, wait := held.Take(text, noon.Add(time.Duration(i)*time.Second))
			if wait != nil {
				continue
			}
			whole = append(whole, i)
			if r := gate(t).Verify(joined, noon, nil); r.Verdict != verifier.Accept {
				t.Errorf("%s, after %d texts: %v %v", name, i+1, r.Verdict, r.Reason)
			}
		}
		if !slices.Equal(whole, c.whole) {
			t.Errorf("%s: whole after %v, want %v", name, whole, c.whole)
		}
	}
}

func TestACardThatBeginsAsTheOneBeforeItIsReadAtItsSecondShowing(t *testing.T) {
	first, next := []string{"shc:/1/2/5676", "shc:/2/2/1111"}, []string{"shc:/1/2/5676", "shc:/2/2/2222"}
	var held shc.Collector
	for i, text := range []string{first[0], first[1], next[0], next[1], next[0]} {
		if whole, wait := held.Take(text, noon); (wait == nil) != (i == 1 || i == 4) || i == 4 && whole != strings.Join(next, " ") {
			t.Errorf("after %d texts: %q, %+v", i+1, whole, wait)
		}
	}
}
