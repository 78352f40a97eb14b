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

	reserveShare = 16      // of the counter, this part is reserved above it by a publication
	minReserve   = 1 << 10 // handles: more than one transaction takes, and a small town's busiest minute
	maxReserve   = 1 << 16 // handles: some seconds of the fastest store, and RunningShort is asked every second

	publishAttempts = 8 // how often a publisher that lost the race reads again and retries
)
