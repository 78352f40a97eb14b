package shc

import (
	"fmt"
	"strconv"
	"strings"

	"healthcode.example/verifier"
)

// Prefix is what the text of a symbol begins with.
const Prefix = "shc:/"

// Limits of what is read, checked before anything is allocated.
const (
	MaxText    = 64 << 10 // characters of all parts together
	maxParts   = 16
	MaxContent = 128 << 10 // bytes of an inflated payload
	offset     = 45        // a pair of digits is a character's number less 45: the specification's "Encoding Chunks as QR Codes"
	maxPair    = 'z' - offset
)

func fault(reason verifier.Reason, format string, args ...any) error {
	return &verifier.ForeignError{Reason: reason, Err: fmt.Errorf(format, args...)}
}

// PartsError says that some symbols of a card are missing.
type PartsError struct{ Have, Of int }

func (e *PartsError) Error() string { return fmt.Sprintf("%d of %d parts", e.Have, e.Of) }

// Part is the text of one symbol. Cards were once split over several, shc:/1/2/… and shc:/2/2/…
type Part struct {
	Number, Of int    // from 1; a whole card is 1 of 1
	Digits     string // pairs of decimal digits
}

// ReadPart takes the text of one symbol. Every failure is a *verifier.ForeignError.
func ReadPart(text string) (p Part, err error) {
	rest, ok := strings.CutPrefix(text, Prefix)
	if !ok {
		return p, fault(verifier.ReasonOtherFormat, "the text does not begin with %s", Prefix)
	}
	if len(text) > MaxText {
		return p, fault(verifier.ReasonTooLong, "text of %d characters, at most %d", len(text), MaxText)
	}
	p = Part{1, 1, rest}
	if fields := strings.SplitN(rest, "/", 4); len(fields) > 1 {
		if len(fields) != 3 || !small(fields[0], &p.Number) || !small(fields[1], &p.Of) || p.Number > p.Of {
			return p, fault(verifier.ReasonEnvelope, "the text does not say which part of how many (at most %d) it is", maxParts)
		}
		p.Digits = fields[2]
	}
	return p, nil
}

func small(s string, n *int) bool {
	v, err := strconv.Atoi(s)
	*n = v
	return err == nil && v >= 1 && v <= maxParts && strconv.Itoa(v) == s
}

// Join gives the JWS of a card whose parts are in texts, in any order. Every failure is a *verifier.ForeignError; where parts are missing it wraps
// a *PartsError.
func Join(texts ...string) (string, error) {
	var digits [maxParts]string
	have, of, total := 0, 0, 0
	for _, text := range texts {
		if total += len(text); total > MaxText {
			return "", fault(verifier.ReasonTooLong, "parts of %d characters, at most %d", total, MaxText)
		}
		if len(texts) > 1 && !strings.HasPrefix(text, Prefix) {
			return "", fault(verifier.ReasonEnvelope, "beside parts of a card there is something else")
		}
		p, err := ReadPart(text)
		if err != nil {
			return "", err
		}
		if p.Digits == "" { // or it could be counted twice for a part that is missing
			return "", fault(verifier.ReasonEnvelope, "part %d of %d holds nothing", p.Number, p.Of)
		}
		if of == 0 {
			of = p.Of
		}
		if of != p.Of || digits[p.Number-1] != "" && digits[p.Number-1] != p.Digits {
			return "", fault(verifier.ReasonEnvelope, "parts of different cards")
		}
		if digits[p.Number-1] == "" {
			digits[p.Number-1] = p.Digits
			have++
		}
	}
	if have < of || of == 0 {
		return "", &verifier.ForeignError{Reason: verifier.ReasonOtherFormat, Err: &PartsError{have, of}}
	}
	return decode(strings.Join(digits[:of], ""))
}

func decode(digits string) (string, error) {
	if len(digits) == 0 || len(digits)%2 != 0 {
		return "", fault(verifier.ReasonEnvelope, "%d digits, want pairs", len(digits))
	}
	out := make([]byte, 0, len(digits)/2)
	for i := 0; i < len(digits); i += 2 {
		tens, ones := digits[i]-'0', digits[i+1]-'0'
		pair := tens*10 + ones
		if tens > 9 || ones > 9 || pair > maxPair {
			return "", fault(verifier.ReasonEnvelope, "characters %d and %d are no pair of digits up to %d", i, i+1, maxPair)
		}
		out = append(out, pair+offset)
	}
	return string(out), nil
}

// Text writes a JWS as one symbol: what Join reads.
func Text(jws string) (string, error) {
	out := append(make([]byte, 0, len(Prefix)+2*len(jws)), Prefix...)
	for i := range len(jws) {
		if jws[i] < offset || jws[i] > 'z' {
			return "", fmt.Errorf("write a card: byte %d of the JWS is outside its alphabet", i)
		}
		out = append(out, '0'+(jws[i]-offset)/10, '0'+(jws[i]-offset)%10)
	}
	return string(out), nil
}
