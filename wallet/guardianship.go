package wallet

import (
	"time"

	"healthcode.example/credential"
	"healthcode.example/health"
)

// AuthorityImport is the evidence of a guardianship that came with an import:
// the authority that owns the register answers for it.
const AuthorityImport = "authority_import"

// Guardianship lets the guardian's devices have the member's codes.
type Guardianship struct {
	Guardian health.PersonID
	Member   health.PersonID
	Relation credential.Relation // what the member is to the guardian
	Evidence string              // what proved it: a registry word such as AuthorityImport
	Since    int64               // unix seconds
	Ended    int64               // unix seconds, 0 while not ended
	NotAfter int64               // unix seconds of the member's majority, 0 for an adult member
}

// InForce says whether the guardianship holds at the time, unix seconds.
func (g Guardianship) InForce(at int64) bool {
	return g.Ended == 0 && (g.NotAfter == 0 || at < g.NotAfter)
}

// end is when codes under the guardianship must be over, the zero time for
// never; nil is one's own code.
func (g *Guardianship) end() time.Time {
	if g == nil || g.NotAfter == 0 {
		return time.Time{}
	}
	return time.Unix(g.NotAfter, 0)
}

// majority is the NotAfter of a guardianship over somebody born on birth: of a
// minor the 18th birthday, of an adult none.
func majority(birth Date, at time.Time) int64 {
	if !birth.Minor(at) {
		return 0
	}
	return birth.Majority().Unix()
}
