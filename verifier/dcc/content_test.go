package dcc_test

import (
	"maps"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"healthcode.example/credential"
	"healthcode.example/crypto/cose"
	"healthcode.example/trust"
	"healthcode.example/verifier"
	"healthcode.example/verifier/dcc"
	"healthcode.example/verifier/foreigntest"
)

// greens is the policy of a region that draws its partner's codes in colours.
func greens(p *trust.Partner) {
	p.Policy.Colours = trust.ColourMap{credential.Green, credential.Red, credential.Red}
}

// with is the entry with some fields otherwise; nil takes one away.
func with(entry map[string]any, fields map[string]any) map[string]any {
	entry = maps.Clone(entry)
	for name, v := range fields {
		if entry[name] = v; v == nil {
			delete(entry, name)
		}
	}
	return entry
}

// of is a certificate of one entry, given yesterday.
func of(kind string, entry map[string]any) *foreigntest.Message {
	m := message()
	issued := noon.Add(-24 * time.Hour).Unix()
	m.Payload = foreigntest.Certificate("XX", issued, issued+180*86400, kind, entry)
	return m
}

// recovered is an entry that is good from February to July.
var recovered = map[string]any{
	"tg": "840539006", "fr": "2026-01-20", "df": "2026-01-31", "du": "2026-07-19", "co": "XX", "is": "synthetic", "ci": "URN:UVCI:01:XX:SYNTHETIC#3",
}

func negative() map[string]any { return foreigntest.Test("XX", "260415000", "2026-03-02T08:00:00Z") }

