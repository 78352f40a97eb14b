//go:build race

package conformance

import (
	"cmp"
	"os"
	"strings"
	"time"
)

// raceFlags are for the go command, so that it finds in its cache what the test was built with: make test says more than -race.
var raceFlags = strings.Fields(cmp.Or(os.Getenv("RACE"), "-race"))

// patience is what refusing a bomb may take under the race detector, which makes everything some ten times slower.
const patience = 100 * time.Millisecond
