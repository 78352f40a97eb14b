package health

import "time"

// Counting returns the rules of r that the evidence about the person still fulfils, or would once r is in force, in the order
// of r; none when no evidence speaks for another colour than the default. It asks as Decide does and no less: a release
// dated after at does not answer a finding yet, and a finding dated after at counts already.
//
// Whatever would make evidence disappear asks it first: without the evidence the default would hold. r must be valid.
func (r *RuleSet) Counting(person PersonID, evidence []Evidence, at time.Time) []Rule {
	var all []Rule
	for _, rule := range r.Rules {
		if len(rule.grounds(person, evidence, at)) > 0 {
			all = append(all, rule)
		}
	}
	return all
}

// Worst is the rule whose outcome asks for the most care, of equals the first; nil of none.
func Worst(rules []Rule) *Rule {
	var worst *Rule
	for i := range rules {
		if worst == nil || worse(rules[i].Outcome.Colour, worst.Outcome.Colour) {
			worst = &rules[i]
		}
	}
	return worst
}
