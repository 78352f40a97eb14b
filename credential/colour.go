package credential

import "fmt"

// Colour is the outcome of a decision. The zero value is invalid: nothing missing reads as green.
type Colour uint8

// Colours of the registry.
const (
	Green  Colour = 1
	Yellow Colour = 2
	Red    Colour = 3
)

var colourNames = [...]string{Green: "green", Yellow: "yellow", Red: "red"}

// Valid says whether the registry knows the colour.
func (c Colour) Valid() bool { return c >= Green && c <= Red }

// String gives the registry's word.
func (c Colour) String() string { return word(colourNames[:], uint8(c), "colour") }

// MarshalText writes the registry's word and refuses the zero value.
func (c Colour) MarshalText() ([]byte, error) { return marshalWord(colourNames[:], uint8(c), "colour") }

// UnmarshalText reads the registry's word.
func (c *Colour) UnmarshalText(b []byte) (err error) {
	*c, err = ParseColour(string(b))
	return err
}

// ParseColour reads the registry's word.
func ParseColour(s string) (Colour, error) {
	n, err := parseWord(colourNames[:], s, "colour")
	return Colour(n), err
}

// Kind says how a code is carried.
type Kind uint8

// Kinds of the registry.
const (
	Phone     Kind = 1 // bound to a holder key, valid only inside a presentation
	Paper     Kind = 2 // unbound; the document must be checked
	Household Kind = 3 // several members under one holder key
	Foreign   Kind = 4 // in a verdict only: a code of another format. No code of ours can say so
)

var kindNames = [...]string{Phone: "phone", Paper: "paper", Household: "household", Foreign: "foreign"}

// Valid says whether a code of ours can be of the kind.
func (k Kind) Valid() bool { return k >= Phone && k <= Household }

// String gives the registry's word.
func (k Kind) String() string { return word(kindNames[:], uint8(k), "kind") }

// MarshalText writes the registry's word.
func (k Kind) MarshalText() ([]byte, error) { return marshalWord(kindNames[:], uint8(k), "kind") }

// UnmarshalText reads the registry's word.
func (k *Kind) UnmarshalText(b []byte) (err error) {
	*k, err = ParseKind(string(b))
	return err
}

// ParseKind reads the registry's word.
func ParseKind(s string) (Kind, error) {
	n, err := parseWord(kindNames[:], s, "kind")
	return Kind(n), err
}

// Relation is what a dependant is to the person who shows the code. The zero value means that holders show their own.
type Relation uint8

// Relations of the registry.
const (
	Child       Relation = 1
	Parent      Relation = 2
	Spouse      Relation = 3
	Grandparent Relation = 4
	OtherWard   Relation = 5
)

var relationNames = [...]string{Child: "child", Parent: "parent", Spouse: "spouse", Grandparent: "grandparent", OtherWard: "ward"}

// Valid says whether the registry knows the relation; zero is not one.
func (r Relation) Valid() bool { return r >= Child && r <= OtherWard }

// String gives the registry's word.
func (r Relation) String() string { return word(relationNames[:], uint8(r), "relation") }

// MarshalText writes the registry's word.
func (r Relation) MarshalText() ([]byte, error) {
	return marshalWord(relationNames[:], uint8(r), "relation")
}

// UnmarshalText reads the registry's word.
func (r *Relation) UnmarshalText(b []byte) (err error) {
	*r, err = ParseRelation(string(b))
	return err
}

// ParseRelation reads the registry's word.
func ParseRelation(s string) (Relation, error) {
	n, err := parseWord(relationNames[:], s, "relation")
	return Relation(n), err
}

// word, marshalWord and parseWord serve the three registries above: index is number, empty is unassigned.
func word(names []string, n uint8, what string) string {
	if int(n) < len(names) && names[n] != "" {
		return names[n]
	}
	return fmt.Sprintf("%s(%d)", what, n)
}

func marshalWord(names []string, n uint8, what string) ([]byte, error) {
	if int(n) >= len(names) || names[n] == "" {
		return nil, fmt.Errorf("%s %d is not in the registry", what, n)
	}
	return []byte(names[n]), nil
}

func parseWord(names []string, s, what string) (uint8, error) {
	for i, name := range names {
		if name != "" && name == s {
			return uint8(i), nil
		}
	}
	return 0, fmt.Errorf("%s %q is not one of %q", what, s, names[1:])
}
