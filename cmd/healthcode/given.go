package main

import (
	"fmt"

	"github.com/alecthomas/kong"
)

// given is a flag that may be left out and not be empty: an empty variable of a script must not drop what the script asks for.
type given string

// Decode is called where the flag is given.
func (g *given) Decode(ctx *kong.DecodeContext) error {
	var text string
	if err := ctx.Scan.PopValueInto("text", &text); err != nil {
		return err
	}
	if text == "" {
		return fmt.Errorf("it is empty: give it a value or leave it out")
	}
	*g = given(text)
	return nil
}
