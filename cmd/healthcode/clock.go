package main

import (
	"fmt"
	"time"

	"healthcode.example/gate/verdict"
	"healthcode.example/trust"
)

// published says when a bundle was published, as its age where the clock can tell.
func published(b *trust.Bundle, at time.Time) string {
	issued := utc(b.Snapshot().IssuedAt)
	if b.Behind(at) > 0 {
		return "published " + stamp(issued)
	}
	return "published " + verdict.Age(max(0, at.Sub(issued))) + " ago"
}

// clockBehind names a clock that is behind the bundle, which is the floor of every clock that has it, or is empty.
func clockBehind(b *trust.Bundle, at time.Time) string {
	behind := b.Behind(at)
	if behind == 0 {
		return ""
	}
	return fmt.Sprintf("this machine's clock says %s, %s before the bundle was published (%s): set the clock", stamp(at), verdict.Age(behind), stamp(utc(b.Snapshot().IssuedAt)))
}

// checkClock refuses to make something after the bundle by a clock that is behind it: it would be dated before what it follows.
func checkClock(b *trust.Bundle, at time.Time) error {
	if trouble := clockBehind(b, at); trouble != "" {
		return fmt.Errorf("nothing was written: %s", trouble)
	}
	return nil
}
