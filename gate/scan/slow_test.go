package scan

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/png"
	"testing"
	"time"

	"healthcode.example/gate/picture"
)

// A picture full of finder patterns gives a search the most to do.
func TestAGridOfFindersEndsWithItsOwnWords(t *testing.T) {
	grid := image.NewGray(image.Rect(0, 0, 4000, 4000))
	for i := range grid.Pix {
		x, y := i%4000/4%10, i/4000/4%10
		ring := max(max(x-3, 3-x), max(y-3, 3-y))
		if grid.Pix[i] = 255; ring == 3 || ring <= 1 {
			grid.SetGray(i%4000, i/4000, color.Gray{})
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, grid); err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), picture.MaxReading)
	defer cancel()
	in, err := Read(ctx, bytes.NewReader(b.Bytes()), "grid.png", true)
	if err != nil || in.Trouble == "" {
		t.Errorf("the grid reads as %q (%v)", in.Text, err)
	}
	if took := time.Since(begun); took > 5*picture.MaxReading { // the machine may be busy
		t.Errorf("it took %v", took)
	} else {
		t.Logf("%v: %s", took, in.Trouble)
	}
}
