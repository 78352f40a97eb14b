package wallet

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"healthcode.example/credential"
)

const header = "name,document_type,document_number,birth_date,region,guardian_document_number\n"

var (
	parentBirth = Date{1985, time.May, 6}
	childBirth  = Date{2012, time.July, 8}
	parentID    = residentID(parentBirth, 1)
	childID     = residentID(childBirth, 2)
)

func line(name, typ, number, birth, guardian string) string {
	return strings.Join([]string{name, typ, number, birth, "440300", guardian}, ",") + "\n"
}

func parentLine() string { return line("张三", "resident-id", parentID, "1985-05-06", "") }
func childLine() string  { return line("张小", "resident-id", childID, "2012-07-08", parentID) }

func TestAFamilyIsImportedInAnyOrder(t *testing.T) {
	for _, file := range []string{
		header + parentLine() + childLine(),
		header + childLine() + parentLine(),
		"\xef\xbb\xbf" + strings.ReplaceAll(header+childLine()+parentLine(), "\n", "\r\n"),
		header + "\n" + childLine() + "\n\n" + strings.TrimSuffix(parentLine(), "\n"),
		"region,birth_date,guardian_document_number,document_number,document_type,name\n" +
			"440300,2012-07-08," + parentID + "," + childID + ",resident-id,张小\n440300,1985-05-06,," + parentID + ",resident-id,张三\n",
	} {
		s, store := testService(t)
		report, err := s.Import(context.Background(), iotest.OneByteReader(strings.NewReader(file)), noon, nil)
		if err != nil || report != (Report{People: 2, Guardianships: 1}) {
			t.Fatalf("got %+v, %v of %q", report, err, file)
		}
		parent, err := s.FindPerson(context.Background(), Document{ResidentID, parentID})
		if err != nil || parent.Name != "张三" || parent.Birth != parentBirth || parent.Region != 440300 {
			t.Fatalf("the parent is %#v %q, %v", parent, parent.Name, err)
		}
		child, err := s.FindPerson(context.Background(), Document{ResidentID, childID})
		if err != nil {
			t.Fatal(err)
		}
		want := Guardianship{
			Guardian: parent.ID, Member: child.ID, Relation: credential.Child, Evidence: AuthorityImport,
			Since: noon.Unix(), NotAfter: time.Date(2030, 7, 8, 0, 0, 0, 0, credential.Zone).Unix(),
		}
		if g := store.people[child.ID].Guardianship; g == nil || *g != want {
			t.Errorf("the guardianship is %+v, want %+v", g, want)
		}
	}
}

func TestAnAdultWithAGuardianIsAWardWithoutEnd(t *testing.T) {
	s, store := testService(t)
	elder := residentID(Date{1940, time.January, 2}, 3)
	file := header + parentLine() + line("王老", "resident-id", elder, "1940-01-02", parentID)
	if _, err := s.Import(context.Background(), strings.NewReader(file), noon, nil); err != nil {
		t.Fatal(err)
	}
	p, err := s.FindPerson(context.Background(), Document{ResidentID, elder})
	if err != nil {
		t.Fatal(err)
	}
	if g := store.people[p.ID].Guardianship; g.Relation != credential.OtherWard || g.NotAfter != 0 {
		t.Errorf("the guardianship is %+v", g)
	}
}

func TestAGuardianMayBeStoredBeforeAndHaveAnyDocument(t *testing.T) {
	s, _ := testService(t)
	first := header + line("何先", "home-return-permit", "H12345678", "1980-01-01", "")
	if _, err := s.Import(context.Background(), strings.NewReader(first), noon, nil); err != nil {
		t.Fatal(err)
	}
	second := header + line("何小", "birth-certificate", "Z990000001", "2015-01-01", "h12345678")
	report, err := s.Import(context.Background(), strings.NewReader(second), noon, nil)
	if err != nil || report.Guardianships != 1 {
		t.Errorf("got %+v, %v", report, err)
	}
}

