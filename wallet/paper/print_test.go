package paper_test

import (
	"bytes"
	"os/exec"
	"slices"
	"testing"

	"healthcode.example/credential"
	"healthcode.example/wallet/paper"
)

// colours shows another colour in each language.
var colours = map[paper.Language]credential.Colour{paper.Hans: credential.Green, paper.Hant: credential.Yellow, paper.English: credential.Red}

func eachSheet(t *testing.T, check func(t *testing.T, name string, s paper.Sheet)) {
	for _, format := range []paper.Format{paper.A4, paper.Card} {
		for _, language := range paper.Languages {
			name := string(format) + "-" + string(language)
			t.Run(name, func(t *testing.T) {
				s := sheet(t, "欧阳**", func(c *credential.Claims) { c.Members[0].Colour = colours[language] })
				s.Format, s.Language = format, language
				check(t, name, s)
			})
		}
	}
}

func checkSymbols(t *testing.T, picture string, s paper.Sheet) {
	t.Helper()
	got, want := symbolsOn(t, picture), []string{s.Code, s.Salt}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("read %q, want %q", got, want)
	}
}

func TestBothSymbolsAreReadFromThePDF(t *testing.T) {
	eachSheet(t, func(t *testing.T, name string, s paper.Sheet) {
		pdf := draw(t, s, paper.PDF)
		if len(pdf) > 100_000 {
			t.Errorf("the PDF has %d bytes, want at most 100,000", len(pdf))
		}
		checkSymbols(t, printed(t, keep(t, name+".pdf", pdf), "200"), s)
	})
}

func TestBothSymbolsAreReadFromThePage(t *testing.T) {
	chromium := tool(t, "chromium", "chromium", "chromium-browser", "google-chrome")
	eachSheet(t, func(t *testing.T, name string, s paper.Sheet) {
		page := keep(t, name+".html", draw(t, s, paper.Page))
		pdf := page + ".pdf"
		if out, err := exec.Command(chromium, "--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer", "--print-to-pdf="+pdf, "file://"+page).CombinedOutput(); err != nil {
			t.Fatalf("chromium: %v: %s", err, out)
		}
		checkSymbols(t, printed(t, pdf, "200"), s)
		info, err := exec.Command(tool(t, "poppler-utils", "pdfinfo"), pdf).Output()
		if err != nil || !bytes.Contains(info, []byte("Pages:           1\n")) {
			t.Errorf("the page prints as %s, %v; want one sheet", info, err)
		}
	})
}
