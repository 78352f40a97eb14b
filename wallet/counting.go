package wallet

import (
	"fmt"
	"time"

	"healthcode.example/credential"
	"healthcode.example/health"
)

// CountingError says that evidence about a person gives a colour, or still
// could, so that nothing may be done by which the evidence would be lost.
type CountingError struct {
	Reason  string            // machine identifier of the outcome, such as positive_test
	Text    map[string]string // what the holder reads, by language: zh-Hans, zh-Hant, en
	Release map[string]string // what to do to be released, by language
}

// Error names the reason and how to go on.
func (e *CountingError) Error() string {
	return fmt.Sprintf("evidence about the person still counts (%s): it can be done after the release from it", e.Reason)
}

// counting is what the evidence of the dossier still gives or could give; nil
// for nothing. It is asked within the transaction that would lose the evidence.
// A decision by former rules counts as long as it stands.
func (s *Service) counting(d Dossier, at time.Time) *CountingError {
	if rule := health.Worst(s.Rules.Counting(d.Person.ID, d.Evidence, at)); rule != nil {
		return &CountingError{Reason: rule.Outcome.Reason, Text: rule.Outcome.Text, Release: rule.Outcome.Release}
	}
	if n := len(d.Decisions); n > 0 {
		last := d.Decisions[n-1]
		if last.Colour != credential.Green && last.Colour != s.Rules.Default.Colour {
			return &CountingError{Reason: last.Reason, Text: last.Text, Release: last.Release}
		}
	}
	return nil
}

// orNil keeps a nil *CountingError from being an error that is not nil.
func orNil(e *CountingError) error {
	if e == nil {
		return nil
	}
	return e
}
