package symbol

import "fmt"

// SVG returns the symbol with its quiet zone as a picture of one path over a
// light square, a module being one unit of its viewBox: the page that shows it
// gives it its size. It holds none of the text but its modules, and is safe to
// put into an HTML document as it is.
func (s *Symbol) SVG() []byte {
	side := s.side()
	svg := make([]byte, 0, 16<<10)
	svg = fmt.Appendf(svg, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" `+
		`role="img" shape-rendering="crispEdges"><title>QR code</title>`+
		`<rect width="%d" height="%d" fill="#fff"/><path fill="#000" d="`, side, side, side, side)
	var runs []run
	for y, row := range s.dark {
		runs = appendRuns(runs[:0], row)
		for _, r := range runs {
			svg = fmt.Appendf(svg, "M%d %dh%dv1h-%dz", r.from, y+quietZone, r.to-r.from, r.to-r.from)
		}
	}
	return append(svg, `"/></svg>`+"\n"...)
}
