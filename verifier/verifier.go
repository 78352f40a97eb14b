package verifier

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"slices"
	"time"

	"healthcode.example/credential"
	"healthcode.example/crypto/cose"
	"healthcode.example/trust"
)

// defaultTables bounds the tables of known keys; further keys verify at the standard library's speed.
const defaultTables = 256

// Policy is the gate's own choice within what the bundle's signed policy allows. The zero value is a production gate.
type Policy struct {
	Demo   bool          // accept a root marked DEMO; false refuses it
	MaxAge time.Duration // hard age of the bundle at this gate, if it is shorter than the signed one; zero: the signed one
	Gate   string        // the sort of gate that this is, as partners' policies name them; empty: none, and what counts at some gates only does not count
	Tables int           // most tables of known Ed25519 keys, 40 KiB each, made at a key's first use; zero: 256; negative: none
}

// Verifier gives verdicts under one bundle. It never changes after New and is safe for concurrent use.
type Verifier struct {
	bundle   *trust.Bundle
	policy   Policy
	formats  []Format
	region   string
	home     *authority
	partners map[string]*authority // by iss, which is never our region
	tables   tables                // left over
	broken   Reason                // why no verdict is possible at all, or empty
	soft     time.Duration
	hard     time.Duration
}

// New takes the trust in force and the policy of the gate. A bundle without a snapshot, or with a DEMO root at a production gate, gives a
// Verifier that can never say. Codes of partners are checked by the keys that our key list holds of them; see WithPartner for more.
func New(b *trust.Bundle, p Policy, formats ...Format) *Verifier {
	v := &Verifier{bundle: b, policy: p, formats: formats}
	switch {
	case b == nil || b.Snapshot() == nil:
		v.broken = ReasonBundleMissing
		return v
	case b.Root().Demo && !p.Demo:
		v.broken = ReasonDemoRoot
		return v
	}
	list := b.KeyList()
	v.region = list.Region
	v.soft, v.hard = list.Policy.SoftAge, list.Policy.HardAge
	if p.MaxAge > 0 && p.MaxAge < v.hard {
		v.hard, v.soft = p.MaxAge, min(v.soft, p.MaxAge)
	}
	v.tables = tables(p.Tables)
	if p.Tables == 0 {
		v.tables = defaultTables
	}
	v.home = authorityOf(b, &v.tables)
	v.partners = partnersByKeys(list, &v.tables)
	return v
}

// Bundle gives the trust that the Verifier was made from.
func (v *Verifier) Bundle() *trust.Bundle { return v.bundle }

// Verify gives the verdict on the text of a symbol at the gate's time. With a challenge (16 to 32 bytes) a presentation must answer it, and
// its own time no longer matters; without one it must be fresh. Every input has a Result.
func (v *Verifier) Verify(text string, at time.Time, challenge []byte) Result {
	if v.broken != "" {
		return cannotSay(v.broken)
	}
	u, err := credential.Parse(text)
	if err != nil {
		return v.unparsed(text, at, err)
	}
	out := Result{Ages: Ages{Bundle: seconds(at.Sub(v.home.issued))}}
	a := v.authority(u.Codes[0].Claims.Issuer)
	if a == nil {
		return v.failed(ReasonRegionUnknown, nil, at, out.Ages)
	}
	if a.partner != nil && a.bundle != nil {
		out.Ages.Partner = seconds(at.Sub(a.issued))
	}
	for i := range u.Codes { // all of one issuer
		if reason := a.check(&u.Codes[i], at); reason != "" {
			if reason == ReasonLifetime && tooLongForAnyPolicy(&u.Codes[i].Claims) {
				return refuse(reason)
			}
			return v.failed(reason, a, at, out.Ages)
		}
	}
	out.Region = u.Codes[0].Claims.Issuer
	out.Ages.Code = at.Unix() - u.Codes[0].Claims.IssuedAt
	reason := v.checkHolder(&u, at, challenge, &out)
	if reason == "" && !everyoneOnce(&u) {
		reason = ReasonClaims
	}
	if reason != "" {
		failed := v.failed(reason, a, at, out.Ages)
		failed.Region, failed.shown = out.Region, out.shown
		return failed
	}
	v.judge(&u, a, at, &out)
	return out
}

// authority gives whoever may sign for the issuer, or nil. A partner never may for our own region.
func (v *Verifier) authority(issuer string) *authority {
	if issuer == v.region {
		return v.home
	}
	return v.partners[issuer]
}

// seconds rounds down, so that an age is never shown as more than it is.
func seconds(d time.Duration) int64 { return int64(d.Truncate(time.Second) / time.Second) }

var faultReasons = map[credential.Fault]Reason{
	credential.FaultLength: ReasonTooLong, credential.FaultBase45: ReasonBase45, credential.FaultCBOR: ReasonCBOR, credential.FaultEnvelope: ReasonEnvelope,
	credential.FaultAlgorithm: ReasonAlgorithm, credential.FaultType: ReasonType, credential.FaultClaims: ReasonClaims,
}

func (v *Verifier) unparsed(text string, at time.Time, err error) Result {
	var e *credential.Error
	if !errors.As(err, &e) {
		return refuse(ReasonClaims)
	}
	if e.Fault == credential.FaultFormat {
		return v.otherFormat(text, at)
	}
	return refuse(faultReasons[e.Fault])
}