func TestOnlyWhatTheValueSetsNameIsAProof(t *testing.T) {
	for _, c := range []struct {
		name, kind string
		entry      map[string]any
	}{
		{"a result by the SNOMED word for positive", "t", with(negative(), map[string]any{"tr": "10828004"})},
		{"a result by the SNOMED word for negative", "t", with(negative(), map[string]any{"tr": "260385009"})},
		{"a result in words", "t", with(negative(), map[string]any{"tr": "NEGATIVE"})},
		{"a result that is a number", "t", with(negative(), map[string]any{"tr": 260415000})},
		{"a result in capitals of the other", "t", with(negative(), map[string]any{"tr": "260415000 "})},
		{"no result", "t", with(negative(), map[string]any{"tr": nil})},
		{"a test of another kind", "t", with(negative(), map[string]any{"tt": "94504-8"})},
		{"a test of no kind", "t", with(negative(), map[string]any{"tt": nil})},
		{"a test for another disease", "t", with(negative(), map[string]any{"tg": "6142004"})},
		{"a positive test for another disease", "t", with(negative(), map[string]any{"tg": "6142004", "tr": "260373001"})},
		{"a sample of no time", "t", with(negative(), map[string]any{"sc": nil})},
		{"a sample of a time that nobody can read", "t", with(negative(), map[string]any{"sc": "yesterday"})},
		{"a sample of before 1970", "t", with(negative(), map[string]any{"sc": "1970-01-01T00:00:00Z"})},
		{"a vaccination against another disease", "v", with(foreigntest.Vaccination("XX"), map[string]any{"tg": "6142004"})},
		{"a vaccination against no disease", "v", with(foreigntest.Vaccination("XX"), map[string]any{"tg": nil})},
		{"dose 0 of 2", "v", with(foreigntest.Vaccination("XX"), map[string]any{"dn": 0})},
		{"dose 1 of 0", "v", with(foreigntest.Vaccination("XX"), map[string]any{"dn": 1, "sd": 0})},
		{"dose -1", "v", with(foreigntest.Vaccination("XX"), map[string]any{"dn": -1})},
		{"dose 1.5 of 2", "v", with(foreigntest.Vaccination("XX"), map[string]any{"dn": 1.5})},
		{"dose 2 of 1.5", "v", with(foreigntest.Vaccination("XX"), map[string]any{"sd": 1.5})},
		{"dose 10 of 2", "v", with(foreigntest.Vaccination("XX"), map[string]any{"dn": 10})},
		{"dose 10 of 10", "v", with(foreigntest.Vaccination("XX"), map[string]any{"dn": 10, "sd": 10})},
		{"a vaccine of no sort", "v", with(foreigntest.Vaccination("XX"), map[string]any{"vp": nil})},
		{"a vaccine of another sort", "v", with(foreigntest.Vaccination("XX"), map[string]any{"vp": "WATER"})},
		{"no product", "v", with(foreigntest.Vaccination("XX"), map[string]any{"mp": nil})},
		{"a product in words", "v", with(foreigntest.Vaccination("XX"), map[string]any{"mp": "COVID-19 Vaccine Moderna"})},
		{"an unfinished course of water", "v", with(foreigntest.Vaccination("XX"), map[string]any{"mp": "WATER", "dn": 1})},
		{"a vaccination of before the outbreak", "v", with(foreigntest.Vaccination("XX"), map[string]any{"dt": "2019-12-31"})},
		{"a vaccination of the year 1", "v", with(foreigntest.Vaccination("XX"), map[string]any{"dt": "0001-01-01"})},
		{"a test of before the outbreak", "t", foreigntest.Test("XX", "260415000", "1999-12-31T12:00:00Z")},
		{"a first positive test of before the outbreak", "r", with(recovered, map[string]any{"fr": "1900-01-01"})},
		{"a recovery of the day after", "r", with(recovered, map[string]any{"fr": "2026-01-22"})},
		{"a recovery before the infection", "r", with(recovered, map[string]any{"fr": "2026-02-10"})},
		{"a recovery that ends before it begins", "r", with(recovered, map[string]any{"du": "2026-01-30"})},
		{"dose 1000", "v", with(foreigntest.Vaccination("XX"), map[string]any{"dn": 1000})},
		{"a dose in words", "v", with(foreigntest.Vaccination("XX"), map[string]any{"dn": "2"})},
		{"no dose", "v", with(foreigntest.Vaccination("XX"), map[string]any{"dn": nil})},
		{"no number of doses", "v", with(foreigntest.Vaccination("XX"), map[string]any{"sd": nil})},
		{"a vaccination of no day", "v", with(foreigntest.Vaccination("XX"), map[string]any{"dt": nil})},
		{"a vaccination of a day that is none", "v", with(foreigntest.Vaccination("XX"), map[string]any{"dt": "2021-02-30"})},
		{"a recovery from another disease", "r", with(recovered, map[string]any{"tg": "6142004"})},
		{"a recovery of no first day", "r", with(recovered, map[string]any{"fr": nil})},
		{"a recovery without a beginning", "r", with(recovered, map[string]any{"df": nil})},
		{"a recovery without an end", "r", with(recovered, map[string]any{"du": nil})},
	} {
		for policy, change := range map[string]func(*trust.Partner){"no colours": func(*trust.Partner) {}, "colours": greens} {
			x := newCountry(t)
			change(&x.entry)
			r := x.scan(of(c.kind, c.entry))
			if r.Verdict != verifier.CannotSay || r.Reason != verifier.ReasonNotProved || r.Remedy != verifier.RemedyDocument {
				t.Errorf("%s, %s: %v %v %v", c.name, policy, r.Verdict, r.Reason, r.Remedy)
			}
			for _, m := range r.Members {
				if m.Name != "" || m.Colour != 0 || m.Proves != (verifier.Line{}) || !m.Until.IsZero() || !m.Tested.IsZero() {
					t.Errorf("%s, %s: with data %+v", c.name, policy, m)
				}
			}
		}
	}
}

