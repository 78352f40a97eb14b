//go:build !race

package wallet_test

// slowed says that the race detector is on.
const slowed = false
