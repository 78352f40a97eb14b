package verifier

import (
	"bytes"
	"cmp"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"healthcode.example/credential"
	"healthcode.example/crypto/cose"
	"healthcode.example/trust"
)

// Finding is what a code of another format says about its holder's health, as far as its reader positively recognises it: by the value sets of
// the format's own specification, and by nothing that only looks like them. The zero value accepts nobody.
type Finding uint8

// Findings of a reader.
const (
	Unrecognised Finding = iota // a result, a disease or a form that the gate does not know: it cannot say
	NoColour                    // recognised, and nothing for which a colour could stand: an identity, an unfinished course of doses
	Healthy                     // what the specification calls a proof: the partner's green, where our policy draws its codes in colours
	Infected                    // an infection: the partner's red
)

// Foreign is what a Format has read from a code whose signature it has checked with CheckForeignKey. Codes of other formats are bound to no
// holder key and have no status here: our policy treats them as paper whose status is unknown.
type Foreign struct {
	Region  string // the issuer for which the partner speaks
	Finding Finding
	Proves  Line   // for the inspector
	Name    string // masked, unless the gate's policy asks for the full one
	Issued  int64  // Unix seconds, rounded down
	From    int64  // Unix seconds: the latest of what it says to have happened (a dose, a sample) or begun; zero: nothing beside Issued
	Expires int64  // Unix seconds; zero: never
	Tested  int64  // hours since 1970 of a negative sample, rounded down; zero: none
}

// maxTried bounds the signatures checked where a code names no key.
const maxTried = 16

// maxLine bounds, in bytes, a line or name of a foreign code that is shown.
const maxLine = 160

// ForeignError is what every failure to read a code of another format is. Nothing of the code is in its text.
type ForeignError struct {
	Reason Reason
	Err    error
}

func (e *ForeignError) Error() string { return e.Err.Error() }

// Unwrap gives the cause.
func (e *ForeignError) Unwrap() error { return e.Err }

// RefuseForeignError is the Result for an error of a reader.
func RefuseForeignError(err error) Result {
	var e *ForeignError
	if errors.As(err, &e) {
		return refuse(e.Reason)
	}
	return refuse(ReasonEnvelope)
}

// EnvelopeReason is the Reason for an error of cose.ParseForeignSign1.
func EnvelopeReason(err error) Reason {
	if errors.Is(err, cose.ErrAlgorithm) {
		return ReasonAlgorithm
	}
	return ReasonEnvelope
}

// RefuseForeign is the Result of a Format that refuses. Where fresher trust or a right clock could change it, the Verifier does so.
func RefuseForeign(r Reason) Result { return refuse(r) }

// SeenForeign refuses a text of a known format that cannot be taken alone, and names what was seen.
func SeenForeign(seen string) Result {
	r := refuse(ReasonOtherFormat)
	r.Seen = seen
	return r
}

// CheckForeignKey is ForeignKeys and CheckForeignSigners in one, for a Format that knows what a code says before it knows who signed it.
func CheckForeignKey(p *trust.Partner, kid []byte, proof trust.Proof, issued int64, at time.Time, verify func(*cose.PublicKey) error) Reason {
	keys, reason := ForeignKeys(p, kid, verify)
	if reason != "" {
		return reason
	}
	return CheckForeignSigners(keys, proof, issued, at)
}

// ForeignKeys gives the keys of the partner that the kid names and with which verify is content; several keys of one kid are each tried. A nil kid
// means that the format lets a code name none: then each key is tried, if the partner has at most 16. Where no key fits, the Reason is that of the
// first that was tried.
func ForeignKeys(p *trust.Partner, kid []byte, verify func(*cose.PublicKey) error) (signed []*trust.PartnerKey, unsigned Reason) {
	if kid == nil && len(p.Keys) > maxTried {
		return nil, ReasonKeyUnknown
	}
	for i := range p.Keys {
		k := &p.Keys[i]
		if kid != nil && !named(k, kid) {
			continue
		}
		if err := verify(k.Key); err != nil {
			unsigned = cmp.Or(unsigned, signatureReason(err))
			continue
		}
		signed = append(signed, k)
	}
	if len(signed) > 0 {
		return signed, ""
	}
	return nil, cmp.Or(unsigned, ReasonKeyUnknown)
}

// CheckForeignSigners is empty if one of the keys, which did sign, may vouch for the proof, was good when the code was issued and is good at the
// time. Else it is the Reason of the first, so that nobody reads of a signer what a forger wrote.
func CheckForeignSigners(keys []*trust.PartnerKey, proof trust.Proof, issued int64, at time.Time) (first Reason) {
	for _, k := range keys {
		reason := signerReason(k, proof, issued, at)
		if reason == "" {
			return ""
		}
		first = cmp.Or(first, reason)
	}
	return first
}

func named(k *trust.PartnerKey, kid []byte) bool {
	if k.KeyID != nil {
		return bytes.Equal(k.KeyID, kid)
	}
	id := k.Key.ID()
	return bytes.Equal(id[:], kid)
}

