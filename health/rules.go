package health

import (
	"fmt"
	"regexp"
	"slices"

	"healthcode.example/credential"
	"healthcode.example/crypto/cose"
)

// RuleType is the COSE header typ of a signed rule set.
const RuleType = "yk/rule"

// languages in which every text of a rule set is given.
var languages = []string{"en", "zh-Hans", "zh-Hant"}

// RuleSet is the whole of what turns evidence into a colour: data, signed by the health authority, published, and the
// same for everybody. There is no other way to colour a person. It is immutable once signed or parsed and then safe for
// concurrent use.
//
// The wire form is a COSE_Sign1 (RFC 9052 §4.2) of typ "yk/rule" under a key of purpose rules, with kid, whose payload
// is deterministic CBOR (RFC 8949 §4.2.1):
//
//	rule-set = {
//	  1 => tstr            ; region, ISO 3166-2
//	  2 => uint .gt 0      ; version
//	  3 => int             ; effective-from, unix seconds
//	  4 => outcome         ; default: what a person has whom no rule holds
//	  5 => [* rule]        ; at most 64, of equal colours the first one speaks
//	}
//	rule = {
//	  1 => tstr            ; id, [a-z0-9_-]{1,40}, unique
//	  2 => evidence-kind   ; when: evidence of this kind sets the outcome …
//	  3 => evidence-kind   ; until: … until LATER evidence of this kind; at equal seconds the outcome stays
//	  4 => outcome         ; yellow or red
//	}
//	outcome = {
//	  1 => 1..3            ; colour: 1 green, 2 yellow, 3 red
//	  2 => tstr            ; reason, [a-z0-9_-]{1,40}
//	  3 => texts           ; what the holder reads
//	  4 => texts / {}      ; how to be released; may be empty only for green
//	}
//	texts = { "en" => tstr, "zh-Hans" => tstr, "zh-Hant" => tstr }   ; 1 to 600 characters each
//	evidence-kind = "positive_test" / "release"
type RuleSet struct {
	Region        string  `cbor:"1,keyasint"`
	Version       uint64  `cbor:"2,keyasint"`
	EffectiveFrom int64   `cbor:"3,keyasint"`
	Default       Outcome `cbor:"4,keyasint"`
	Rules         []Rule  `cbor:"5,keyasint"`
}

// Rule sets an outcome from evidence of one kind until later evidence of another.
type Rule struct {
	ID      string       `cbor:"1,keyasint"`
	When    EvidenceKind `cbor:"2,keyasint"`
	Until   EvidenceKind `cbor:"3,keyasint"`
	Outcome Outcome      `cbor:"4,keyasint"`
}

// Outcome is a colour and what its holder is told.
type Outcome struct {
	Colour  credential.Colour `cbor:"1,keyasint"`
	Reason  string            `cbor:"2,keyasint"` // machine identifier
	Text    map[string]string `cbor:"3,keyasint"` // by language
	Release map[string]string `cbor:"4,keyasint"` // by language; empty only for green
}

// SignRules checks r and signs it.
func SignRules(r *RuleSet, s cose.Signer) ([]byte, error) {
	if err := r.Validate(); err != nil {
		return nil, fmt.Errorf("sign the rule set: %w", err)
	}
	payload, err := cose.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("sign the rule set: %w", err)
	}
	return cose.SignSign1(RuleType, payload, s, true)
}

