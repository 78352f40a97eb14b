package base45

import "fmt"

// SyntaxError says why and where a text is not base45. It holds none of the
// text but a single byte, so it may be logged.
type SyntaxError struct {
	Offset  int    // of the first byte at fault, from 0
	Problem string // what is wrong there and how to mend it
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("base45: at offset %d: %s", e.Offset, e.Problem)
}

// lengthError reports a text with a last group of one character, unless an
// earlier fault explains it better (a line end pasted with the text, say).
func lengthError(s string) error {
	for i := range len(s) {
		if values[s[i]] == invalid {
			return characterError(s, i)
		}
	}
	return &SyntaxError{
		Offset: len(s) - 1,
		Problem: fmt.Sprintf("a text of %d characters ends in a group of one; "+
			"the text is cut short or has a character too many", len(s)),
	}
}

// groupError names the fault of the group s[from:to], which has one.
func groupError(s string, from, to int) error {
	for i := from; i < to; i++ {
		if values[s[i]] == invalid {
			return characterError(s, i)
		}
	}
	limit := 0xffff
	if to-from == 2 {
		limit = 0xff
	}
	return &SyntaxError{
		Offset: from,
		Problem: fmt.Sprintf("a group of %d characters stands for more than %d; "+
			"the text was damaged, read it again", to-from, limit),
	}
}

func characterError(s string, at int) error {
	return &SyntaxError{
		Offset: at,
		Problem: fmt.Sprintf("byte 0x%02x is none of the 45 characters; "+
			"give the text in capitals, without line ends or tabs", s[at]),
	}
}
