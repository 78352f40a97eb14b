package issuer

import (
	"time"

	"healthcode.example/credential"
)

const (
	// ReadLag is the longest time between reading a holding and signing a code from it; Issue refuses more. A cache of
	// holdings may therefore be at most this old.
	ReadLag = 5 * time.Minute
	// Lag is ReadLag and the difference that two machines' clocks may have: by so much can a code's time lie outside the
	// time in which its handle was the current one.
	Lag = ReadLag + credential.Skew

	minWidth = 27 // 134 million handles: a province on its first day
	maxWidth = 48 // what crypto/fpe and the status lists take

	minReserve = 1_000_000 // handles between the counter and the ceiling of a publication, or a quarter of the counter

	publishAttempts = 8 // how often a publisher that lost the race reads again and retries
)
