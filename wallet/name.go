package wallet

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"healthcode.example/credential"
)

// CleanName takes the white space off both ends of a name and checks it: valid
// UTF-8, 1 to MaxName characters, and nothing that credential.NameFault names.
// So every name that is kept can be masked and put on a code; one that could
// not would come to light only when its holder asks for a code. Private-use
// characters pass beside letters: registers write rare characters with them.
func CleanName(name string) (string, error) {
	if !utf8.ValidString(name) {
		return "", errors.New("the name is not valid UTF-8: save the file as UTF-8")
	}
	name = strings.TrimSpace(name)
	switch {
	case name == "":
		return "", errors.New("the name is empty: fill it in")
	case strings.ContainsRune(name, unicode.ReplacementChar):
		return "", errors.New("the name holds a replacement character (U+FFFD): it was damaged before, write it anew")
	case utf8.RuneCountInString(name) > MaxName:
		return "", fmt.Errorf("the name is longer than %d characters: shorten it", MaxName)
	}
	if fault := credential.NameFault(name); fault != "" {
		return "", errors.New("the name holds " + fault)
	}
	return name, nil
}
