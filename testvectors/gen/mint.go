package main

import (
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"healthcode.example/credential"
	"healthcode.example/crypto/cose"
	"healthcode.example/testvectors"
	"healthcode.example/testvectors/world"
)

// mint makes the codes of the vectors.
type mint struct {
	*world.World
	holder, other *cose.PrivateKey
	bundleList    []testvectors.Bundle
	all           []testvectors.Case
}

func newMint() *mint {
	w := world.New(func(err error) { must(0, err) })
	return &mint{World: w, holder: w.EC("holder"), other: w.EC("other holder")}
}

// vector is a Case in short: the zero fields mean the usual gate.
type vector struct {
	id, comment string
	text        string
	reason      string // the registry's; "" is ok
	cannotSay   bool
	noRegion    bool // for reasons that can come before and after the region is known
	late        bool // the same the other way round
	at          int64
	fraction    time.Duration // added to at
	bundle      string
	demo        bool
	challenge   []byte
	salt        string
	document    *testvectors.Document
	match       string
	check       string              // where it is not plain from the kind
	people      []credential.Claims // whose verdicts appear
	reasons     []string            // of each member, where they differ
	sort        string              // of the gate
	partners    []string            // bundles beside the gate's own
	region      string              // of a partner; "" is ours
	status      string              // where it is not plain from the reason
}

// remedies are those of the registry in docs/protocol.md.
var remedies = map[string]string{
	"bundle_missing": "update_bundle", "demo_root": "update_bundle", "other_format": "check_document", "too_long": "scan_again", "base45": "scan_again",
	"cbor": "scan_again", "envelope": "check_document", "algorithm": "check_document", "typ": "check_document", "claims": "check_document",
	"region_unknown": "check_document", "key_unknown": "check_document", "key_compromised": "refresh_code", "key_purpose": "check_document",
	"key_window": "refresh_code", "signature": "check_document", "not_yet_valid": "set_gate_clock", "expired": "refresh_code", "lifetime": "check_document",
	"bare": "show_again", "holder_signature": "check_document", "challenge_missing": "answer_challenge", "challenge_mismatch": "answer_challenge",
	"challenge_unexpected": "show_again", "challenge_expired": "answer_challenge", "presentation_old": "show_again", "presentation_ahead": "set_holder_clock",
	"already_shown": "show_again", "revoked": "refresh_code", "list_missing": "update_bundle", "colour": "refer", "document_mismatch": "check_document",
	"clock_behind": "set_gate_clock", "bundle_expired": "update_bundle", "bundle_stale": "update_bundle",
	"kind_not_admitted": "check_document", "partner_age": "refresh_code", "test_missing": "check_document", "test_old": "check_document", "status_unknown": "update_bundle",
	"not_proved": "check_document",
}

// withRegion are the reasons at which the issuer's part of the code has passed.
var withRegion = []string{
	"ok", "bare", "holder_signature", "challenge_missing", "challenge_mismatch", "challenge_unexpected", "presentation_old", "presentation_ahead", "already_shown", "revoked",
	"colour", "list_missing", "clock_behind", "bundle_expired", "bundle_stale", "document_mismatch",
	"kind_not_admitted", "partner_age", "test_missing", "test_old", "status_unknown",
}

func (m *mint) add(flags string, vectors ...vector) {
	for _, v := range vectors {
		c := testvectors.Case{
			ID: v.id, Comment: v.comment, Flags: strings.Fields(flags), Bundle: "main", Partners: v.partners, Gate: "production", Sort: v.sort, Text: v.text,
			At: stamp(world.Now, v.fraction), Challenge: hex.EncodeToString(v.challenge), Salt: v.salt, Document: v.document, Expected: v.expected(),
		}
		if v.bundle != "" {
			c.Bundle = v.bundle
		}
		if v.demo {
			c.Gate = "demo"
		}
		if v.at != 0 {
			c.At = stamp(v.at, v.fraction)
		}
		m.all = append(m.all, c)
	}
}

