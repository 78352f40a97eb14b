package credential

import "time"

// Limits of the format, checked before anything is allocated.
const (
	MaxText    = 4296 // characters: what the largest QR symbol holds in alphanumeric mode
	MaxMembers = 10   // of a household, and over all codes of a presentation
	MaxCodes   = 10   // in one presentation
	maxName    = 40   // bytes of a masked name
	maxIndex   = 1<<48 - 1
	maxList    = 1<<22 - 1      // days: beyond the year 9999
	maxTime    = 253402300799   // 9999-12-31T23:59:59Z
	maxHours   = maxTime / 3600 // of the sample time
	minute     = 60
	digestSize = 16
	minNonce   = 16 // bytes of a gate challenge: 128 bits
	maxNonce   = 32
)

// Longest lifetimes of a code, whatever a policy says.
const (
	MaxPhoneLifetime = 24 * time.Hour
	MaxPaperLifetime = 31 * 24 * time.Hour
)

// Skew is how far an honest clock may be off.
const Skew = 60 * time.Second

// A presentation is accepted from PresentationMaxAge old to PresentationMaxAhead ahead on the gate's clock.
const (
	PresentationMaxAge   = 60 * time.Second
	PresentationMaxAhead = 30 * time.Second
)