func TestNothingHappensToWhoIsNotBorn(t *testing.T) {
	entries := map[string]map[string]any{
		"v": with(foreigntest.Vaccination("XX"), map[string]any{"dt": "2026-01-20"}), "t": foreigntest.Test("XX", "260415000", "2026-01-20T08:00:00Z"), "r": recovered,
	}
	for born, want := range map[any]verifier.Reason{
		"2026-01-20": verifier.ReasonOK, "2026-01-21": verifier.ReasonNotProved, "2026-01": verifier.ReasonOK, "2026-02": verifier.ReasonNotProved, "2026": verifier.ReasonOK,
		"2027": verifier.ReasonNotProved, "": verifier.ReasonOK, nil: verifier.ReasonOK, "2026-01-20T00:00:00": verifier.ReasonOK, "unknown": verifier.ReasonNotProved,
	} {
		for kind, entry := range entries {
			m := of(kind, entry)
			m.Payload.(map[int]any)[-260].(map[int]any)[1].(map[string]any)["dob"] = born
			if r := newCountry(t).scan(m); r.Reason != want {
				t.Errorf("%s of one born %v: %v, want %v", kind, born, r.Reason, want)
			}
		}
	}
	m := of("t", foreigntest.Test("XX", "260373001", "2026-01-20T08:00:00Z"))
	m.Payload.(map[int]any)[-260].(map[int]any)[1].(map[string]any)["dob"] = "2027"
	if r := newCountry(t).scan(m); r.Reason != verifier.ReasonColour {
		t.Errorf("an infection of one who is not born: %v", r.Reason)
	}
}

func TestNobodyVouchesForWhatHadHappenedNowhereOnEarth(t *testing.T) {
	day := time.Date(2026, 2, 1, 0, 0, 0, 0, time.FixedZone("UTC+14", 14*3600)).Unix() // where it begins first
	for issued, want := range map[int64]verifier.Reason{day - 86400: verifier.ReasonNotProved, day - 1: verifier.ReasonNotProved, day: verifier.ReasonOK, day + 86400: verifier.ReasonOK} {
		for kind, entry := range map[string]map[string]any{
			"v": with(foreigntest.Vaccination("XX"), map[string]any{"dt": "2026-02-01"}),
			"t": foreigntest.Test("XX", "260415000", "2026-02-01T22:00:00Z"),
			"r": with(recovered, map[string]any{"fr": "2026-02-01", "df": "2026-02-12"}),
		} {
			m := of(kind, entry)
			m.Payload.(map[int]any)[6] = issued
			if r := newCountry(t).scan(m); r.Reason != want {
				t.Errorf("%s of 1 February, issued %d s after it began: %v, want %v", kind, issued-day, r.Reason, want)
			}
		}
		m := of("t", foreigntest.Test("XX", "260373001", "2026-02-01T22:00:00Z"))
		m.Payload.(map[int]any)[6] = issued
		if r := newCountry(t).scan(m); r.Reason != verifier.ReasonColour {
			t.Errorf("an infection, issued %d s after the day began: %v", issued-day, r.Reason)
		}
	}
	m := of("r", recovered) // what counts only later may be issued before
	m.Payload.(map[int]any)[6] = noon.AddDate(0, 0, -35).Unix()
	if r := newCountry(t).scan(m); r.Reason != verifier.ReasonOK {
		t.Errorf("a recovery, issued before the first of its days: %v", r.Reason)
	}
}

func TestAnotherVersionOfTheSchemaMayMeanAnything(t *testing.T) {
	for version, want := range map[any]verifier.Reason{"1.0.0": verifier.ReasonOK, "1.3.9": verifier.ReasonOK, "2.0.0": verifier.ReasonNotProved, "9.9.9": verifier.ReasonNotProved, "": verifier.ReasonNotProved, nil: verifier.ReasonNotProved, 1: verifier.ReasonNotProved, "10.0": verifier.ReasonNotProved} {
		m := of("v", foreigntest.Vaccination("XX"))
		m.Payload.(map[int]any)[-260].(map[int]any)[1].(map[string]any)["ver"] = version
		if r := newCountry(t).scan(m); r.Reason != want {
			t.Errorf("version %v: %v, want %v", version, r.Reason, want)
		}
	}
}

