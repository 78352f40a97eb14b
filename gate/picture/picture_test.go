package picture

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"healthcode.example/crypto/base45"
	"healthcode.example/wallet/symbol"
)

func TestEverySymbolThatWeDrawIsRead(t *testing.T) {
	random := rand.NewChaCha8([32]byte{1})
	for i := range 24 {
		text := textOf(random, 140+7*i)
		png := pictureOf(t, text)
		if got, err := search(t.Context(), png); got != text {
			t.Errorf("the symbol of %d characters is not read: %v", len(text), err)
		}
	}
}

func TestPhotographedSymbolsAreRead(t *testing.T) {
	random := rand.NewChaCha8([32]byte{2})
	for i := range 6 {
		text := textOf(random, 140+30*i)
		drawn, _, err := image.Decode(bytes.NewReader(pictureOf(t, text)))
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := jpeg.Encode(&b, photograph(drawn, float64(i%5-2)*0.06, rand.New(random)), nil); err != nil {
			t.Fatal(err)
		}
		if got, err := search(t.Context(), b.Bytes()); got != text {
			t.Errorf("photograph %d is not read: %v", i, err)
		}
	}
}

func TestALargePictureTakesNoLongerThanTheLimit(t *testing.T) {
	noise := image.NewGray(image.Rect(0, 0, 4000, 4000))
	random := rand.NewChaCha8([32]byte{3})
	_, _ = random.Read(noise.Pix)
	var b bytes.Buffer
	if err := jpeg.Encode(&b, noise, nil); err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), MaxReading)
	defer cancel()
	if text, err := Read(ctx, b.Bytes()); !errors.Is(err, ErrTooSlow) {
		t.Errorf("noise reads as %q, %v", text, err)
	}
	if took := time.Since(begun); took > 5*MaxReading { // the machine may be busy
		t.Errorf("it took %v", took)
	}
}

func textOf(random *rand.ChaCha8, size int) string {
	b := make([]byte, size)
	_, _ = random.Read(b)
	return "YK1:" + base45.Encode(b)
}

func pictureOf(t *testing.T, text string) []byte {
	t.Helper()
	s, err := symbol.New(text)
	if err != nil {
		t.Fatal(err)
	}
	b, err := s.PNG(8)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// photograph turns the picture by an angle, takes contrast away and adds noise.
func photograph(p image.Image, angle float64, random *rand.Rand) *image.Gray {
	out := image.NewGray(image.Rect(0, 0, 900, 900))
	sin, cos := math.Sincos(angle)
	w, h := float64(p.Bounds().Dx()), float64(p.Bounds().Dy())
	for i := range out.Pix {
		dx, dy := float64(i%900)-450, float64(i/900)-450
		x, y := cos*dx+sin*dy+w/2, cos*dy-sin*dx+h/2
		v := 230.0
		if x >= 0 && y >= 0 && x < w && y < h {
			v = float64(color.GrayModel.Convert(p.At(int(x), int(y))).(color.Gray).Y)*0.7 + 40
		}
		out.Pix[i] = uint8(v + float64(random.IntN(20)))
	}
	return out
}
