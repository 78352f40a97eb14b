package wallet

import "time"

// Identity is what an identity provider has proved about somebody (OpenID
// Connect Core §2; the methods are those of RFC 8176 and the provider's own).
type Identity struct {
	Provider, Subject string   // iss, sub
	Document          Document // verified document of the person
	Name              string   // verified; "" when the provider gives none
	Birth             Date
	Region            uint32
	Methods           []string // amr
	ACR               string
	Roles             []Role    // from the configured claim; empty for residents
	At                time.Time // auth_time, or iat
}

// Role is what somebody may do for others in the name of an office.
type Role string

// Roles of staff.
const (
	CommunityWorker Role = "community_worker"
	Kiosk           Role = "kiosk"
)