func TestAProofThatTheValueSetsNameIsGreenWhereThePolicyGivesColours(t *testing.T) {
	for _, c := range []struct {
		name, kind string
		entry      map[string]any
		want       credential.Colour
		line       string
	}{
		{"dose 2 of 2", "v", foreigntest.Vaccination("XX"), credential.Green, "vaccination, dose 2 of 2, EU/1/20/1528, 2021-05-29"},
		{"a booster after one dose", "v", with(foreigntest.Vaccination("XX"), map[string]any{"dn": 2, "sd": 1}), credential.Green, "vaccination, dose 2 of 1, EU/1/20/1528, 2021-05-29"},
		{"dose 3 of 3", "v", with(foreigntest.Vaccination("XX"), map[string]any{"dn": 3.0, "sd": 3}), credential.Green, "vaccination, dose 3 of 3, EU/1/20/1528, 2021-05-29"},
		{"a day with a time", "v", with(foreigntest.Vaccination("XX"), map[string]any{"dt": "2021-05-29T10:00:00+02:00"}), credential.Green, "vaccination, dose 2 of 2, EU/1/20/1528, 2021-05-29T10:00:00+02:00"},
		{"a first dose of two is no green", "v", with(foreigntest.Vaccination("XX"), map[string]any{"dn": 1}), 0, "vaccination, dose 1 of 2, EU/1/20/1528, 2021-05-29"},
		{"a negative NAAT", "t", negative(), credential.Green, "negative NAAT test, sampled 2026-03-02T08:00:00Z"},
		{"a negative antigen test", "t", with(negative(), map[string]any{"tt": "LP217198-3"}), credential.Green, "negative antigen test, sampled 2026-03-02T08:00:00Z"},
		{"a recovery", "r", recovered, credential.Green, "recovery, first positive 2026-01-20, valid 2026-01-31 to 2026-07-19"},
	} {
		x := newCountry(t)
		if r := x.scan(of(c.kind, c.entry)); r.Verdict != verifier.Accept || r.Members[0].Colour != 0 || r.Members[0].Proves.En != c.line {
			t.Errorf("%s, no colours: %+v", c.name, r)
		}
		greens(&x.entry)
		if r := x.scan(of(c.kind, c.entry)); r.Verdict != verifier.Accept || r.Members[0].Colour != c.want || r.Members[0].Proves.En != c.line {
			t.Errorf("%s, colours: %+v", c.name, r)
		}
	}
}

func TestAnUnfinishedCourseIsNeverBetterThanAFinishedOne(t *testing.T) {
	x := newCountry(t)
	x.entry.Policy.Colours = trust.ColourMap{credential.Yellow, credential.Red, credential.Red}
	r := x.scan(of("v", with(foreigntest.Vaccination("XX"), map[string]any{"dn": 1})))
	if r.Verdict != verifier.Refuse || r.Reason != verifier.ReasonColour || r.Members[0].Colour != credential.Yellow {
		t.Errorf("a first dose where our policy makes a full course yellow: %+v", r)
	}
}

