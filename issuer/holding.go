package issuer

import (
	"healthcode.example/health"
	"healthcode.example/trust"
)

// DeviceID names a registered phone inside the service; it is in no code.
type DeviceID [16]byte

// Holding is the right to codes of one subject on one device, or on one paper print.
//
// Its handle comes from one counter for all holdings, is never 0 and never given twice. Every event that must end the
// holding's codes gives it a fresh handle, in the transaction of the event, and records the former one as a Revocation.
// A code carries the handle enciphered under the key of the day's list, so issuing allocates nothing and writes nothing.
type Holding struct {
	Person  health.PersonID
	Device  DeviceID      // zero for a print
	Purpose trust.Purpose // Phone or Paper
	Handle  uint64
	Since   int64 // unix seconds when THIS handle was given
}

// Revocation is a handle that has ended. Codes under it can be in the lists of the days of Since−Lag to At+Lag: a
// refresh may have read the handle just before the change and sign just after midnight, on another machine's clock.
type Revocation struct {
	Handle  uint64
	Purpose trust.Purpose
	Since   int64 // unix seconds when the handle was given
	At      int64 // unix seconds when it ended, never before Since
}
