package issuer

import (
	"fmt"
	"time"

	"healthcode.example/crypto/cose"
	"healthcode.example/health"
	"healthcode.example/trust"
)

// LoadRules reads a signed rule set under the rules key of the bundle that it names. The key must be of purpose rules, not
// compromised, and at the time at still good to verify with; the rules must be of the bundle's region.
func LoadRules(bundle *trust.Bundle, signed []byte, at time.Time) (*health.RuleSet, error) {
	if bundle == nil || bundle.KeyList() == nil {
		return nil, fmt.Errorf("load the rules: %w", ErrNotReady)
	}
	message, err := cose.ParseSign1(signed)
	if err != nil {
		return nil, fmt.Errorf("load the rules: %w", err)
	}
	key := bundle.KeyList().Find(message.KeyID)
	switch {
	case !message.HasKeyID || key == nil || key.Purpose != trust.Rules:
		return nil, fmt.Errorf("load the rules: key list %d has no rules key %s", bundle.KeyList().Version, message.KeyID)
	case key.State == trust.Compromised:
		return nil, fmt.Errorf("load the rules: their key %s is compromised: have them signed again", message.KeyID)
	case at.Unix() < key.UseFrom || at.Unix() >= key.VerifyUntil:
		return nil, fmt.Errorf("load the rules: their key %s is good from %s to %s only", message.KeyID, stamp(key.UseFrom), stamp(key.VerifyUntil))
	}
	rules, err := health.ParseRules(signed, key.Key)
	if err != nil {
		return nil, err
	}
	if rules.Region != bundle.KeyList().Region {
		return nil, fmt.Errorf("load the rules: they are of region %s, not %s", rules.Region, bundle.KeyList().Region)
	}
	return rules, nil
}
