package credential

import "time"

const (
	zoneOffset   = 8 * 3600 // seconds that UTC+8 is ahead of UTC
	secondsOfDay = 86400
)

// Zone is the civil time of the whole country, UTC+8 without summer time. The days of the status lists begin at its midnight, wherever a
// machine stands.
var Zone = time.FixedZone("UTC+8", zoneOffset)

// ListDay gives the list that covers a Unix time at or after 1970.
func ListDay(unix int64) uint32 { return uint32(max(unix+zoneOffset, 0) / secondsOfDay) }

// DayStart gives the Unix time at which a list's day begins; it ends where the next begins.
func DayStart(list uint32) int64 { return int64(list)*secondsOfDay - zoneOffset }

// DayText writes a list's day as people do, YYYY-MM-DD.
func DayText(list uint32) string { return time.Unix(DayStart(list), 0).In(Zone).Format(time.DateOnly) }
