package paper_test

import (
	"bytes"
	"errors"
	"fmt"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"healthcode.example/credential"
	"healthcode.example/testvectors/world"
	"healthcode.example/wallet/paper"
)

func TestTheSheetSaysWhatTheCodeSays(t *testing.T) {
	want := map[paper.Language][]string{
		paper.Hans:    {"纸质健康码", "欧阳**", "绿码", "2026年9月21日 17:30 起", "2026年10月5日 17:30 止", "北京时间（UTC+8）", "重新打印即停用旧码", "您的证件号码", hotline[paper.Hans]},
		paper.Hant:    {"紙質健康碼", "欧阳**", "黃碼", "2026年9月21日 17:30 起", "2026年10月5日 17:30 止", "北京時間（UTC+8）", "重新列印即停用舊碼", "您的證件號碼", hotline[paper.Hant]},
		paper.English: {"Paper health code", "欧阳**", "Red", "from 21 September 2026, 17:30", "until 5 October 2026, 17:30", "Beijing time (UTC+8)", "a reprint ends the former", "you reveal it to that gate", hotline[paper.English]},
	}
	eachSheet(t, func(t *testing.T, name string, s paper.Sheet) {
		page := strings.ReplaceAll(string(draw(t, s, paper.Page)), "&#43;", "+")
		pdf := strings.ReplaceAll(words(t, keep(t, name+".pdf", draw(t, s, paper.PDF))), " ", "")
		for _, text := range want[s.Language] {
			if !strings.Contains(page, text) {
				t.Errorf("the page does not say %q", text)
			}
			if !strings.Contains(pdf, strings.ReplaceAll(text, " ", "")) {
				t.Errorf("the PDF does not say %q", text)
			}
		}
	})
}

func TestWithoutASaltThereIsNoFoldForIt(t *testing.T) {
	for _, format := range []paper.Format{paper.A4, paper.Card} {
		s := sheet(t, "张*", func(c *credential.Claims) { c.Members[0].Digest = nil })
		s.Format = format
		if page := string(draw(t, s, paper.Page)); strings.Contains(page, "证件核对码") || strings.Count(page, `role="img" aria-label`) != 1 {
			t.Errorf("%s: the page speaks of a second symbol", format)
		}
		if got := symbolsOn(t, printed(t, keep(t, "bare-"+string(format)+".pdf", draw(t, s, paper.PDF)), "200")); len(got) != 1 || got[0] != s.Code {
			t.Errorf("%s: read %q, want the code alone", format, got)
		}
	}
}

func TestThePageRunsAndFetchesNothing(t *testing.T) {
	eachSheet(t, func(t *testing.T, _ string, s paper.Sheet) {
		page := string(draw(t, s, paper.Page))
		for _, bad := range []string{"<script", "javascript:", "src=", "href=", "url(", "@import", " on", "<link", "<iframe", "<form"} {
			if at := strings.Index(strings.ToLower(page), bad); at >= 0 && (bad != " on" || regexp.MustCompile(`<[^>]* on\w+=`).MatchString(page)) {
				t.Errorf("the page has %q: %.60s", bad, page[at:])
			}
		}
	})
}

func TestTextsOnHelpAreNoMarkup(t *testing.T) {
	s := sheet(t, "张*", nil)
	s.Help = paper.Help{paper.English: `<img src=x onerror=alert(1)> 12345`}
	if page := string(draw(t, s, paper.Page)); strings.Contains(page, "<img") {
		t.Error("the text on help became markup")
	}
}

func TestThePDFSaysNothingOfThePersonBesideTheSheet(t *testing.T) {
	s := sheet(t, "张*", nil)
	info, err := exec.Command(tool(t, "poppler-utils", "pdfinfo"), "-isodates", keep(t, "info.pdf", draw(t, s, paper.PDF))).Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Title:           纸质健康码\n", "Producer:        healthcode\n", "CreationDate:    2026-09-21T09:30:00Z\n", "ModDate:         2026-09-21T09:30:00Z\n", "JavaScript:      no\n", "Pages:           1\n"} {
		if !bytes.Contains(info, []byte(want)) {
			t.Errorf("pdfinfo has no %q:\n%s", want, info)
		}
	}
	if bytes.Contains(info, []byte("Author")) || bytes.Contains(info, []byte("张")) {
		t.Errorf("pdfinfo names somebody:\n%s", info)
	}
}