func TestBrokenFilesAreRefusedWithLineColumnAndMend(t *testing.T) {
	good := parentLine()
	other := func(serial int) string {
		return line("李四", "resident-id", residentID(parentBirth, serial), "1985-05-06", "")
	}
	for name, c := range map[string]struct {
		file string
		say  []string
	}{
		"empty":                   {"", []string{"line 1", "empty"}},
		"a mark and nothing":      {"\xef\xbb\xbf", []string{"line 1", "empty"}},
		"header only":             {header, []string{"line 2", "no person"}},
		"UTF-16":                  {"\xff\xfen\x00a\x00", []string{"UTF-16", "CSV UTF-8"}},
		"no header":               {good, []string{"line 1", "is the header missing?"}},
		"unknown column":          {"nickname," + header + "x," + good, []string{"line 1, column 1", `"nickname"`, "document_type"}},
		"missing column":          {"name,document_type\n张三,passport\n", []string{"line 1", "document_number is missing"}},
		"column twice":            {"name," + header + "x," + good, []string{"line 1, column 2 (name)", "twice"}},
		"too few fields":          {header + good + "李四,passport\n", []string{"line 3", "more or fewer fields"}},
		"bare quote":              {header + good + "李\"四,passport,E9900001,1985-05-06,440300,\n", []string{"line 3, at byte 4", "quote"}},
		"open quote":              {header + good + "\"李四,passport,E9900001,1985-05-06,440300,\n", []string{"quote"}},
		"endless quote":           {header + good + "\"" + strings.Repeat("x\n", 1<<18), []string{"line 3", "longer than 64 KiB"}},
		"wrong check digit":       {header + good + line("李四", "resident-id", parentID[:17]+flip(parentID[17:]), "1985-05-06", ""), []string{"line 3, column 3 (document_number)", "check digit"}},
		"birth date differs":      {header + good + line("李四", "resident-id", residentID(parentBirth, 9), "1985-05-07", ""), []string{"line 3, column 4 (birth_date)", "characters 7 to 14"}},
		"birth date to come":      {header + line("李四", "passport", "E9900001", "2022-03-02", ""), []string{"line 2, column 4", "future"}},
		"birth date of no day":    {header + line("李四", "passport", "E9900001", "2022-02-30", ""), []string{"line 2, column 4", "calendar"}},
		"birth date long ago":     {header + line("李四", "passport", "E9900001", "1022-02-03", ""), []string{"line 2, column 4", "1850"}},
		"unknown type":            {header + line("李四", "id-card", "E9900001", "1985-05-06", ""), []string{"line 2, column 2 (document_type)", "resident-id"}},
		"region":                  {header + strings.ReplaceAll(good, "440300", "Shenzhen"), []string{"line 2, column 5 (region)", "440300"}},
		"no name":                 {header + line("", "passport", "E9900001", "1985-05-06", ""), []string{"line 2, column 1 (name)", "empty"}},
		"control character":       {header + line("李\x07四", "passport", "E9900001", "1985-05-06", ""), []string{"line 2, column 1", "control"}},
		"not UTF-8":               {header + line("\xc0\xee\xcb\xc4", "passport", "E9900001", "1985-05-06", ""), []string{"line 2, column 1", "UTF-8"}},
		"a person twice":          {header + good + other(2) + "\n" + good, []string{"line 5", "stands in line 2"}},
		"guardian unknown":        {header + line("李四", "passport", "E9900001", "2015-05-06", parentID), []string{"line 2, column 6 (guardian_document_number)", "nobody"}},
		"guardian is no number":   {header + line("李四", "passport", "E9900001", "2015-05-06", "?"), []string{"line 2, column 6", "no number"}},
		"guardian is oneself":     {header + line("李四", "passport", "E9900001", "1985-05-06", "E9900001"), []string{"line 2, column 6", "own number"}},
		"guardian is a child":     {header + good + childLine() + line("李四", "passport", "E9900001", "2015-05-06", childID), []string{"line 4, column 6", "under 18"}},
		"two guardians possible":  {header + line("何先", "home-return-permit", "H12345678", "1980-01-01", "") + line("何后", "passport", "H12345678", "1980-01-01", "") + line("何小", "passport", "E9900001", "2015-05-06", "H12345678"), []string{"line 4, column 6", "two people"}},
		"a line after a new line": {header + "\"李\n四\",passport,E9900001,1985-05-06,440300,\n", []string{"line 2, column 1", "control"}},
	} {
		t.Run(name, func(t *testing.T) {
			s, store := testService(t)
			_, err := s.Import(context.Background(), strings.NewReader(c.file), noon, nil)
			var e *ImportError
			if !errors.As(err, &e) {
				t.Fatalf("got %v", err)
			}
			for _, say := range c.say {
				if !strings.Contains(err.Error(), say) {
					t.Errorf("%v\ndoes not say %q", err, say)
				}
			}
			for _, secret := range []string{"张三", "李四", parentID, childID, "H12345678", "E9900001", "1985-05-06"} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("the error repeats what the line holds: %v", err)
				}
			}
			if store.calls != 0 {
				t.Error("something was stored")
			}
		})
	}
}

