package verifier_test

import (
	"strings"
	"testing"

	"healthcode.example/verifier"
	"healthcode.example/verifier/foreigntest"
)

func TestWhatIsNoHealthCodeIsNamedByItsKind(t *testing.T) {
	b, err := foreigntest.Bundle(now)
	if err != nil {
		t.Fatal(err)
	}
	v := verifier.New(b, verifier.Policy{})
	for want, texts := range map[string][]string{
		"nothing":                   {"", " \r\n\t", "\ufeff"},
		"key of one-time passwords": {"otpauth://totp/Example:alice?secret=JBSWY3DPEHPK3PXP", "OTPAUTH-migration://offline?data=x"},
		"place on a map":            {"geo:23.13,113.26", "GEO:0,0"},
		"key of a wireless network": {"WIFI:S:guest;T:WPA;P:secret;;", "wifi:S:x;;"},
		"mail address":              {"mailto:a@example.org", "MATMSG:TO:a@example.org;;"},
		"telephone number":          {"tel:+8620000000", "TEL:1"},
		"text message":              {"sms:+8620000000", "SMSTO:10086:YE"},
		"web address":               {"https://example.org/x?q=1", "HTTP://EXAMPLE.ORG", " https://example.org"},
		"visiting card":             {"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:A\r\nEND:VCARD", "MECARD:N:A;;"},
		"calendar entry":            {"BEGIN:VEVENT\nSUMMARY:x", "BEGIN:VCALENDAR"},
		"JSON web signature":        {"eyJhbGciOiJFUzI1NiJ9.eyJhIjoxfQ.AAAA", "eyJhbGciOiJFUzI1NiJ9.eyJhIjoxfQ.AAAA~WyJhIl0~", "eyJ" + strings.Repeat("a", 40) + "." + strings.Repeat("b", 9000)},
		"JSON":                      {`{"a":1}`, `[1,2]`, `{"hdr":1}`},
		"ICAO visible digital seal": {"\xdc\x03XYZ", "\u00dc\x03XYZ", `{"data":{"hdr":{"is":"UTO","t":"icao.vacc","v":1},"msg":{}},"sig":{}}`},
		"machine-readable zone of a travel document": {
			"P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10", "I<UTOD231458907<<<<<<<<<<<<<<<",
		},
		"driving licence":                {"@\n\x1e\rANSI 636000100002DL00410278ZV03190008DLDAQT64235789"},
		"boarding pass":                  {"M1DESMARAIS/LUC       EABC123 YULFRAAC 0834 226F001A0025 100"},
		"payment":                        {"00020101021126360009hk.com.hkicl", "BCD\n002\n1\nSCT", "SPC\r\n0200\r\n1", "wxp://f2f0x", "bitcoin:1x"},
		"number":                         {"6901234567892", "990106197912081179", "12 34-56", "4.50"},
		"binary data":                    {"\x00", "\xff\xfe", "a\x01b", "\x89PNG\r\n\x1a\n"},
		"key or certificate":             {"-----BEGIN CERTIFICATE-----\nMIIB"},
		"key of a telephone contract":    {"LPA:1$smdp.example$0000"},
		"ISO mobile document":            {"mdoc:owBjMS4w"},
		"address of another program":     {"openid4vp://?request_uri=x", "alipays://platformapi"},
		"text":                           {"hello", "陈明", "P<", "M1 short", "eyJ", "BEGIN:OTHER", "://x", "6BF", "NCF", strings.Repeat("陈", 5000)},
		"health code of another version": {"YK2:ABC"},
		"SMART Health Card":              {"SHC:/5676", "shc:/5676"},

		"EU digital COVID certificate":               {"HC1:6BF"},
		"EU digital COVID certificate in lower case": {"hc1:6bf", "Hc1:6BF"},
		"New Zealand COVID pass":                     {"NZCP:/1/ABC"},
		"New Zealand COVID pass in lower case":       {"nzcp:/1/abc"},
		"New Zealand COVID pass of another version":  {"NZCP:/2/ABC", "NZCP:/", "nzcp:/2/abc"},
	} {
		for _, text := range texts {
			r := v.Verify(text, now, nil)
			if r.Reason != verifier.ReasonOtherFormat || r.Seen != want {
				t.Errorf("%.40q: %s, seen %q, want %q", text, r.Reason, r.Seen, want)
			}
			for _, word := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(":/;.,\n ", r) }) {
				if len(word) > 7 && strings.Contains(r.Seen, word) {
					t.Errorf("%.40q: something of the text stands in %q", text, r.Seen)
				}
			}
		}
	}
}
