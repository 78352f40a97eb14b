package wallet

import (
	"context"
	"fmt"
	"time"

	"healthcode.example/health"
)

// Deceased records that a person has died. Codes, devices, print and
// guardianships both ways end, and there is no log-in and no new code. The
// record stays until it is erased; Revive takes a mistake back. With dry nothing
// changes. ErrNoPerson.
func (s *Service) Deceased(ctx context.Context, person health.PersonID, dry bool, by Actor, at time.Time) (Changes, error) {
	changes, err := s.Store.Decease(ctx, person, by, dry, at.Unix())
	if err != nil {
		return Changes{}, fmt.Errorf("record the death of %s: %w", person, err)
	}
	return changes, nil
}

// Revive takes back a death that was recorded by mistake. reason, 1 to 40 of
// a-z, 0-9, _ and -, stands in the histories. The person may log in again and
// register devices; what codes they and their dependants have then is under
// fresh handles, and every code from before stays ended. Guardianships that the
// death ended are in force again. With dry nothing changes. ErrReason,
// ErrNoPerson.
func (s *Service) Revive(ctx context.Context, person health.PersonID, reason string, dry bool, by Actor, at time.Time) (Changes, error) {
	err := ErrReason
	var changes Changes
	if reasonForm.MatchString(reason) {
		changes, err = s.Store.Revive(ctx, person, by, reason, dry, at.Unix())
	}
	if err != nil {
		return Changes{}, fmt.Errorf("take the death of %s back: %w", person, err)
	}
	return changes, nil
}
