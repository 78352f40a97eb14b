package issuer

import (
	"errors"
	"fmt"
	"time"

	"healthcode.example/credential"
	"healthcode.example/crypto/cose"
	"healthcode.example/health"
	"healthcode.example/trust"
)

// Request asks for one code.
type Request struct {
	Kind       credential.Kind
	Holder     *cose.PublicKey // P-256, made by the wallet for this refresh; nil for paper
	Prefecture uint32          // GB/T 2260 of the subject's place, any level; 0 is the whole region
	Subjects   []Subject       // exactly one unless the kind is household
	NotAfter   time.Time       // the code ends by then: the majority of a dependant; zero is no such limit
	ReadAt     time.Time       // when the holdings were read from the store, at most ReadLag from the time of signing
}

// Subject is one person of a code, as the store had it at ReadAt.
type Subject struct {
	Name     string // masked, see credential.MaskName
	Decision health.Decision
	Holding  Holding
	Relation credential.Relation // 0 for oneself
	Guardian string              // masked; empty when policy does not want it or there is none
	Hint     uint8               // day of birth 1 to 31, 0 for none
	Tested   int64               // hours since 1970 of the last negative sample, 0 for none
	Digest   []byte              // credential.DocumentDigest, 16 bytes, or nil
}

// check refuses what may have no code. What the format itself forbids is left to credential.
func (r *Request) check(at time.Time) error {
	if at.Unix() < 0 {
		return fmt.Errorf("the time %s is before 1970", at.UTC().Format(time.RFC3339))
	}
	if apart := at.Sub(r.ReadAt).Abs(); apart > ReadLag {
		return fmt.Errorf("the holdings were read %s from the time of signing: at most %s, read them again", apart.Round(time.Second), ReadLag)
	}
	switch r.Kind {
	case credential.Phone, credential.Household:
		if r.Holder == nil {
			return errors.New("a phone's code needs the holder's key of this refresh")
		}
	case credential.Paper:
		if r.Holder != nil {
			return errors.New("a paper code is bound to no key")
		}
	default:
		return fmt.Errorf("kind %d is none of phone, paper and household", r.Kind)
	}
	if len(r.Subjects) == 0 || len(r.Subjects) > 1 && r.Kind != credential.Household {
		return fmt.Errorf("a %s code for %d people", r.Kind, len(r.Subjects))
	}
	for n := range r.Subjects {
		if err := r.checkSubject(n); err != nil {
			return fmt.Errorf("member %d: %w", n+1, err)
		}
	}
	return nil
}

// checkSubject ties the decision to the holding and the holding to the code.
func (r *Request) checkSubject(n int) error {
	subject := &r.Subjects[n]
	holding, purpose := subject.Holding, trust.PurposeOf(r.Kind)
	switch {
	case holding.Person.IsZero() || subject.Decision.Person != holding.Person:
		return errors.New("the decision and the holding are not of one person")
	case holding.Purpose != purpose:
		return fmt.Errorf("a holding of purpose %s has no %s code", holding.Purpose, r.Kind)
	case (holding.Device == DeviceID{}) != (purpose == trust.Paper):
		return fmt.Errorf("a %s code goes with a device exactly when it is not paper", r.Kind)
	case holding.Handle == 0:
		return errors.New("the holding has no handle")
	}
	if !subject.Decision.Colour.Valid() {
		return fmt.Errorf("the decision has no colour (%s): nothing missing reads as green", subject.Decision.Reason)
	}
	for earlier := range n {
		other := r.Subjects[earlier].Holding
		if other.Device != holding.Device {
			return errors.New("a household is shown by one device")
		}
		if other.Person == holding.Person || other.Handle == holding.Handle {
			return errors.New("the person is in the household already")
		}
	}
	return nil
}
