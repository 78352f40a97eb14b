package health

import (
	"reflect"
	"strings"
	"testing"

	"healthcode.example/credential"
	"healthcode.example/crypto/cose"
)

func TestSignedRulesComeBackAsTheyWere(t *testing.T) {
	k := key(t, 1)
	signed, err := SignRules(DefaultRules("CN-GD"), k)
	if err != nil {
		t.Fatal(err)
	}
	got, err := ParseRules(signed, k.Public())
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, DefaultRules("CN-GD")) {
		t.Errorf("got %+v", got)
	}
}

func TestRulesOfAnotherKeyTypeOrByteAreRefused(t *testing.T) {
	k := key(t, 1)
	signed, err := SignRules(DefaultRules("CN-GD"), k)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ParseRules(signed, key(t, 2).Public()); err == nil {
		t.Error("rules were taken under a key that did not sign them")
	}
	if _, err := ParseRules(signed, nil); err == nil {
		t.Error("rules were taken without a key")
	}
	payload, err := cose.Marshal(DefaultRules("CN-GD"))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		typ   string
		keyID bool
	}{"another type": {credential.TypeCode, true}, "no key identifier": {RuleType, false}} {
		other, err := cose.SignSign1(c.typ, payload, k, c.keyID)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ParseRules(other, k.Public()); err == nil {
			t.Errorf("%s: rules were taken", name)
		}
	}
	for place := range signed {
		broken := append([]byte(nil), signed...)
		broken[place] ^= 1
		if _, err := ParseRules(broken, k.Public()); err == nil {
			t.Fatalf("rules with byte %d changed were taken", place)
		}
	}
}

func TestUnfinishedRulesAreNotSigned(t *testing.T) {
	for want, spoil := range map[string]func(*RuleSet){
		"region":                  func(r *RuleSet) { r.Region = "Guangdong" },
		"version is 0":            func(r *RuleSet) { r.Version = 0 },
		"before 1970":             func(r *RuleSet) { r.EffectiveFrom = -1 },
		"colour 0":                func(r *RuleSet) { r.Default.Colour = 0 },
		"colour 9":                func(r *RuleSet) { r.Rules[0].Outcome.Colour = 9 },
		"sets green":              func(r *RuleSet) { r.Rules[0].Outcome.Colour = credential.Green },
		"when: evidence kind":     func(r *RuleSet) { r.Rules[0].When = "debt" },
		"until: evidence kind":    func(r *RuleSet) { r.Rules[0].Until = "" },
		"both sets and ends":      func(r *RuleSet) { r.Rules[0].Until = PositiveTest },
		"release is missing":      func(r *RuleSet) { delete(r.Rules[0].Outcome.Release, "zh-Hans") },
		"text is missing":         func(r *RuleSet) { r.Default.Text["en"] = "" },
		`text is given in "fr"`:   func(r *RuleSet) { r.Default.Text["fr"] = "rien" },
		"unprintable":             func(r *RuleSet) { r.Default.Text["en"] = "a\x1bb" },
		"601 characters":          func(r *RuleSet) { r.Default.Text["en"] = strings.Repeat("a", 601) },
		"used twice":              func(r *RuleSet) { r.Rules = append(r.Rules, r.Rules[0]) },
		"65 rules":                func(r *RuleSet) { r.Rules = make([]Rule, 65) },
		"the reason is not":       func(r *RuleSet) { r.Rules[0].Outcome.Reason = "Out of debt" },
		"the identifier is not 1": func(r *RuleSet) { r.Rules[0].ID = "" },
	} {
		rules := DefaultRules("CN-GD")
		spoil(rules)
		if _, err := SignRules(rules, key(t, 1)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want an error that says %q, got %v", want, err)
		}
	}
}

func FuzzParseRules(f *testing.F) {
	k, err := cose.Generate(cose.Ed25519, seeded(1))
	if err != nil {
		f.Fatal(err)
	}
	signed, err := SignRules(DefaultRules("CN-GD"), k)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(signed)
	f.Fuzz(func(t *testing.T, b []byte) {
		rules, err := ParseRules(b, k.Public())
		if (rules == nil) == (err == nil) {
			t.Fatal("want rules or an error, one of them")
		}
	})
}
