package paper_test

import (
	"crypto/sha256"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"healthcode.example/credential"
	"healthcode.example/wallet/paper"
)

// blocks are those that names of the region's residents and neighbours come from; docs/paper.md has the same table.
var blocks = []struct {
	name        string
	first, last rune
	covered     int
}{
	{"Basic Latin (printable)", 0x20, 0x7e, 95},
	{"Latin-1 Supplement", 0xa0, 0xff, 94},
	{"Latin Extended-A", 0x100, 0x17f, 128},
	{"Latin Extended-B", 0x180, 0x24f, 17},
	{"Latin Extended Additional", 0x1e00, 0x1eff, 100},
	{"Combining Diacritical Marks", 0x300, 0x36f, 0},
	{"Greek and Coptic", 0x370, 0x3ff, 75},
	{"Cyrillic", 0x400, 0x4ff, 249},
	{"Arabic (Uyghur, Kazakh)", 0x600, 0x6ff, 0},
	{"Tibetan", 0xf00, 0xfff, 0},
	{"Mongolian", 0x1800, 0x18af, 0},
	{"Yi Syllables", 0xa000, 0xa48f, 0},
	{"Hangul Syllables", 0xac00, 0xd7a3, 0},
	{"General Punctuation", 0x2000, 0x206f, 22},
	{"CJK Symbols and Punctuation", 0x3000, 0x303f, 35},
	{"Bopomofo", 0x3100, 0x312f, 37},
	{"Hiragana and Katakana", 0x3040, 0x30ff, 179},
	{"CJK Extension A", 0x3400, 0x4dbf, 6582},
	{"CJK Unified Ideographs", 0x4e00, 0x9fff, 20902},
	{"CJK Compatibility Ideographs", 0xf900, 0xfaff, 302},
	{"Halfwidth and Fullwidth Forms", 0xff00, 0xffef, 164},
	{"Private Use Area", 0xe000, 0xf8ff, 0},
	{"CJK Extensions B to H and I", 0x20000, 0x323af, 0},
}

func TestTheTableOfCoverageIsThatOfTheFonts(t *testing.T) {
	doc, err := os.ReadFile("../../docs/paper.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range blocks {
		covered := 0
		for r := b.first; r <= b.last; r++ {
			if paper.Covered(r) {
				covered++
			}
		}
		if row := fmt.Sprintf("| %s | %d of %d |", b.name, covered, b.last-b.first+1); covered != b.covered || !strings.Contains(string(doc), row) {
			t.Errorf("%d, want %d; the row is %s", covered, b.covered, row)
		}
	}
}

// Each name has a character outside the fonts; credential.MaskName has let all of them through.
func TestANameOutsideTheFontsIsNeverASilentGap(t *testing.T) {
	for _, name := range []string{"𠮷**", "𮯠*", "བ***", "ئ***", "ꀀ*", "이**", "x\u0331* W**"} {
		s := sheet(t, name, nil)
		t.Run(credential.MaskName(name), func(t *testing.T) {
			for _, language := range paper.Languages {
				s.Language = language
				html := string(draw(t, s, paper.Page))
				for _, r := range name {
					if !paper.Covered(r) && r > 0x7f && !strings.Contains(html, fmt.Sprintf("<i>U&#43;%04X</i>", r)) {
						t.Errorf("%s: the page says nothing of %U", language, r)
					}
				}
				if strings.Count(html, `class="u"`) == 0 || !strings.Contains(html, incomplete[language]) {
					t.Errorf("%s: the page does not say that the name is incomplete", language)
				}
			}
			pdf := keep(t, "name.pdf", draw(t, s, paper.PDF))
			checkSymbols(t, printed(t, pdf, "200"), s)
			text := words(t, pdf)
			for _, r := range name {
				if !paper.Covered(r) && r > 0x7f && !strings.Contains(text, fmt.Sprintf("%U", r)) {
					t.Errorf("the PDF says nothing of %U:\n%s", r, text)
				}
			}
			if !strings.Contains(text, "incompletely") {
				t.Errorf("the PDF does not say that the name is incomplete")
			}
		})
	}
}

var incomplete = map[paper.Language]string{paper.Hans: "未能完整印出", paper.Hant: "未能完整印出", paper.English: "printed incompletely"}

func TestANameInsideTheFontsHasNoFrame(t *testing.T) {
	for _, name := range []string{"张*", "欧阳**", "L* W**", "É* Ñ**", "E\u0301* W*", "阿**·买**", "〇*", "㐀*", "O'B***", "Ж*"} {
		if html := string(draw(t, sheet(t, name, nil), paper.Page)); strings.Contains(html, `class="u"`) || strings.Contains(html, incomplete[paper.Hans]) {
			t.Errorf("%q is framed", name)
		}
	}
}

// The PDF library writes into the bytes of its fonts: sheets that are drawn at once must not share them (the race detector sees it).
func TestDrawingLeavesTheFontsAlone(t *testing.T) {
	s := sheet(t, "张*", nil)
	first := draw(t, s, paper.PDF)
	var wait sync.WaitGroup
	for range 3 {
		wait.Go(func() {
			if again, err := paper.PDF(s); err != nil || string(again) != string(first) {
				t.Errorf("the same sheet gives other bytes, %v", err)
			}
		})
	}
	wait.Wait()
	for file, want := range map[string]string{
		"font/DroidSansFallbackFull.ttf": "acb6440a713d880a13a21b468ba7cd43f5a2b2934972e51be791c880730777b8",
		"font/OpenSans-Regular.ttf":      "e64e508b2aa2880f907e470c4550980ec4c0694d103a43f36150ac3f93189bee",
	} {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprintf("%x", sha256.Sum256(b)); got != want {
			t.Errorf("%s is not the file of Debian's package: %s", file, got)
		}
	}
}
