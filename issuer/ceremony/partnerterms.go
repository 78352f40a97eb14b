package ceremony

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"healthcode.example/credential"
	"healthcode.example/trust"
)

// fact is one thing that an entry of a partner says, in words. Two entries are compared fact by fact, by label.
type fact struct{ label, text string }

// partnerChanges says of every partner what signing would change, one fact a line.
func partnerChanges(now, next []trust.Partner) []string {
	var lines []string
	byName := func(all []trust.Partner, name string) int {
		return slices.IndexFunc(all, func(p trust.Partner) bool { return p.Name == name })
	}
	for i := range next {
		p := &next[i]
		n := byName(now, p.Name)
		switch {
		case n < 0:
			lines = append(lines, fmt.Sprintf("partner %s: NEW", p.Name))
			for _, f := range partnerFacts(p) {
				lines = append(lines, fmt.Sprintf("partner %s: %s", p.Name, f.text))
			}
		case reflect.DeepEqual(now[n], *p):
		default:
			lines = append(lines, fmt.Sprintf("partner %s: CHANGES", p.Name))
			changed := factChanges(p.Name, partnerFacts(&now[n]), partnerFacts(p))
			if len(changed) == 0 {
				changed = []string{fmt.Sprintf("partner %s: in a way that this program cannot show: use a newer program before you sign", p.Name)}
			}
			lines = append(lines, changed...)
		}
	}
	for _, p := range now {
		if byName(next, p.Name) < 0 {
			lines = append(lines, fmt.Sprintf("partner %s: TAKEN OUT", p.Name))
		}
	}
	return lines
}

func factChanges(name string, now, next []fact) []string {
	find := func(all []fact, label string) string {
		if n := slices.IndexFunc(all, func(f fact) bool { return f.label == label }); n >= 0 {
			return all[n].text
		}
		return ""
	}
	var lines []string
	for _, f := range next {
		switch old := find(now, f.label); {
		case old == "":
			lines = append(lines, fmt.Sprintf("partner %s: NEW %s", name, f.text))
		case old != f.text:
			lines = append(lines, fmt.Sprintf("partner %s: %s (before: %s)", name, f.text, old))
		}
	}
	for _, f := range now {
		if find(next, f.label) == "" {
			lines = append(lines, fmt.Sprintf("partner %s: GONE %s", name, f.text))
		}
	}
	return lines
}

// partnerFacts is everything that an entry says. A test changes each field and wants to read of it.
func partnerFacts(p *trust.Partner) []fact {
	facts := []fact{
		{"issuers", "speaks for " + strings.Join(p.Issuers, ", ")},
		{"formats", "in " + words(len(p.Formats), "the format ", "the formats ") + strings.Join(p.Formats, ", ")},
	}
	if p.Root == nil {
		facts = append(facts, fact{"root", "no bundle: whether a code of it was revoked stays unknown"})
	} else {
		facts = append(facts, fact{"root", "its bundles follow from the root " + Spaced(p.Fingerprint())})
	}
	for i := range p.Keys {
		facts = append(facts, keyFact(&p.Keys[i]))
	}
	return append(facts, policyFacts(&p.Policy)...)
}

func keyFact(k *trust.PartnerKey) fact {
	label := fmt.Sprintf("key %s", k.Key.ID())
	if k.KeyID != nil {
		label += fmt.Sprintf(" (which it calls %s)", k.Called())
	}
	text := label + " " + k.Key.Algorithm().String() + " for " + strings.Join(purposeNames(k.Purposes), " and ")
	if len(k.Proofs) > 0 {
		proofs := make([]string, len(k.Proofs))
		for n, proof := range k.Proofs {
			proofs[n] = fmt.Sprint(proof)
		}
		text += ", to vouch for " + strings.Join(proofs, " and ") + " only"
	}
	if k.From != 0 {
		text += ", from " + stamp(k.From)
	}
	if k.Until != 0 {
		text += ", until " + stamp(k.Until)
	}
	return fact{label, text}
}

func purposeNames(purposes []trust.Purpose) []string {
	names := make([]string, len(purposes))
	for n, p := range purposes {
		names[n] = p.String()
	}
	return names
}

func policyFacts(p *trust.PartnerPolicy) []fact {
	kinds := make([]string, len(p.Kinds))
	for n, k := range p.Kinds {
		kinds[n] = k.String()
	}
	facts := []fact{{"kinds", "codes that count: " + strings.Join(kinds, ", ")}}
	for _, theirs := range []credential.Colour{credential.Green, credential.Yellow, credential.Red} {
		facts = append(facts, fact{"colour " + theirs.String(), fmt.Sprintf("its %s is %s here", theirs, p.Colours.Of(theirs))})
	}
	unknown := "a code whose revocation cannot be looked up does not count"
	if p.UnknownAge != 0 {
		unknown = "a code whose revocation cannot be looked up counts up to an age of " + span(p.UnknownAge)
	}
	refresh := "no code is too old before its own end"
	if p.RefreshAge != 0 {
		refresh = "a code counts up to an age of " + span(p.RefreshAge)
	}
	test := "no negative test is asked for"
	if p.TestAge != 0 {
		test = "a negative test is asked for, sampled within " + span(p.TestAge)
	}
	day := "a code may count over midnight"
	if p.EndOfDay {
		day = "a code ends at 23:59:59 (UTC+8) of its day"
	}
	gates := "its codes count at every sort of gate"
	if len(p.Gates) > 0 {
		gates = "its codes count only at gates of the sort " + strings.Join(p.Gates, ", ")
	}
	return append(facts, fact{"gates", gates}, fact{"unknown age", unknown}, fact{"refresh age", refresh}, fact{"test age", test}, fact{"end of day", day})
}

// span says a duration in the largest unit of which it is a whole number, so that nothing of it is lost.
func span(d time.Duration) string {
	switch {
	case d%time.Hour == 0:
		return fmt.Sprintf("%d hours", d/time.Hour)
	case d%time.Minute == 0:
		return fmt.Sprintf("%d minutes", d/time.Minute)
	}
	return fmt.Sprintf("%d seconds", d/time.Second)
}

func words(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}
