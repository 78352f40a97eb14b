package wallet

import (
	"context"
	"fmt"
	"time"

	"healthcode.example/health"
)

// Deceased records that a person has died. Codes, devices, print and
// guardianships both ways end for good, and there is no log-in and no new code.
// The record stays until it is erased. With dry nothing changes. ErrNoPerson.
func (s *Service) Deceased(ctx context.Context, person health.PersonID, dry bool, by Actor, at time.Time) (Changes, error) {
	changes, err := s.Store.Decease(As(ctx, by), person, dry, at.Unix())
	if err != nil {
		return Changes{}, fmt.Errorf("record the death of %s: %w", person, err)
	}
	return changes, nil
}
