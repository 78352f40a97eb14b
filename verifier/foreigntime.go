package verifier

import (
	"time"

	"healthcode.example/credential"
)

// ForeignDay reads a day as issuers of other formats write it (ISO 8601: 2021-05-29, and perhaps a time behind it, which is passed over). It
// gives the first second of the day and the first after it. A day is one of UTC+8, as everywhere at our gates.
func ForeignDay(s string) (first, after int64, ok bool) {
	if len(s) > len(time.DateOnly) {
		if _, ok := ForeignTime(s); !ok {
			return 0, 0, false
		}
		s = s[:len(time.DateOnly)]
	}
	day, err := time.ParseInLocation(time.DateOnly, s, credential.Zone)
	return day.Unix(), day.Unix() + 24*3600, err == nil // the zone has no summer time
}

// outbreak is before all of COVID-19; the first doses of trials in the world's data are of July 2020.
const outbreak = "2020-01-01"

// aheadOfUs is how many seconds before ours (UTC+8) a day begins anywhere on earth (UTC+14).
const aheadOfUs = 6 * 3600

// ForeignPossible says whether what happened, on a day or at an instant that ForeignDay reads, lies after the outbreak, not before the holder was born,
// and on a day that had begun somewhere when the code was issued (Unix seconds): nobody can vouch for it before. Of some people only the month or the
// year of birth is known, or nothing.
func ForeignPossible(happened, born string, issued int64) bool {
	born = born[:min(len(born), len(outbreak))]
	day, _, ok := ForeignDay(happened)
	return ok && happened >= outbreak && happened[:min(len(happened), len(born))] >= born && day-aheadOfUs <= issued
}

// ForeignTime reads an instant after 1970 as issuers of other formats write it (ISO 8601): with seconds and offset, or offset without a colon,
// or none, which their specifications forbid and which then means UTC.
func ForeignTime(s string) (time.Time, bool) {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05Z0700", "2006-01-02T15:04:05Z07", "2006-01-02T15:04:05"} {
		if at, err := time.Parse(layout, s); err == nil {
			return at, at.Unix() > 0
		}
	}
	return time.Time{}, false
}
