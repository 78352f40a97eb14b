package verifier

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// lookedAt bounds, in bytes, how much of a text is looked at to name its kind.
const lookedAt = 4096

// prefixes tell kinds of texts that a scanner meets, without regard to the case of letters. The longer one stands before the shorter.
var prefixes = []struct{ prefix, name string }{
	{"HC1:", "EU digital COVID certificate"},
	{"shc:/", "SMART Health Card"},
	{"NZCP:/1/", "New Zealand COVID pass"},
	{"NZCP:/", "New Zealand COVID pass of another version"},
	{"YKS1:", "salt behind a fold"},
	{"YKC1:", "challenge of a gate"},
	{"YK1:", "health code in lower case"},
	{"YK", "health code of another version"},
	{"HC2:", "EU digital COVID certificate of another version"},
	{"NL2:", "Dutch domestic proof"},
	{"mdoc:", "ISO mobile document"},
	{"WIFI:", "key of a wireless network"},
	{"otpauth://", "key of one-time passwords"},
	{"otpauth-migration://", "key of one-time passwords"},
	{"LPA:1$", "key of a telephone contract"},
	{"BEGIN:VCARD", "visiting card"},
	{"MECARD:", "visiting card"},
	{"BEGIN:VEVENT", "calendar entry"},
	{"BEGIN:VCALENDAR", "calendar entry"},
	{"geo:", "place on a map"},
	{"mailto:", "mail address"},
	{"MATMSG:", "mail address"},
	{"tel:", "telephone number"},
	{"sms:", "text message"},
	{"smsto:", "text message"},
	{"000201", "payment"}, // EMVCo merchant-presented
	{"BCD\n", "payment"},  // EPC069-12
	{"BCD\r\n", "payment"},
	{"SPC\n", "payment"}, // Swiss QR-bill
	{"SPC\r\n", "payment"},
	{"wxp://", "payment"},
	{"bitcoin:", "payment"},
	{"-----BEGIN ", "key or certificate"},
	{"@\n\x1e\rANSI ", "driving licence"}, // AAMVA, as PDF417
	{"http://", "web address"},
	{"https://", "web address"},
}

// looksLike names what the text is, in words that hold nothing of it.
func looksLike(text string) string {
	text = strings.TrimLeft(text[:min(len(text), lookedAt)], " \t\r\n\ufeff")
	if text == "" {
		return "nothing"
	}
	for _, p := range prefixes {
		if len(text) >= len(p.prefix) && strings.EqualFold(text[:len(p.prefix)], p.prefix) {
			if capitals(p.prefix) && text[:len(p.prefix)] != p.prefix {
				return p.name + " in lower case" // which its own reader leaves to others
			}
			return p.name
		}
	}
	for _, kind := range kinds {
		if kind.is(text) {
			return kind.name
		}
	}
	return "text"
}

// capitals says whether the prefix is one of a code that is written in capitals alone, and nothing else is a code of that kind.
func capitals(prefix string) bool { return prefix == "HC1:" || prefix == "NZCP:/1/" }

// kinds are told by more than a prefix, in this order.
var kinds = []struct {
	name string
	is   func(text string) bool
}{
	{"ICAO visible digital seal", isSeal},
	{"binary data", isBinary},
	{"JSON web signature", isJWS},
	{"JSON", func(s string) bool { return strings.HasPrefix(s, "{") || strings.HasPrefix(s, "[") }},
	{"machine-readable zone of a travel document", isMachineReadable},
	{"boarding pass", isBoardingPass},
	{"number", func(s string) bool { return consists(s, "0123456789 -.\r\n") }},
	{"address of another program", isAddress},
}

// consists says whether every character of the text is one of those.
func consists(s, of string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return !strings.ContainsRune(of, r) })
}

// isSeal is for ICAO Doc 9303-13 (magic byte DC, version 3 or 4, as a byte or as the character that scanners make of it) and VDS-NC, which is JSON.
func isSeal(s string) bool {
	for _, magic := range []string{"\xdc\x02", "\xdc\x03", "\u00dc\x02", "\u00dc\x03"} {
		if strings.HasPrefix(s, magic) {
			return true
		}
	}
	return strings.HasPrefix(s, "{") && strings.Contains(s, `"hdr"`) && strings.Contains(s, `"icao.`)
}

// isBinary passes over a character that the bound has cut.
func isBinary(s string) bool {
	for i := 0; i < utf8.UTFMax && i < len(s) && !utf8.ValidString(s); i++ {
		s = s[:len(s)-1]
	}
	return !utf8.ValidString(s) || s == "" || strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) && !strings.ContainsRune("\t\r\n", r) })
}

const base64url = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

// isJWS is for the compact form (RFC 7515 §7.1), with or without disclosures behind it (RFC 9901), even where the bound has cut it.
func isJWS(s string) bool {
	return strings.HasPrefix(s, "eyJ") && strings.Count(s, ".") >= 1 && consists(strings.TrimSpace(s), base64url+".~")
}

// isMachineReadable is for the lines of ICAO Doc 9303-3.
func isMachineReadable(s string) bool {
	return strings.ContainsAny(s[:1], "PIACV") && strings.Contains(s, "<<") && consists(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789<\r\n ")
}

// isBoardingPass is for IATA resolution 792: a format code, how many legs, a name of 20 characters, and the sign of an electronic ticket.
func isBoardingPass(s string) bool {
	return len(s) >= 58 && s[0] == 'M' && s[1] >= '1' && s[1] <= '4' && strings.Contains(s[2:22], "/") && (s[22] == 'E' || s[22] == ' ')
}

// isAddress is for a scheme (RFC 3986 §3.1) with an authority behind it.
func isAddress(s string) bool {
	scheme, _, ok := strings.Cut(s, "://")
	return ok && scheme != "" && len(scheme) <= 40 && consists(strings.ToLower(scheme), "abcdefghijklmnopqrstuvwxyz0123456789+-.")
}