func TestWhatHasNotHappenedProvesNothingYet(t *testing.T) {
	local := time.FixedZone("", 8*3600)
	tomorrow, today := noon.In(local).AddDate(0, 0, 1).Format("2006-01-02"), noon.In(local).Format("2006-01-02")
	stamp := func(d time.Duration) string { return noon.Add(d).Format(time.RFC3339) }
	for _, c := range []struct {
		name, kind string
		entry      map[string]any
		want       verifier.Reason
	}{
		{"a sample of now", "t", with(negative(), map[string]any{"sc": stamp(0)}), verifier.ReasonOK},
		{"a sample of the skew that clocks may have", "t", with(negative(), map[string]any{"sc": stamp(60 * time.Second)}), verifier.ReasonOK},
		{"a sample of a second more", "t", with(negative(), map[string]any{"sc": stamp(61 * time.Second)}), verifier.ReasonNotYetValid},
		{"a sample within the hour", "t", with(negative(), map[string]any{"sc": stamp(59 * time.Minute)}), verifier.ReasonNotYetValid},
		{"a sample of next month", "t", with(negative(), map[string]any{"sc": stamp(30 * 24 * time.Hour)}), verifier.ReasonNotYetValid},
		{"a positive sample of tomorrow", "t", with(negative(), map[string]any{"sc": stamp(24 * time.Hour), "tr": "260373001"}), verifier.ReasonNotYetValid},
		{"a vaccination of today", "v", with(foreigntest.Vaccination("XX"), map[string]any{"dt": today}), verifier.ReasonOK},
		{"a vaccination of tomorrow", "v", with(foreigntest.Vaccination("XX"), map[string]any{"dt": tomorrow}), verifier.ReasonNotYetValid},
		{"a first dose of two of tomorrow", "v", with(foreigntest.Vaccination("XX"), map[string]any{"dn": 1, "dt": tomorrow}), verifier.ReasonNotYetValid},
		{"a first positive test of tomorrow", "r", with(recovered, map[string]any{"fr": tomorrow}), verifier.ReasonNotYetValid},
		{"a recovery from today", "r", with(recovered, map[string]any{"df": today}), verifier.ReasonOK},
		{"a recovery from tomorrow", "r", with(recovered, map[string]any{"df": tomorrow}), verifier.ReasonNotYetValid},
		{"a recovery until today", "r", with(recovered, map[string]any{"du": today}), verifier.ReasonOK},
		{"a recovery until yesterday", "r", with(recovered, map[string]any{"du": "2026-03-01"}), verifier.ReasonExpired},
	} {
		for _, age := range []time.Duration{0, 48 * time.Hour} {
			x := newCountry(t)
			x.entry.Policy.TestAge = age
			want := c.want
			if age != 0 && c.kind != "t" && want == verifier.ReasonOK {
				want = verifier.ReasonTestMissing
			}
			r := x.scan(of(c.kind, c.entry))
			if r.Reason != want || want == verifier.ReasonNotYetValid && (r.Verdict != verifier.Refuse || len(r.Members) != 0) {
				t.Errorf("%s, test age %v: %v %v, want %v", c.name, age, r.Verdict, r.Reason, want)
			}
		}
	}
}

func TestARecoveryEndsWithItsOwnLastDay(t *testing.T) {
	r := newCountry(t).scan(of("r", recovered))
	if want := time.Date(2026, 7, 19, 16, 0, 0, 0, time.UTC); len(r.Members) != 1 || !r.Members[0].Until.Equal(want) {
		t.Errorf("got %+v, want an end at %v", r, want)
	}
	m := of("r", with(recovered, map[string]any{"du": "2027-12-31"}))
	if r := newCountry(t).scan(m); len(r.Members) != 1 || r.Members[0].Until.Unix() != m.Payload.(map[int]any)[4].(int64)+1 {
		t.Errorf("a recovery that outlives its certificate: %+v", r)
	}
}

func TestAClockThatIsBehindCannotTellWhatHasHappened(t *testing.T) {
	x := newCountry(t)
	x.at = noon.Add(time.Hour)
	r := x.scan(of("t", with(negative(), map[string]any{"sc": noon.Add(30 * time.Minute).Format(time.RFC3339)})))
	if r.Verdict != verifier.CannotSay || r.Reason != verifier.ReasonClockBehind {
		t.Errorf("got %+v", r)
	}
}

