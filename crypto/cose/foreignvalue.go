package cose

import "math"

// ForeignValue is what stands in a message where a text or a number is looked for. The zero value is null, or nothing at all.
type ForeignValue struct {
	text   string
	number float64
	kind   valueKind
}

type valueKind uint8

const (
	valueNone valueKind = iota
	valueText
	valueNumber
	valueOther
)

// Text is the value if it is a text, also one tagged as a date and time (RFC 8949 §3.4.1).
func (v ForeignValue) Text() (string, bool) { return v.text, v.kind == valueText }

// Number is the value if it is an integer or a floating-point number. Integers of 2^53 and more are rounded.
func (v ForeignValue) Number() (float64, bool) { return v.number, v.kind == valueNumber }

// None says that it is null, or that there is none.
func (v ForeignValue) None() bool { return v.kind == valueNone }

// Value reads one item. What is neither a text nor a number nor null is passed over, and is none of them.
func (r *ForeignReader) Value() (v ForeignValue, err error) {
	h, err := r.head()
	if err == nil && h.major == majorTag && h.arg == 0 {
		h, err = r.head()
		if err == nil && h.major != majorText {
			return ForeignValue{kind: valueOther}, r.rest(h)
		}
	}
	switch {
	case err != nil:
		return v, err
	case h.major == majorText:
		v.kind = valueText
		v.text, err = r.str(h)
	case h.major <= majorNegInt:
		v.kind, v.number = valueNumber, float64(h.arg)
		if h.major == majorNegInt {
			v.number = -1 - v.number
		}
	case h == null:
	case h.major == majorSimple && h.info >= 25:
		v.kind, v.number = valueNumber, h.float()
	default:
		v.kind, err = valueOther, r.rest(h)
	}
	return v, err
}

// float decodes a number of 16, 32 or 64 bits (RFC 8949 §3.3 and appendix D).
func (h foreignHead) float() float64 {
	switch h.info {
	case 27:
		return math.Float64frombits(h.arg)
	case 26:
		return float64(math.Float32frombits(uint32(h.arg)))
	}
	exponent, mantissa := h.arg>>10&0x1f, float64(h.arg&0x3ff)
	var f float64
	switch {
	case exponent == 0:
		f = math.Ldexp(mantissa, -24)
	case exponent != 31:
		f = math.Ldexp(mantissa+1024, int(exponent)-25)
	case mantissa == 0:
		f = math.Inf(1)
	default:
		f = math.NaN()
	}
	if h.arg>>15 != 0 {
		return -f
	}
	return f
}
