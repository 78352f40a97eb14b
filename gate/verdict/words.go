package verdict

import (
	"fmt"
	"time"

	"healthcode.example/verifier"
)

// reasonWords say each Reason to the person at the gate.
var reasonWords = map[verifier.Reason]string{
	verifier.ReasonBundleMissing:       "this gate has no trust bundle yet",
	verifier.ReasonDemoRoot:            "this gate's bundle is for demonstrations only",
	verifier.ReasonOtherFormat:         "this is not a health code",
	verifier.ReasonTooLong:             "this is longer than any health code",
	verifier.ReasonBase45:              "the text of the code is damaged",
	verifier.ReasonCBOR:                "the content of the code is damaged",
	verifier.ReasonEnvelope:            "this is not an envelope of a health code",
	verifier.ReasonAlgorithm:           "the code names a signature algorithm that is not allowed for its key",
	verifier.ReasonType:                "this is another kind of object, not a code",
	verifier.ReasonClaims:              "the code says something that no code may say",
	verifier.ReasonRegionUnknown:       "this gate knows no keys of the region that the code names",
	verifier.ReasonKeyUnknown:          "this gate does not know the key that the code names",
	verifier.ReasonKeyCompromised:      "the key of this code was stolen; every code under it has ended",
	verifier.ReasonKeyPurpose:          "the key of this code may not sign codes of this kind",
	verifier.ReasonKeyWindow:           "the key of this code could not be used at the time of the code",
	verifier.ReasonSignature:           "the issuer's signature is wrong: the code is forged or altered",
	verifier.ReasonNotYetValid:         "the code is dated in the future",
	verifier.ReasonExpired:             "the code has expired",
	verifier.ReasonLifetime:            "the code claims a longer life than codes of its kind may have",
	verifier.ReasonBare:                "a phone's code is shown without its phone's signature, as in a copy",
	verifier.ReasonHolderSignature:     "the phone that shows the code is not the one it was made for",
	verifier.ReasonChallengeMissing:    "the presentation does not answer this gate's challenge",
	verifier.ReasonChallengeMismatch:   "the presentation answers another challenge",
	verifier.ReasonChallengeUnexpected: "the presentation answers a challenge that this gate did not ask",
	verifier.ReasonChallengeExpired:    "the challenge is no longer open",
	verifier.ReasonPresentationOld:     "the presentation is too old, as a screenshot would be",
	verifier.ReasonPresentationAhead:   "the holder's clock is ahead of this gate's",
	verifier.ReasonAlreadyShown:        "this very presentation has been shown here already",
	verifier.ReasonRevoked:             "the code has been revoked: a newer one was issued in its place, or the right to it ended",
	verifier.ReasonListMissing:         "this gate's bundle lacks the status list of the code",
	verifier.ReasonColour:              "the code is genuine and current, and its colour does not let its holder pass",
	verifier.ReasonKindNotAdmitted:     "codes of this kind from the partner region do not count here",
	verifier.ReasonPartnerAge:          "the code of the partner region is older than counts here",
	verifier.ReasonTestMissing:         "the code of the partner region shows no negative test, and one is asked for",
	verifier.ReasonTestOld:             "the negative test on the code of the partner region is too old",
	verifier.ReasonStatusUnknown:       "this gate has no current bundle of the partner region and cannot tell whether the code was revoked",
	verifier.ReasonNotProved:           "the code is genuine, and what it says to prove is nothing that this gate recognises: a result, a disease or a form outside its lists",
	verifier.ReasonDocumentMismatch:    "the code belongs to another document",
	verifier.ReasonClockBehind:         "this gate's clock is behind the time of its own bundle",
	verifier.ReasonBundleExpired:       "this gate's bundle has expired",
	verifier.ReasonBundleStale:         "this gate's bundle is too old to accept anything",
}

// remedyWords say how to go on.
var remedyWords = map[verifier.Remedy]string{
	verifier.RemedyUpdateBundle: "load a newer bundle (healthcode bundle update), from the network or a file",
	verifier.RemedySetClock:     "set this gate's clock",
	verifier.RemedyHolderClock:  "let the holder set the phone's clock, or ask with a challenge",
	verifier.RemedyRedraw:       "let the holder open the wallet and show the code anew",
	verifier.RemedyRefresh:      "let the holder fetch a new code",
	verifier.RemedyAnswer:       "let the holder scan this gate's challenge with the wallet",
	verifier.RemedyDocument:     "look at the identity document and follow the procedure for people without a code",
	verifier.RemedyRefer:        "follow the referral procedure; the holder's wallet tells the reason and the way to be released",
	verifier.RemedyRescan:       "scan again, with the whole symbol in the picture",
}

// remedy says how to go on after the Result: where a partner's bundle is missing, which command brings it.
func remedy(r verifier.Result) string {
	if r.Reason == verifier.ReasonStatusUnknown && r.Remedy == verifier.RemedyUpdateBundle {
		return "bring the newest bundle of the partner region (healthcode bundle partner), from the network or a file"
	}
	return remedyWords[r.Remedy]
}

var checkWords = map[verifier.Check]string{
	verifier.CheckPerson:   "compare the name with the person",
	verifier.CheckDocument: "compare the name with the identity document",
}

var matchWords = map[verifier.Match]string{
	verifier.Matches:    "belongs to the code",
	verifier.NoMatch:    "belongs to somebody else",
	verifier.NotOffered: "NOT COMPARED: the code reveals nothing of this document; compare the name with the identity document by eye",
}

// words say a Reason with what the Result knows of it.
func words(reason verifier.Reason, r verifier.Result) string {
	text := reasonWords[reason]
	switch {
	case reason == verifier.ReasonOtherFormat && r.Seen != "":
		return text + " but looks like this: " + r.Seen
	case reason == verifier.ReasonBundleExpired && r.Expired != "":
		return text + ": its " + r.Expired
	case reason == verifier.ReasonPresentationOld || reason == verifier.ReasonPresentationAhead:
		d := time.Duration(r.Ages.Presentation) * time.Second
		return fmt.Sprintf("%s; holder's clock and gate's differ by %s", text, Age(d.Abs()))
	}
	return text
}

// statusWords say of a code whether it was looked up.
var statusWords = map[verifier.Status]string{
	verifier.StatusChecked: "looked up: not revoked when the bundle was published",
	verifier.StatusUnknown: "unknown: this gate has no current bundle of the region, only its keys; the age of the code decides",
}

// describeStatus is empty where the status does not bear on the verdict.
func describeStatus(r verifier.Result) string {
	switch r.Reason {
	case verifier.ReasonRevoked:
		return "looked up: revoked"
	case verifier.ReasonClockBehind, verifier.ReasonBundleExpired, verifier.ReasonBundleStale, verifier.ReasonListMissing:
		return "not known: the gate's own bundle cannot tell now"
	case verifier.ReasonStatusUnknown:
		return "unknown: this gate has no current bundle of the region"
	}
	return statusWords[r.Status]
}