func stamp(unix int64, fraction time.Duration) string {
	return time.Unix(unix, 0).Add(fraction).UTC().Format(time.RFC3339Nano)
}

func (v vector) expected() testvectors.Expected {
	e := testvectors.Expected{Verdict: "refuse", Reason: v.reason, Remedy: remedies[v.reason], Document: v.match, Members: []testvectors.Member{}}
	switch {
	case v.reason == "":
		e.Verdict, e.Reason, e.Check = "accept", "ok", "person"
		if v.people[0].Kind == credential.Paper {
			e.Check = "document"
		}
		if v.check != "" {
			e.Check = v.check
		}
	case v.cannotSay:
		e.Verdict = "cannot_say"
		if v.reason == "key_unknown" || v.reason == "region_unknown" || v.reason == "lifetime" {
			e.Remedy = "update_bundle"
		}
	}
	if slices.Contains(withRegion, e.Reason) && !v.noRegion || v.late {
		e.Region = world.Region
		if v.region != "" {
			e.Region = v.region
		}
	}
	e.Status = v.status
	if v.status == "" && (len(v.people) > 0 || v.reason == "document_mismatch") {
		e.Status = "checked"
		if v.reason == "list_missing" || slices.Contains(v.reasons, "list_missing") {
			e.Status = "unknown"
		}
	}
	for _, c := range v.people {
		for i := range c.Members {
			reason := e.Reason
			if len(v.reasons) > 0 {
				reason = v.reasons[len(e.Members)]
			}
			e.Members = append(e.Members, person(&c, &c.Members[i], reason))
		}
	}
	return e
}

// person is what a Result says of a member; data only with ok and colour.
func person(c *credential.Claims, m *credential.Member, reason string) testvectors.Member {
	out := testvectors.Member{Verdict: "refuse", Reason: reason}
	switch reason {
	case "ok":
		out.Verdict = "accept"
	case "list_missing", "clock_behind", "bundle_expired", "bundle_stale", "status_unknown":
		out.Verdict = "cannot_say"
	}
	if reason != "ok" && reason != "colour" {
		return out
	}
	out.Colour, out.Name, out.Kind, out.Guardian, out.Birthday = m.Colour.String(), m.Name, c.Kind.String(), m.Guardian, m.Hint
	if m.Relation != 0 {
		out.Relation = m.Relation.String()
	}
	if m.Tested != 0 {
		out.Tested = time.Unix(m.Tested*3600, 0).UTC().Format(time.RFC3339)
	}
	return out
}

// key is the issuer key of the kind.
func (m *mint) key(kind credential.Kind) *cose.PrivateKey {
	if kind == credential.Paper {
		return m.Ed(world.PaperKey)
	}
	return m.Ed(world.PhoneKey)
}

// code signs the claims as they should be signed.
func (m *mint) code(c credential.Claims) []byte { return m.Sign(c, m.key(c.Kind)) }

// changed signs a payload that change has spoiled.
func (m *mint) changed(c credential.Claims, change func(object)) []byte {
	o := open(payload(c, m.key(c.Kind)))
	change(o)
	return m.rawCode(c.Kind, o.bytes())
}

func (m *mint) rawCode(kind credential.Kind, payload []byte) []byte {
	key := m.key(kind)
	return signed(key, protectedOf(key), payload)
}

// shown is a presentation of the usual holder at the usual time.
func (m *mint) shown(codes ...[]byte) string { return m.Shown(world.Now, m.holder, codes...) }

// rawShown signs a presentation that credential would not write.
func (m *mint) rawShown(change func(object), codes ...[]byte) []byte {
	items := make([][]byte, 0, len(codes))
	for _, c := range codes {
		items = append(items, byteString(c))
	}
	o := object{1: number(world.Now), 2: list(items...)}
	if change != nil {
		change(o)
	}
	return signed(m.holder, showHeader(-7), o.bytes())
}

func showHeader(alg int64) []byte {
	return object{1: number(alg), 16: text(credential.TypePresentation)}.bytes()
}
