package api

import "time"

// VerificationRequest asks for verdicts: exactly one of Code and Codes.
type VerificationRequest struct {
	Code      string    `json:"code,omitempty"`
	Codes     []string  `json:"codes,omitempty"`     // 1 to MaxCodes; answers come in this order
	Challenge string    `json:"challenge,omitempty"` // hexadecimal, of 16 to 32 bytes; every code must answer it
	Document  *Document `json:"document,omitempty"`  // whose code it must be
}

// Document is an identity document. Its number is not kept and not logged.
type Document struct {
	Type   string `json:"type"` // resident-id, home-return-permit, birth-certificate or passport
	Number string `json:"number"`
}

// VerificationResponse holds Result after Code and Results after Codes.
type VerificationResponse struct {
	Result  *Result  `json:"result,omitempty"`
	Results []Result `json:"results,omitempty"`
}

// Result is verifier.Result as a caller reads it. The words are those of the protocol's registry.
type Result struct {
	Verdict  string   `json:"verdict"` // accept, refuse or cannot_say
	Reason   string   `json:"reason"`
	Check    string   `json:"check,omitempty"`
	Remedy   string   `json:"remedy,omitempty"`
	Region   string   `json:"region,omitempty"`
	Seen     string   `json:"seen,omitempty"`
	Expired  string   `json:"expired,omitempty"`
	Status   string   `json:"status,omitempty"`   // checked or unknown
	Document string   `json:"document,omitempty"` // match, no_match or not_offered, if one was asked for
	Members  []Member `json:"members"`
	Ages     Ages     `json:"ages"`
}

// Member is the verdict on one person of a code.
type Member struct {
	Verdict  string    `json:"verdict"`
	Reason   string    `json:"reason"`
	Colour   string    `json:"colour,omitempty"`
	Name     string    `json:"name,omitempty"` // masked
	Kind     string    `json:"kind,omitempty"`
	Relation string    `json:"relation,omitempty"`
	Guardian string    `json:"guardian,omitempty"`
	Birthday uint8     `json:"birth_day,omitempty"`
	Tested   time.Time `json:"tested,omitzero"`
	// Proves is what a foreign code says in one line, by language: zh-Hans, zh-Hant, en.
	Proves   map[string]string `json:"proves,omitzero"`
	Until    time.Time         `json:"until,omitzero"` // of a foreign code: when it ends, if it does
	Document string            `json:"document,omitempty"`
}

// Ages are in whole seconds.
type Ages struct {
	Bundle       int64 `json:"bundle_s,omitempty"`
	Partner      int64 `json:"partner_bundle_s,omitempty"`
	Code         int64 `json:"code_s,omitempty"`
	Presentation int64 `json:"presentation_s,omitempty"`
}
