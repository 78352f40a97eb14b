package issuer

import (
	"fmt"
	"slices"
	"time"

	"healthcode.example/trust"
)

// findAbsent notes the keys that the list lets sign and whose private half is not in the store.
func findAbsent(list *trust.KeyList, records []KeyRecord) (absent []trust.IssuerKey) {
	for _, entry := range list.Keys {
		held := slices.ContainsFunc(records, func(r KeyRecord) bool {
			return r.ID == entry.Key.ID() && r.Purpose == entry.Purpose && r.Prefecture == entry.Prefecture
		})
		if !held && entry.State == trust.Published {
			absent = append(absent, entry)
		}
	}
	return absent
}

// Absent lists the keys that the loaded key list lets sign at the time, in places where this service has no key that signs: nobody does there until
// one is brought (AddKey) and EnsureKeys called. Without a store read.
func (i *Issuer) Absent(at time.Time) (absent []trust.IssuerKey) {
	s := i.loaded.Load()
	if s == nil {
		return nil
	}
	for _, entry := range s.absent {
		active := s.keys[slot{entry.Purpose, entry.Prefecture}]
		if signsAt(&entry, at.Unix()) && (active == nil || !signsAt(&active.entry, at.Unix())) {
			absent = append(absent, entry)
		}
	}
	return absent
}

// remedy says how a place gets somebody who signs.
func (s *state) remedy(purpose trust.Purpose, prefecture uint32, minute int64) string {
	for _, entry := range s.absent {
		if entry.Purpose == purpose && slices.Contains(stands(prefecture), entry.Prefecture) && signsAt(&entry, minute) {
			return fmt.Sprintf("key list %d lets %s sign, and this service does not hold it: stop the service, bring the file of its custodian with healthcode keys import, and start it again",
				s.bundle.KeyList().Version, entry.Key.ID())
		}
	}
	return "activate a published key (healthcode keys list, keys activate)"
}
