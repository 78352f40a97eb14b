package symbol_test

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/makiuchi-d/gozxing"
	zxing "github.com/makiuchi-d/gozxing/qrcode"
	"github.com/skip2/go-qrcode"
	"healthcode.example/wallet/symbol"
)

func pngOf(t testing.TB, s *symbol.Symbol, modulePixels int) []byte {
	t.Helper()
	b, err := s.PNG(modulePixels)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestEveryPixelIsItsModule(t *testing.T) {
	for _, size := range []int{1, 140, 310} {
		s := newSymbol(t, codeText(size))
		for _, modulePixels := range []int{1, 2, 3, 5, 7, 8, 9, 11} {
			picture, err := png.Decode(bytes.NewReader(pngOf(t, s, modulePixels)))
			if err != nil {
				t.Fatalf("%d pixels a module: %v", modulePixels, err)
			}
			side := (s.Size() + 8) * modulePixels
			if picture.Bounds() != image.Rect(0, 0, side, side) {
				t.Fatalf("%d pixels a module: bounds %v, want a side of %d", modulePixels, picture.Bounds(), side)
			}
			checkPixels(t, s, picture, modulePixels)
		}
	}
}

func TestTheLargestModules(t *testing.T) {
	s := newSymbol(t, "YK1:AB")
	picture, err := png.Decode(bytes.NewReader(pngOf(t, s, 64)))
	if err != nil {
		t.Fatal(err)
	}
	checkPixels(t, s, picture, 64)
}

func checkPixels(t *testing.T, s *symbol.Symbol, picture image.Image, modulePixels int) {
	t.Helper()
	grey, ok := picture.(*image.Gray)
	if !ok {
		t.Fatalf("the picture is decoded to %T, want grey", picture)
	}
	for y := range grey.Rect.Dy() {
		for x := range grey.Rect.Dx() {
			want := color.Gray{Y: 0xff}
			if s.Dark(x/modulePixels-4, y/modulePixels-4) {
				want.Y = 0
			}
			if grey.GrayAt(x, y) != want {
				t.Fatalf("%d pixels a module: pixel %d,%d is %v, want %v", modulePixels, x, y, grey.GrayAt(x, y), want)
			}
		}
	}
}

func TestTheModulesAreThoseOfTheLibrary(t *testing.T) {
	text := codeText(140)
	code, err := qrcode.New(text, qrcode.Medium)
	if err != nil {
		t.Fatal(err)
	}
	s := newSymbol(t, text)
	for y, row := range code.Bitmap() {
		for x, dark := range row {
			if s.Dark(x-4, y-4) != dark {
				t.Fatalf("the module at %d,%d differs from the library's", x, y)
			}
		}
	}
}

func TestPicturesOfAbsurdSizeAreRefused(t *testing.T) {
	s := newSymbol(t, "YK1:AB")
	for _, modulePixels := range []int{-8, 0, 65, 1 << 40} {
		if b, err := s.PNG(modulePixels); err == nil || b != nil {
			t.Errorf("%d pixels a module are accepted", modulePixels)
		}
	}
}

func TestAnotherDecoderReadsThePicture(t *testing.T) {
	for _, size := range []int{140, 150, 270, 310, 430} {
		for _, modulePixels := range []int{3, 8} {
			text := codeText(size)
			picture, err := png.Decode(bytes.NewReader(pngOf(t, newSymbol(t, text), modulePixels)))
			if err != nil {
				t.Fatal(err)
			}
			bitmap, err := gozxing.NewBinaryBitmapFromImage(picture)
			if err != nil {
				t.Fatal(err)
			}
			hints := map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_PURE_BARCODE: true}
			result, err := zxing.NewQRCodeReader().Decode(bitmap, hints)
			if err != nil || result.GetText() != text {
				t.Errorf("%d bytes, %d pixels a module: read %v, %v", size, modulePixels, result, err)
			}
		}
	}
}

func TestZbarReadsThePicture(t *testing.T) {
	zbarimg, err := exec.LookPath("zbarimg")
	if err != nil && os.Getenv("REQUIRE_ALL") == "1" {
		t.Fatal("needs zbarimg: install Debian's zbar-tools")
	}
	if err != nil {
		t.Skip("needs zbarimg: install Debian's zbar-tools")
	}
	for _, size := range []int{140, 310, 430} {
		text := codeText(size)
		file := filepath.Join(t.TempDir(), "code.png")
		if err := os.WriteFile(file, pngOf(t, newSymbol(t, text), 8), 0o600); err != nil {
			t.Fatal(err)
		}
		read, err := exec.Command(zbarimg, "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", file).Output()
		if got := strings.TrimSuffix(string(read), "\n"); err != nil || got != text {
			t.Errorf("%d bytes: zbarimg read %q, %v, want %q", size, got, err, text)
		}
	}
}

// The two texts that a wallet draws most: a paper code and a presentation.
var drawn = []struct {
	name string
	size int
}{{"paper229", 150}, {"presentation430", 284}}

func BenchmarkSymbolPNG(b *testing.B) {
	for _, d := range drawn {
		text := codeText(d.size)
		b.Run(d.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				pngOf(b, newSymbol(b, text), 8)
			}
		})
	}
}

// BenchmarkDrawPNG leaves the modules out.
func BenchmarkDrawPNG(b *testing.B) {
	for _, d := range drawn {
		s := newSymbol(b, codeText(d.size))
		b.Run(d.name, func(b *testing.B) {
			b.ReportAllocs()
			size := 0
			for b.Loop() {
				size = len(pngOf(b, s, 8))
			}
			b.ReportMetric(float64(size), "bytes")
		})
	}
}

func BenchmarkLibraryPNG(b *testing.B) {
	for _, d := range drawn {
		text := codeText(d.size)
		b.Run(d.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				code, err := qrcode.New(text, qrcode.Medium)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := code.PNG(-8); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkSVG(b *testing.B) {
	s := newSymbol(b, codeText(150))
	b.ReportAllocs()
	for b.Loop() {
		s.SVG()
	}
}
