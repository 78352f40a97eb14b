package wallet

import (
	"errors"
	"fmt"
	"time"

	"healthcode.example/credential"
)

// Date is a day of the civil calendar, without a time or a zone. The zero
// value is no date.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// ParseDate reads YYYY-MM-DD (ISO 8601, the extended form only). The error
// says what is wrong but never repeats the date, which is personal.
func ParseDate(text string) (Date, error) {
	if text == "" {
		return Date{}, errors.New("the date is empty: write it as YYYY-MM-DD")
	}
	if len(text) != len("2006-01-02") || text[4] != '-' || text[7] != '-' {
		return Date{}, errors.New("the date is not of the form YYYY-MM-DD: write the year with 4 digits, month and day with 2")
	}
	return newDate(text[0:4], text[5:7], text[8:10])
}

// newDate reads the three parts, each of ASCII digits only.
func newDate(year, month, day string) (Date, error) {
	y, okY := digits(year)
	m, okM := digits(month)
	d, okD := digits(day)
	if !okY || !okM || !okD {
		return Date{}, errors.New("the date holds something other than digits: write it as YYYY-MM-DD")
	}
	date := Date{Year: y, Month: time.Month(m), Day: d}
	if !date.Valid() {
		return Date{}, errors.New("there is no such day in the calendar: check month and day")
	}
	return date, nil
}

// digits reads a non-negative decimal number made of ASCII digits only, which
// strconv.Atoi does not insist on.
func digits(text string) (int, bool) {
	n := 0
	for i := 0; i < len(text); i++ {
		if text[i] < '0' || text[i] > '9' {
			return 0, false
		}
		n = n*10 + int(text[i]-'0')
	}
	return n, text != ""
}

// Valid says whether the day exists: 29 February only in leap years, years
// from 1 to 9999.
func (d Date) Valid() bool {
	if d.Year < 1 || d.Year > 9999 || d.Month < 1 || d.Month > 12 || d.Day < 1 {
		return false
	}
	return d.Day <= time.Date(d.Year, d.Month+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

// IsZero says whether d is no date at all.
func (d Date) IsZero() bool { return d == Date{} }

// Compare is -1 when d is earlier than other, 0 when it is the same day and
// +1 when it is later.
func (d Date) Compare(other Date) int {
	a := (d.Year*16+int(d.Month))*32 + d.Day
	b := (other.Year*16+int(other.Month))*32 + other.Day
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// String is YYYY-MM-DD.
func (d Date) String() string {
	return fmt.Sprintf("%04d-%02d-%02d", d.Year, int(d.Month), d.Day)
}

// DateOf is the civil day, UTC+8, that the instant falls on.
func DateOf(at time.Time) Date {
	y, m, d := at.In(credential.Zone).Date()
	return Date{Year: y, Month: m, Day: d}
}

// Majority is the instant at which somebody born on d comes of age: the 18th
// birthday, 00:00 UTC+8 (Civil Code of the PRC, art. 17). Who was born on a 29
// February comes of age on 1 March when the 18th year is no leap year, which
// it never is.
func (d Date) Majority() time.Time {
	return time.Date(d.Year+18, d.Month, d.Day, 0, 0, 0, 0, credential.Zone)
}

// Fourteenth is the instant from which a child may take its codes over, and
// until which a guardian's consent is asked for: the 14th birthday, 00:00 UTC+8
// (Personal Information Protection Law of the PRC, art. 31). Who was born on a
// 29 February turns 14 on 1 March, since the 14th year is never a leap year.
func (d Date) Fourteenth() time.Time {
	return time.Date(d.Year+14, d.Month, d.Day, 0, 0, 0, 0, credential.Zone)
}

// UnderFourteen says whether somebody born on d is under 14 at the instant.
func (d Date) UnderFourteen(at time.Time) bool { return at.Before(d.Fourteenth()) }

// Minor says whether somebody born on d is under age at the instant.
func (d Date) Minor(at time.Time) bool { return at.Before(d.Majority()) }
