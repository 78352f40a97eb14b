package seal_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"testing"

	"healthcode.example/crypto/seal"
)

func TestMasterKeysAreReadInTheirForms(t *testing.T) {
	want := bytes.Repeat([]byte{0xfb, 0xef}, 16)
	for _, text := range []string{
		hex.EncodeToString(want),
		strings.ToUpper(hex.EncodeToString(want)),
		base64.StdEncoding.EncodeToString(want),
		base64.RawStdEncoding.EncodeToString(want),
		base64.URLEncoding.EncodeToString(want),
		base64.RawURLEncoding.EncodeToString(want),
		" \t" + hex.EncodeToString(want) + "\r\n",
	} {
		got, err := seal.ParseMaster(text)
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("ParseMaster(%q) = %x, %v, want %x", text, got, err, want)
		}
	}
}

func TestBadMasterKeysAreRefusedWithoutShowingThem(t *testing.T) {
	for name, text := range map[string]string{
		"empty":                   " \n",
		"short":                   "QWERTY",
		"63 digits":               strings.Repeat("9", 63),
		"not hexadecimal":         "QWERTY" + strings.Repeat("9", 58),
		"not base64":              "QWERTY!" + strings.Repeat("9", 36),
		"loose last bits":         "QWERTY" + strings.Repeat("9", 37),
		"two padding signs":       strings.Repeat("A", 43) + "==",
		"white space inside":      "QWERTY " + strings.Repeat("9", 57),
		"a line end in base64":    "QWERTY\n" + strings.Repeat("9", 36),
		"zeros":                   strings.Repeat("0", 64),
		"zeros in base64":         strings.Repeat("A", 43) + "=",
		"characters beside ASCII": strings.Repeat("密", 32),
	} {
		key, err := seal.ParseMaster(text)
		if err == nil || key != nil {
			t.Errorf("%s: accepted", name)
			continue
		}
		if strings.Contains(err.Error(), "QWERTY") || strings.Contains(err.Error(), "9999") {
			t.Errorf("%s: the error shows the key: %v", name, err)
		}
	}
}
