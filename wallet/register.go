package wallet

import (
	"context"
	"fmt"
	"io"
	"log/slog"
)

// Register is the province's population register, as far as the wallet asks it.
// Every method MUST cost the same time and work whatever it finds, so that an
// answer's duration tells nothing about a number. ErrNotShown when the register
// does not show what was asked for; any other error means that it could not
// answer, which the wallet passes on as ErrRegisterDown. Every question ends by
// itself within bounds, whether somebody waits for it or not. It is safe for
// concurrent use.
type Register interface {
	// Household returns the member's entry when guardian and member belong to
	// the same household of the province.
	Household(ctx context.Context, guardian, member Document) (RegisterEntry, error)
	// Parent returns the child's entry when guardian is a parent by the birth
	// certificate.
	Parent(ctx context.Context, guardian, certificate Document) (RegisterEntry, error)
	// Person returns the entry of the document's owner.
	Person(ctx context.Context, d Document) (RegisterEntry, error)
}

// RegisterEntry is what a register shows of one person. It is personal data: no
// formatting verb and no logger prints it.
type RegisterEntry struct {
	Name      string
	Documents []Document // at least one, at most MaxDocuments
	Birth     Date
	Region    uint32 // GB/T 2260
}

// String says nothing of the person.
func (e RegisterEntry) String() string { return "register entry (withheld)" }

// Format prints what String prints, whatever the verb.
func (e RegisterEntry) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, e.String()) }

// LogValue keeps personal data out of structured logs.
func (e RegisterEntry) LogValue() slog.Value { return slog.StringValue(e.String()) }