// flip gives another check digit.
func flip(digit string) string {
	if digit == "1" {
		return "2"
	}
	return "1"
}

func TestEveryBrokenLineIsNamedUpToALimit(t *testing.T) {
	s, _ := testService(t)
	file := header + parentLine()
	for range 30 {
		file += line("李四", "passport", "E99", "1985-05-06", "")
	}
	_, err := s.Import(context.Background(), strings.NewReader(file), noon, nil)
	var e *ImportError
	if !errors.As(err, &e) || len(e.Lines) != MaxFaults || !e.More {
		t.Fatalf("got %v", err)
	}
	if e.Lines[0].Line != 3 || e.Lines[19].Line != 22 || e.Lines[0].Column != 3 {
		t.Errorf("the lines are %+v", e.Lines)
	}
}

func TestAPersonStoredBeforeIsNamedByLine(t *testing.T) {
	s, store := testService(t)
	if _, err := s.Import(context.Background(), strings.NewReader(header+parentLine()), noon, nil); err != nil {
		t.Fatal(err)
	}
	file := header + line("李四", "passport", "E9900001", "1985-05-06", "") + parentLine()
	_, err := s.Import(context.Background(), strings.NewReader(file), noon, nil)
	var e *ImportError
	if !errors.As(err, &e) || len(e.Lines) != 1 || e.Lines[0].Line != 3 || !strings.Contains(e.Lines[0].Problem, "stored already") {
		t.Fatalf("got %v", err)
	}
	if len(store.people) != 1 {
		t.Errorf("%d people are stored", len(store.people))
	}
}

func TestAnImportEndsWithItsContextAndItsFile(t *testing.T) {
	s, store := testService(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := s.Import(ctx, strings.NewReader(header+parentLine()), noon, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	broken := io.MultiReader(strings.NewReader(header+parentLine()), iotest.ErrReader(io.ErrUnexpectedEOF))
	if _, err := s.Import(context.Background(), broken, noon, nil); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("got %v", err)
	}
	if len(store.people) != 0 {
		t.Error("something was stored")
	}
}

func TestProgressIsTold(t *testing.T) {
	s, _ := testService(t)
	var b strings.Builder
	b.WriteString(header)
	for i := range 2500 {
		b.WriteString(line("李四", "passport", fmt.Sprintf("E%07d", i), "1985-05-06", ""))
	}
	var told [][2]int
	_, err := s.Import(context.Background(), strings.NewReader(b.String()), noon, func(done, total int) {
		told = append(told, [2]int{done, total})
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := [][2]int{{1000, 0}, {2000, 0}, {2500, 2500}}; fmt.Sprint(told) != fmt.Sprint(want) {
		t.Errorf("told %v, want %v", told, want)
	}
}

func FuzzImport(f *testing.F) {
	f.Add([]byte(header + parentLine() + childLine()))
	f.Add([]byte("\xef\xbb\xbf" + header + "\"a\nb\",passport,E9900001,1985-05-06,440300,\r\n"))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, file []byte) {
		s, store := testService(t)
		report, err := s.Import(context.Background(), strings.NewReader(string(file)), noon, nil)
		if (err == nil) != (report.People > 0) || report.People != len(store.people) {
			t.Fatalf("%d people stored, report %+v, error %v", len(store.people), report, err)
		}
	})
}
