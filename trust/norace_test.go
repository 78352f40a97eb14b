//go:build !race

package trust_test

// slowed says that the race detector is on.
const slowed = false
