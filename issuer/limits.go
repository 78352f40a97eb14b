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
)
