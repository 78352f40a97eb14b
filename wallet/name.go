package wallet

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// CleanName takes the white space off both ends of a name and checks it: valid
// UTF-8, 1 to MaxName characters, none of them a control or format character.
// Format characters (Unicode category Cf) include the bidirectional marks and
// the zero-width ones, with which a name could be made to read as another.
// Private-use characters pass: registers write rare characters with them.
func CleanName(name string) (string, error) {
	if !utf8.ValidString(name) {
		return "", errors.New("the name is not valid UTF-8: save the file as UTF-8")
	}
	name = strings.TrimSpace(name)
	if name == "" {
		return "", errors.New("the name is empty: fill it in")
	}
	count := 0
	for _, r := range name {
		count++
		switch {
		case r == unicode.ReplacementChar:
			return "", errors.New("the name holds a replacement character (U+FFFD): it was damaged before, write it anew")
		case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp):
			return "", errors.New("the name holds a control or direction character: remove it, it does not show")
		}
	}
	if count > MaxName {
		return "", fmt.Errorf("the name is longer than %d characters: shorten it", MaxName)
	}
	return name, nil
}
