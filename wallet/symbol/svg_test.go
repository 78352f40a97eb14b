package symbol_test

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"testing"
)

func TestTheSVGIsWellFormedAndSaysWhatItIs(t *testing.T) {
	s := newSymbol(t, codeText(140))
	var svg struct {
		XMLName xml.Name `xml:"http://www.w3.org/2000/svg svg"`
		ViewBox string   `xml:"viewBox,attr"`
		Role    string   `xml:"role,attr"`
		Edges   string   `xml:"shape-rendering,attr"`
		Title   string   `xml:"title"`
		Rects   []struct {
			Width string `xml:"width,attr"`
			Fill  string `xml:"fill,attr"`
		} `xml:"rect"`
		Paths []struct {
			D string `xml:"d,attr"`
		} `xml:"path"`
	}
	decoder := xml.NewDecoder(bytes.NewReader(s.SVG()))
	if err := decoder.Decode(&svg); err != nil {
		t.Fatal(err)
	}
	if rest, err := decoder.Token(); err == nil {
		if text, ok := rest.(xml.CharData); !ok || len(bytes.TrimSpace(text)) > 0 {
			t.Errorf("after the picture comes %v", rest)
		}
	} else if err != io.EOF {
		t.Error(err)
	}
	side := strconv.Itoa(s.Size() + 8)
	if svg.ViewBox != fmt.Sprintf("0 0 %s %s", side, side) || svg.Role != "img" || svg.Edges != "crispEdges" || svg.Title == "" {
		t.Errorf("the head of the picture is %+v", svg)
	}
	if len(svg.Rects) != 1 || svg.Rects[0].Width != side || svg.Rects[0].Fill != "#fff" || len(svg.Paths) != 1 {
		t.Errorf("the picture has %+v and %d paths, want a light square and one path", svg.Rects, len(svg.Paths))
	}
}

func TestThePathIsTheModules(t *testing.T) {
	s := newSymbol(t, codeText(310))
	dark := map[[2]int]bool{}
	stretch := regexp.MustCompile(`M(\d+) (\d+)h(\d+)v1h-(\d+)z`)
	for _, m := range stretch.FindAllSubmatch(s.SVG(), -1) {
		x, _ := strconv.Atoi(string(m[1]))
		y, _ := strconv.Atoi(string(m[2]))
		length, _ := strconv.Atoi(string(m[3]))
		if !bytes.Equal(m[3], m[4]) {
			t.Errorf("the stretch %s does not close", m[0])
		}
		for i := range length {
			dark[[2]int{x + i - 4, y - 4}] = true
		}
	}
	for y := -4; y < s.Size()+4; y++ {
		for x := -4; x < s.Size()+4; x++ {
			if dark[[2]int{x, y}] != s.Dark(x, y) {
				t.Fatalf("the module at %d,%d is dark: %t, want %t", x, y, dark[[2]int{x, y}], s.Dark(x, y))
			}
		}
	}
}
