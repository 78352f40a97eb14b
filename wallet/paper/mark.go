package paper

import (
	"math"

	"healthcode.example/credential"
)

// mark is the picture of a colour, in a square of side 1: a filled outline and the strokes on it. The three differ in outline and in strokes, so that
// they are told apart without colour.
type mark struct {
	red, green, blue int
	outline          [][2]float64
	strokes          [][][2]float64
	dark             bool // strokes are black, else white
}

var marks = map[credential.Colour]mark{
	credential.Green:  {red: 0, green: 122, blue: 61, outline: polygon(48, 0), strokes: [][][2]float64{{{0.27, 0.52}, {0.44, 0.69}, {0.74, 0.33}}}},
	credential.Yellow: {red: 255, green: 196, blue: 0, outline: [][2]float64{{0.5, 0.03}, {1, 0.95}, {0, 0.95}}, strokes: [][][2]float64{{{0.5, 0.36}, {0.5, 0.66}}, {{0.5, 0.8}, {0.5, 0.805}}}, dark: true},
	credential.Red:    {red: 190, green: 30, blue: 45, outline: polygon(8, math.Pi/8), strokes: [][][2]float64{{{0.25, 0.5}, {0.75, 0.5}}}},
}

// markStroke is the width of a mark's strokes.
const markStroke = 0.11

func polygon(corners int, turn float64) (points [][2]float64) {
	for i := range corners {
		sin, cos := math.Sincos(turn + 2*math.Pi*float64(i)/float64(corners))
		points = append(points, [2]float64{0.5 + cos/2, 0.5 + sin/2})
	}
	return points
}
