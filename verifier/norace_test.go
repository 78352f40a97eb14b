//go:build !race

package verifier_test

// slowed says that the race detector is on.
const slowed = false
