//go:build !race

package conformance

import "time"

// raceFlags are for the go command, so that it finds in its cache what the test was built with.
var raceFlags []string

// patience is what refusing a bomb may take.
const patience = 10 * time.Millisecond