// signerReason says why a key that signed a code does not count for it, or nothing.
func signerReason(k *trust.PartnerKey, proof trust.Proof, issued int64, at time.Time) Reason {
	switch {
	case !slices.Contains(k.Purposes, trust.Paper) || !k.Vouches(proof):
		return ReasonKeyPurpose
	case !k.Good(trust.Paper, issued, at):
		return ReasonKeyWindow
	}
	return ""
}

func signatureReason(err error) Reason {
	if errors.Is(err, cose.ErrAlgorithm) {
		return ReasonAlgorithm
	}
	return ReasonSignature
}

// JudgeForeign gives the verdict on a code whose signature a key of the partner made: its times, then our policy on the partner, then whether
// the gate recognises what it proves. What is said to have happened after the gate's time, but for the skew of clocks, is not yet valid.
func JudgeForeign(p *trust.Partner, f Foreign, at time.Time) Result {
	now := at.Unix()
	switch {
	case max(f.Issued, f.From) > now+int64(credential.Skew/time.Second):
		return refuse(ReasonNotYetValid)
	case f.Expires != 0 && now >= f.Expires:
		return refuse(ReasonExpired)
	}
	out := Result{Region: f.Region, Status: StatusUnknown, partner: &p.Policy, Ages: Ages{Code: now - f.Issued}}
	colour := foreignColour(p, f.Finding)
	out.Verdict, out.Reason = foreignVerdict(p, &f, colour, at)
	out.Remedy = out.Reason.Remedy()
	member := Member{Verdict: out.Verdict, Reason: out.Reason}
	if out.Verdict == Accept {
		out.Check = CheckDocument
	}
	if out.Verdict == Accept || out.Reason == ReasonColour {
		member.Kind, member.Colour, member.Name, member.Proves = credential.Foreign, colour, line(f.Name), f.Proves.shown()
		if f.Expires != 0 {
			member.Until = time.Unix(f.Expires, 0).UTC()
		}
		if f.Tested != 0 {
			member.Tested = time.Unix(f.Tested*3600, 0).UTC()
		}
	}
	out.Members = []Member{member}
	return out
}

// foreignColour is zero where none stands for the finding. Where our policy makes the partner's green a worse colour, that is also the colour
// of what has none, which is never better than a full proof.
func foreignColour(p *trust.Partner, f Finding) credential.Colour {
	green := p.Policy.Colours.Of(credential.Green)
	switch {
	case f == Infected:
		return p.Policy.Colours.Of(credential.Red)
	case f == Healthy && p.Policy.Colours != (trust.ColourMap{}), f == NoColour && green != credential.Green:
		return green
	}
	return 0
}

// foreignVerdict looks at what our policy refuses before it says that it does not know what was proved. No bundle of a partner tells a status
// in another format, so a code that is older than one of unknown status may be is refused.
func foreignVerdict(p *trust.Partner, f *Foreign, colour credential.Colour, at time.Time) (Verdict, Reason) {
	c := &credential.Claims{IssuedAt: f.Issued, Kind: credential.Paper}
	m := &credential.Member{Tested: f.Tested}
	if colour != 0 && colour != credential.Green {
		return Refuse, ReasonColour
	}
	if reason := partnerRefuses(&p.Policy, c, m, at); reason != "" {
		return Refuse, reason
	}
	switch {
	case p.Policy.UnknownAge == 0 || at.Unix()-f.Issued > int64(p.Policy.UnknownAge/time.Second):
		return Refuse, ReasonPartnerAge
	case f.Finding != NoColour && f.Finding != Healthy:
		return CannotSay, ReasonNotProved
	}
	return Accept, ReasonOK
}

// line keeps what a foreign issuer wrote from breaking the line in which it is shown.
func line(s string) string {
	s = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, s)
	for len(s) > maxLine {
		_, size := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-size]
	}
	return s
}

// foreign hands the text to the format and brings in what the gate itself knows: of what sort it is, how fresh its trust is, and its clock.
func (v *Verifier) foreign(f Format, text string, at time.Time) Result {
	r := f.Verify(text, v.bundle, at)
	r.Ages.Bundle = seconds(at.Sub(v.home.issued))
	if r.partner != nil && r.Reason != ReasonColour && !r.partner.CountsAt(v.policy.Gate) {
		out := refuse(ReasonKindNotAdmitted)
		out.Region, out.Ages, out.Status, out.Members = r.Region, r.Ages, r.Status, []Member{{Verdict: Refuse, Reason: out.Reason}}
		return out
	}
	if r.Members == nil {
		r.Members = []Member{}
	}
	switch {
	case r.Verdict == Accept && v.stale(at, v.hard) != "":
		stale := cannotSay(v.stale(at, v.hard))
		stale.Region, stale.Ages, stale.Status = r.Region, r.Ages, r.Status
		if stale.Reason == ReasonBundleExpired {
			stale.Expired = v.bundle.Expired(at)
		}
		for range r.Members {
			stale.Members = append(stale.Members, Member{Verdict: CannotSay, Reason: stale.Reason})
		}
		return stale
	case len(r.Members) == 0 && r.Verdict == Refuse:
		failed := v.failed(r.Reason, nil, at, r.Ages)
		if failed.Seen = r.Seen; failed.Reason == ReasonOtherFormat && failed.Seen == "" {
			failed.Seen = looksLike(text) // the format took it, and then was not content with it
		}
		return failed
	}
	return r
}
