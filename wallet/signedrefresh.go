package wallet

import (
	"context"
	"errors"
	"fmt"
	"time"

	"healthcode.example/crypto/cose"
	"healthcode.example/health"
	"healthcode.example/wallet/refresh"
)

// RefreshSigned is Refresh for a request that the device has signed. person is
// whom the session belongs to: the device must be theirs and in use. A request
// that is sent twice brings codes for the same holder key twice, which nobody
// but its maker can show. The errors of refresh.Parse and Verify, and those of
// Refresh.
func (s *Service) RefreshSigned(ctx context.Context, person health.PersonID, signed []byte, at time.Time) (Fetched, error) {
	u, err := refresh.Parse(signed)
	if err != nil {
		return Fetched{}, fmt.Errorf("refresh codes: %w", err)
	}
	device, err := s.Store.Device(ctx, u.Device)
	if err == nil && (device.Person != person || device.Ended != 0) {
		err = ErrNoDevice // another person's: not told from none
	}
	if err != nil {
		return Fetched{}, fmt.Errorf("refresh codes: %w", err)
	}
	key, err := cose.ParseKey(device.Key)
	if err != nil {
		return Fetched{}, errors.Join(fmt.Errorf("refresh codes: the stored key of a device cannot be read"), err)
	}
	q, err := u.Verify(key, s.Rules.Region, at)
	if err != nil {
		return Fetched{}, fmt.Errorf("refresh codes: %w", err)
	}
	return s.Refresh(ctx, RefreshRequest{Person: person, Device: q.Device, Holder: q.Holder, Document: q.Document, Types: q.Types, Sets: q.Sets}, at)
}
