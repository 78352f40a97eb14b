package health

import (
	"time"

	"healthcode.example/credential"
)

// Decision is the colour of one person with the rule and the evidence that gave it. Its zero value has no colour and
// no code can be made from it. Its texts are the rule set's own: read them, do not change them.
type Decision struct {
	Person       PersonID
	Colour       credential.Colour
	Reason       string            // machine identifier of the outcome, such as "positive_test"
	Rule         string            // identifier of the rule, empty for the rule set's default
	RulesVersion uint64            // version of the signed rule set that decided
	Text         map[string]string // what the holder reads, by language: zh-Hans, zh-Hant, en
	Release      map[string]string // what to do to become green again, by language
	Evidence     []int             // places, in the slice that was judged, of what the decision rests on, ascending
	At           time.Time         // when it was decided
}

// Differs says whether the holder's codes must change: another colour or another reason. A newer version of the rules
// that comes to the same answer ends no code.
func (d Decision) Differs(current Decision) bool {
	return d.Colour != current.Colour || d.Reason != current.Reason
}
