package api

import "time"

// Family is the caller, first, with everybody under a guardianship of theirs in force.
type Family struct {
	Members []FamilyMember `json:"members"`
}

// FamilyMember is one person with the decision in force. Texts are by language: zh-Hans, zh-Hant, en.
type FamilyMember struct {
	Member   string            `json:"member"`             // identifier for the paper routes; it is in no code
	Name     string            `json:"name"`               // in full: it is the caller's own family
	Relation string            `json:"relation,omitempty"` // what the member is to the caller; absent for the caller
	Colour   string            `json:"colour"`
	Reason   string            `json:"reason"`
	Text     map[string]string `json:"text"`
	Release  map[string]string `json:"release,omitempty"` // what to do to become green again
	Until    *time.Time        `json:"until,omitempty"`   // when the guardianship ends by itself: the member's majority
}

// DeviceRequest registers a telephone by its long-lived public key.
type DeviceRequest struct {
	Key *JWK `json:"key"` // P-256; its private half stays in the telephone
}

// Device is a telephone in use.
type Device struct {
	Device string    `json:"device"` // identifier, 32 hexadecimal digits
	Region string    `json:"region"` // to be named in the device's requests for codes
	Since  time.Time `json:"since"`
}

// CodesResponse has a code or a problem for each member; in both lists the caller stands first.
type CodesResponse struct {
	IssuedAt   time.Time       `json:"issued_at"`
	Codes      []WalletCode    `json:"codes"`
	Households []HouseholdCode `json:"households,omitempty"` // one for each set that was asked for, in that order
	Problems   []MemberProblem `json:"problems,omitempty"`   // members for whom no code could be made; the others' codes are good
}

// HouseholdCode is one code of several members, or the problem with it.
type HouseholdCode struct {
	Members   []string   `json:"members"`              // in the order of the code
	Code      string     `json:"code,omitempty"`       // YK1:… good only inside a presentation
	ExpiresAt *time.Time `json:"expires_at,omitempty"` // of the code
	Salts     []string   `json:"salts,omitempty"`      // one for each member, when document digests were asked for
	Documents []string   `json:"documents,omitempty"`  // types of the documents that the code speaks for, one for each salt
	Problem   *Problem   `json:"problem,omitempty"`    // then there is no code
}

// MemberProblem says why there is no code for one member.
type MemberProblem struct {
	Member   string   `json:"member"`
	Relation string   `json:"relation,omitempty"` // absent for the caller
	Problem  *Problem `json:"problem"`
}

// WalletCode is a fresh code of one member.
type WalletCode struct {
	Member    string            `json:"member"`
	Name      string            `json:"name"` // masked, as in the code
	Relation  string            `json:"relation,omitempty"`
	Colour    string            `json:"colour"`
	Reason    string            `json:"reason"`
	Text      map[string]string `json:"text"`
	Release   map[string]string `json:"release,omitempty"`
	Code      string            `json:"code"` // YK1:… good only inside a presentation
	ExpiresAt time.Time         `json:"expires_at"`
	Salt      string            `json:"salt,omitempty"`     // hexadecimal, 16 bytes: whoever has it and the code can find the number
	Document  string            `json:"document,omitempty"` // type of the document that the code speaks for
}

// Print is a paper code.
type Print struct {
	Member    string    `json:"member"`
	Code      string    `json:"code"` // YK1:… good as it is, together with the identity document
	IssuedAt  time.Time `json:"issued_at"`
	ExpiresAt time.Time `json:"expires_at"`
	PNG       string    `json:"png"` // addresses that draw the symbol, for whoever made it
	SVG       string    `json:"svg"`
	PDF       string    `json:"pdf"` // addresses of the sheet to be printed
	HTML      string    `json:"html"`
}

// Devices are the telephones in use of the caller.
type Devices struct {
	Devices []Device `json:"devices"`
}

// Session is what a wallet program keeps.
type Session struct {
	Token    string    `json:"token"` // for Authorization: Bearer
	Since    time.Time `json:"since"`
	Document string    `json:"document,omitempty"` // type of the document that was proved at the log-in
}

// Agreement is a text that somebody accepts by naming its version.
type Agreement struct {
	Version string            `json:"version"`
	Text    map[string]string `json:"text"` // by language: zh-Hans, zh-Hant, en
}

// Consent is a guardian's, for a member under 14.
type Consent struct {
	Consent string `json:"consent"` // version of the text
}

// MemberClaim asks for a guardianship.
type MemberClaim struct {
	Way      string   `json:"way"` // face, household, birth_certificate or member_consent
	Document Document `json:"document"`
	Relation string   `json:"relation"`          // what the member is to the caller
	Consent  string   `json:"consent,omitempty"` // version of the guardian's consent, for a member under 14
}

// MemberCheck is where the member proves who they are.
type MemberCheck struct {
	URL       string    `json:"url"` // once, on any device
	ExpiresAt time.Time `json:"expires_at"`
}

// Guardians are those who hold the caller's own code.
type Guardians struct {
	Guardians []Guardian `json:"guardians"`
}

// Guardian is one of them.
type Guardian struct {
	Guardian string     `json:"guardian"` // identifier for the route that ends it
	Name     string     `json:"name"`     // masked
	Relation string     `json:"relation"` // what the caller is to the guardian
	Evidence string     `json:"evidence"` // what proved it
	Since    time.Time  `json:"since"`
	Until    *time.Time `json:"until,omitempty"` // when it ends by itself: the caller's majority
	Ended    *time.Time `json:"ended,omitempty"` // to the authority only: with a death, of which an undoing would bring it back
}

// StaffPerson is whom a document at the counter belongs to.
type StaffPerson struct {
	Person string `json:"person"`
	Name   string `json:"name"` // masked
}
