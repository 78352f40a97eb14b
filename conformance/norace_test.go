//go:build !race

package conformance

// raceFlags are for the go command, so that it finds in its cache what the test was built with.
var raceFlags []string