// ParseRules checks the signature of b under key and reads it, strictly. That key is one of purpose rules of the
// region, in force now, is for the caller to know: issuer.LoadRules finds it in the trust bundle.
func ParseRules(b []byte, key *cose.PublicKey) (*RuleSet, error) {
	if len(b) > maxRuleSet {
		return nil, fmt.Errorf("rule set has %d bytes: at most %d", len(b), maxRuleSet)
	}
	if key == nil {
		return nil, fmt.Errorf("rule set: no key was given to check it with")
	}
	message, err := cose.ParseSign1(b)
	if err != nil {
		return nil, fmt.Errorf("rule set: %w", err)
	}
	if message.Type != RuleType {
		return nil, fmt.Errorf("rule set: the signed object is of type %q, not %q", clip(message.Type), RuleType)
	}
	if !message.HasKeyID || message.KeyID != key.ID() {
		return nil, fmt.Errorf("rule set: it does not name the key %s that was given to check it", key.ID())
	}
	if err := message.Verify(key); err != nil {
		return nil, fmt.Errorf("rule set: %w", err)
	}
	var r RuleSet
	if err := cose.Unmarshal(message.Payload, &r); err != nil {
		return nil, fmt.Errorf("rule set: %w", err)
	}
	if err := r.Validate(); err != nil {
		return nil, fmt.Errorf("rule set: %w", err)
	}
	return &r, nil
}

var nameForm = regexp.MustCompile(fmt.Sprintf(`^[a-z0-9_-]{1,%d}$`, maxID))

// Validate says what is wrong with r: an unclear or unfinished rule colours nobody.
func (r *RuleSet) Validate() error {
	if r == nil {
		return fmt.Errorf("there is no rule set")
	}
	if !credential.ValidIssuer(r.Region) {
		return fmt.Errorf("region %q is not an ISO 3166-2 code such as CN-GD", clip(r.Region))
	}
	if r.Version == 0 {
		return fmt.Errorf("version is 0: the first is 1")
	}
	if r.EffectiveFrom < 0 {
		return fmt.Errorf("effective-from is before 1970")
	}
	if len(r.Rules) > maxRules {
		return fmt.Errorf("%d rules: at most %d", len(r.Rules), maxRules)
	}
	if err := r.Default.validate(); err != nil {
		return fmt.Errorf("default outcome: %w", err)
	}
	seen := make(map[string]bool, len(r.Rules))
	for _, rule := range r.Rules {
		if err := rule.validate(); err != nil {
			return fmt.Errorf("rule %q: %w", clip(rule.ID), err)
		}
		if seen[rule.ID] {
			return fmt.Errorf("rule %q: its identifier is used twice", rule.ID)
		}
		seen[rule.ID] = true
	}
	return nil
}

func (r *Rule) validate() error {
	if !nameForm.MatchString(r.ID) {
		return fmt.Errorf("the identifier is not 1 to %d of a-z, 0-9, _ and -", maxID)
	}
	if _, err := ParseEvidenceKind(string(r.When)); err != nil {
		return fmt.Errorf("when: %w", err)
	}
	if _, err := ParseEvidenceKind(string(r.Until)); err != nil {
		return fmt.Errorf("until: %w", err)
	}
	if r.When == r.Until {
		return fmt.Errorf("evidence %q both sets and ends the outcome", r.When)
	}
	if r.Outcome.Colour == credential.Green {
		return fmt.Errorf("it sets green: green is what stays when no rule holds")
	}
	return r.Outcome.validate()
}

func (o *Outcome) validate() error {
	if !o.Colour.Valid() {
		return fmt.Errorf("colour %d is none of 1 green, 2 yellow, 3 red", o.Colour)
	}
	if !nameForm.MatchString(o.Reason) {
		return fmt.Errorf("the reason is not 1 to %d of a-z, 0-9, _ and -", maxID)
	}
	if err := checkTexts("text", o.Text); err != nil {
		return err
	}
	if o.Colour == credential.Green && len(o.Release) == 0 {
		return nil
	}
	return checkTexts("release", o.Release)
}

// checkTexts wants every language: a holder who cannot read why and how to get out has no remedy.
func checkTexts(what string, texts map[string]string) error {
	for _, language := range languages {
		text, ok := texts[language]
		if !ok || text == "" {
			return fmt.Errorf("%s is missing in %s", what, language)
		}
		if err := checkPrintable(what+" in "+language, text, maxText); err != nil {
			return err
		}
	}
	for language := range texts {
		if !slices.Contains(languages, language) {
			return fmt.Errorf("%s is given in %q: use %v", what, clip(language), languages)
		}
	}
	return nil
}