func TestASampleTimeIsRoundedDown(t *testing.T) {
	for sampled, want := range map[string]string{
		"2026-03-02T08:59:59Z": "2026-03-02T08:00:00Z", "2026-03-02T08:59:59.999Z": "2026-03-02T08:00:00Z", "2026-03-02T08:00:00Z": "2026-03-02T08:00:00Z",
		"2026-03-02T08:30:00+0130": "2026-03-02T07:00:00Z", "2026-03-02T08:30:00+01": "2026-03-02T07:00:00Z", "2026-03-02T08:30:00": "2026-03-02T08:00:00Z",
		"2026-03-02T08:30:00-02:30": "2026-03-02T11:00:00Z",
	} {
		r := newCountry(t).scan(of("t", with(negative(), map[string]any{"sc": sampled})))
		if len(r.Members) != 1 || r.Members[0].Tested.Format(time.RFC3339) != want {
			t.Errorf("sampled %s: %+v", sampled, r)
		}
	}
	x := newCountry(t)
	x.entry.Policy.TestAge = 4 * time.Hour
	for sampled, want := range map[string]verifier.Reason{"2026-03-02T08:00:00Z": verifier.ReasonOK, "2026-03-02T07:59:59Z": verifier.ReasonTestOld} {
		if r := x.scan(of("t", with(negative(), map[string]any{"sc": sampled}))); r.Reason != want {
			t.Errorf("sampled %s, a test age of four hours: %v", sampled, r.Reason)
		}
	}
}

func TestACertificateOfTwoSortsOfProofProvesNeither(t *testing.T) {
	for _, more := range []struct {
		kind  string
		entry map[string]any
	}{{"t", negative()}, {"t", with(negative(), map[string]any{"tr": "260373001"})}, {"r", recovered}} {
		m := message()
		m.Payload.(map[int]any)[-260].(map[int]any)[1].(map[string]any)[more.kind] = []any{more.entry}
		if r := newCountry(t).scan(m); r.Verdict != verifier.Refuse || r.Reason != verifier.ReasonClaims || len(r.Members) != 0 {
			t.Errorf("a vaccination and %s: %+v", more.kind, r)
		}
	}
	m := of("t", negative())
	m.Payload.(map[int]any)[-260].(map[int]any)[1].(map[string]any)["r"] = []any{recovered}
	if r := newCountry(t).scan(m); r.Verdict != verifier.Refuse || r.Reason != verifier.ReasonClaims {
		t.Errorf("a test and a recovery: %+v", r)
	}
}

func TestACertificateOfNobodyIsRefused(t *testing.T) {
	name := func(v any) *foreigntest.Message {
		m := message()
		m.Payload.(map[int]any)[-260].(map[int]any)[1].(map[string]any)["nam"] = v
		return m
	}
	for what, v := range map[string]any{
		"none": nil, "an empty one": map[string]any{}, "one of numbers": map[string]any{"fn": 1, "gn": 2}, "white space": map[string]any{"fn": " ", "gn": ""},
		"one that is too long": map[string]any{"fn": strings.Repeat("M", 81)}, "a sign": map[string]any{"fn": "."}, "signs": map[string]any{"fn": "- -", "gn": "."},
		"digits": map[string]any{"fn": "123"}, "what nobody sees": map[string]any{"fn": "\u200b", "gn": "\u202e"},
	} {
		if r := newCountry(t).scan(name(v)); r.Verdict != verifier.Refuse || r.Reason != verifier.ReasonClaims {
			t.Errorf("%s: %v %v", what, r.Verdict, r.Reason)
		}
	}
	for _, v := range []struct {
		name map[string]any
		want string
	}{
		{map[string]any{"fn": "Mustermann"}, "Mustermann"},
		{map[string]any{"gn": "Erika"}, "Erika"},
		{map[string]any{"fnt": "MUSTERMANN", "gnt": "ERIKA"}, "ERIKA MUSTERMANN"},
		{map[string]any{"fn": "Müller", "fnt": "MUELLER", "gn": "Jörg", "gnt": "JOERG"}, "Jörg Müller"},
		{map[string]any{"fn": strings.Repeat("M", 81), "fnt": "M", "gn": strings.Repeat("E", 80)}, strings.Repeat("E", 80) + " M"},
	} {
		c, err := dcc.Read(newCountry(t).text(name(v.name)))
		if err != nil || c.Name() != v.want {
			t.Errorf("%v: %q, %v", v.name, c.Name(), err)
		}
	}
}

