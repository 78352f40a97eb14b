package testvectors_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"healthcode.example/testvectors"
)

// names are all vectors, each with its file before it.
func names(t *testing.T) (all []string) {
	t.Helper()
	for _, c := range must[[]testvectors.Case](t)(testvectors.Cases()) {
		all = append(all, "cases "+c.ID)
	}
	for _, c := range must[[]testvectors.Foreign](t)(testvectors.ForeignCases()) {
		all = append(all, "foreign "+c.ID)
	}
	for _, c := range must[[]testvectors.Sequence](t)(testvectors.Sequences()) {
		all = append(all, "sequences "+c.ID)
	}
	for _, c := range must[[]testvectors.Update](t)(testvectors.Updates()) {
		all = append(all, "updates "+c.ID)
	}
	return all
}

// TestNoVectorIsLostUnnoticed holds the vectors against a list that the generator does not write: whoever takes one out has to take it off the list
// too, and says why in the same change.
func TestNoVectorIsLostUnnoticed(t *testing.T) {
	listed := strings.Fields(strings.ReplaceAll(string(must[[]byte](t)(os.ReadFile(filepath.Join("testdata", "names.txt")))), " ", "/"))
	have := names(t)
	for i := range have {
		have[i] = strings.ReplaceAll(have[i], " ", "/")
	}
	for _, name := range listed {
		if !slices.Contains(have, name) {
			t.Errorf("the vector %s is gone: if that is meant, take it off testdata/names.txt", name)
		}
	}
	for _, name := range have {
		if !slices.Contains(listed, name) {
			t.Errorf("the vector %s is new: put it on testdata/names.txt", name)
		}
	}
	if len(listed) < 600 {
		t.Errorf("%d vectors, want 600 at least", len(listed))
	}
}

// rules name, for each item of the sections on codes, presentations and bundles, a vector that keeps to it or breaks it, and what that gives. An
// item is a rule of CDDL by its name, or a point of the text by its first words. Nothing behind an item: it is about people, or about what a
// reader cannot see.
var rules = map[string]map[string]string{
	"## 5 ": {
		"code-claims": "claims-unknown-private claims", "time": "claims-iat-seconds claims", "health": "claims-no-health claims", "single": "health-unknown-key claims",
		"household": "health-household-of-11 claims", "member": "health-household-kind-inside claims", "colour": "health-colour-4 claims", "relation": "health-relation-6 claims",
		"status": "health-status-three claims", "name": "health-name-41 claims", "guardian": "health-guardian-empty claims", "tested": "health-tested-0 claims", "hint": "health-hint-32 claims",
		"digest": "health-digest-15 claims", "Times are whole minutes": "claims-exp-is-iat claims", "Days are days": "health-list-before claims", "**Names** are masked": "health-name-symbol claims",
		"`relation` says": "health-guardian-alone claims", "`tested` is": "health-tested-after claims", "The zero value": "health-colour-0 claims", "Lifetime:": "lifetime-phone lifetime",
	},
	"## 6 ": {
		"presentation": "presentation-unknown-key claims", "All codes are bound": "presentation-two-holders claims", "Members are counted": "presentation-salt-without-challenge claims",
		"All codes have one": "person-twice claims", "Without a challenge": "presentation-61-s-old presentation_old", "A wallet MUST": "",
	},
	"## 8 ": {
		"bundle": "file-magic format", "root": "root-other-region region", "role": "root-old-too-few signature", "key-list": "keys-other-region region", "issuer-key": "snapshot-before-window signature",
		"policy": "lifetime-paper lifetime", "partner": "region-unknown region_unknown", "partner-key": "foreign-every-dcc-key-not-begun key_window", "partner-policy": "partner-kind kind_not_admitted",
		"gate": "partner-gate-other kind_not_admitted", "snapshot": "snapshot-of-other-keys mixed", "run": "runs-short-id format", "list-ref": "list-swapped mixed", "version": "keys-back rollback",
		"issued": "bundle-expired-snapshot bundle_expired", "region": "snapshot-other-region region", "A bundle has": "list-malformed format", "A role's threshold": "file-one-key-twice format",
		"use-from < use-until": "key-window-verify-until key_window", "**Partners** ascend": "keys-partner-our-root region", "A **root's fingerprint**": "root-both ", "**Roles.**": "keys-by-root signature",
		"**A key** is good": "key-compromised key_compromised", "**Runs** ascend": "runs-order format", "**The published exposure**": "",
	},
}

func TestEveryItemOfCodesPresentationsAndBundlesHasAVector(t *testing.T) {
	known := outcomes(t)
	for _, c := range must[[]testvectors.Foreign](t)(testvectors.ForeignCases()) {
		known[c.ID] = c.Expected.Reason
	}
	item := regexp.MustCompile(`(?m)^(?:([a-z-]+)(?: +=| = )|\* (.+)$)`)
	for from, to := range map[string]string{"## 5 ": "## 6 ", "## 6 ": "## 6a ", "## 8 ": "## 9 "} {
		used := make(map[string]bool)
		for _, m := range item.FindAllStringSubmatch(section(t, from, to), -1) {
			covered := false
			for words, vector := range rules[from] {
				if m[1] != words && (m[2] == "" || !strings.HasPrefix(m[2], words)) {
					continue
				}
				covered, used[words] = true, true
				id, want, _ := strings.Cut(vector, " ")
				if got, ok := known[id]; vector != "" && (!ok || got != want) {
					t.Errorf("%s%q: the vector %q gives %q, want %q", from, words, id, got, want)
				}
			}
			if !covered {
				t.Errorf("%s%q: no vector is named for this item", from, m[1]+m[2])
			}
		}
		for words := range rules[from] {
			if !used[words] {
				t.Errorf("%shas no item %q", from, words)
			}
		}
	}
}
