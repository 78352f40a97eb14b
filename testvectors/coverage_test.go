package testvectors_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"healthcode.example/crypto/base45"
	"healthcode.example/partner"
	"healthcode.example/testvectors"
	"healthcode.example/trust"
	"healthcode.example/verifier"
)

func TestEveryForeignCase(t *testing.T) {
	for _, c := range must[[]testvectors.Foreign](t)(testvectors.ForeignCases()) {
		v := verifier.New(load(t, c.Bundle), verifier.Policy{Gate: c.Sort}, partner.Formats(false)...)
		var got testvectors.ForeignExpected
		if err := json.Unmarshal(must[[]byte](t)(json.Marshal(v.Verify(c.Text, at(t, c.At), nil))), &got); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, c.Expected) {
			t.Errorf("%s (%s):\n got %+v\nwant %+v", c.ID, c.Comment, got, c.Expected)
		}
		if r := verifier.New(load(t, c.Bundle), verifier.Policy{Gate: c.Sort}).Verify(c.Text, at(t, c.At), nil); r.Reason != verifier.ReasonOtherFormat {
			t.Errorf("%s: a gate without readers of other formats says %s", c.ID, r.Reason)
		}
	}
}

// sharedReasons are those that a code of every other format can get.
var sharedReasons = []verifier.Reason{
	verifier.ReasonOK, verifier.ReasonTooLong, verifier.ReasonEnvelope, verifier.ReasonAlgorithm, verifier.ReasonClaims, verifier.ReasonRegionUnknown, verifier.ReasonKeyUnknown,
	verifier.ReasonKeyPurpose, verifier.ReasonKeyWindow, verifier.ReasonSignature, verifier.ReasonNotYetValid, verifier.ReasonExpired, verifier.ReasonColour,
	verifier.ReasonKindNotAdmitted, verifier.ReasonPartnerAge, verifier.ReasonTestMissing, verifier.ReasonClockBehind, verifier.ReasonBundleExpired, verifier.ReasonBundleStale,
}

// formatReasons are those that only some can get beside them: by base45 in the text, by several symbols or encryption, and by a test or a proof
// that the format tells.
var formatReasons = map[string][]verifier.Reason{
	"HC1":  {verifier.ReasonBase45, verifier.ReasonTestOld, verifier.ReasonNotProved},
	"SHC":  {verifier.ReasonOtherFormat, verifier.ReasonTestOld, verifier.ReasonNotProved},
	"NZCP": {},
	"C169": {verifier.ReasonBase45, verifier.ReasonOtherFormat},
}

// neverForeign are those that no code of another format gets: the gate's own before it reads a code, those of our envelope, of keys with states, of
// policies on lifetimes, of holders and their documents, and of status lists.
var neverForeign = []verifier.Reason{
	verifier.ReasonBundleMissing, verifier.ReasonDemoRoot, verifier.ReasonCBOR, verifier.ReasonType, verifier.ReasonKeyCompromised, verifier.ReasonLifetime, verifier.ReasonBare,
	verifier.ReasonHolderSignature, verifier.ReasonChallengeMissing, verifier.ReasonChallengeMismatch, verifier.ReasonChallengeUnexpected, verifier.ReasonChallengeExpired,
	verifier.ReasonPresentationOld, verifier.ReasonPresentationAhead, verifier.ReasonAlreadyShown, verifier.ReasonRevoked, verifier.ReasonListMissing, verifier.ReasonStatusUnknown,
	verifier.ReasonDocumentMismatch,
}

func TestEveryFormatHasAVectorForEachReasonThatItCanGiveAndForNoOther(t *testing.T) {
	given := make(map[string]map[verifier.Reason]bool)
	for _, c := range must[[]testvectors.Foreign](t)(testvectors.ForeignCases()) {
		if given[c.Format] == nil {
			given[c.Format] = make(map[verifier.Reason]bool)
		}
		given[c.Format][verifier.Reason(c.Expected.Reason)] = true
	}
	for _, format := range trust.Formats() {
		some, ok := formatReasons[format]
		if !ok && format != trust.FormatYK1 {
			t.Errorf("format %s has no list of reasons", format)
		}
		want := make(map[verifier.Reason]bool)
		for _, r := range append(slices.Clone(some), sharedReasons...) {
			if want[r] = true; ok && !given[format][r] {
				t.Errorf("no vector of format %s gives the Reason %s", format, r)
			}
		}
		for r := range given[format] {
			if !want[r] {
				t.Errorf("a vector of format %s gives the Reason %s, which the format is said never to give", format, r)
			}
		}
	}
	if len(given) != len(formatReasons) {
		t.Errorf("vectors of %d formats, want %d", len(given), len(formatReasons))
	}
}

