package ceremony

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"healthcode.example/issuer"
	"healthcode.example/trust"
)

// Changes says, a line each, everything that signing would change: what the signer reads before signing.
func (p *Proposal) Changes() []string {
	if p.root != nil {
		return p.rootChanges()
	}
	return p.keyListChanges()
}

func (p *Proposal) rootChanges() []string {
	now, next := p.inForce, p.root
	if now == nil {
		now = &trust.Root{}
	}
	lines := []string{
		fmt.Sprintf("root %d of %s, in place of %s", next.Version, next.Region, former(now.Version)),
		fmt.Sprintf("good until %s%s", stamp(next.ExpiresAt), before(now.ExpiresAt)),
	}
	if next.Demo {
		lines = append(lines, "marked DEMO: for demonstrations and drills, no production verifier takes it")
	}
	lines = append(lines, roleChanges("root", Role{now.Threshold, now.RootKeys}, Role{next.Threshold, next.RootKeys})...)
	return append(lines, roleChanges("key list", Role{now.ListThreshold, now.ListKeys}, Role{next.ListThreshold, next.ListKeys})...)
}

// roleChanges names every key, since a signer must see whom they leave in as well.
func roleChanges(name string, now, next Role) []string {
	line := fmt.Sprintf("%s role: %d of %d must sign", name, next.Threshold, len(next.Keys))
	if len(now.Keys) > 0 && (now.Threshold != next.Threshold || len(now.Keys) != len(next.Keys)) {
		line += fmt.Sprintf(" (before: %d of %d)", now.Threshold, len(now.Keys))
	}
	lines := []string{line}
	for _, k := range next.Keys {
		word := "stays"
		if !slices.ContainsFunc(now.Keys, k.Equal) {
			word = "NEW"
		}
		lines = append(lines, fmt.Sprintf("%s role: %s %s %s", name, k.ID(), k.Algorithm(), word))
	}
	for _, k := range now.Keys {
		if !slices.ContainsFunc(next.Keys, k.Equal) {
			lines = append(lines, fmt.Sprintf("%s role: %s %s TAKEN OUT", name, k.ID(), k.Algorithm()))
		}
	}
	return lines
}

func (p *Proposal) keyListChanges() []string {
	now, next := p.formerList, p.list
	if now == nil {
		now = &trust.KeyList{}
	}
	lines := []string{
		fmt.Sprintf("key list %d of %s, in place of %s", next.Version, next.Region, former(now.Version)),
		fmt.Sprintf("of %s, good until %s%s", stamp(next.IssuedAt), stamp(next.ExpiresAt), before(now.ExpiresAt)),
	}
	same := 0
	for n := range next.Keys {
		k := &next.Keys[n]
		if line := keyChange(now.Find(k.Key.ID()), k); line != "" {
			lines = append(lines, line)
		} else {
			same++
		}
	}
	for n := range now.Keys {
		k := &now.Keys[n]
		if next.Find(k.Key.ID()) == nil {
			lines = append(lines, fmt.Sprintf("key %s %s: GONE (%s, verifiable until %s)", k.Key.ID(), place(k), k.State, stamp(k.VerifyUntil)))
		}
	}
	lines = append(lines, fmt.Sprintf("%d keys stay as they are", same))
	for _, s := range issuer.Silenced(now, next) {
		lines = append(lines, silence(s))
	}
	lines = append(lines, partnerChanges(now.Partners, next.Partners)...)
	return append(lines, policyChanges(now.Policy, next.Policy)...)
}

// keyChange is empty for a key that stays as it is.
func keyChange(old, k *trust.IssuerKey) string {
	id := k.Key.ID()
	windows := fmt.Sprintf("use %s to %s, verify until %s", stamp(k.UseFrom), stamp(k.UseUntil), stamp(k.VerifyUntil))
	if old == nil && k.State == trust.Compromised {
		return fmt.Sprintf("key %s %s %s: NEW as COMPROMISED: it was never ours; everything under it is refused, and gates that took what it signed let go of it", id, place(k), k.Key.Algorithm())
	}
	if old == nil {
		return fmt.Sprintf("key %s %s %s: NEW as %s, %s", id, place(k), k.Key.Algorithm(), k.State, windows)
	}
	if old.Purpose != k.Purpose || old.Prefecture != k.Prefecture {
		return fmt.Sprintf("key %s: CHANGES ITS PURPOSE OR PLACE from %s to %s: do not sign", id, place(old), place(k))
	}
	var parts []string
	if old.State != k.State {
		part := fmt.Sprintf("%s becomes %s", old.State, strings.ToUpper(k.State.String()))
		switch k.State {
		case trust.Compromised:
			part += ": everything under it is refused, whatever its date"
		case trust.Retired:
			part += ": it signs no more, what it signed stays good"
		}
		if old.State == trust.Compromised {
			part += ": A COMPROMISED KEY WOULD BE BELIEVED AGAIN, do not sign"
		}
		parts = append(parts, part)
	}
	if old.UseFrom != k.UseFrom || old.UseUntil != k.UseUntil || old.VerifyUntil != k.VerifyUntil {
		parts = append(parts, fmt.Sprintf("new times: %s (before: use %s to %s, verify until %s)", windows, stamp(old.UseFrom), stamp(old.UseUntil), stamp(old.VerifyUntil)))
	}
	if len(parts) == 0 {
		return ""
	}
	return fmt.Sprintf("key %s %s: %s", id, place(k), strings.Join(parts, "; "))
}

