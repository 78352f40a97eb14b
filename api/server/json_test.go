package server

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"healthcode.example/api"
)

// FuzzReadVerification holds the reader against encoding/json: what it takes, the standard library takes with the same
// meaning, and what it refuses is refused with a problem that repeats nothing.
func FuzzReadVerification(f *testing.F) {
	for _, seed := range []string{
		`{"code":"YK1:ABC"}`, `{"codes":["a","b\u0041",""]}`, `{"code":"\ud800"}`, ` { "codes" : [ "a" ] , "challenge":"00112233445566778899aabbccddeeff" } `,
		`{"code":"a","document":{"type":"passport","number":"E12345678"}}`, `{"code":"a"`, `{"code":"a"}x`, `{"code":"a",}`, `[[[[`, "{\"code\":\"\xff\"}",
		`{"codes":[` + strings.Repeat(`"",`, 64) + `""]}`, `{"code":"a\`, "{\"code\":\"\n\"}", `{}`, ``, "\x00", `{"":""}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		v, err := readVerification(body)
		if err != nil {
			if p := api.ProblemOf(err); p == nil || p.Status != 400 || p.Detail == "" {
				t.Fatalf("refused with %v", err)
			}
			return
		}
		var want api.VerificationRequest
		d := json.NewDecoder(bytes.NewReader(body))
		d.DisallowUnknownFields()
		if err := d.Decode(&want); err != nil {
			t.Fatalf("taken, and encoding/json says %v", err)
		}
		codes := want.Codes
		if v.single {
			codes = []string{want.Code}
		}
		if strings.Join(codes, "\x00") != strings.Join(v.codes, "\x00") || len(codes) != len(v.codes) || len(codes) > api.MaxCodes {
			t.Fatalf("read %q, encoding/json reads %q", v.codes, codes)
		}
	})
}

func TestWhateverEncodingJSONWritesIsRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		codes := rapid.SliceOfN(rapid.String(), 1, api.MaxCodes).Draw(t, "codes")
		body, err := json.MarshalIndent(api.VerificationRequest{Codes: codes}, rapid.SampledFrom([]string{"", "\n", "\t "}).Draw(t, "prefix"), " ")
		if err != nil {
			t.Fatal(err)
		}
		v, err := readVerification(body)
		if err != nil {
			t.Fatalf("%s: %v", body, err)
		}
		for i := range codes {
			if want := strings.ToValidUTF8(codes[i], "\ufffd"); v.codes[i] != want {
				t.Fatalf("code %d is read as %q, want %q", i, v.codes[i], want)
			}
		}
	})
}

func TestAnEntityTagIsFoundInAListOnly(t *testing.T) {
	for field, want := range map[string]bool{
		`"a"`: true, `W/"a"`: true, `"b", "a"`: true, `"b","a"`: true, ` , ,"b" ,W/"a"`: true, `*`: true, ` * `: true,
		``: false, `a`: false, `"b"`: false, `"a`: false, `"b" x "a"`: false, `"b, \"a\""`: false, `"aa"`: false, `w/"a"`: false, `W/ "a"`: false, `*, "b"`: false,
	} {
		if got := matches([]string{field}, `"a"`); got != want {
			t.Errorf("%s: %v", field, got)
		}
	}
	if !matches([]string{`"b"`, `"a"`}, `"a"`) || matches(nil, `"a"`) {
		t.Error("fields are not one list")
	}
}

func TestAnonymousKeepsTheCauseAndDropsThePerson(t *testing.T) {
	for text, want := range map[string]string{
		"refresh the codes of 0cq1kf8e00s2m9q3v4h5t6u7ab: bolt: closed": "refresh the codes of (withheld): bolt: closed",
		`number 99000019850101001X of "somebody": no such key`:          "number (withheld) of (withheld): no such key",
		"read back YK1:6BF+70790T9WJWG.FKY: base45":                     "read back (withheld) base45",
		"open list 20 of day 20513":                                     "open list 20 of day 20513",
	} {
		if got := anonymous(text); got != want {
			t.Errorf("%s\nbecomes %s\nwant    %s", text, got, want)
		}
	}
}
