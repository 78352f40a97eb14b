package trust

import (
	"fmt"
	"time"

	"healthcode.example/credential"
)

// Policy is what the key list says to every verifier. All durations are whole seconds.
//
//	policy = { 1: soft age, 2: hard age, 3: publication interval, 4: phone lifetime, 5: paper lifetime }   ; seconds
type Policy struct {
	SoftAge       time.Duration // a bundle older than this should be updated; an unknown key then says nothing about the code
	HardAge       time.Duration // a bundle older than this can accept nothing
	PublishEvery  time.Duration // a new snapshot comes at least this often
	PhoneLifetime time.Duration // most that exp − iat of a phone or household code may be
	PaperLifetime time.Duration // the same for paper
}

type wirePolicy struct {
	Soft    int64 `cbor:"1,keyasint"`
	Hard    int64 `cbor:"2,keyasint"`
	Publish int64 `cbor:"3,keyasint"`
	Phone   int64 `cbor:"4,keyasint"`
	Paper   int64 `cbor:"5,keyasint"`
}

// DefaultPolicy lets a gate work from an evening's bundle until the next day's end of the night shift: 20 hours, with a word of warning after 6.
func DefaultPolicy() Policy {
	return Policy{
		SoftAge: 6 * time.Hour, HardAge: 20 * time.Hour, PublishEvery: 5 * time.Minute,
		PhoneLifetime: credential.MaxPhoneLifetime, PaperLifetime: 14 * 24 * time.Hour,
	}
}

// Lifetime is the longest that a code of the purpose may live.
func (p Policy) Lifetime(purpose Purpose) time.Duration {
	if purpose == Paper {
		return p.PaperLifetime
	}
	return p.PhoneLifetime
}

// Exposure is the longest that a code revoked now can still pass at a gate.
func (p Policy) Exposure() time.Duration { return p.HardAge + p.PublishEvery }

func (p Policy) validate() error {
	for _, d := range []time.Duration{p.SoftAge, p.HardAge, p.PublishEvery, p.PhoneLifetime, p.PaperLifetime} {
		if d <= 0 || d%time.Second != 0 {
			return fmt.Errorf("policy: %v is not a positive number of whole seconds", d)
		}
	}
	switch {
	case p.SoftAge > p.HardAge:
		return fmt.Errorf("policy: the soft age %v is beyond the hard age %v", p.SoftAge, p.HardAge)
	case p.Exposure() > maxExposure:
		return fmt.Errorf("policy: hard age and publication interval add up to %v, which must be at most %v", p.Exposure(), maxExposure)
	case p.PhoneLifetime > credential.MaxPhoneLifetime:
		return fmt.Errorf("policy: phone lifetime %v, at most %v", p.PhoneLifetime, credential.MaxPhoneLifetime)
	case p.PaperLifetime > credential.MaxPaperLifetime:
		return fmt.Errorf("policy: paper lifetime %v, at most %v", p.PaperLifetime, credential.MaxPaperLifetime)
	}
	return nil
}

func (p Policy) wire() wirePolicy {
	s := func(d time.Duration) int64 { return int64(d / time.Second) }
	return wirePolicy{s(p.SoftAge), s(p.HardAge), s(p.PublishEvery), s(p.PhoneLifetime), s(p.PaperLifetime)}
}

func (w wirePolicy) read() (Policy, error) {
	for _, s := range []int64{w.Soft, w.Hard, w.Publish, w.Phone, w.Paper} {
		if s < 0 || s > int64(credential.MaxPaperLifetime/time.Second) {
			return Policy{}, fmt.Errorf("policy: %d seconds out of range", s)
		}
	}
	d := func(s int64) time.Duration { return time.Duration(s) * time.Second }
	p := Policy{d(w.Soft), d(w.Hard), d(w.Publish), d(w.Phone), d(w.Paper)}
	return p, p.validate()
}