func TestEveryReasonIsSaidToBeOfOtherFormatsOrNever(t *testing.T) {
	said := slices.Concat(sharedReasons, neverForeign)
	for _, some := range formatReasons {
		said = append(said, some...)
	}
	for _, r := range append(verifier.Reasons(), verifier.ReasonOK) {
		if !slices.Contains(said, r) {
			t.Errorf("nothing says whether a code of another format can get the Reason %s", r)
		}
	}
	for _, r := range neverForeign {
		if n := len(slices.DeleteFunc(slices.Clone(said), func(o verifier.Reason) bool { return o != r })); n != 1 {
			t.Errorf("the Reason %s is said never to come, and to come", r)
		}
	}
}

func protocol(t *testing.T) string {
	t.Helper()
	return string(must[[]byte](t)(os.ReadFile(filepath.Join("..", "docs", "protocol.md"))))
}

// section is the text between two headings.
func section(t *testing.T, from, to string) string {
	t.Helper()
	_, rest, ok := strings.Cut(protocol(t), "\n"+from)
	text, _, ok2 := strings.Cut(rest, "\n"+to)
	if !ok || !ok2 {
		t.Fatalf("docs/protocol.md has no section between %q and %q", from, to)
	}
	return text
}

// outcomes are what the vectors say, by their name: the Reason, or the class of an update's error.
func outcomes(t *testing.T) map[string]string {
	t.Helper()
	all := make(map[string]string)
	for _, c := range must[[]testvectors.Case](t)(testvectors.Cases()) {
		all[c.ID] = c.Expected.Reason
	}
	for _, u := range must[[]testvectors.Update](t)(testvectors.Updates()) {
		all[u.ID] = u.Expected.Error
	}
	return all
}

// refusals name, for each row of §11 by its first words, a vector that fails there and nowhere before.
var refusals = map[string]string{
	"a bundle with a snapshot": "bundle-missing", "its root is not DEMO": "demo-root", "begins with": "text-hc1", "at most 4296": "text-too-long", "strict base45": "text-character",
	"the item at hand": "envelope-indefinite", "the envelope of §3": "envelope-unprotected-kid", "alg is one of the four": "header-alg-es384", "typ is": "header-typ-unknown",
	"the payload is deterministic": "cbor-order claims-unknown-sub", "iss is the region": "region-unknown", "the key list has the kid": "key-unknown",
	"the key is not compromised": "key-compromised", "its purpose is the kind's": "purpose-paper-by-phone", "alg is the key's": "alg-of-another-key", "use-from": "key-window-early",
	"the issuer's signature": "signature-bit", "iat ≤ now": "not-yet-valid", "now < exp": "expired", "exp − iat": "lifetime-phone", "a bound code": "bare-phone",
	"the holder's signature": "holder-altered", "gate has a challenge": "challenge-missing", "… and it is the same": "challenge-other", "gate has none": "challenge-unexpected",
	"at most 60 s old": "presentation-61-s-old", "at most 30 s ahead": "presentation-31-s-ahead", "all codes have one iat": "codes-of-two-refreshes", "*for each member:*": "index-beyond-list", "the index is not in": "revoked-phone",
	"the colour is green": "red", "*partner:* its policy admits": "partner-kind", "*partner:* its policy names no gates": "partner-gate-other",
	"*partner:* now − iat": "partner-refresh-age", "*partner with a test age:*": "partner-test-missing", "… and now − tested": "partner-test-old", "the list is there": "list-missing",
	"*partner:* the status is known": "partner-unknown-old", "the gate's clock": "clock-behind", "no part of the bundle": "bundle-expired-snapshot", "the bundle is not older": "bundle-stale",
	"nothing is left": "phone-adult", "where nothing above refuses": "document-other-number",
}

func TestEveryRefusalOfTheVerdictHasAVector(t *testing.T) {
	known := outcomes(t)
	used := make(map[string]bool)
	rows := regexp.MustCompile("(?m)^\\| *\\d? *\\| (.+) \\| (`.+`) \\| .+ \\|$").FindAllStringSubmatch(section(t, "## 11 ", "### 11.1"), -1)
	if len(rows) < 30 {
		t.Fatalf("docs/protocol.md: only %d rows of §11 are found", len(rows))
	}
	for _, row := range rows {
		covered := false
		for words, ids := range refusals {
			if !strings.HasPrefix(row[1], words) {
				continue
			}
			covered, used[words] = true, true
			reasons := strings.Split(strings.ReplaceAll(row[2], "`", ""), ", ")
			for i, id := range strings.Fields(ids) {
				if known[id] != reasons[i] {
					t.Errorf("§11, %q: the vector %s gives %q, want %s", row[1], id, known[id], reasons[i])
				}
			}
			if len(strings.Fields(ids)) != len(reasons) {
				t.Errorf("§11, %q has the Reasons %v and the vectors %s", row[1], reasons, ids)
			}
		}
		if !covered {
			t.Errorf("§11, %q: no vector is named for this check", row[1])
		}
	}
	for words := range refusals {
		if !used[words] {
			t.Errorf("no row of §11 begins with %q", words)
		}
	}
}

