package verifier

import (
	"time"

	"healthcode.example/credential"
	"healthcode.example/trust"
)

// judge gives each member its verdict, and the whole that of its worst member.
func (v *Verifier) judge(u *credential.Unverified, a *authority, at time.Time, out *Result) {
	g := ground{stale: v.stale(at, v.hard), current: a.partner == nil || v.current(a, at, v.hard), gate: v.policy.Gate, at: at}
	out.Members = make([]Member, 0, u.Members())
	out.Verdict, out.Reason, out.Status = Accept, ReasonOK, StatusChecked
	for i := range u.Codes {
		c := &u.Codes[i].Claims
		for j := range c.Members {
			m := &c.Members[j]
			verdict, reason, status := a.judge(c, m, g)
			out.Members = append(out.Members, a.show(c, m, verdict, reason))
			if worse(verdict, out.Verdict) {
				out.Verdict, out.Reason = verdict, reason
			}
			if status == StatusUnknown {
				out.Status = StatusUnknown
			}
		}
	}
	if out.Verdict == Accept {
		out.Check = CheckPerson
		if u.Show == nil {
			out.Check = CheckDocument
		}
	} else {
		out.Remedy = out.Reason.Remedy()
	}
	if out.Reason == ReasonBundleExpired {
		out.Expired = v.bundle.Expired(at)
	}
	if out.Verdict == Accept || out.Reason == ReasonColour {
		out.secret = keepSecrets(u)
	}
}

// keepSecrets is nil unless a member has a document digest.
func keepSecrets(u *credential.Unverified) func() *secrets {
	if !offersDocument(u) {
		return nil
	}
	s := new(secrets)
	for i := range u.Codes {
		for j := range u.Codes[i].Claims.Members {
			s.members = append(s.members, &u.Codes[i].Claims.Members[j])
		}
	}
	if u.Show != nil {
		s.salts = u.Show.Presentation.Salts
	}
	return s.hidden()
}

func offersDocument(u *credential.Unverified) bool {
	for i := range u.Codes {
		for j := range u.Codes[i].Claims.Members {
			if u.Codes[i].Claims.Members[j].Digest != nil {
				return true
			}
		}
	}
	return false
}

// worse orders accept before cannot say before refuse.
func worse(a, b Verdict) bool {
	rank := [...]int{Refuse: 2, Accept: 0, CannotSay: 1}
	return rank[a] > rank[b]
}

// ground is what a verdict stands on beside the code itself.
type ground struct {
	stale   Reason // why our own knowledge accepts nothing, or empty
	current bool   // the bundle of the code's region is fresh enough to tell a status
	gate    string // the sort of this gate
	at      time.Time
}

// judge decides on one member: revocation, colour, policy, and then what the gate does not know.
func (a *authority) judge(c *credential.Claims, m *credential.Member, g ground) (Verdict, Reason, Status) {
	list, known := a.list(trust.PurposeOf(c.Kind), m.Status.List)
	status := StatusUnknown
	if known && g.current {
		status = StatusChecked
	}
	switch {
	case list != nil && m.Status.Index>>list.Width != 0:
		return Refuse, ReasonClaims, StatusChecked // nothing could revoke it: a code that cannot be revoked must not exist
	case list != nil && list.Contains(m.Status.Index):
		return Refuse, ReasonRevoked, StatusChecked
	case a.colour(m) != credential.Green:
		return Refuse, ReasonColour, status
	}
	if a.partner != nil {
		if !a.partner.Policy.CountsAt(g.gate) {
			return Refuse, ReasonKindNotAdmitted, status
		}
		if reason := partnerRefuses(&a.partner.Policy, c, m, g.at); reason != "" {
			return Refuse, reason, status
		}
	}
	switch {
	case status == StatusUnknown && a.partner == nil:
		return CannotSay, ReasonListMissing, status
	case a.lost: // what the lost bundle had revoked would pass by its age
		return CannotSay, ReasonStatusUnknown, status
	case status == StatusUnknown:
		if verdict, reason := statusUnknown(a.partner, c, g.at); verdict != Accept {
			return verdict, reason, status
		}
	}
	if g.stale != "" {
		return CannotSay, g.stale, status
	}
	return Accept, ReasonOK, status
}

// colour is what the member's colour means here.
func (a *authority) colour(m *credential.Member) credential.Colour {
	if a.partner == nil {
		return m.Colour
	}
	return a.partner.Policy.Colours.Of(m.Colour)
}

// show copies a member's data only where the verdict lets them appear.
func (a *authority) show(c *credential.Claims, m *credential.Member, verdict Verdict, reason Reason) Member {
	out := Member{Verdict: verdict, Reason: reason}
	if verdict != Accept && reason != ReasonColour {
		return out
	}
	out.Colour, out.Name, out.Kind = a.colour(m), m.Name, c.Kind
	out.Relation, out.Guardian, out.Birthday = m.Relation, m.Guardian, m.Hint
	if m.Tested != 0 {
		out.Tested = time.Unix(m.Tested*3600, 0).UTC()
	}
	return out
}
