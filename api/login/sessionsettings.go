package login

import (
	"errors"
	"fmt"
	"time"

	"healthcode.example/wallet"
)

// Sessions says how long they last. Those of staff end sooner whatever it says, see wallet.Config.
type Sessions struct {
	Idle     Duration `json:"idle,omitzero"`     // unused; absent: wallet.DefaultSessionIdle, or Absolute where that is less
	Absolute Duration `json:"absolute,omitzero"` // at all; absent: wallet.DefaultSessionAbsolute, or Idle where that is more
}

// Duration is a length of time as Go writes it, such as 30m or 168h: a minute to a year.
type Duration time.Duration

const longest = 8760 * time.Hour

// MarshalText writes it.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalText reads it.
func (d *Duration) UnmarshalText(text []byte) error {
	read, err := time.ParseDuration(string(text))
	if err != nil || read < time.Minute || read > longest {
		return errors.New("a length of time is a minute to a year: write such as 30m, 168h or 8760h")
	}
	*d = Duration(read)
	return nil
}

func (s Sessions) check() error {
	if s.Idle > s.Absolute && s.Absolute != 0 {
		return errors.New("sessions.idle is longer than sessions.absolute: a session does not last longer unused than at all")
	}
	return nil
}

func checkDevices(devices *int) error {
	if devices != nil && (*devices < 1 || *devices > wallet.MaxDevices) {
		return fmt.Errorf("devices is %d: a person has 1 to %d in use", *devices, wallet.MaxDevices)
	}
	return nil
}

// Configure puts what was configured into the wallet's configuration, and leaves the rest of it as it is. The register is
// whoever's who can reach it.
func (s *Settings) Configure(c *wallet.Config) {
	c.Login, c.Paper, c.Hints = s.Policy, s.Paper.PaperPolicy, s.Hints
	c.SessionIdle, c.SessionAbsolute = time.Duration(s.Sessions.Idle), time.Duration(s.Sessions.Absolute)
	if s.Devices != nil {
		c.Devices = *s.Devices
	}
	if s.Agreement.Version != "" {
		c.Agreement = s.Agreement
	}
	if s.Consent.Version != "" {
		c.Consent = s.Consent
	}
}
