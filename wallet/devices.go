package wallet

import (
	"context"
	"errors"
	"fmt"
	"time"

	"healthcode.example/crypto/cose"
	"healthcode.example/health"
	"healthcode.example/issuer"
)

// RegisterDevice binds a device by its public key, P-256, to a person and makes
// its holdings, those of the dependants included. The key is the device's
// long-lived one and appears in no code, and makes the device's identifier, so
// that it is registered once: for the same person again it is the same device,
// and nothing is written; a key that is another person's or has ended is
// ErrDeviceExists, until the record that it is of is erased.
func (s *Service) RegisterDevice(ctx context.Context, person health.PersonID, key *cose.PublicKey, at time.Time) (Device, error) {
	return s.registerDevice(ctx, Session{Person: person}, key, at)
}

// RegisterDeviceOf is RegisterDevice for whoever is logged in. ErrNoSession when
// the session has ended since, as all do with all devices: whichever of the two
// came first decides, and nothing is left between them.
func (s *Service) RegisterDeviceOf(ctx context.Context, ses Session, key *cose.PublicKey, at time.Time) (Device, error) {
	return s.registerDevice(ctx, ses, key, at)
}

func (s *Service) registerDevice(ctx context.Context, ses Session, key *cose.PublicKey, at time.Time) (Device, error) {
	if key == nil || key.Algorithm() != cose.ES256 {
		return Device{}, fmt.Errorf("register a device: its key must be a P-256 key")
	}
	d := Device{ID: s.Vault.deviceID(key), Person: ses.Person, Key: key.Bytes(), Since: at.Unix(), Session: ses.Hash}
	err := s.Store.BindDevice(ctx, d, s.Config.Devices)
	d.Session = [32]byte{}
	if errors.Is(err, ErrDeviceExists) {
		known, errKnown := s.Store.Device(ctx, d.ID)
		if errKnown == nil && known.Person == ses.Person && known.Ended == 0 {
			return known, nil
		}
	}
	if err != nil {
		return Device{}, fmt.Errorf("register a device of person %s: %w", ses.Person, err)
	}
	return d, nil
}

// EndDevice ends a device that is lost or changed, and with it every code on
// it, the dependants' too. Repeating it changes nothing.
func (s *Service) EndDevice(ctx context.Context, id issuer.DeviceID, by Actor, at time.Time) error {
	if err := s.Store.EndDevice(ctx, id, by, at.Unix()); err != nil {
		return fmt.Errorf("end a device: %w", err)
	}
	return nil
}

// Devices returns the person's devices in use, in the order of their
// identifiers.
func (s *Service) Devices(ctx context.Context, person health.PersonID) ([]Device, error) {
	all, err := s.Store.Devices(ctx, person)
	if err != nil {
		return nil, fmt.Errorf("list the devices of person %s: %w", person, err)
	}
	return all, nil
}

// EndDeviceOf ends a device of whoever is logged in, as EndDevice does, and
// their other sessions: one of them may be on it. It needs nothing of the
// device, so that a lost one can be ended from elsewhere. ErrNoDevice when it is
// unknown, ended or another person's.
func (s *Service) EndDeviceOf(ctx context.Context, ses Session, id issuer.DeviceID, at time.Time) error {
	if err := s.Store.EndDevices(ctx, ses.Person, []issuer.DeviceID{id}, ses.Hash, BySelf, at.Unix()); err != nil {
		return fmt.Errorf("end a device of person %s: %w", ses.Person, err)
	}
	return nil
}

// EndDevicesOf ends all devices of the person at once, with every code on them,
// the dependants' too, and every session but the one of the hash except. None
// is no error. ErrNoPerson.
func (s *Service) EndDevicesOf(ctx context.Context, person health.PersonID, except [32]byte, by Actor, at time.Time) error {
	if err := s.Store.EndDevices(ctx, person, nil, except, by, at.Unix()); err != nil {
		return fmt.Errorf("end the devices of person %s: %w", person, err)
	}
	return nil
}
