//go:build race

package wallet_test

// slowed says that the race detector is on, under which arithmetic takes five to ten times as long.
const slowed = true