// failed turns the first failed check into a Result without data: cannot say where fresher knowledge or a right clock could turn it into
// accept, refuse otherwise. a is nil if the issuer is unknown.
func (v *Verifier) failed(reason Reason, a *authority, at time.Time, ages Ages) Result {
	var r Result
	switch reason {
	case ReasonKeyUnknown, ReasonRegionUnknown:
		r = refuse(reason)
		partnerStale := a != nil && a.partner != nil && a.partner.Root != nil && !v.current(a, at, v.soft)
		if v.stale(at, v.soft) != "" || partnerStale {
			r = cannotSay(reason)
		}
	case ReasonLifetime: // a newer policy may allow it
		r = refuse(reason)
		if v.stale(at, v.soft) != "" {
			r = cannotSay(reason)
			r.Remedy = RemedyUpdateBundle
		}
	case ReasonNotYetValid, ReasonPresentationAhead, ReasonKeyWindow:
		r = refuse(reason)
		if v.clockBehind(at) {
			r = cannotSay(ReasonClockBehind)
		}
	default:
		r = refuse(reason)
	}
	r.Ages = ages
	return r
}

func (v *Verifier) clockBehind(at time.Time) bool { return v.bundle.Behind(at) > 0 }

// stale says why the gate's knowledge is not good enough for an accept at the time, or is empty.
func (v *Verifier) stale(at time.Time, most time.Duration) Reason {
	switch {
	case v.clockBehind(at):
		return ReasonClockBehind
	case v.bundle.Expired(at) != "":
		return ReasonBundleExpired
	case at.Sub(v.home.issued) > most:
		return ReasonBundleStale
	}
	return ""
}

// check looks at key, issuer signature and times of one code.
func (a *authority) check(code *credential.Signed, at time.Time) Reason {
	c := &code.Claims
	key := a.keys[code.Message.KeyID]
	if key == nil {
		return ReasonKeyUnknown
	}
	purpose := trust.PurposeOf(c.Kind)
	switch {
	case key.compromised:
		return ReasonKeyCompromised
	case !key.serves(purpose):
		return ReasonKeyPurpose
	case key.public.Algorithm() != code.Message.Algorithm:
		return ReasonAlgorithm
	case c.IssuedAt < key.useFrom || c.IssuedAt >= key.useUntil || at.Unix() >= key.verifyUntil:
		return ReasonKeyWindow
	}
	if code.Message.Verify(key.public) != nil {
		return ReasonSignature
	}
	now := at.Unix()
	switch {
	case c.IssuedAt > now+int64(credential.Skew/time.Second):
		return ReasonNotYetValid
	case now >= c.ExpiresAt:
		return ReasonExpired
	case c.ExpiresAt-c.IssuedAt > int64(a.lifetime(purpose)/time.Second): // in seconds: three centuries overflow a Duration
		return ReasonLifetime
	}
	return ""
}

// tooLongForAnyPolicy says whether the code outlives the format's longest lifetime.
func tooLongForAnyPolicy(c *credential.Claims) bool {
	most := credential.MaxPhoneLifetime
	if c.Kind == credential.Paper {
		most = credential.MaxPaperLifetime
	}
	return c.ExpiresAt-c.IssuedAt > int64(most/time.Second)
}

// checkHolder looks at the presentation: who signed it, for which challenge, and when.
func (v *Verifier) checkHolder(u *credential.Unverified, at time.Time, challenge []byte, out *Result) Reason {
	if u.Show == nil {
		if u.Codes[0].Claims.Kind != credential.Paper {
			return ReasonBare
		}
		return ""
	}
	holder := u.Codes[0].Claims.Holder
	if u.Show.Message.Verify(holder) != nil {
		return ReasonHolderSignature
	}
	p := &u.Show.Presentation
	age := at.Sub(time.Unix(p.At, 0))
	out.Ages.Presentation = seconds(age)
	out.shown = shownDigest(holder, &u.Show.Message)
	switch {
	case challenge != nil && p.Challenge == nil:
		return ReasonChallengeMissing
	case challenge != nil && !bytes.Equal(challenge, p.Challenge):
		return ReasonChallengeMismatch
	case challenge != nil:
		return "" // answered now: the holder's clock does not matter
	case p.Challenge != nil:
		return ReasonChallengeUnexpected
	case age > credential.PresentationMaxAge:
		return ReasonPresentationOld
	case age < -credential.PresentationMaxAhead:
		return ReasonPresentationAhead
	}
	return ""
}

// everyoneOnce says whether nobody is shown twice, who would then count as two. Codes of one refresh have one time of issue, and under one list
// everybody has one index; of two refreshes, say before and after midnight, nothing would tell that both codes are the same person's.
func everyoneOnce(u *credential.Unverified) bool {
	var seen [credential.MaxMembers]credential.Status
	n := 0
	for i := range u.Codes {
		c := &u.Codes[i].Claims
		if c.IssuedAt != u.Codes[0].Claims.IssuedAt {
			return false
		}
		for j := range c.Members {
			if slices.Contains(seen[:n], c.Members[j].Status) || n == len(seen) {
				return false
			}
			seen[n] = c.Members[j].Status
			n++
		}
	}
	return true
}

// shownDigest names a presentation by what was signed, never by its text, tags or signature, all of which others can vary.
func shownDigest(holder *cose.PublicKey, m *cose.Sign1) [32]byte {
	thumb, protected := holder.Thumbprint(), sha256.Sum256(m.Protected)
	var buf [512]byte
	return sha256.Sum256(append(append(append(buf[:0], thumb[:]...), protected[:]...), m.Payload...))
}
