package health

import (
	"slices"
	"testing"
	"time"

	"healthcode.example/credential"
	"pgregory.net/rapid"
)

func TestAPositiveTestIsRedUntilALaterRelease(t *testing.T) {
	rules, who := DefaultRules("CN-GD"), person(t, 1)
	at := func(hours int, kind EvidenceKind) Evidence {
		when := noon.Add(time.Duration(hours) * time.Hour)
		return Evidence{Person: who, Kind: kind, At: when, RecordedAt: when, Source: "laboratory"}
	}
	for _, c := range []struct {
		name     string
		evidence []Evidence
		want     credential.Colour
		grounds  []int
	}{
		{"nothing is known", nil, credential.Green, nil},
		{"a positive test", []Evidence{at(-5, PositiveTest)}, credential.Red, []int{0}},
		{"a release after it", []Evidence{at(-5, PositiveTest), at(-1, Release)}, credential.Green, nil},
		{"a release before it", []Evidence{at(-5, Release), at(-1, PositiveTest)}, credential.Red, []int{1}},
		{"a release in the same second", []Evidence{at(-5, Release), at(-5, PositiveTest)}, credential.Red, []int{1}},
		{"a second test after the release", []Evidence{at(-5, PositiveTest), at(-4, Release), at(-3, PositiveTest)}, credential.Red, []int{2}},
		{"a release that is dated ahead", []Evidence{at(-5, PositiveTest), at(+1, Release)}, credential.Red, []int{0}},
		{"a test that is dated ahead", []Evidence{at(-5, Release), at(+1, PositiveTest)}, credential.Red, []int{1}},
		{"a release alone", []Evidence{at(-5, Release)}, credential.Green, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := rules.Decide(who, c.evidence, noon)
			if d.Colour != c.want || !slices.Equal(d.Evidence, c.grounds) {
				t.Errorf("decided %v on %v, want %v on %v", d.Colour, d.Evidence, c.want, c.grounds)
			}
			if d.Person != who || d.RulesVersion != 1 || !d.At.Equal(noon) {
				t.Errorf("the decision does not say for whom, by which rules and when: %+v", d)
			}
			if c.want == credential.Red && (d.Reason != "positive_test" || d.Rule != "positive-test" || d.Release["zh-Hant"] == "") {
				t.Errorf("a red decision without its reason or its way out: %+v", d)
			}
		})
	}
}

func TestSubSecondsDoNotReleaseAnybody(t *testing.T) {
	who := person(t, 1)
	evidence := []Evidence{
		{Person: who, Kind: PositiveTest, At: noon},
		{Person: who, Kind: Release, At: noon.Add(999 * time.Millisecond)},
	}
	if d := DefaultRules("CN-GD").Decide(who, evidence, noon.Add(time.Hour)); d.Colour != credential.Red {
		t.Errorf("a release within the same second made %v of red", d.Colour)
	}
}

func TestOrderAndRepetitionOfEvidenceDoNotMatter(t *testing.T) {
	rules, who := DefaultRules("CN-GD"), person(t, 1)
	rapid.Check(t, func(t *rapid.T) {
		evidence := evidenceOf(who).Draw(t, "evidence")
		shuffled := rapid.Permutation(append(slices.Clone(evidence), evidence...)).Draw(t, "shuffled twice")
		a, b := rules.Decide(who, evidence, noon), rules.Decide(who, shuffled, noon)
		if a.Differs(b) || a.Rule != b.Rule {
			t.Fatalf("decided %v for %v, and %v for the same evidence in another order", a.Colour, a.Reason, b.Colour)
		}
	})
}

func TestOnlyAReleaseAfterEveryTestReleases(t *testing.T) {
	rules, who := DefaultRules("CN-GD"), person(t, 1)
	rapid.Check(t, func(t *rapid.T) {
		evidence := evidenceOf(who).Draw(t, "evidence")
		var test, release int64
		for _, e := range evidence {
			switch {
			case e.Kind == PositiveTest:
				test = max(test, e.At.Unix())
			case e.At.Unix() <= noon.Unix():
				release = max(release, e.At.Unix())
			}
		}
		want := credential.Green
		if test > 0 && release <= test {
			want = credential.Red
		}
		if got := rules.Decide(who, evidence, noon).Colour; got != want {
			t.Fatalf("decided %v, want %v, for %+v", got, want, evidence)
		}
	})
}

func TestMoreFindingsNeverImproveAColour(t *testing.T) {
	rules, who := DefaultRules("CN-GD"), person(t, 1)
	rapid.Check(t, func(t *rapid.T) {
		evidence := evidenceOf(who).Draw(t, "evidence")
		before := rules.Decide(who, evidence, noon).Colour
		when := noon.Add(time.Duration(rapid.IntRange(-6, 2).Draw(t, "hours")) * time.Hour)
		after := rules.Decide(who, append(evidence, Evidence{Person: who, Kind: PositiveTest, At: when}), noon).Colour
		if gravity(after) < gravity(before) {
			t.Fatalf("a further positive test made %v of %v", after, before)
		}
	})
}

func TestAnothersEvidenceColoursNobody(t *testing.T) {
	rules, who, other := DefaultRules("CN-GD"), person(t, 1), person(t, 2)
	rapid.Check(t, func(t *rapid.T) {
		own, foreign := evidenceOf(who).Draw(t, "own"), evidenceOf(other).Draw(t, "foreign")
		mixed := append(slices.Clone(own), foreign...)
		if rules.Decide(who, own, noon).Differs(rules.Decide(who, mixed, noon)) {
			t.Fatal("another person's evidence moved the colour")
		}
	})
}

func TestOfSeveralRulesTheWorstSpeaks(t *testing.T) {
	rules, who := DefaultRules("CN-GD"), person(t, 1)
	yellow := rules.Rules[0]
	yellow.ID, yellow.Outcome.Colour, yellow.Outcome.Reason = "watch", credential.Yellow, "watch"
	evidence := []Evidence{{Person: who, Kind: PositiveTest, At: noon}}
	for _, order := range [][]Rule{{yellow, rules.Rules[0]}, {rules.Rules[0], yellow}} {
		rules.Rules = order
		if d := rules.Decide(who, evidence, noon); d.Colour != credential.Red || d.Rule != "positive-test" {
			t.Errorf("decided %v by %q, want red by the positive test", d.Colour, d.Rule)
		}
	}
}

func TestWithoutARuleSetInForceThereIsNoColour(t *testing.T) {
	who := person(t, 1)
	later, colourless, odd := DefaultRules("CN-GD"), DefaultRules("CN-GD"), DefaultRules("CN-GD")
	later.EffectiveFrom = noon.Unix() + 1
	colourless.Default.Colour = 0
	odd.Rules[0].Outcome.Colour = 9
	for name, rules := range map[string]*RuleSet{"nil": nil, "empty": {}, "later": later, "colourless": colourless, "odd": odd} {
		d := rules.Decide(who, []Evidence{{Person: who, Kind: PositiveTest, At: noon}}, noon)
		if name == "colourless" {
			d = rules.Decide(who, nil, noon)
		}
		if d.Colour != 0 || d.Reason == "" {
			t.Errorf("the %s rule set decided colour %d, reason %q; want none, with a reason", name, d.Colour, d.Reason)
		}
	}
}
