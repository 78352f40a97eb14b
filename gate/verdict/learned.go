package verdict

import (
	"strings"

	"healthcode.example/verifier"
)

// Learned says in one line what a gate learns of who has shown the code, or else the reason.
func Learned(r verifier.Result) string {
	if len(r.Members) == 0 || r.Members[0].Name == "" {
		return reasonWords[r.Reason]
	}
	if len(r.Members) > 1 {
		people := make([]string, len(r.Members))
		for i, m := range r.Members {
			people[i] = m.Name + " " + m.Colour.String()
		}
		return strings.Join(people, ", ")
	}
	m := r.Members[0]
	parts := []string{m.Name, m.Colour.String(), m.Kind.String()}
	if m.Relation.Valid() {
		parts = append(parts, m.Relation.String()+" of "+m.Guardian)
	}
	if r.Check == verifier.CheckDocument {
		parts = append(parts, "look at the document")
	}
	return strings.Join(parts, ", ")
}
