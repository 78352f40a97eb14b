// Command bench measures the figures that the project promises and prints for each its name, value, limit, and ok or SHORT. Ratios are medians
// of interleaved rounds in one run. It exits 0 whatever it finds: a figure that falls short is to be seen, not to break a build.
package main

import (
	"fmt"
	"os"
	"runtime"
)

func main() {
	if len(os.Args) == 2 && os.Args[1] == "import-once" {
		importOnce()
		return
	}
	fmt.Printf("%s, %s/%s, %d processors, medians of %d interleaved rounds\n", runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), rounds)
	w := newWorld()
	for _, group := range []func(*world) []figure{coreFigures, issueFigures, httpFigures, pictureFigures, importFigures, sizeFigures} {
		for _, f := range group(w) {
			f.print(os.Stdout)
		}
	}
}