func TestLongTextsShrinkAndTooLongOnesAreRefused(t *testing.T) {
	for _, format := range []paper.Format{paper.A4, paper.Card} {
		for _, language := range paper.Languages {
			s := sheet(t, strings.Repeat("阿", 13), nil)
			s.Format, s.Language = format, language
			s.Help = paper.Help{}
			for _, l := range paper.Languages {
				s.Help[l] = strings.Repeat("热线一二三四五。", 15)
			}
			checkSymbols(t, printed(t, keep(t, "long-"+string(format)+string(language)+".pdf", draw(t, s, paper.PDF)), "200"), s)
			s.Help[language] += "啊"
			if _, err := paper.PDF(s); err == nil || !strings.Contains(err.Error(), "121 characters") {
				t.Errorf("%s %s: a text on help of 121 characters: %v", format, language, err)
			}
		}
	}
}

func TestSheetsThatAreRefused(t *testing.T) {
	w := world.New(func(err error) { t.Fatal(err) })
	phone := credential.Text(w.Sign(world.Phone("张*", w.EC("holder")), w.Ed("phone")))
	for what, c := range map[string]struct {
		change func(*paper.Sheet)
		says   string
	}{
		"phone's code": {func(s *paper.Sheet) { s.Code = phone }, paper.ErrNotPaper.Error()},
		"no code":      {func(s *paper.Sheet) { s.Code = "" }, "YK1:"},
		"damaged code": {func(s *paper.Sheet) { s.Code = s.Code[:60] }, "read the code"},
		"bad salt":     {func(s *paper.Sheet) { s.Salt = "YKS1:00" }, "salt"},
		"salt alone": {func(s *paper.Sheet) {
			s.Code = sheet(t, "张*", func(c *credential.Claims) { c.Members[0].Digest = nil }).Code
		}, "without a document digest"},
		"format":            {func(s *paper.Sheet) { s.Format = "a5" }, `"a5"`},
		"language":          {func(s *paper.Sheet) { s.Language = "fr" }, `"fr"`},
		"no help":           {func(s *paper.Sheet) { s.Help = nil }, "hotline"},
		"empty help":        {func(s *paper.Sheet) { s.Help = paper.Help{paper.Hans: ""} }, "0 characters"},
		"unprintable help":  {func(s *paper.Sheet) { s.Help = paper.Help{paper.Hans: "☎ 12345"} }, "U+260E"},
		"help in a new way": {func(s *paper.Sheet) { s.Help = paper.Help{"fr": "12345"} }, `"fr"`},
	} {
		s := sheet(t, "张*", nil)
		c.change(&s)
		for _, with := range []func(paper.Sheet) ([]byte, error){paper.Page, paper.PDF} {
			if b, err := with(s); err == nil || b != nil || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "张") {
				t.Errorf("%s: %v", what, err)
			}
		}
	}
	s := sheet(t, "张*", nil)
	if s.Code = phone; !errors.Is(second(paper.PDF(s)), paper.ErrNotPaper) {
		t.Error("a phone's code is not refused with ErrNotPaper")
	}
}

func second(_ []byte, err error) error { return err }

func BenchmarkPDF(b *testing.B) {
	s := sheet(b, "张*", nil)
	for b.Loop() {
		draw(b, s, paper.PDF)
	}
}

func ExamplePDF() {
	w := world.New(func(err error) { panic(err) })
	code := credential.Text(w.Sign(world.Paper("张*"), w.Ed("paper")))
	pdf, err := paper.PDF(paper.Sheet{
		Code: code, Format: paper.Card, Language: paper.English,
		Help: paper.Help{paper.English: "Hotline 12345, daily 8:00–22:00"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s, under 50 kB: %t\n", pdf[:8], len(pdf) < 50_000)
	// Output: %PDF-1.3, under 50 kB: true
}
