package main

import (
	"time"

	"healthcode.example/crypto/cose"
	"healthcode.example/issuer"
	"healthcode.example/issuer/ceremony"
	"healthcode.example/trust"
)

type keysNewCommand struct {
	passphraseFlags
	Purpose    string        `required:"" enum:"phone,paper,notice,rules,log,venue,snapshot" help:"What it may sign: ${enum}."`
	Prefecture uint32        `placeholder:"GB2260" help:"Six digits; without it the whole region."`
	Algorithm  string        `default:"ed25519" enum:"ed25519,es256" help:"${enum}."`
	Standby    bool          `help:"Held apart for the day on which another is stolen. Keep the file away from the server until then."`
	From       string        `placeholder:"RFC3339" help:"When its use begins; without it, now for a standby and when every gate can know it for another."`
	Days       int           `default:"365" help:"For how long it may sign."`
	Lifetime   time.Duration `default:"336h" help:"The longest life of a paper code, so that the key can be verified for as long."`
	Out        string        `required:"" placeholder:"FILE" help:"Where the key goes, locked by the passphrase; never over a file that is there."`
	Public     string        `required:"" placeholder:"FILE" help:"Where its public half goes, for healthcode keys propose --add."`
}

// Help gives the examples.
func (*keysNewCommand) Help() string {
	return `Examples:

    healthcode keys new --purpose phone --out phone-2027.key --public phone-2027.pub
    healthcode keys new --purpose phone --standby --out phone-spare.key --public phone-spare.pub`
}

// Run makes the key.
func (k *keysNewCommand) Run(c *console) error {
	plan, policy, err := k.plan(c)
	if err != nil {
		return err
	}
	passphrase, err := k.passphrase(c, true)
	if err != nil {
		return err
	}
	made, err := issuer.GenerateKey(plan, policy, c.rand)
	if err != nil {
		return err
	}
	locked, err := ceremony.LockKey(made.Private, &made.Entry, passphrase, c.rand)
	if err != nil {
		return err
	}
	if err := writeKeyFiles(locked, k.Out, k.Public); err != nil {
		return err
	}
	c.printf("%s: the key %s, locked; %s: its public half\n%s %s, use %s to %s\n", k.Out, locked.Key.ID(), k.Public,
		made.Entry.Purpose, made.Entry.State, stamp(utc(made.Entry.UseFrom)), stamp(utc(made.Entry.UseUntil)))
	return nil
}

// knownMargin is added to the hard age for the ceremony itself: signatures are gathered in hours, not in minutes.
const knownMargin = 12 * time.Hour

func (k *keysNewCommand) plan(c *console) (plan issuer.KeyPlan, policy trust.Policy, err error) {
	policy = trust.DefaultPolicy()
	policy.PaperLifetime = k.Lifetime
	if plan.Purpose, err = trust.ParsePurpose(k.Purpose); err != nil {
		return plan, policy, usage("%w", err)
	}
	plan.State, plan.Algorithm, plan.Prefecture = trust.Published, cose.Ed25519, k.Prefecture
	from := c.now().Add(policy.HardAge + knownMargin)
	if k.Standby {
		plan.State, from = trust.Standby, c.now()
	}
	if k.From != "" {
		if from, err = c.at(k.From); err != nil {
			return plan, policy, err
		}
	}
	if k.Algorithm == "es256" {
		plan.Algorithm = cose.ES256
	}
	plan.UseFrom = from.Unix() / 60 * 60
	plan.UseUntil = plan.UseFrom + int64(k.Days)*24*3600
	return plan, policy, nil
}
