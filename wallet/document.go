package wallet

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
)

// DocumentType names a kind of identity document. Only the four below exist;
// anything else is refused on the way in.
type DocumentType string

// The documents by which a person can be entered and found.
const (
	ResidentID       DocumentType = "resident-id"        // 居民身份证, GB 11643: 18 characters
	HomeReturnPermit DocumentType = "home-return-permit" // 港澳居民来往内地通行证: H or M and 8 or 10 digits
	BirthCertificate DocumentType = "birth-certificate"  // 出生医学证明: a letter and 9 digits
	Passport         DocumentType = "passport"           // ICAO Doc 9303: 6 to 9 of A-Z and 0-9
)

// documentTypes lists every type, in the order in which a guardian's number of
// unknown type is tried.
var documentTypes = []DocumentType{ResidentID, HomeReturnPermit, BirthCertificate, Passport}

// Document is a type and a normalised number; ParseDocument makes it. The
// number is personal data: no formatting verb and no logger prints it.
type Document struct {
	Type   DocumentType
	Number string
}

// ParseDocument normalises and checks a document number: white space around it
// goes, letters become upper case, full-width digits and letters become ASCII.
// Of a resident ID the check digit (ISO 7064 MOD 11-2) and the birth date
// inside are checked, the area part is not judged. Errors say what is wrong
// and how to mend it but never repeat the number.
func ParseDocument(typ, number string) (Document, error) {
	d := Document{Type: DocumentType(typ), Number: normalise(number)}
	if d.Number == "" {
		return Document{}, errors.New("the document number is empty: fill it in")
	}
	var err error
	switch d.Type {
	case ResidentID:
		err = checkResidentID(d.Number)
	case HomeReturnPermit:
		err = checkHomeReturnPermit(d.Number)
	case BirthCertificate:
		err = checkBirthCertificate(d.Number)
	case Passport:
		err = checkPassport(d.Number)
	default:
		err = errUnknownType
	}
	if err != nil {
		return Document{}, err
	}
	return d, nil
}

var errUnknownType = errors.New("unknown document type: use resident-id, home-return-permit, birth-certificate or passport")

// normalise trims white space (the ideographic space too) and folds full-width
// and lower-case letters and digits to ASCII upper case.
func normalise(number string) string {
	return strings.Map(func(r rune) rune {
		if r >= 0xFF01 && r <= 0xFF5E { // full-width forms of '!' to '~'
			r -= 0xFF01 - '!'
		}
		if r >= 'a' && r <= 'z' {
			r -= 'a' - 'A'
		}
		return r
	}, strings.TrimSpace(number))
}

// residentWeights and residentChecks are those of GB 11643-1999, section 4.
var residentWeights = [17]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}

const residentChecks = "10X98765432"

func checkResidentID(n string) error {
	if len(n) != 18 {
		return errors.New("a resident ID has 18 characters: check that none is missing or doubled (15-digit numbers are no longer issued)")
	}
	if !allDigits(n[:17]) {
		return errors.New("the first 17 characters of a resident ID are digits: check for letters such as O or I")
	}
	if residentCheck(n) != n[17] {
		return errors.New("the check digit does not fit the other 17 digits: one is mistyped or two are swapped")
	}
	if _, err := newDate(n[6:10], n[10:12], n[12:14]); err != nil {
		return errors.New("characters 7 to 14 of the resident ID are not a day of the calendar: check the number")
	}
	return nil
}

// residentCheck is the 18th character that belongs to the first 17 digits.
func residentCheck(n string) byte {
	sum := 0
	for i, w := range residentWeights {
		sum += w * int(n[i]-'0')
	}
	return residentChecks[sum%11]
}

func checkHomeReturnPermit(n string) error {
	if n[0] != 'H' && n[0] != 'M' {
		return errors.New("a home-return permit begins with H or M: check the first letter")
	}
	if (len(n) != 9 && len(n) != 11) || !allDigits(n[1:]) {
		return errors.New("a home-return permit has 8 or 10 digits after its letter: count them")
	}
	return nil
}

func checkBirthCertificate(n string) error {
	if n[0] < 'A' || n[0] > 'Z' || len(n) != 10 || !allDigits(n[1:]) {
		return errors.New("a birth certificate has a letter and then 9 digits: check the number")
	}
	return nil
}

func checkPassport(n string) error {
	if len(n) < 6 || len(n) > 9 {
		return errors.New("a passport number has 6 to 9 characters: check that none is missing")
	}
	for i := 0; i < len(n); i++ {
		if !(n[i] >= '0' && n[i] <= '9' || n[i] >= 'A' && n[i] <= 'Z') {
			return errors.New("a passport number is made of the letters A to Z and digits: remove anything else")
		}
	}
	return nil
}

func allDigits(text string) bool {
	_, ok := digits(text)
	return ok
}

// Birth is the birth date that the number itself states; ok is false for every
// type but resident-id.
func (d Document) Birth() (birth Date, ok bool) {
	if d.Type != ResidentID || len(d.Number) != 18 {
		return Date{}, false
	}
	birth, err := newDate(d.Number[6:10], d.Number[10:12], d.Number[12:14])
	return birth, err == nil
}

// Same says whether both are one document. A home-return permit of the former
// form has the holder's number for life, a letter and 8 digits, and behind it
// how often it was renewed; the present form has the first alone.
func (d Document) Same(other Document) bool { return d.Type == other.Type && d.key() == other.key() }

// key is as much of the number as stays the same for its holder.
func (d Document) key() string {
	if d.Type == HomeReturnPermit && len(d.Number) == 11 {
		return d.Number[:9]
	}
	return d.Number
}

// String names the type and keeps the number to itself.
func (d Document) String() string { return string(d.Type) + " (number withheld)" }

// Format prints what String prints, whatever the verb: a number must not reach
// a log through %+v or %#v of something around it.
func (d Document) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, d.String()) }

// LogValue keeps the number out of structured logs.
func (d Document) LogValue() slog.Value { return slog.StringValue(d.String()) }
