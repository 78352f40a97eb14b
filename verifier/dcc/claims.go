package dcc

import (
	"errors"
	"fmt"

	"healthcode.example/crypto/cose"
)

// Claims of the CWT (RFC 8392 §3.1) that matter, with the health certificate in claim -260.
//
//	{ 1: iss, 4: exp, 6: iat, -260: { 1: { "ver": …, "nam": …, "dob": …, "v" / "t" / "r": [ entry ] } } }
const (
	claimIssuer  = 1
	claimExpires = 4
	claimIssued  = 6
	claimHealth  = -260
	healthFirst  = 1
)

var errNoCertificate = errors.New("claim -260 holds no health certificate under 1")

// value is of any type, because real issuers write some fields otherwise than the specification says, and what a verdict needs is looked at where
// it is needed.
type value = cose.ForeignValue

type content struct {
	version value
	born    value // a day, a month, a year or nothing
	name    struct {
		given, family                   value
		givenInCapital, familyInCapital value // as in a passport's machine-readable zone
	}
	vaccinations, tests, recoveries list
}

// list has the first of so many entries.
type list struct {
	n     int
	first *entry
}

// entry has what is read of a vaccination, a test or a recovery.
type entry struct {
	disease, country         value
	vaccine, product         value // of a vaccination
	date, dose, of           value
	kind, result, sampled    value // of a test
	positive, from, validity value // of a recovery
}

func (c *Certificate) readClaims(b []byte) error {
	r := cose.NewForeignReader(b)
	var issuer, expires, issued value
	health := false
	err := r.Map(func(k cose.ForeignKey) (err error) {
		switch {
		case !k.IsInt:
			return r.Skip()
		case k.Int == claimIssuer:
			issuer, err = r.Value()
		case k.Int == claimExpires:
			expires, err = r.Value()
		case k.Int == claimIssued:
			issued, err = r.Value()
		case k.Int == claimHealth:
			health, err = c.content.readHealth(&r)
		default:
			return r.Skip()
		}
		return err
	})
	if err == nil {
		err = r.Done()
	}
	if err == nil {
		c.Issued, err = seconds(issued)
	}
	if err == nil {
		c.Expires, err = seconds(expires)
	}
	if err == nil && !health {
		err = errNoCertificate
	}
	c.Issuer, _ = issuer.Text()
	return err
}

func (c *content) readHealth(r *cose.ForeignReader) (found bool, err error) {
	err = r.Map(func(k cose.ForeignKey) error {
		if !k.IsInt || k.Int != healthFirst {
			return r.Skip()
		}
		return r.Map(func(k cose.ForeignKey) error {
			found = true
			return c.readField(r, k.Text)
		})
	})
	if err == nil && c.vaccinations.n+c.tests.n+c.recoveries.n > maxEntries {
		err = fmt.Errorf("more than %d entries in one certificate", maxEntries)
	}
	return found, err
}

func (c *content) readField(r *cose.ForeignReader, name string) (err error) {
	switch name {
	case "ver":
		c.version, err = r.Value()
	case "dob":
		c.born, err = r.Value()
	case "nam":
		err = r.Map(func(k cose.ForeignKey) error { return c.readName(r, k.Text) })
	case "v":
		err = c.vaccinations.read(r)
	case "t":
		err = c.tests.read(r)
	case "r":
		err = c.recoveries.read(r)
	default:
		err = r.Skip()
	}
	return err
}

func (c *content) readName(r *cose.ForeignReader, name string) (err error) {
	switch name {
	case "gn":
		c.name.given, err = r.Value()
	case "fn":
		c.name.family, err = r.Value()
	case "gnt":
		c.name.givenInCapital, err = r.Value()
	case "fnt":
		c.name.familyInCapital, err = r.Value()
	default:
		err = r.Skip()
	}
	return err
}

// read makes nothing of the entries behind the first, which are counted.
func (l *list) read(r *cose.ForeignReader) error {
	return r.Array(func() error {
		if l.n++; l.n > 1 {
			return r.Map(func(cose.ForeignKey) error { return r.Skip() })
		}
		l.first = new(entry)
		return r.Map(func(k cose.ForeignKey) error { return l.first.read(r, k.Text) })
	})
}

func (e *entry) read(r *cose.ForeignReader, name string) error {
	field := e.field(name)
	if field == nil {
		return r.Skip()
	}
	v, err := r.Value()
	*field = v
	return err
}

// field is nil for one that is not read.
func (e *entry) field(name string) *value {
	switch name {
	case "tg":
		return &e.disease
	case "co":
		return &e.country
	case "vp":
		return &e.vaccine
	case "mp":
		return &e.product
	case "dt":
		return &e.date
	case "dn":
		return &e.dose
	case "sd":
		return &e.of
	case "tt":
		return &e.kind
	case "tr":
		return &e.result
	case "sc":
		return &e.sampled
	case "fr":
		return &e.positive
	case "df":
		return &e.from
	case "du":
		return &e.validity
	}
	return nil
}
