package dcc

// Limits of what is read, checked before anything is allocated.
const (
	Prefix     = "HC1:"
	MaxText    = 4296     // characters: what the largest QR symbol holds in alphanumeric mode
	MaxContent = 64 << 10 // bytes of an inflated message; the largest real one seen has 1.4 kB
	maxEntries = 8        // of all kinds in one certificate; the schema allows one
	maxField   = 80       // bytes of one text that is shown
	minKeyID   = 1        // bytes; the specification says 8
	maxKeyID   = 64
)
