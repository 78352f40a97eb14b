package seal

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// ParseMaster reads a master key as a file or an environment variable holds it:
// 64 hexadecimal digits, or the base64 of 32 bytes (either alphabet, with or
// without padding), with white space around. Errors say what is wrong and
// nothing of the text.
func ParseMaster(text string) ([]byte, error) {
	text = strings.TrimSpace(text)
	key, err := decodeMaster(text)
	if err != nil {
		return nil, err
	}
	if bytes.Equal(key, make([]byte, MasterSize)) {
		return nil, errors.New("seal: the master key is all zeros, a placeholder; make one with: openssl rand -hex 32")
	}
	return key, nil
}

func decodeMaster(text string) ([]byte, error) {
	switch unpadded := strings.TrimRight(text, "="); {
	case text == "":
		return nil, errors.New("seal: the master key is empty; give 64 hexadecimal digits, made with: openssl rand -hex 32")
	case len(text) == 2*MasterSize:
		key, err := hex.DecodeString(text)
		if err != nil {
			return nil, errors.New("seal: the master key has 64 characters, but not all are hexadecimal digits")
		}
		return key, nil
	case len(unpadded) == base64.RawStdEncoding.EncodedLen(MasterSize) && len(text) <= len(unpadded)+1:
		unpadded = strings.NewReplacer("-", "+", "_", "/").Replace(unpadded)
		key, err := base64.RawStdEncoding.Strict().DecodeString(unpadded)
		if err != nil || len(key) != MasterSize {
			return nil, errors.New("seal: the master key has the length of base64, but is not the base64 of 32 bytes")
		}
		return key, nil
	default:
		return nil, fmt.Errorf("seal: the master key has %d characters; "+
			"give 64 hexadecimal digits or the base64 of 32 bytes (44 characters)", len(text))
	}
}
