package picture

import (
	"bytes"
	"context"
	"image"
	"image/png"
	"testing"
	"time"

	"healthcode.example/wallet/symbol"
)

// FuzzReadPicture: any file is a text or a trouble in words, in time. The grey pixels are drawn from the bytes too, so that the search for a
// symbol is reached without a picture format in between.
func FuzzReadPicture(f *testing.F) {
	s, err := symbol.New("YK1:FUZZ")
	if err != nil {
		f.Fatal(err)
	}
	b, err := s.PNG(2)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b, uint8(29))
	f.Add([]byte("GIF89a\xff\xff\xff\xff\x80\x00\x00"), uint8(1))
	f.Add(bytes.Repeat([]byte{0, 255}, 1000), uint8(33))
	f.Fuzz(func(t *testing.T, b []byte, width uint8) {
		check := func(file []byte) {
			begin := time.Now()
			ctx, cancel := context.WithTimeout(t.Context(), MaxReading/4)
			defer cancel()
			text, err := Read(ctx, file)
			if took := time.Since(begin); took > 4*MaxReading {
				t.Errorf("%d bytes took %v", len(file), took)
			}
			if err != nil && (text != "" || err.Error() == "") {
				t.Errorf("text %q and trouble %q", text, err)
			}
		}
		check(b)
		w := max(1, int(width))
		if h := len(b) / w; h > 0 && h < 512 {
			p := &image.Gray{Pix: b[:w*h], Stride: w, Rect: image.Rect(0, 0, w, h)}
			var file bytes.Buffer
			if err := png.Encode(&file, p); err != nil {
				t.Fatal(err)
			}
			check(file.Bytes())
		}
	})
}
