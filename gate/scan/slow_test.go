package scan

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"io"
	"testing"
	"time"

	"healthcode.example/gate/picture"
	"healthcode.example/wallet/symbol"
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
	in, err := Read(t.Context(), bytes.NewReader(b.Bytes()), "grid.png", true)
	if err != nil || in.Trouble == "" {
		t.Errorf("the grid reads as %q (%v)", in.Text, err)
	}
	if took := time.Since(begun); took > 5*picture.MaxReading { // the machine may be busy
		t.Errorf("it took %v", took)
	} else {
		t.Logf("%v: %s", took, in.Trouble)
	}
}

// late is an input of which the rest comes only after a picture would have been searched for long enough, as of one that is fetched meanwhile.
type late struct{ begin, rest io.Reader }

func (l *late) Read(b []byte) (int, error) {
	n, err := l.begin.Read(b)
	if err != nil && l.rest != nil {
		time.Sleep(picture.MaxReading * 5 / 4)
		l.begin, l.rest = l.rest, nil
		return 0, nil
	}
	return n, err
}

func TestAPictureIsNotBlamedForComingSlowly(t *testing.T) {
	s, err := symbol.New("YK1:SLOW")
	if err != nil {
		t.Fatal(err)
	}
	b, err := s.PNG(8)
	if err != nil {
		t.Fatal(err)
	}
	in, err := Read(t.Context(), &late{bytes.NewReader(b[:100]), bytes.NewReader(b[100:])}, "standard input", false)
	if err != nil || in.Text != "YK1:SLOW" {
		t.Errorf("%+v, %v", in, err)
	}
}
