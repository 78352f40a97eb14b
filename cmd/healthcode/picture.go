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
	goodSide   = 1600            // pixels; a larger picture is first tried at about this size, which is faster and as good for a symbol that fills it
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
	go func() { found <- findSymbol(b) }()
	limit := time.NewTimer(maxReading)
	defer limit.Stop()
	select {
	case in := <-found:
		return in
	case <-limit.C: // the search cannot be stopped; it ends with the process, which answers one picture
		return input{trouble: "picture in which no QR symbol was found within a second"}
	}
}

// findSymbol searches first in a smaller copy of a large picture, then in the picture itself.
func findSymbol(b []byte) (in input) {
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
	for _, p := range []*image.Gray{shrink(grey), grey} {
		if p == nil {
			continue
		}
		text, err := readSymbol(p)
		if err == nil {
			return input{text: text}
		}
		var checksum gozxing.ChecksumException
		if p == grey && errors.As(err, &checksum) {
			return input{trouble: "picture whose QR symbol is too damaged to read"}
		}
	}
	return input{trouble: "picture without a QR symbol"}
}

func readSymbol(p *image.Gray) (string, error) {
	bitmap, err := gozxing.NewBinaryBitmap(gozxing.NewHybridBinarizer(gozxing.NewLuminanceSourceFromImage(p)))
	if err != nil {
		return "", err
	}
	result, err := qrcode.NewQRCodeReader().Decode(bitmap, nil)
	if err != nil {
		return "", err
	}
	return result.GetText(), nil
}

// toGrey lays the picture on white, as a viewer does with a transparent one.
func toGrey(p image.Image) *image.Gray {
	if grey, ok := p.(*image.Gray); ok && grey.Rect.Min == (image.Point{}) {
		return grey
	}
	size := image.Rectangle{Max: p.Bounds().Size()}
	grey := image.NewGray(size)
	draw.Draw(grey, size, image.White, image.Point{}, draw.Src)
	draw.Draw(grey, size, p, p.Bounds().Min, draw.Over)
	return grey
}

// shrink gives a copy whose pixels are the mean of a square of the picture's, or nil where the picture is small enough.
func shrink(p *image.Gray) *image.Gray {
	w, h := p.Rect.Dx(), p.Rect.Dy()
	n := max(w, h) / goodSide
	if n < 2 {
		return nil
	}
	out := image.NewGray(image.Rect(0, 0, w/n, h/n))
	for y := range h / n {
		for x := range w / n {
			sum := 0
			for dy := range n {
				row := p.Pix[(y*n+dy)*p.Stride+x*n:]
				for _, v := range row[:n] {
					sum += int(v)
				}
			}
			out.Pix[y*out.Stride+x] = uint8(sum / (n * n))
		}
	}
	return out
}