func TestAFieldThatIsTooLongIsNotShown(t *testing.T) {
	for n, want := range map[int]string{80: ", " + strings.Repeat("x", 80), 81: ""} {
		c, err := dcc.Read(newCountry(t).text(of("v", with(foreigntest.Vaccination("XX"), map[string]any{"mp": strings.Repeat("x", n)}))))
		if err != nil || c.Proves().En != "vaccination, dose 2 of 2"+want+", 2021-05-29" {
			t.Errorf("a product of %d bytes: %q, %v", n, c.Proves().En, err)
		}
	}
}

func TestTheLineSaysWhatWasNotRecognised(t *testing.T) {
	for _, c := range []struct {
		kind  string
		entry map[string]any
		want  verifier.Line
	}{
		{"v", with(foreigntest.Vaccination("XX"), map[string]any{"tg": "6142004"}), verifier.Line{
			Hans: "接种疫苗（其他疾病 6142004），第2剂，共2剂，EU/1/20/1528，2021-05-29", Hant: "接種疫苗（其他疾病 6142004），第2劑，共2劑，EU/1/20/1528，2021-05-29",
			En: "vaccination (another disease, 6142004), dose 2 of 2, EU/1/20/1528, 2021-05-29"}},
		{"t", with(negative(), map[string]any{"tr": "10828004", "tt": "x"}), verifier.Line{
			Hans: "检测结果不明，采样 2026-03-02T08:00:00Z", Hant: "檢測結果不明，採樣 2026-03-02T08:00:00Z", En: "test without a clear result, sampled 2026-03-02T08:00:00Z"}},
		{"t", with(negative(), map[string]any{"tr": "260373001", "tt": "LP217198-3"}), verifier.Line{
			Hans: "抗原检测阳性，采样 2026-03-02T08:00:00Z", Hant: "抗原檢測陽性，採樣 2026-03-02T08:00:00Z", En: "positive antigen test, sampled 2026-03-02T08:00:00Z"}},
		{"t", with(negative(), map[string]any{"tg": "6142004"}), verifier.Line{
			Hans: "核酸检测阴性（其他疾病 6142004），采样 2026-03-02T08:00:00Z", Hant: "核酸檢測陰性（其他疾病 6142004），採樣 2026-03-02T08:00:00Z",
			En: "negative NAAT test (another disease, 6142004), sampled 2026-03-02T08:00:00Z"}},
		{"r", with(recovered, map[string]any{"tg": "6142004"}), verifier.Line{
			Hans: "康复（其他疾病 6142004），首次阳性 2026-01-20，有效期 2026-01-31 至 2026-07-19", Hant: "康復（其他疾病 6142004），首次陽性 2026-01-20，有效期 2026-01-31 至 2026-07-19",
			En: "recovery (another disease, 6142004), first positive 2026-01-20, valid 2026-01-31 to 2026-07-19"}},
		{"v", map[string]any{"tg": "840539006", "dn": 1.5, "sd": 2}, verifier.Line{Hans: "接种疫苗", Hant: "接種疫苗", En: "vaccination"}},
	} {
		got, err := dcc.Read(newCountry(t).text(of(c.kind, c.entry)))
		if err != nil || got.Proves() != c.want {
			t.Errorf("%v: %+v, %v", c.entry, got.Proves(), err)
		}
	}
}

func TestAKeyForOneProofSignsThatProofAndNoOther(t *testing.T) {
	entries := map[trust.Proof]*foreigntest.Message{trust.Vaccination: message(), trust.Test: of("t", negative()), trust.Recovery: of("r", recovered)}
	for may := range entries {
		for signed, m := range entries {
			x := newCountry(t)
			x.entry.Keys[0].Proofs = []trust.Proof{may}
			want := verifier.ReasonOK
			if signed != may {
				want = verifier.ReasonKeyPurpose
			}
			if r := x.scan(m); r.Reason != want {
				t.Errorf("a key for %v under a %v: %v", may, signed, r.Reason)
			}
		}
	}
}

