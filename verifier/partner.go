package verifier

import (
	"fmt"
	"maps"
	"time"

	"healthcode.example/credential"
	"healthcode.example/trust"
)

// WithPartner gives a Verifier that checks the codes of one more region by its own bundle, with the status of each code; v stays as it is.
// The bundle must follow from the root to which our signed key list pins the partner. Without it the partner's codes are checked by the keys
// that our list holds of it, if any: then their status is unknown and the partner's policy decides up to which age they count.
//
// A second bundle of the same region takes the place of the first only if nothing in it is older.
//
// Nothing of a partner's bundle says anything about our codes, our partners, or our clock.
func (v *Verifier) WithPartner(theirs *trust.Bundle) (*Verifier, error) {
	if v.broken != "" {
		return nil, fmt.Errorf("partner's bundle: our own bundle gives no verdicts: %s", v.broken)
	}
	p, err := v.bundle.PartnerOf(theirs)
	if err != nil {
		return nil, fmt.Errorf("partner's bundle: %w", err)
	}
	if theirs.Root().Demo && !v.policy.Demo {
		return nil, fmt.Errorf("partner's bundle: the root of partner %s is marked DEMO, and this gate is none of a demonstration", p.Name)
	}
	if former := v.partners[theirs.Root().Region]; former != nil && former.bundle != nil && !follows(theirs, former.bundle) {
		return nil, fmt.Errorf("partner's bundle: %w: snapshot %d of partner %s, %d was given before it; give the newest only", trust.ErrRollback, theirs.Version(), p.Name, former.bundle.Version())
	}
	more := *v
	a := authorityOf(theirs, &more.tables)
	a.partner = p
	more.partners = maps.Clone(v.partners)
	more.partners[theirs.Root().Region] = a
	return &more, nil
}

// WithLostPartner gives a Verifier for a gate that has had a bundle of the partner region, and has it no more or cannot believe it any more; v stays
// as it is. The keys that our list holds of the region go on to find what is forged, but of no code under them can the gate say that it counts
// (status_unknown), whatever its age, until WithPartner is given the partner's bundle again. A region without a pinned root is left as it is.
func (v *Verifier) WithLostPartner(region string) *Verifier {
	former := v.partners[region]
	if former == nil || former.bundle != nil || former.partner.Root == nil {
		return v
	}
	more, a := *v, *former
	a.lost = true
	more.partners = maps.Clone(v.partners)
	more.partners[region] = &a
	return &more
}

// follows says whether no part of b is older than that of former.
func follows(b, former *trust.Bundle) bool {
	return b.Version() >= former.Version() && b.KeyList().Version >= former.KeyList().Version && b.Root().Version >= former.Root().Version
}

// partnersByKeys are the partners for our own format, as far as our key list alone goes.
func partnersByKeys(list *trust.KeyList, left *tables) map[string]*authority {
	all := make(map[string]*authority)
	for i := range list.Partners {
		p := &list.Partners[i]
		a := (*authority)(nil)
		for _, iss := range p.Issuers {
			if !p.Speaks(trust.FormatYK1, iss) {
				continue
			}
			if a == nil {
				a = authorityOfKeys(p, left)
			}
			all[iss] = a
		}
	}
	return all
}

// current says whether a partner's bundle is fresh enough to tell the status of its codes, by our own policy. One from the future is not: its
// clock or ours is wrong.
func (v *Verifier) current(a *authority, at time.Time, most time.Duration) bool {
	return a.bundle != nil && a.bundle.Expired(at) == "" && at.Sub(a.issued) <= most && a.issued.Sub(at) <= credential.Skew
}

// partnerRefuses is our own policy on a partner's code, or empty. Whether it counts at this gate at all was asked before.
func partnerRefuses(p *trust.PartnerPolicy, c *credential.Claims, m *credential.Member, at time.Time) Reason {
	age := at.Unix() - c.IssuedAt
	end := p.End(c.IssuedAt)
	switch {
	case !p.Admits(c.Kind):
		return ReasonKindNotAdmitted
	case p.RefreshAge != 0 && age > int64(p.RefreshAge/time.Second), end != 0 && at.Unix() >= end:
		return ReasonPartnerAge
	case p.TestAge != 0 && m.Tested == 0:
		return ReasonTestMissing
	case p.TestAge != 0 && at.Unix()-m.Tested*3600 > int64(p.TestAge/time.Second):
		return ReasonTestOld
	}
	return ""
}

// statusUnknown decides on a code whose status nobody can tell here: good up to the partner's unknown age, beyond it a matter of its bundle if
// there is one to fetch, and else too old.
func statusUnknown(p *trust.Partner, c *credential.Claims, at time.Time) (Verdict, Reason) {
	switch {
	case p.Policy.UnknownAge != 0 && at.Unix()-c.IssuedAt <= int64(p.Policy.UnknownAge/time.Second):
		return Accept, ReasonOK
	case p.Root != nil:
		return CannotSay, ReasonStatusUnknown
	}
	return Refuse, ReasonPartnerAge
}
