package wallet

import (
	"errors"
	"time"
)

// ErrPaper says that policy gives this person no paper code.
var ErrPaper = errors.New("paper codes are for those without a phone of their own, under a guardian's care, under 14 or from 60: show the code on the phone, or end the phone first")

// PaperPolicy says who is admitted to paper. The zero value admits persons
// without a device in use, under a guardianship in force, under 14 years of age
// or from 60 on.
type PaperPolicy struct {
	Everybody bool `json:"everybody,omitempty"`
}

// Ages of the zero policy, in years.
const (
	paperBelow = 14
	paperFrom  = 60
)

// Admit is nil or ErrPaper. devices and guardians are those of p in use and in
// force.
func (policy PaperPolicy) Admit(p Person, devices, guardians int, at time.Time) error {
	age := p.Birth.years(at)
	if policy.Everybody || devices == 0 || guardians > 0 || age < paperBelow || age >= paperFrom {
		return nil
	}
	return ErrPaper
}

// years is the age in full years, as birthdays count in the civil calendar.
func (d Date) years(at time.Time) int {
	now := DateOf(at)
	age := now.Year - d.Year
	if now.Month < d.Month || now.Month == d.Month && now.Day < d.Day {
		age--
	}
	return age
}
