//go:build !race

package main

// slowed says that the race detector is on.
const slowed = false
