package wallet

import (
	"fmt"
	"io"
	"log/slog"
	"time"
)

// Identity is what an identity provider has proved about somebody (OpenID
// Connect Core 1.0 §2, RFC 8176). It is personal data: no formatting verb and
// no logger prints it.
type Identity struct {
	Provider string // iss
	Subject  string // sub
	Document Document
	Name     string    // verified; empty when the provider gives none
	Birth    Date      // verified; zero when the provider gives none
	Region   uint32    // verified, GB/T 2260; 0 when the provider gives none
	Methods  []string  // amr
	ACR      string    // acr
	Roles    []Role    // of staff; empty for residents
	At       time.Time // auth_time, or iat of a provider that is known to send none
}

// Role is what somebody of the staff may do besides what every resident may.
type Role string

// The roles that exist.
const (
	CommunityWorker Role = "community_worker"
	Kiosk           Role = "kiosk"
	Authority       Role = "authority" // revokes guardianships
)

// Roles is the registry, the one that goes before the others first.
var Roles = []Role{Authority, CommunityWorker, Kiosk}

// Methods of proof, amr values: face is of RFC 8176, the others are this
// service's own.
const (
	MethodFace            = "face"
	MethodLiveness        = "liveness"         // light reflection or digits read aloud
	MethodPaymentPassword = "payment_password" // of an account bound to a bank card
	MethodOwnAccount      = "own_account"      // the account and the card are the person's own
)

// String names the provider and the type of document only.
func (id Identity) String() string {
	return fmt.Sprintf("identity by %q with %s", id.Provider, id.Document)
}

// Format prints what String prints, whatever the verb.
func (id Identity) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, id.String()) }

// LogValue keeps personal data out of structured logs.
func (id Identity) LogValue() slog.Value { return slog.StringValue(id.String()) }
