package paper_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"healthcode.example/credential"
	"healthcode.example/testvectors/world"
	"healthcode.example/wallet/paper"
)

var hotline = paper.Help{
	paper.Hans:    "广东省 12345 热线，每日 8:00–22:00；或到社区服务中心。",
	paper.Hant:    "廣東省 12345 熱線，每日 8:00–22:00；或到社區服務中心。",
	paper.English: "Hotline 12345, daily 8:00–22:00, or any community service centre.",
}

// sheet is a paper code of somebody with the name, green, with a second symbol.
func sheet(t testing.TB, name string, change func(*credential.Claims)) paper.Sheet {
	t.Helper()
	w := world.New(func(err error) { t.Fatal(err) })
	seed := world.Seed("salt")
	salt := credential.Salt(seed[:16])
	claims := world.Paper(name)
	claims.Members[0].Digest = credential.DocumentDigest(salt, "resident-id", "990101199001010013")
	if change != nil {
		change(&claims)
	}
	s := paper.Sheet{Code: credential.Text(w.Sign(claims, w.Ed("paper"))), Help: hotline}
	if claims.Members[0].Digest != nil {
		s.Salt = credential.SaltText(salt.Of(credential.HomeReturnPermit))
	}
	return s
}

func draw(t testing.TB, s paper.Sheet, with func(paper.Sheet) ([]byte, error)) []byte {
	t.Helper()
	b, err := with(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// tool finds a program, or skips.
func tool(t testing.TB, debian string, names ...string) string {
	t.Helper()
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if os.Getenv("REQUIRE_ALL") == "1" {
		t.Fatalf("needs %s: install Debian's %s", names[0], debian)
	}
	t.Skipf("needs %s: install Debian's %s", names[0], debian)
	return ""
}

// symbolsOn reads all symbols on a picture.
func symbolsOn(t testing.TB, picture string) []string {
	t.Helper()
	read, err := exec.Command(tool(t, "zbar-tools", "zbarimg"), "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", picture).Output()
	if err != nil {
		t.Errorf("zbarimg on %s: %v", filepath.Base(picture), err)
	}
	return strings.Split(strings.TrimSuffix(string(read), "\n"), "\n")
}

// keep writes a document where the tools find it: into PAPER_OUT, to look at it, or a folder of the test's own.
func keep(t testing.TB, name string, b []byte) string {
	t.Helper()
	dir := os.Getenv("PAPER_OUT")
	if dir == "" {
		dir = t.TempDir()
	}
	file := filepath.Join(dir, name)
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// printed makes a picture of the PDF with the dots an inch.
func printed(t testing.TB, pdf, dots string) string {
	t.Helper()
	stem := strings.TrimSuffix(pdf, ".pdf")
	if out, err := exec.Command(tool(t, "poppler-utils", "pdftoppm"), "-r", dots, "-png", "-singlefile", pdf, stem).CombinedOutput(); err != nil || len(out) > 0 {
		t.Fatalf("pdftoppm: %v: %s", err, out)
	}
	return stem + ".png"
}

// words are what the PDF says, in one line.
func words(t testing.TB, pdf string) string {
	t.Helper()
	out, err := exec.Command(tool(t, "poppler-utils", "pdftotext"), pdf, "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(strings.Fields(string(out)), " ")
}
