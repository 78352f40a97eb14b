// Command bench measures the figures that the project promises and prints for each its name, value, limit, and ok or SHORT; an argument (core, trust, issue, http, symbol,
// import, size, foreign) chooses one group. Ratios are medians
// of interleaved rounds in one run. It exits 0 whatever it finds: a figure that falls short is to be seen, not to break a build.
package main

import (
	"fmt"
	"os"
	"runtime"
)

// groups are measured in this order; an argument chooses one.
var groups = []struct {
	name    string
	figures func(*world) []figure
}{
	{"core", coreFigures}, {"trust", trustFigures}, {"issue", issueFigures}, {"http", httpFigures}, {"symbol", pictureFigures}, {"import", importFigures}, {"size", sizeFigures},
	{"foreign", foreignFigures},
}

func main() {
	chosen := ""
	if len(os.Args) > 1 {
		chosen = os.Args[1]
	}
	if chosen == "import-once" {
		importOnce()
		return
	}
	fmt.Printf("%s, %s/%s, %d processors, medians of %d interleaved rounds\n", runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), rounds)
	w := newWorld()
	for _, group := range groups {
		if chosen != "" && chosen != group.name {
			continue
		}
		runtime.GC() // what the group before left behind is not this one's
		for _, f := range group.figures(w) {
			f.print(os.Stdout)
		}
	}
}