// updateRules name a vector for each error of each rule of §10.
var updateRules = map[string]string{
	"1 format": "file-trailing", "2 region": "root-other-region", "2 mixed": "root-missing", "2 signature": "root-old-too-few", "3 rollback": "root-back", "4 region": "keys-partner-our-root",
	"4 signature": "keys-too-few", "5 rollback": "keys-back", "5 mixed": "keys-two-of-one-version", "6 region": "snapshot-other-region", "6 signature": "snapshot-by-phone-key",
	"7 mixed": "snapshot-of-other-keys", "8 rollback": "snapshot-ceiling-back", "8 mixed": "snapshot-two-of-one-version", "9 mixed": "list-swapped", "9 format": "list-malformed",
	"10 rollback": "list-lost-an-entry", "11 expired": "replace-by-expired", "12 signature": "surplus-stranger-on-root",
}

func TestEveryRefusalOfAnUpdateHasAVector(t *testing.T) {
	known := outcomes(t)
	used := make(map[string]bool)
	text := section(t, "## 10 ", "## 11 ")
	starts := regexp.MustCompile(`(?m)^(\d+)\. `).FindAllStringSubmatchIndex(text, -1)
	for i, s := range starts {
		end := len(text)
		if i+1 < len(starts) {
			end = starts[i+1][0]
		}
		for _, m := range regexp.MustCompile("\\[`(\\w+)`\\]").FindAllStringSubmatch(text[s[0]:end], -1) {
			key := text[s[2]:s[3]] + " " + m[1]
			used[key] = true
			if id := updateRules[key]; id == "" || known[id] != m[1] {
				t.Errorf("§10, rule %s: the vector %q gives %q", key, id, known[id])
			}
		}
	}
	for key := range updateRules {
		if !used[key] {
			t.Errorf("§10 has no rule and error %s", key)
		}
	}
}

// encodings name a vector for each thing that §2 says a reader MUST refuse, by its first words.
var encodings = map[string]string{
	"an integer or a length": "cbor-long-integer", "a map whose keys": "cbor-order", "a text string": "cbor-not-utf8", "floating point": "cbor-float", "nesting": "cbor-nesting",
	"a key or an array element": "claims-unknown-sub",
}

func TestEveryEncodingThatMustBeRefusedHasAVector(t *testing.T) {
	known := outcomes(t)
	items := regexp.MustCompile(`(?m)^\* (.+)$`).FindAllStringSubmatch(section(t, "## 2 ", "Optional members"), -1)
	if len(items) != len(encodings) {
		t.Errorf("§2 has %d things to refuse, and %d have a vector", len(items), len(encodings))
	}
	for words, id := range encodings {
		found := false
		for _, item := range items {
			found = found || strings.HasPrefix(item[1], words)
		}
		if !found || known[id] != "cbor" && known[id] != "claims" {
			t.Errorf("§2, %q: in the text %v; the vector %s gives %q", words, found, id, known[id])
		}
	}
}

// typs name a file or a case in which an object of the typ stands.
var typs = map[string]string{
	"yk/code": "paper-hint-tested", "yk/show": "phone-adult", "yk/root": "bundles/main.ykb", "yk/keys": "bundles/main.ykb", "yk/snap": "bundles/main.ykb", "yk/rule": "header-typ-rule",
	"yk/refresh": "header-typ-refresh",
}

func TestEveryTypHasAVector(t *testing.T) {
	texts := make(map[string]string)
	for _, c := range must[[]testvectors.Case](t)(testvectors.Cases()) {
		texts[c.ID] = c.Text
	}
	rows := regexp.MustCompile("(?m)^\\| `(yk/\\w+)` \\|").FindAllStringSubmatch(section(t, "**typ**", "**Claims of a code**"), -1)
	if len(rows) != len(typs) {
		t.Errorf("the registry has %d typs, and %d have a vector", len(rows), len(typs))
	}
	for _, row := range rows {
		where := typs[row[1]]
		var object []byte
		if strings.HasSuffix(where, ".ykb") {
			object = file(t, where)
		} else {
			object = must[[]byte](t)(base45.Decode(strings.TrimPrefix(texts[where], "YK1:")))
		}
		if !strings.Contains(string(object), row[1]) {
			t.Errorf("typ %s: no object of it is in %q", row[1], where)
		}
	}
}
