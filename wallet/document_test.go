package wallet

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// residentID makes a number with area code 99xxxx, which no area has.
func residentID(birth Date, serial int) string {
	n := fmt.Sprintf("990000%04d%02d%02d%03d", birth.Year, int(birth.Month), birth.Day, serial%1000)
	return n + string(residentCheck(n))
}

func TestDocumentNumbersAreNormalised(t *testing.T) {
	for _, c := range []struct{ typ, number, want string }{
		{"resident-id", "990000194912310018", "990000194912310018"},
		{"resident-id", " 990000194912310018\r\n", "990000194912310018"},
		{"resident-id", "99000019491231000x", "99000019491231000X"},
		{"resident-id", "９９００００１９４９１２３１０００ｘ", "99000019491231000X"},
		{"home-return-permit", "h12345678", "H12345678"},
		{"home-return-permit", "M1234567801", "M1234567801"},
		{"birth-certificate", "z990000001", "Z990000001"},
		{"passport", "e9900001", "E9900001"},
		{"passport", "\u3000ZZ9900001\u3000", "ZZ9900001"},
	} {
		got, err := ParseDocument(c.typ, c.number)
		if err != nil || got.Number != c.want || string(got.Type) != c.typ {
			t.Errorf("%s %q: got %q, %v", c.typ, c.number, got.Number, err)
		}
	}
}

func TestWrongDocumentNumbersAreRefusedWithTheirMend(t *testing.T) {
	for _, c := range []struct{ typ, number, say string }{
		{"resident-id", "", "empty"},
		{"resident-id", "990000194912310019", "check digit"},
		{"resident-id", "990000194912310081", "check digit"}, // two swapped
		{"resident-id", "99000019491231001", "18 characters"},
		{"resident-id", "990000491231001", "18 characters"},
		{"resident-id", "99O000194912310018", "digits"},
		{"resident-id", wrongDay(), "calendar"},
		{"home-return-permit", "A12345678", "H or M"},
		{"home-return-permit", "H1234567", "8 or 10 digits"},
		{"home-return-permit", "H123456789", "8 or 10 digits"},
		{"birth-certificate", "9900000001", "letter"},
		{"birth-certificate", "Z99000001", "letter"},
		{"passport", "E9900", "6 to 9"},
		{"passport", "E990000012", "6 to 9"},
		{"passport", "E99-0001", "remove"},
		{"driving-licence", "1", "unknown document type"},
	} {
		_, err := ParseDocument(c.typ, c.number)
		if err == nil || !strings.Contains(err.Error(), c.say) {
			t.Errorf("%s %q: got %v, want it to say %q", c.typ, c.number, err, c.say)
			continue
		}
		if c.number != "" && len(c.number) > 3 && strings.Contains(err.Error(), c.number) {
			t.Errorf("%s: the error repeats the number", c.typ)
		}
	}
}

// wrongDay has a right check digit over a 30 February.
func wrongDay() string {
	n := "99000019900230001"
	return n + string(residentCheck(n))
}

func TestEveryChangedDigitOfAResidentIDIsNoticed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		good := residentID(Date{1990, time.January, 1 + rapid.IntRange(0, 27).Draw(t, "day")}, rapid.IntRange(0, 999).Draw(t, "serial"))
		if _, err := ParseDocument("resident-id", good); err != nil {
			t.Fatalf("a right number is refused: %v", err)
		}
		place := rapid.IntRange(0, 16).Draw(t, "place")
		digit := byte('0' + rapid.IntRange(0, 9).Draw(t, "digit"))
		if good[place] == digit {
			return
		}
		bad := good[:place] + string(digit) + good[place+1:]
		if _, err := ParseDocument("resident-id", bad); err == nil {
			t.Fatalf("digit %d changed and nobody noticed", place)
		}
	})
}

func TestAResidentIDSaysItsBirthDate(t *testing.T) {
	d, err := ParseDocument("resident-id", "99000019491231000X")
	if err != nil {
		t.Fatal(err)
	}
	if birth, ok := d.Birth(); !ok || birth != (Date{1949, time.December, 31}) {
		t.Errorf("got %v, %v", birth, ok)
	}
	p, err := ParseDocument("passport", "E9900001")
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := p.Birth(); ok {
		t.Error("a passport number states no birth date")
	}
}

func TestNoVerbAndNoLoggerPrintsANumberOrAName(t *testing.T) {
	p := Person{Name: "张三", Documents: []Document{{ResidentID, "99000019491231000X"}}, Birth: Date{1949, 12, 31}, Region: 440300}
	var b bytes.Buffer
	slog.New(slog.NewTextHandler(&b, nil)).Info("x", "person", p, "document", p.Documents[0], "both", []any{p, p.Documents[0]})
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		fmt.Fprintf(&b, verb+verb+verb, p, &p, p.Documents)
	}
	for _, secret := range []string{"张三", "19491231", "9900001949", "3939"} {
		if strings.Contains(b.String(), secret) {
			t.Errorf("%q got out: %s", secret, b.String())
		}
	}
}

func FuzzParseDocument(f *testing.F) {
	f.Add("resident-id", "99000019491231000X")
	f.Add("passport", "e9900001")
	f.Add("home-return-permit", "Ｈ12345678")
	f.Fuzz(func(t *testing.T, typ, number string) {
		d, err := ParseDocument(typ, number)
		if err != nil {
			return
		}
		if again, err := ParseDocument(typ, d.Number); err != nil || again != d {
			t.Fatalf("what was normalised is not read as itself: %v", err)
		}
	})
}