func TestTheIssuerGoesBeforeTheCountryOfTheEntry(t *testing.T) {
	x := newCountry(t)
	other := x.entry
	other.Name, other.Issuers = "Another", []string{"YY"}
	other.Keys = []trust.PartnerKey{x.entry.Keys[0]}
	stranger, err := foreigntest.Key(cose.ES256, "signer of YY")
	if err != nil {
		t.Fatal(err)
	}
	other.Keys[0].Key = stranger.Public()
	b, err := foreigntest.Bundle(noon, x.entry, other)
	if err != nil {
		t.Fatal(err)
	}
	m := of("v", foreigntest.Vaccination("YY"))
	if r := verifier.New(b, verifier.Policy{}, dcc.Format{}).Verify(x.text(m), noon, nil); r.Verdict != verifier.Accept || r.Region != "XX" {
		t.Errorf("issuer XX, country YY: %+v", r)
	}
	m.Payload.(map[int]any)[1] = "YY"
	if r := verifier.New(b, verifier.Policy{}, dcc.Format{}).Verify(x.text(m), noon, nil); r.Reason != verifier.ReasonSignature {
		t.Errorf("issuer YY under the key of XX: %+v", r)
	}
}

func TestTimesWithFractionsAreRoundedDown(t *testing.T) {
	for _, c := range []struct {
		claim int
		at    any
		want  verifier.Reason
	}{
		{6, float64(noon.Unix()) + 60.5, verifier.ReasonOK}, {6, float64(noon.Unix()) + 61, verifier.ReasonNotYetValid}, {4, float64(noon.Unix()) - 0.5, verifier.ReasonExpired},
		{6, 253402300800, verifier.ReasonClaims}, {4, 253402300800, verifier.ReasonClaims}, {4, 253402300799, verifier.ReasonOK}, {4, 253402300800.0, verifier.ReasonClaims},
		{4, -0.5, verifier.ReasonClaims}, {6, math.NaN(), verifier.ReasonClaims}, {6, nil, verifier.ReasonClaims}, {6, 0, verifier.ReasonClaims}, {4, 0, verifier.ReasonClaims},
	} {
		m := message()
		m.Payload.(map[int]any)[c.claim] = c.at
		if r := newCountry(t).scan(m); r.Reason != c.want {
			t.Errorf("claim %d is %v: %v, want %v", c.claim, c.at, r.Reason, c.want)
		}
	}
}

func TestWhatIsReadIsBoundedBeforeItIsRead(t *testing.T) {
	gate := newCountry(t).gate()
	for n, want := range map[int]verifier.Reason{dcc.MaxText: verifier.ReasonEnvelope, dcc.MaxText + 1: verifier.ReasonTooLong} {
		if r := gate.Verify("HC1:"+strings.Repeat("0", n-4), noon, nil); r.Reason != want {
			t.Errorf("a text of %d characters: %v, want %v", n, r.Reason, want)
		}
	}
	if r := gate.Verify("HC1:a", noon, nil); r.Reason != verifier.ReasonBase45 {
		t.Errorf("a text that is not base45: %v", r.Reason)
	}
	for n, want := range map[int]verifier.Reason{0: verifier.ReasonEnvelope, 1: verifier.ReasonKeyUnknown, 64: verifier.ReasonKeyUnknown, 65: verifier.ReasonEnvelope} {
		m := message()
		m.Protected = map[int]any{1: -7, 4: make([]byte, n)}
		if r := newCountry(t).scan(m); r.Reason != want {
			t.Errorf("a kid of %d bytes: %v, want %v", n, r.Reason, want)
		}
	}
	for n, want := range map[int]bool{8: true, 9: false} {
		m := message()
		m.Payload = foreigntest.Certificate("XX", noon.Unix()-9, noon.Unix()+9, "v", slices.Repeat([]map[string]any{foreigntest.Vaccination("XX")}, n)...)
		if _, err := dcc.Read(newCountry(t).text(m)); (err == nil) != want {
			t.Errorf("%d entries: %v", n, err)
		}
	}
}
