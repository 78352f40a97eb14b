//go:build !race

package bolt_test

// slowed says that the race detector is on.
const slowed = false
