// Command bench measures the figures that the project promises and prints for each its name, value, limit, and ok or SHORT. Ratios are medians
// of interleaved rounds in one run. It exits 0 whatever it finds: a figure that falls short is to be seen, not to break a build.
package main

import "os"

func main() {
	w := newWorld()
	for _, group := range []func(*world) []figure{coreFigures, pictureFigures, sizeFigures} {
		for _, f := range group(w) {
			f.print(os.Stdout)
		}
	}
}
