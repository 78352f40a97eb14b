package main

import (
	"time"

	"healthcode.example/trust"
)

// policyChange is what of the signed policy shall be otherwise. What is not given stays as it is; the first key list begins with trust.DefaultPolicy.
type policyChange struct {
	SoftAge       *time.Duration `placeholder:"6h" help:"How old a bundle may be before gates ask for a newer one."`
	HardAge       *time.Duration `placeholder:"20h" help:"How old a bundle may be at most for a gate to accept by it. With --publish-every at most 24h: so long can a revoked code pass."`
	PublishEvery  *time.Duration `placeholder:"5m" help:"How often the service publishes at least."`
	PhoneLifetime *time.Duration `placeholder:"24h" help:"The longest life of a code on a phone."`
	PaperLifetime *time.Duration `placeholder:"336h" help:"The longest life of a code on paper. Gates refuse codes that were issued for longer."`
}

// change gives the changed policy, or nil if all of it stays.
func (p *policyChange) change(now trust.Policy) *trust.Policy {
	next := now
	for _, part := range []struct {
		given *time.Duration
		to    *time.Duration
	}{
		{p.SoftAge, &next.SoftAge}, {p.HardAge, &next.HardAge}, {p.PublishEvery, &next.PublishEvery},
		{p.PhoneLifetime, &next.PhoneLifetime}, {p.PaperLifetime, &next.PaperLifetime},
	} {
		if part.given != nil {
			*part.to = *part.given
		}
	}
	if next == now {
		return nil
	}
	return &next
}
