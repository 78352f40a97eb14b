package health

import (
	"testing"
	"time"

	"healthcode.example/credential"
	"pgregory.net/rapid"
)

func TestEvidenceCountsExactlyWhenItGivesAColour(t *testing.T) {
	who := person(t, 1)
	rapid.Check(t, func(t *rapid.T) {
		rules, all := DefaultRules("CN-GD"), evidenceOf(who).Draw(t, "evidence")
		counting := rules.Counting(who, all, noon)
		if red := rules.Decide(who, all, noon).Colour == credential.Red; red != (len(counting) > 0) {
			t.Fatalf("red %v, counting %d", red, len(counting))
		}
		rules.EffectiveFrom = noon.Add(time.Hour).Unix()
		if later := rules.Counting(who, all, noon); len(later) != len(counting) {
			t.Fatalf("before the rules are in force %d count, after it %d", len(later), len(counting))
		}
	})
}

func TestTheWorstOfTheRulesIsNamed(t *testing.T) {
	rule := func(id string, c credential.Colour) Rule { return Rule{ID: id, Outcome: Outcome{Colour: c}} }
	if Worst(nil) != nil {
		t.Error("there is a worst of none")
	}
	all := []Rule{rule("a", credential.Yellow), rule("b", credential.Red), rule("c", credential.Red)}
	if got := Worst(all); got == nil || got.ID != "b" {
		t.Errorf("the worst is %+v", got)
	}
	if all[1].ID != "b" || len(all) != 3 {
		t.Error("the rules were changed")
	}
}
