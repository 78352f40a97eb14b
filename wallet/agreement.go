package wallet

// Agreement is a text to be accepted, such as the terms of the service or a
// guardian's consent, in the languages zh-Hans, zh-Hant and en. A change of
// meaning is a new version, which everybody is asked to accept anew.
type Agreement struct {
	Version string            `json:"version"` // at most MaxVersion bytes; empty: there is none to accept
	Text    map[string]string `json:"text"`    // by language
}

// Acceptance is that a person accepted a version of the agreement. The zero
// value says that they accepted none.
type Acceptance struct {
	Version string
	At      int64 // unix seconds
}
