package verifier

// Verdict is the answer for a gate.
type Verdict uint8

// Verdicts of the registry. The zero value refuses: nothing unset lets anybody pass.
const (
	Refuse    Verdict = 0
	Accept    Verdict = 1
	CannotSay Verdict = 2 // the gate lacks knowledge; the remedy says which
)

// String gives the registry's word.
func (v Verdict) String() string {
	switch v {
	case Accept:
		return "accept"
	case CannotSay:
		return "cannot_say"
	}
	return "refuse"
}

// MarshalText writes the registry's word.
func (v Verdict) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// Reason says why. Its text is the registry's machine word; what people read is translated from it.
type Reason string

// Reasons of the registry, in the order of the checks.
const (
	ReasonOK = Reason("ok")

	// The gate itself.
	ReasonBundleMissing = Reason("bundle_missing") // nothing but a root is loaded
	ReasonDemoRoot      = Reason("demo_root")      // a DEMO root outside a demonstration

	// Parse.
	ReasonOtherFormat = Reason("other_format") // not YK1; Result.Seen names it
	ReasonTooLong     = Reason("too_long")
	ReasonBase45      = Reason("base45")
	ReasonCBOR        = Reason("cbor")
	ReasonEnvelope    = Reason("envelope")
	ReasonAlgorithm   = Reason("algorithm")
	ReasonType        = Reason("typ")
	ReasonClaims      = Reason("claims")

	// Key and issuer signature.
	ReasonRegionUnknown  = Reason("region_unknown")
	ReasonKeyUnknown     = Reason("key_unknown")
	ReasonKeyCompromised = Reason("key_compromised")
	ReasonKeyPurpose     = Reason("key_purpose")
	ReasonKeyWindow      = Reason("key_window")
	ReasonSignature      = Reason("signature")

	// Times.
	ReasonNotYetValid = Reason("not_yet_valid")
	ReasonExpired     = Reason("expired")
	ReasonLifetime    = Reason("lifetime")

	// Holder proof.
	ReasonBare                = Reason("bare") // a bound code without a presentation
	ReasonHolderSignature     = Reason("holder_signature")
	ReasonChallengeMissing    = Reason("challenge_missing")
	ReasonChallengeMismatch   = Reason("challenge_mismatch")
	ReasonChallengeUnexpected = Reason("challenge_unexpected")
	ReasonChallengeExpired    = Reason("challenge_expired")
	ReasonPresentationOld     = Reason("presentation_old")
	ReasonPresentationAhead   = Reason("presentation_ahead")
	ReasonAlreadyShown        = Reason("already_shown")

	// Revocation.
	ReasonRevoked     = Reason("revoked")
	ReasonListMissing = Reason("list_missing")

	// Policy.
	ReasonColour           = Reason("colour")
	ReasonDocumentMismatch = Reason("document_mismatch")

	// Our policy on a partner's code.
	ReasonKindNotAdmitted = Reason("kind_not_admitted")
	ReasonPartnerAge      = Reason("partner_age")    // older than our policy lets a code of this partner be
	ReasonTestMissing     = Reason("test_missing")   // no negative sample on it
	ReasonTestOld         = Reason("test_old")       // the negative sample is too old
	ReasonStatusUnknown   = Reason("status_unknown") // a current bundle of the partner would tell

	// What a code of another format proves.
	ReasonNotProved = Reason("not_proved") // nothing that this gate recognises

	// Freshness of the gate's own knowledge; only where nothing above refuses.
	ReasonClockBehind   = Reason("clock_behind")
	ReasonBundleExpired = Reason("bundle_expired")
	ReasonBundleStale   = Reason("bundle_stale")
)

// Check says what the inspector still has to do after accept.
type Check string

// Checks of the registry.
const (
	CheckPerson   = Check("person")   // compare the name and the hint with the person
	CheckDocument = Check("document") // paper: compare with an identity document
)

// Remedy says how to go on after refuse or cannot say.
type Remedy string

