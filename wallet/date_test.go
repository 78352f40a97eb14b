package wallet

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"healthcode.example/credential"
)

func TestMajorityIsTheEighteenthBirthdayAtMidnight(t *testing.T) {
	for _, c := range []struct{ birth, want string }{
		{"2004-03-01", "2022-03-01T00:00:00+08:00"},
		{"2004-02-29", "2022-03-01T00:00:00+08:00"},
		{"2003-12-31", "2021-12-31T00:00:00+08:00"},
	} {
		birth, err := ParseDate(c.birth)
		if err != nil {
			t.Fatal(err)
		}
		if got := birth.Majority().Format(time.RFC3339); got != c.want {
			t.Errorf("born %s: of age %s, want %s", c.birth, got, c.want)
		}
		at := birth.Majority()
		if birth.Minor(at) || !birth.Minor(at.Add(-time.Second)) {
			t.Errorf("born %s: the last second of minority is not the one before midnight", c.birth)
		}
	}
}

func TestDatesThatDoNotExistAreRefused(t *testing.T) {
	for _, text := range []string{
		"", "2022-02-29", "1900-02-29", "2022-13-01", "2022-00-01", "2022-01-00", "2022-04-31", "0000-01-01",
		"2022-1-01", "20220101", "2022/01/01", "01-01-2022", "2022-01-01 ", "２０２２-01", "2022-0x-01", "+022-01-01",
	} {
		if d, err := ParseDate(text); err == nil {
			t.Errorf("%q was read as %v", text, d)
		}
	}
}

func TestADateReadsBackAsWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := DateOf(time.Unix(rapid.Int64Range(-3e9, 4e9).Draw(t, "unix"), 0))
		got, err := ParseDate(d.String())
		if err != nil || got != d {
			t.Fatalf("%v came back as %v, %v", d, got, err)
		}
		if next := DateOf(time.Date(d.Year, d.Month, d.Day+1, 0, 0, 0, 0, credential.Zone)); d.Compare(next) != -1 || next.Compare(d) != 1 || d.Compare(d) != 0 {
			t.Fatalf("%v and %v are out of order", d, next)
		}
	})
}

func TestTheDayBeginsAtMidnightInTheEast(t *testing.T) {
	if got := DateOf(time.Date(2022, 3, 1, 16, 0, 0, 0, time.UTC)); got != (Date{2022, time.March, 2}) {
		t.Errorf("16:00 UTC is %v", got)
	}
}
