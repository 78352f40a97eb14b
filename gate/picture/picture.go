// Package picture reads the QR symbol in a picture file that may come from anybody.
package picture

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/draw"
	_ "image/gif"  // readable pictures
	_ "image/jpeg" // readable pictures
	_ "image/png"  // readable pictures
	"time"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
)

// Limits of a picture, which may come from anybody.
const (
	maxPixels = 16_000_000 // looked at before a pixel is decoded
	goodSide  = 1600       // pixels; a picture of twice that is tried at about this size first, which is faster and as good for a symbol that fills it
)

// MaxReading is the time for a stranger's picture at a gate, from its last byte read to the symbol found.
const MaxReading = 850 * time.Millisecond

// Troubles with a picture. Their texts say what was shown in place of a code.
var (
	ErrDamaged       = errors.New("damaged picture")
	ErrNoSymbol      = errors.New("picture without a QR symbol")
	ErrDamagedSymbol = errors.New("picture whose QR symbol is too damaged to read")
	ErrTooSlow       = errors.New("picture that takes too long to search: cut it to the symbol, or make it smaller, and try again") // there may be a symbol
	errBreaks        = errors.New("picture that cannot be searched")
)

// Read gives the text of the QR symbol in a PNG, JPEG or GIF file, or the trouble with it. With the end of the context it gives ErrTooSlow at once.
// The search cannot be stopped: it goes on by itself to the end of a decoder's try. Any number may read at a time.
func Read(ctx context.Context, b []byte) (string, error) {
	config, _, err := image.DecodeConfig(bytes.NewReader(b))
	if err != nil {
		return "", ErrDamaged
	}
	if config.Width < 1 || config.Height < 1 || config.Width > maxPixels/config.Height {
		return "", fmt.Errorf("picture of %d × %d pixels, more than %d megapixels", config.Width, config.Height, maxPixels/1_000_000)
	}
	type answer struct {
		text string
		err  error
	}
	found := make(chan answer, 1)
	go func() {
		text, err := search(ctx, b)
		found <- answer{text, err}
	}()
	select {
	case a := <-found:
		return a.text, a.err
	case <-ctx.Done():
		return "", ErrTooSlow
	}
}

// search looks at the picture at several sizes and in several ways, since one decoder at one size misses a few symbols of a hundred.
func search(ctx context.Context, b []byte) (text string, err error) {
	defer func() {
		if recover() != nil { // the decoders are not ours, and the picture may be made to break them
			text, err = "", errBreaks
		}
	}()
	picture, _, err := image.Decode(bytes.NewReader(b))
	if err != nil {
		return "", ErrDamaged
	}
	grey := toGrey(picture)
	trouble := ErrNoSymbol
	for _, p := range sizes(grey) {
		for _, w := range ways {
			if ctx.Err() != nil {
				return "", ErrTooSlow
			}
			text, err := w.read(p)
			if err == nil {
				return text, nil
			}
			var damaged gozxing.ChecksumException
			if errors.As(err, &damaged) {
				trouble = ErrDamagedSymbol
			}
		}
	}
	return "", trouble
}

// sizes are the picture, made smaller if it is large, two smaller copies of that, and at last a large picture as it is.
func sizes(p *image.Gray) []*image.Gray {
	good := p
	if n := max(p.Rect.Dx(), p.Rect.Dy()) / goodSide; n >= 2 {
		good = shrink(p, 1, n)
	}
	out := []*image.Gray{good, shrink(good, 2, 3), shrink(good, 1, 2)}
	if good != p {
		out = append(out, p)
	}
	return out
}

// way is one way to search.
type way struct {
	binarizer func(gozxing.LuminanceSource) gozxing.Binarizer
	hints     map[gozxing.DecodeHintType]any
}

// ways begin with a symbol that is drawn and not photographed, for which no pattern has to be searched.
var ways = []way{
	{gozxing.NewGlobalHistgramBinarizer, map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_PURE_BARCODE: true}},
	{gozxing.NewHybridBinarizer, nil},
	{gozxing.NewGlobalHistgramBinarizer, nil},
}

func (w way) read(p *image.Gray) (string, error) {
	width, height := p.Rect.Dx(), p.Rect.Dy()
	source, err := gozxing.NewPlanarYUVLuminanceSource(p.Pix, p.Stride, height, 0, 0, width, height, false) // the bytes as they are: another source copies them pixel by pixel
	if err != nil {
		return "", err
	}
	bitmap, err := gozxing.NewBinaryBitmap(w.binarizer(source))
	if err != nil {
		return "", err
	}
	result, err := qrcode.NewQRCodeReader().Decode(bitmap, w.hints)
	if err != nil {
		return "", err
	}
	return result.GetText(), nil
}

// toGrey lays the picture on white, as a viewer does with a transparent one.
func toGrey(p image.Image) *image.Gray {
	if grey, ok := p.(*image.Gray); ok && grey.Rect.Min == (image.Point{}) && grey.Stride == grey.Rect.Dx() {
		return grey
	}
	size := image.Rectangle{Max: p.Bounds().Size()}
	grey := image.NewGray(size)
	draw.Draw(grey, size, image.White, image.Point{}, draw.Src)
	draw.Draw(grey, size, p, p.Bounds().Min, draw.Over)
	return grey
}

// shrink gives a copy of num/den of the size, each pixel the mean of those of the picture that it covers.
func shrink(p *image.Gray, num, den int) *image.Gray {
	out := image.NewGray(image.Rect(0, 0, max(1, p.Rect.Dx()*num/den), max(1, p.Rect.Dy()*num/den)))
	for y := range out.Rect.Dy() {
		top, bottom := y*den/num, min(p.Rect.Dy(), ((y+1)*den+num-1)/num)
		for x := range out.Rect.Dx() {
			left, right := x*den/num, min(p.Rect.Dx(), ((x+1)*den+num-1)/num)
			sum := 0
			for row := top; row < bottom; row++ {
				for _, v := range p.Pix[row*p.Stride+left : row*p.Stride+right] {
					sum += int(v)
				}
			}
			out.Pix[y*out.Stride+x] = uint8(sum / max(1, (bottom-top)*(right-left)))
		}
	}
	return out
}
