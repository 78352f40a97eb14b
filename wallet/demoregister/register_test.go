package demoregister_test

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"healthcode.example/wallet"
	"healthcode.example/wallet/demoregister"
)

var ctx = context.Background()

const province = `{"people": [
 {"name": "张三", "documents": [{"type": "passport", "number": "X99A0001"}], "birth_date": "1985-05-06", "region": 440106, "household": 1},
 {"name": "张小", "documents": [{"type": "passport", "number": "X99A0002"}, {"type": "birth-certificate", "number": "Z990000001"}], "birth_date": "2015-05-06", "region": 440106, "household": 1, "parents": ["X99A0001"]},
 {"name": "李四", "documents": [{"type": "passport", "number": "X99A0003"}], "birth_date": "1985-05-06", "region": 440106, "household": 2},
 {"name": "外省", "documents": [{"type": "passport", "number": "X99A0004"}], "birth_date": "1985-05-06", "region": 110101},
 {"name": "外小", "documents": [{"type": "birth-certificate", "number": "Z990000002"}], "birth_date": "2015-05-06", "region": 110101, "parents": ["X99A0004"]}
]}`

func passport(n string) wallet.Document {
	return wallet.Document{Type: wallet.Passport, Number: "X99A000" + n}
}

func certificate(n string) wallet.Document {
	return wallet.Document{Type: wallet.BirthCertificate, Number: "Z99000000" + n}
}

func read(t *testing.T, text string) *demoregister.Register {
	t.Helper()
	r, err := demoregister.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestARegisterShowsHouseholdsParentsAndPeople(t *testing.T) {
	r := read(t, province)
	for name, c := range map[string]struct {
		ask  func() (wallet.RegisterEntry, error)
		want string // empty: not shown
	}{
		"one household":              {func() (wallet.RegisterEntry, error) { return r.Household(ctx, passport("1"), passport("2")) }, "张小"},
		"by another document":        {func() (wallet.RegisterEntry, error) { return r.Household(ctx, passport("1"), certificate("1")) }, "张小"},
		"another household":          {func() (wallet.RegisterEntry, error) { return r.Household(ctx, passport("3"), passport("2")) }, ""},
		"outside, none is a home":    {func() (wallet.RegisterEntry, error) { return r.Household(ctx, passport("4"), certificate("2")) }, ""},
		"an unknown member":          {func() (wallet.RegisterEntry, error) { return r.Household(ctx, passport("1"), passport("9")) }, ""},
		"an unknown guardian":        {func() (wallet.RegisterEntry, error) { return r.Household(ctx, passport("9"), passport("1")) }, ""},
		"a parent":                   {func() (wallet.RegisterEntry, error) { return r.Parent(ctx, passport("4"), certificate("2")) }, "外小"},
		"a parent by no certificate": {func() (wallet.RegisterEntry, error) { return r.Parent(ctx, passport("1"), passport("2")) }, ""},
		"no parent":                  {func() (wallet.RegisterEntry, error) { return r.Parent(ctx, passport("3"), certificate("1")) }, ""},
		"an unknown certificate":     {func() (wallet.RegisterEntry, error) { return r.Parent(ctx, passport("1"), certificate("9")) }, ""},
		"an unknown parent":          {func() (wallet.RegisterEntry, error) { return r.Parent(ctx, passport("9"), certificate("1")) }, ""},
		"a person":                   {func() (wallet.RegisterEntry, error) { return r.Person(ctx, passport("3")) }, "李四"},
		"nobody":                     {func() (wallet.RegisterEntry, error) { return r.Person(ctx, passport("9")) }, ""},
		"the number of another paper": {func() (wallet.RegisterEntry, error) {
			return r.Person(ctx, wallet.Document{Type: wallet.HomeReturnPermit, Number: "X99A0003"})
		}, ""},
	} {
		e, err := c.ask()
		switch {
		case c.want == "" && (!errors.Is(err, wallet.ErrNotShown) || e.Name != "" || e.Documents != nil):
			t.Errorf("%s: got %q, %v", name, e.Name, err)
		case c.want != "" && (err != nil || e.Name != c.want || len(e.Documents) == 0):
			t.Errorf("%s: got %q, %v", name, e.Name, err)
		}
	}
}

func TestAnAnswerCannotChangeTheRegister(t *testing.T) {
	r := read(t, province)
	e, err := r.Person(ctx, passport("2"))
	if err != nil {
		t.Fatal(err)
	}
	e.Documents[0] = passport("9")
	if again, err := r.Person(ctx, passport("2")); err != nil || !slices.Contains(again.Documents, passport("2")) {
		t.Errorf("got %v, %v", again, err)
	}
}

func TestBrokenRegistersAreRefusedByPlaceAndWithoutWhatTheyHold(t *testing.T) {
	for old, say := range map[string][2]string{
		`"household": 2`:          {`"house": 2`, "JSON"},
		`"household": 1}`:         {`"household": -1}`, "person 1"},
		`"X99A0003"`:              {`"X99A0001"`, "person 3"},
		`["X99A0004"]`:            {`["X99A0077"]`, "person 5"},
		`"parents": ["X99A0001"]`: {`"parents": ["X99A0002"]`, "person 2"},
		`"region": 110101}`:       {`"region": 44}`, "person 4"},
		`"name": "李四"`:            {`"name": "李\u202e四"`, "person 3"},
		"\n]}":                    {"\n]} {}", "behind"},
		`"number": "X99A0004"`:    {`"number": ""`, "person 4"},
		`"birth_date": "1985-05-06", "region": 110101`: {`"birth_date": "1985-02-30", "region": 110101`, "person 4"},
	} {
		broken := strings.Replace(province, old, say[0], 1)
		if broken == province {
			t.Fatalf("%s is not in the register", old)
		}
		_, err := demoregister.Parse([]byte(broken))
		if err == nil || !strings.Contains(err.Error(), say[1]) {
			t.Errorf("%s: got %v, want %q in it", say[0], err, say[1])
			continue
		}
		if strings.Contains(err.Error(), "X99A") || strings.Contains(err.Error(), "李") {
			t.Errorf("the error repeats what stands there: %v", err)
		}
	}
	for _, text := range []string{"", "{}", `{"people": []}`, strings.Repeat(" ", demoregister.MaxFile+1)} {
		if _, err := demoregister.Parse([]byte(text)); err == nil {
			t.Errorf("%.20q was taken", text)
		}
	}
}

func TestTheDemoProvinceHasARegister(t *testing.T) {
	b, err := os.ReadFile("../demo/register.json")
	if err != nil {
		t.Fatal(err)
	}
	r := read(t, string(b))
	guardian := wallet.Document{Type: wallet.ResidentID, Number: "990106198405172038"}
	child, err := r.Household(ctx, guardian, wallet.Document{Type: wallet.ResidentID, Number: "990106201906011077"})
	if err != nil || child.Name != "陈小林" || len(child.Documents) != 2 {
		t.Errorf("got %q, %v", child.Name, err)
	}
}
