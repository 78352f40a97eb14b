package partner

import (
	"fmt"
	"slices"

	"healthcode.example/trust"
	"healthcode.example/verifier/dcc"
)

// Entries are the list's groups as they stand in our key list, all under one policy. The entries of a list of EU signers are called by the name
// and their country.
func (l *List) Entries(name string, policy trust.PartnerPolicy) []trust.Partner {
	var all []trust.Partner
	for _, g := range l.Groups {
		p := trust.Partner{Name: name, Issuers: g.Issuers, Formats: []string{l.Format}, Keys: g.Keys, Policy: policy}
		if l.Format == dcc.Name {
			p.Name += " " + g.Issuers[0]
		}
		all = append(all, p)
	}
	return all
}

// Merge puts the entries beside those that are there. Where one of them has a name already, or the list has an entry of an earlier list of EU
// signers under the name, replace must say that the new ones take their place: a country that is no longer on the list then loses its entry.
func Merge(have, entries []trust.Partner, name string, replace bool) ([]trust.Partner, error) {
	list := slices.ContainsFunc(entries, func(e trust.Partner) bool { return slices.Equal(e.Formats, []string{dcc.Name}) })
	former := func(p trust.Partner) bool {
		ours := slices.ContainsFunc(entries, func(e trust.Partner) bool { return e.Name == p.Name })
		return ours || list && slices.Equal(p.Formats, []string{dcc.Name}) && len(p.Issuers) == 1 && p.Name == name+" "+p.Issuers[0]
	}
	var out []trust.Partner
	for _, p := range have {
		switch {
		case !former(p):
			out = append(out, p)
		case !replace:
			return nil, fmt.Errorf("a partner is named %q already: give --replace to put this in its place, or another --name", p.Name)
		}
	}
	return append(out, entries...), nil
}
