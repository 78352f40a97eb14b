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
	Provider string              // issuer of the member's own check, empty without one
	Consent  string              // version of the guardian's consent for a member under 14, empty for none
	Since    int64               // unix seconds
	Ended    int64               // unix seconds, 0 while not ended
	EndedBy  Actor               // who revoked it; empty while not ended, and where it ended without being revoked
	Reason   string              // why, as the authority gave it; empty for none
	ByDeath  bool                // it ended with the recorded death of one of the two
	NotAfter int64               // unix seconds of the member's majority, 0 for an adult member
}

// InForce says whether the guardianship holds at the time, unix seconds.
func (g Guardianship) InForce(at int64) bool {
	return g.Ended == 0 && (g.NotAfter == 0 || at < g.NotAfter)
}

// UnderFourteen says whether the member is under 14 at the time, unix seconds,
// which follows from the majority: both birthdays are of one day of the year,
// that of a 29 February being 1 March (Date.Fourteenth).
func (g Guardianship) UnderFourteen(at int64) bool {
	return g.NotAfter != 0 && at < time.Unix(g.NotAfter, 0).In(credential.Zone).AddDate(-4, 0, 0).Unix()
}

// Revoked says whether somebody other than the guardian ended it.
func (g Guardianship) Revoked() bool {
	return g.EndedBy == ByAuthority || g.EndedBy == ByCommunityWorker || g.EndedBy == BySelf
}

// Bars says why the guardianship, which has ended, is not made again as next by
// whoever acts; nil when nothing bars it. What the authority revoked only the
// authority makes again, and what the member revoked only the member's own
// check: a register shows a household as long as it exists.
func (g Guardianship) Bars(next Guardianship, by Actor) error {
	switch {
	case by == ByAuthority:
		return nil
	case g.EndedBy == ByAuthority || g.EndedBy == ByCommunityWorker:
		return ErrRevokedByAuthority
	case g.EndedBy == BySelf && next.Evidence != FaceCheck && next.Evidence != ConsentOfMember:
		return ErrRevokedByMember
	}
	return nil
}

// GuardianEnd says which guardianship ends, and who ends it.
type GuardianEnd struct {
	Guardian, Member health.PersonID
	By               Actor
	Reason           string // of the authority: 1 to 40 of a-z, 0-9, _ and -; naming nobody; empty for none
	Dry              bool   // change nothing, and say what would be
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
