package health

import (
	"time"

	"healthcode.example/credential"
)

// Reasons of a decision without a colour. No code can be made from one.
const (
	ReasonNoRules    = "no_rules"           // there is no valid rule set
	ReasonNotInForce = "rules_not_in_force" // the rule set begins later
)

// Decide judges one person. It is pure, and it does not matter in which order the evidence comes or whether a piece of it
// comes twice; evidence of other persons is not looked at.
//
// Every doubt falls to the safe side: at equal seconds the finding stands against the release, a release dated after at
// does not release yet while a finding dated after at already counts, and of several rules that hold the worst colour
// speaks. Without a valid rule set in force the decision has no colour at all, which is never green.
//
// What counts is when samples were taken and releases hold from, not when they were typed in: a positive sample older than
// a release is answered by it, also if the laboratory reports it later.
func (r *RuleSet) Decide(person PersonID, evidence []Evidence, at time.Time) Decision {
	d := Decision{Person: person, At: at}
	if r == nil || r.Version == 0 {
		d.Reason = ReasonNoRules
		return d
	}
	d.RulesVersion = r.Version
	if at.Unix() < r.EffectiveFrom {
		d.Reason = ReasonNotInForce
		return d
	}
	outcome := &r.Default
	for i := range r.Rules {
		rule := &r.Rules[i]
		grounds := rule.grounds(person, evidence, at)
		if len(grounds) > 0 && worse(rule.Outcome.Colour, outcome.Colour) {
			outcome, d.Rule, d.Evidence = &rule.Outcome, rule.ID, grounds
		}
	}
	if !outcome.Colour.Valid() {
		d.Reason, d.Rule, d.Evidence = ReasonNoRules, "", nil
		return d
	}
	d.Colour, d.Reason, d.Text, d.Release = outcome.Colour, outcome.Reason, outcome.Text, outcome.Release
	return d
}

// grounds returns the places of the evidence for which the rule holds at the time at; none when it does not hold.
func (r *Rule) grounds(person PersonID, evidence []Evidence, at time.Time) []int {
	var released int64
	var any bool
	for _, e := range evidence {
		if e.Person == person && e.Kind == r.Until && e.At.Unix() <= at.Unix() && (!any || e.At.Unix() > released) {
			released, any = e.At.Unix(), true
		}
	}
	var places []int
	for i, e := range evidence {
		if e.Person == person && e.Kind == r.When && (!any || e.At.Unix() >= released) {
			places = append(places, i)
		}
	}
	return places
}

// worse orders colours by the care they ask for; it does not trust the numbers of the wire to stay in that order. What is
// no colour is worst of all, so that a broken rule set shows itself instead of hiding behind a good rule.
func worse(a, b credential.Colour) bool { return gravity(a) > gravity(b) }

func gravity(c credential.Colour) int {
	switch c {
	case credential.Green:
		return 1
	case credential.Yellow:
		return 2
	case credential.Red:
		return 3
	}
	return 4
}
