package main

import (
	"bytes"
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
	maxPixels  = 16_000_000      // looked at before a pixel is decoded
	maxReading = 1 * time.Second // for decoding the picture and finding the symbol
	goodSide   = 1600            // pixels; a picture of twice that is tried at about this size first, which is faster and as good for a symbol that fills it
)

// readPicture finds the text of the QR symbol in a picture file, or says what is wrong with it.
func readPicture(b []byte) input {
	config, _, err := image.DecodeConfig(bytes.NewReader(b))
	if err != nil {
		return input{trouble: "damaged picture"}
	}
	if config.Width < 1 || config.Height < 1 || config.Width > maxPixels/config.Height {
		return input{trouble: fmt.Sprintf("picture of %d × %d pixels, more than %d megapixels", config.Width, config.Height, maxPixels/1_000_000)}
	}
	found := make(chan input, 1)
	go func() { found <- findSymbol(b, time.Now().Add(maxReading)) }()
	limit := time.NewTimer(maxReading)
	defer limit.Stop()
	select {
	case in := <-found:
		return in
	case <-limit.C: // the search cannot be stopped; it ends with the process, which answers one picture
		return input{trouble: "picture in which no QR symbol was found within a second"}
	}
}

// findSymbol searches the picture at several sizes and in several ways, since one decoder at one size misses a few symbols of a hundred.
func findSymbol(b []byte, until time.Time) (in input) {
	defer func() {
		if recover() != nil { // the decoders are not ours, and the picture may be made to break them
			in = input{trouble: "picture that cannot be searched"}
		}
	}()
	picture, _, err := image.Decode(bytes.NewReader(b))
	if err != nil {
		return input{trouble: "damaged picture"}
	}
	grey := toGrey(picture)
	in.trouble = "picture without a QR symbol"
	for _, p := range sizes(grey) {
		for _, w := range ways {
			if time.Now().After(until) {
				return in
			}
			text, err := w.read(p)
			if err == nil {
				return input{text: text}
			}
			var damaged gozxing.ChecksumException
			if errors.As(err, &damaged) {
				in.trouble = "picture whose QR symbol is too damaged to read"
			}
		}
	}
	return in
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