// silence is what a signer must not overlook: a place in which nobody signs.
func silence(s issuer.Silence) string {
	until := "until another ceremony brings a key"
	if s.Until != 0 {
		until = "until " + stamp(s.Until)
	}
	return fmt.Sprintf("AFTER THIS NOBODY SIGNS %s, %s", placeOf(s.Purpose, s.Prefecture), until)
}

func place(k *trust.IssuerKey) string { return placeOf(k.Purpose, k.Prefecture) }

func placeOf(purpose trust.Purpose, prefecture uint32) string {
	if prefecture == 0 {
		return purpose.String() + " of the whole region"
	}
	return fmt.Sprintf("%s of prefecture %06d", purpose, prefecture)
}

func policyChanges(now, next trust.Policy) []string {
	var lines []string
	for _, c := range []struct {
		name      string
		now, next time.Duration
	}{
		{"soft age of a bundle", now.SoftAge, next.SoftAge}, {"hard age of a bundle", now.HardAge, next.HardAge},
		{"publication interval", now.PublishEvery, next.PublishEvery},
		{"lifetime of phone codes", now.PhoneLifetime, next.PhoneLifetime}, {"lifetime of paper codes", now.PaperLifetime, next.PaperLifetime},
	} {
		switch {
		case c.now == c.next:
		case c.now == 0:
			lines = append(lines, fmt.Sprintf("policy: %s is %s", c.name, c.next))
		default:
			lines = append(lines, fmt.Sprintf("policy: %s becomes %s (before: %s)", c.name, c.next, c.now))
			if strings.HasPrefix(c.name, "lifetime") && c.next < c.now {
				lines = append(lines, fmt.Sprintf("policy: codes that were issued for longer than %s are REFUSED from then on: let people have new ones", c.next))
			}
		}
	}
	if len(lines) == 0 && !reflect.DeepEqual(now, next) {
		lines = append(lines, "policy: CHANGES in a way that this program cannot show: use a newer program before you sign")
	}
	return lines
}

// Text is the whole proposal for the screen or the printer: what changes, who has signed, who is missing, the fingerprint.
func (p *Proposal) Text() (string, error) {
	fingerprint, err := p.RootFingerprint()
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for _, line := range p.Changes() {
		fmt.Fprintf(&b, "%s\n", line)
	}
	if fingerprint != "" {
		fmt.Fprintf(&b, "\nfollows root %d\n    %s\n", p.inForce.Version, Spaced(fingerprint))
	}
	fmt.Fprintf(&b, "\nfingerprint of what is signed\n    %s\n", Spaced(p.Fingerprint()))
	for _, q := range p.Quorums() {
		fmt.Fprintf(&b, "\n%s: %d of the %d signatures that are needed\n", q.Role, len(q.Signed), q.Threshold)
		for _, id := range q.Signed {
			fmt.Fprintf(&b, "    %s has signed\n", id)
		}
		for _, id := range q.Missing {
			fmt.Fprintf(&b, "    %s has not\n", id)
		}
	}
	return b.String(), nil
}

// Spaced puts a fingerprint into groups of four, as it is read aloud.
func Spaced(fingerprint string) string {
	var b strings.Builder
	for n, r := range fingerprint {
		if n > 0 && n%4 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return b.String()
}

func former(version uint64) string {
	if version == 0 {
		return "none: it is the first"
	}
	return fmt.Sprintf("version %d", version)
}

func before(unix int64) string {
	if unix == 0 {
		return ""
	}
	return fmt.Sprintf(" (before: %s)", stamp(unix))
}

func stamp(unix int64) string { return time.Unix(unix, 0).UTC().Format(time.RFC3339) }