// Remedies of the registry.
const (
	RemedyUpdateBundle = Remedy("update_bundle") // load a newer bundle, from the network or a file
	RemedySetClock     = Remedy("set_gate_clock")
	RemedyHolderClock  = Remedy("set_holder_clock") // or answer a gate challenge
	RemedyRedraw       = Remedy("show_again")       // let the wallet draw a new presentation
	RemedyRefresh      = Remedy("refresh_code")     // fetch new codes
	RemedyAnswer       = Remedy("answer_challenge") // scan the gate's challenge with the wallet
	RemedyDocument     = Remedy("check_document")   // fall back to the identity document and the procedure
	RemedyRefer        = Remedy("refer")            // a health colour: follow the referral procedure
	RemedyRescan       = Remedy("scan_again")
)

var remedies = map[Reason]Remedy{
	ReasonBundleMissing: RemedyUpdateBundle, ReasonDemoRoot: RemedyUpdateBundle,
	ReasonOtherFormat: RemedyDocument, ReasonTooLong: RemedyRescan, ReasonBase45: RemedyRescan, ReasonCBOR: RemedyRescan, ReasonEnvelope: RemedyDocument,
	ReasonAlgorithm: RemedyDocument, ReasonType: RemedyDocument, ReasonClaims: RemedyDocument,
	ReasonRegionUnknown: RemedyDocument, ReasonKeyUnknown: RemedyDocument, ReasonKeyCompromised: RemedyRefresh, ReasonKeyPurpose: RemedyDocument,
	ReasonKeyWindow: RemedyRefresh, ReasonSignature: RemedyDocument,
	ReasonNotYetValid: RemedySetClock, ReasonExpired: RemedyRefresh, ReasonLifetime: RemedyDocument,
	ReasonBare: RemedyRedraw, ReasonHolderSignature: RemedyDocument, ReasonChallengeMissing: RemedyAnswer, ReasonChallengeMismatch: RemedyAnswer,
	ReasonChallengeUnexpected: RemedyRedraw, ReasonChallengeExpired: RemedyAnswer, ReasonPresentationOld: RemedyRedraw,
	ReasonPresentationAhead: RemedyHolderClock, ReasonAlreadyShown: RemedyRedraw,
	ReasonRevoked: RemedyRefresh, ReasonListMissing: RemedyUpdateBundle, ReasonColour: RemedyRefer, ReasonDocumentMismatch: RemedyDocument,
	ReasonKindNotAdmitted: RemedyDocument, ReasonPartnerAge: RemedyRefresh, ReasonTestMissing: RemedyDocument, ReasonTestOld: RemedyDocument,
	ReasonStatusUnknown: RemedyUpdateBundle, ReasonNotProved: RemedyDocument,
	ReasonClockBehind: RemedySetClock, ReasonBundleExpired: RemedyUpdateBundle, ReasonBundleStale: RemedyUpdateBundle,
}

// Reasons lists every Reason but ok, in the order of the checks.
func Reasons() []Reason {
	return []Reason{
		ReasonBundleMissing, ReasonDemoRoot, ReasonOtherFormat, ReasonTooLong, ReasonBase45, ReasonCBOR, ReasonEnvelope, ReasonAlgorithm, ReasonType,
		ReasonClaims, ReasonRegionUnknown, ReasonKeyUnknown, ReasonKeyCompromised, ReasonKeyPurpose, ReasonKeyWindow, ReasonSignature,
		ReasonNotYetValid, ReasonExpired, ReasonLifetime, ReasonBare, ReasonHolderSignature, ReasonChallengeMissing, ReasonChallengeMismatch,
		ReasonChallengeUnexpected, ReasonChallengeExpired, ReasonPresentationOld, ReasonPresentationAhead, ReasonAlreadyShown, ReasonRevoked,
		ReasonColour, ReasonKindNotAdmitted, ReasonPartnerAge, ReasonTestMissing, ReasonTestOld, ReasonListMissing, ReasonStatusUnknown, ReasonNotProved,
		ReasonClockBehind, ReasonBundleExpired, ReasonBundleStale, ReasonDocumentMismatch,
	}
}

// Remedy gives the way out of the reason.
func (r Reason) Remedy() Remedy { return remedies[r] }
